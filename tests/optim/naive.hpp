#pragma once
// The optimisers as their papers write them, one number at a time, in double: the oracle of the tests.

#include <cmath>
#include <functional>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/optim/optimizer.hpp"

namespace naive {

using Number = double;

/// Ten steps of the optimiser made from the rule on a parameter of n elements, against step(w, g, t) for every element
/// with a memory of its own. Gradients are random, different in each step. Returns the largest error relative to
/// max(1, |w|).
template <class T, class Rule>
double worst_error(const Rule& rule, ganvas::index_t n,
                   const std::function<Number(Number w, Number g, int t, std::vector<Number>& memory)>& step) {
  using namespace ganvas;
  Random rng(11);
  const Tensor<T> start = rng.normal<T>({n});
  const Var<T> parameter = Var<T>::variable(start);
  auto optimizer = optim::make(rule, std::vector<Var<T>>{parameter});
  std::vector<Number> w(start.values().begin(), start.values().end());
  std::vector<std::vector<Number>> memory(w.size(), std::vector<Number>(3, 0.0));
  double worst = 0;
  for (int t = 1; t <= 10; ++t) {
    const Tensor<T> g = rng.normal<T>({n}, T(0), T(2));
    optimizer.step(std::vector<Tensor<T>>{g});
    for (std::size_t i = 0; i < w.size(); ++i) {
      w[i] = step(w[i], static_cast<Number>(g.values()[i]), t, memory[i]);
      const Number error =
          std::abs(static_cast<Number>(parameter.value().values()[i]) - w[i]) / std::max(Number(1), std::abs(w[i]));
      worst = std::isnan(error) ? 1e30 : std::max(worst, static_cast<double>(error));
    }
  }
  return worst;
}

/// Sizes that fill no vector, one, many, and more than one chunk of a thread.
inline const std::vector<ganvas::index_t> sizes{0, 1, 3, 8, 15, 16, 17, 100, 40001};

}  // namespace naive
