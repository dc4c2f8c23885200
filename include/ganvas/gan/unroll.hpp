#pragma once
// Unrolled GAN [Metz et al. 2017, eq. 9 and 10]: G looks k steps of the discriminator ahead, and its gradient goes
// through them. D's steps are written in recorded operations here, so they are differentiated like everything else.

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/optimizer.hpp"
#include "ganvas/optim/sgd.hpp"

GANVAS_BEGIN

/// The part that makes a game an unrolled one.
struct Unrolled {
  index_t steps = 5;  ///< k; 0: none

  [[nodiscard]] index_t unroll_steps() const {
    require<ValueError>(steps >= 0, "unroll", "steps must be 0 or more, but is ", steps, ".");
    return steps;
  }
};

namespace detail {

/// What an optimiser remembers of its parameters, as differentiable values.
template <class T>
struct RecordedMemory {
  std::vector<Var<T>> first, second;  ///< Adam's m and v
  index_t step = 0;
};

/// The memory of an optimiser as it is now; constants.
template <class Rule, class T>
[[nodiscard]] RecordedMemory<T> recorded_memory(const optim::Optimizer<Rule, T>& optimizer) {
  RecordedMemory<T> memory{{}, {}, optimizer.steps()};
  for (const auto& entry : optimizer.state().tensors) {
    if (entry.name.ends_with(".exp_avg")) memory.first.push_back(entry.value);
    if (entry.name.ends_with(".exp_avg_sq")) memory.second.push_back(entry.value);
  }
  return memory;
}

/// w - lr g
template <class T>
[[nodiscard]] std::vector<Var<T>> recorded_step(const optim::SGD& rule, RecordedMemory<T>&,
                                                const std::vector<Var<T>>& w, const std::vector<Var<T>>& g) {
  require<ValueError>(rule.momentum == 0 && rule.weight_decay == 0, "unroll", "SGD is unrolled without momentum and ",
                      "weight decay, but they are ", rule.momentum, " and ", rule.weight_decay, ".");
  std::vector<Var<T>> next;
  for (std::size_t i = 0; i < w.size(); ++i) next.push_back(w[i] - g[i] * static_cast<T>(rule.lr));
  return next;
}

/// Adam's Algorithm 1 (optim/adam.hpp). The root has no slope at 0: v is kept above the smallest normal number there.
template <class T>
[[nodiscard]] std::vector<Var<T>> recorded_step(const optim::Adam& rule, RecordedMemory<T>& memory,
                                                const std::vector<Var<T>>& w, const std::vector<Var<T>>& g) {
  require<ValueError>(rule.weight_decay == 0, "unroll", "Adam is unrolled without weight decay, but it is ",
                      rule.weight_decay, ".");
  const auto t = static_cast<double>(++memory.step);
  const T lr = static_cast<T>(rule.lr / (1 - std::pow(rule.beta1, t)));
  const T root = static_cast<T>(1 / std::sqrt(1 - std::pow(rule.beta2, t)));
  std::vector<Var<T>> next;
  for (std::size_t i = 0; i < w.size(); ++i) {
    Var<T>&m = memory.first.at(i), &v = memory.second.at(i);
    m = m * static_cast<T>(rule.beta1) + g[i] * static_cast<T>(1 - rule.beta1);
    v = v * static_cast<T>(rule.beta2) + square(g[i]) * static_cast<T>(1 - rule.beta2);
    const Var<T> v_hat_root = sqrt(v + std::numeric_limits<T>::min()) * root;
    next.push_back(w[i] - m * lr / (v_hat_root + static_cast<T>(rule.eps)));
  }
  return next;
}

/// Another rule; one that was chosen when the program ran (optim::Any) is looked into.
template <class Rule, class T>
[[nodiscard]] std::vector<Var<T>> recorded_step(const Rule& any, RecordedMemory<T>& memory,
                                                const std::vector<Var<T>>& w, const std::vector<Var<T>>& g) {
  if constexpr (requires { any.rule.index(); })
    return std::visit(
        [&](auto rule) {
          rule.lr = any.lr;
          return recorded_step(rule, memory, w, g);
        },
        any.rule);
  else
    fail<ValueError>("unroll", "steps of ", Rule::name, " cannot be unrolled; give the discriminator adam or sgd.");
}

/// Puts other values in place of a network's parameters: results of operations, with their history.
template <class M, class T>
void substitute_parameters(M& module, const std::vector<Var<T>>& values) {
  std::size_t i = 0;
  nn::for_each_parameter(module, [&](const std::string&, auto& p) { static_cast<Var<T>&>(p) = values.at(i++); });
}

/// A copy of D after k more steps down objective(D), each recorded. D itself and its optimiser are left alone.
template <class D, class Rule, class T, class Objective>
[[nodiscard]] D unrolled(const D& d, const optim::Optimizer<Rule, T>& optimizer, index_t k,
                         const Objective& objective) {
  D ahead = d;
  std::vector<Var<T>> w = nn::parameters(ahead);
  RecordedMemory<T> memory = recorded_memory(optimizer);
  for (index_t i = 0; i < k; ++i) {
    const std::vector<Var<T>> g = grad(objective(ahead), w, {.create_graph = true});
    w = recorded_step(optimizer.options(), memory, w, g);
    substitute_parameters(ahead, w);
  }
  return ahead;
}

}  // namespace detail

GANVAS_END
