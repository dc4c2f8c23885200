#pragma once
// Runs one case of generators/modules.py: a network of ours gets PyTorch's state dict and must say, learn and remember
// the same.

#include <algorithm>
#include <string>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "golden/golden.hpp"

namespace golden {

using Labels = std::vector<index_t>;

/// Relative to the largest number of each tensor.
struct CaseTolerance {
  double value, gradient, second;
};
template <class T>
constexpr CaseTolerance case_tolerance = sizeof(T) == 8 ? CaseTolerance{1e-11, 1e-11, 1e-10}
                                                        : CaseTolerance{1e-5, 1e-4, 1e-4};

template <class M>
void load(M& net, const Json& state) {
  using T = ganvas::nn::scalar_t<M>;
  ganvas::nn::StateDict<T> dict;
  for (const auto& [name, value] : state.items()) dict.push_back({name, tensor<T>(value)});
  ganvas::nn::load_state_dict(net, dict);
}

/// Every buffer and counter that PyTorch's module has.
template <class M>
void check_buffers(const M& net, const Json& expected, double tolerance) {
  std::size_t seen = 0;
  for (const auto& entry : ganvas::nn::state_dict(net)) {
    if (!expected.contains(entry.name)) continue;
    INFO("buffer " << entry.name);
    CHECK(distance(entry.value, expected.at(entry.name)) <= tolerance);
    ++seen;
  }
  CHECK(seen == expected.size());
}

/// run(net, x, labels): the training pass of a network, the evaluation of a const one. A case without x gives an
/// undefined one.
template <class M, class Run>
void check_case(const Json& c, M net, const Run& run) {
  using namespace ganvas;
  using T = nn::scalar_t<M>;
  INFO(c.at("name"));
  load(net, c.at("start"));
  const Labels labels = c.contains("labels") ? c.at("labels").get<Labels>() : Labels{};
  const Var<T> x = c.contains("x") ? variable<T>(c.at("x")) : Var<T>();

  const Var<T> y = run(net, x, labels);
  for (int pass = c.at("passes").get<int>(); pass > 1; --pass) static_cast<void>(run(net, x, labels));
  CHECK(distance(y.value(), c.at("y")) <= case_tolerance<T>.value);
  check_buffers(net, c.at("after"), case_tolerance<T>.value);

  std::vector<std::string> names;
  std::vector<Var<T>> targets;
  std::vector<nn::Layout> layouts;
  nn::for_each_parameter(net, [&](const std::string& name, const auto& p) {
    names.push_back(name);
    targets.push_back(p);
    layouts.push_back(p.layout());
  });
  if (x.defined()) {
    names.push_back("x");
    targets.push_back(x);
    layouts.push_back({});
  }
  const auto check_gradients = [&](const char* which, const std::vector<Var<T>>& found, double tolerance) {
    const Json& expected = c.at(which);
    CHECK(expected.size() == found.size());
    double largest = 0;  // a gradient that is zero up to rounding is measured by the others
    for (const Json& g : expected)
      for (const Json& v : g.at("data")) largest = std::max(largest, std::abs(v.get<double>()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      INFO(which << " by " << names[i]);
      REQUIRE(expected.contains(names[i]));
      CHECK(distance(nn::to_torch(found[i].value(), layouts[i]), expected.at(names[i]), largest * 1e-2) <= tolerance);
    }
  };
  const bool second = c.contains("second");
  const auto first = grad(y, targets, {.create_graph = second, .output = Var<T>(tensor<T>(c.at("gy")))});
  check_gradients("gradients", first, case_tolerance<T>.gradient);
  if (second) {
    Var<T> s = Tensor<T>::scalar(T(0));
    for (const Var<T>& g : first) s = s + sum(square(g));
    check_gradients("second", grad(s, targets), case_tolerance<T>.second);
  }

  const M& trained = net;
  CHECK(distance(run(trained, x, labels).value(), c.at("evaluation")) <= case_tolerance<T>.value);
  check_buffers(trained, c.at("after"), case_tolerance<T>.value);  // evaluation moves nothing
}

/// Ways to call a network for check_case: without its classes, and with them.
inline const auto unconditional = [](auto& net, const auto& x, const Labels&) { return ganvas::nn::pass(net, x); };
inline const auto conditional = [](auto& net, const auto& x, const Labels& y) { return ganvas::nn::pass(net, x, y); };

/// The case `name` of data/<file>.json, which must have second gradients.
inline const Json& case_of_second_order(const std::string& file, const std::string& name) {
  const Json& c = find(cases(file), name);
  REQUIRE(c.contains("second"));
  return c;
}

}  // namespace golden
