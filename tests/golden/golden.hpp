#pragma once
// Reads the golden files (made by make_golden.py with PyTorch) and compares with them. Read with nlohmann/json alone:
// what is tested must not be needed to read what is expected.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"

#ifndef GANVAS_TESTS_DIR  // set by tests/CMakeLists.txt
#  define GANVAS_TESTS_DIR "tests"
#endif

namespace golden {

using Json = nlohmann::json;
using ganvas::index_t;
using ganvas::Shape;
using ganvas::Tensor;
using ganvas::Var;

inline std::string data_path(const std::string& file) { return GANVAS_TESTS_DIR "/golden/data/" + file; }

/// The cases of data/<name>.json, parsed once.
inline const Json& cases(const std::string& name) {
  static std::map<std::string, Json> files;
  auto found = files.find(name);
  if (found == files.end()) {
    const std::string path = data_path(name + ".json");
    std::ifstream in(path);
    if (!in) throw ganvas::FileError("[golden] " + path + " is missing");
    found = files.emplace(name, Json::parse(in)).first;
  }
  return found->second.at("cases");
}

/// The case of the given name.
inline const Json& find(const Json& all, const std::string& name) {
  for (const Json& c : all)
    if (c.at("name") == name) return c;
  throw ganvas::ValueError("[golden] there is no case " + name);
}

inline Shape shape(const Json& extents) {
  Shape s;
  for (const Json& e : extents) s.append(e.get<index_t>());
  return s;
}

template <class T>
Tensor<T> tensor(const Json& t) {
  std::vector<T> data;
  for (const Json& v : t.at("data")) data.push_back(static_cast<T>(v.get<double>()));
  return Tensor<T>(shape(t.at("shape")), data);
}

template <class T>
Var<T> variable(const Json& t) {
  return Var<T>::variable(tensor<T>(t));
}

/// Largest difference by largest expected number, but by `floor` at least: where the truth is zero up to rounding, a
/// relative error would say nothing. A wrong shape and a NaN are infinitely far.
template <class T>
double distance(const Tensor<T>& found, const Json& expected, double floor = 0.0) {
  if (found.shape() != shape(expected.at("shape"))) return HUGE_VAL;
  const Json& data = expected.at("data");
  double difference = 0, largest = floor;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double e = data[i].get<double>(), f = static_cast<double>(found.data()[i]);
    if (!(std::abs(e - f) <= difference)) difference = std::isfinite(f) ? std::abs(e - f) : HUGE_VAL;
    largest = std::max(largest, std::abs(e));
  }
  return difference == 0 ? 0 : difference / largest;
}

/// |found - expected| / |expected| in the Euclidean norm.
template <class T>
double relative_distance(const Tensor<T>& found, const Json& expected) {
  if (found.shape() != shape(expected.at("shape"))) return HUGE_VAL;
  const Json& data = expected.at("data");
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double e = data[i].get<double>(), f = static_cast<double>(found.data()[i]);
    difference += (e - f) * (e - f);
    norm += e * e;
  }
  return difference == 0 ? 0 : std::sqrt(difference / norm);
}

/// |found / expected - 1|
inline double relative(double found, const Json& expected) {
  const double e = expected.get<double>();
  return found == e ? 0 : std::abs(found - e) / std::abs(e);
}

}  // namespace golden
