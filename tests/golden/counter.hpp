#pragma once
// Numbers that this test and PyTorch's side compute exactly alike, and summaries of tensors too large to store. The
// formulas are at the head of generators/counter.py.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"

#include "golden/golden.hpp"

namespace golden {

inline std::array<std::uint32_t, 4> words(index_t i, std::uint32_t stream) {
  return ganvas::philox({static_cast<std::uint32_t>(i), 0, stream, 0}, {2014, 0});
}

/// Bell-shaped numbers, float's even in a double tensor.
template <class T>
Tensor<T> bell(const Shape& shape, std::uint32_t stream, double deviation) {
  const double scale = std::sqrt(3.0) / (1 << 22) * deviation;
  Tensor<T> t(shape);
  T* out = t.mutable_data();
  for (index_t i = 0; i < t.numel(); ++i) {
    const auto w = words(i, stream);
    const auto k = static_cast<std::int64_t>(w[0] >> 10U) + (w[1] >> 10U) + (w[2] >> 10U) + (w[3] >> 10U) - (1 << 23);
    out[i] = static_cast<T>(static_cast<float>(static_cast<double>(k) * scale));
  }
  return t;
}

/// n pictures (28,28,1) of 4x4 grey squares.
template <class T>
Tensor<T> blocks(index_t n, std::uint32_t stream) {
  Tensor<T> t(Shape{n, 28, 28, 1});
  T* out = t.mutable_data();
  for (index_t i = 0; i < t.numel(); ++i) {
    const index_t row = i / 28 % 28, column = i % 28, picture = i / (28 * 28);
    const auto tone = words(picture * 16 + row / 7 * 4 + column / 7, stream)[0] >> 8U;
    out[i] = static_cast<T>(tone) / T(1 << 23) - T(1);
  }
  return t;
}

/// How far a tensor is from the one that was summarised.
struct Distances {
  double whole;    ///< |found - expected| / |expected|, estimated from 16 projections
  double norm;     ///< of the norms, relative
  double mean;     ///< of the means, in units of what a difference of |expected| in norm can make
  double samples;  ///< largest difference of 16 elements, in units of the root mean square
  [[nodiscard]] double worst() const { return std::max({whole, norm, mean, samples}); }
};

template <class T>
Distances distances(const Tensor<T>& t, const Json& summary) {
  static const std::vector<std::uint32_t> signs = [] {
    std::vector<std::uint32_t> s;
    for (index_t i = 0; i < 100 * 7 * 7 * 256; ++i) s.push_back(words(i, 1001)[0]);
    return s;
  }();
  const auto n = static_cast<std::size_t>(t.numel());
  ganvas::require(n == summary.at("size").get<std::size_t>() && n <= signs.size(), "golden", "a tensor has ", n,
                  " elements instead of ", summary.at("size").get<std::size_t>(), ".");
  double squares = 0, sum = 0;
  std::array<double, 16> projections{};
  for (std::size_t i = 0; i < n; ++i) {
    const auto v = static_cast<double>(t.data()[i]);
    squares += v * v;
    sum += v;
    for (std::size_t j = 0; j < 16; ++j) projections[j] += (signs[i] >> j & 1U) != 0 ? v : -v;
  }
  const double norm = summary.at("norm").get<double>();
  const double size = static_cast<double>(n);
  Distances d{0, std::abs(std::sqrt(squares) - norm) / norm,
              std::abs(sum / size - summary.at("mean").get<double>()) * std::sqrt(size) / norm, 0};
  for (std::size_t j = 0; j < 16; ++j) {
    const double difference = projections[j] - summary.at("projections")[j].get<double>();
    d.whole += difference * difference / 16;
    const auto place = words(static_cast<index_t>(j), 1000)[0] % n;
    const double sample = std::abs(static_cast<double>(t.data()[place]) - summary.at("samples")[j].get<double>());
    d.samples = std::max(d.samples, sample / norm * std::sqrt(size));
  }
  d.whole = std::sqrt(d.whole) / norm;
  return std::isfinite(d.worst()) ? d : Distances{HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
}

}  // namespace golden
