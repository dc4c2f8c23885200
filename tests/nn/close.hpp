#pragma once
// Helpers of the tests of nn/ and optim/.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"

namespace {

/// The largest difference relative to max(1, |b|); infinite for other shapes or NaN.
template <class T>
double distance(const ganvas::Tensor<T>& a, const ganvas::Tensor<T>& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (ganvas::index_t i = 0; i < a.numel(); ++i) {
    const double x = static_cast<double>(a.data()[i]), y = static_cast<double>(b.data()[i]);
    const double error = std::abs(x - y) / std::max(1.0, std::abs(y));
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

template <class T = double>
ganvas::Var<T> normal(const ganvas::Shape& shape, std::uint64_t seed = 7) {
  return ganvas::Var<T>(ganvas::Random(seed).normal<T>(shape));
}

/// The sentence of the exception of type E that f throws; "nothing was thrown" otherwise.
template <class E, class F>
std::string sentence(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "nothing was thrown";
}

/// Checks the gradients of run(module, x) by x and by every parameter of the module, against differences.
template <class M, class Run>
ganvas::check::Report check_module(const M& module, const ganvas::Tensor<double>& x, const Run& run) {
  using namespace ganvas;
  std::vector<Tensor<double>> inputs{x};
  nn::for_each_parameter(module, [&](const std::string&, const auto& p) { inputs.push_back(p.value()); });
  return check::gradients(
      [&](const std::vector<Var<double>>& v) {
        M copy = module;
        std::size_t next = 1;
        // the parameter becomes a handle of the variable that is checked
        nn::for_each_parameter(copy, [&](const std::string&, auto& p) { static_cast<Var<double>&>(p) = v[next++]; });
        return run(copy, v[0]);
      },
      inputs);
}
template <class M>
ganvas::check::Report check_evaluation(const M& module, const ganvas::Tensor<double>& x) {
  return check_module(module, x, [](const M& m, const ganvas::Var<double>& v) { return m(v); });
}
template <class M>
ganvas::check::Report check_training(const M& module, const ganvas::Tensor<double>& x) {
  return check_module(module, x, [](M& m, const ganvas::Var<double>& v) { return ganvas::nn::training(m, v); });
}

}  // namespace
