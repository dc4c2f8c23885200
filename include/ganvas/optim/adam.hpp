#pragma once
// Adam [Kingma and Ba 2015, Algorithm 1] and AdamW as in PyTorch [Loshchilov and Hutter 2019].

#include <array>
#include <cmath>

#include "ganvas/core/config.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/optim/optimizer.hpp"

GANVAS_BEGIN

namespace optim {

namespace detail {

/// What is the same for all elements in step t, in double. The corrections m_hat = m / (1 - beta1^t) and
/// v_hat = v / (1 - beta2^t) become factors of lr and of the root, as in PyTorch.
template <class T, class Options>
kernels::AdamStep<T> adam_step(const Options& o, double l2, double decay, index_t t) {
  const double correction1 = 1 - std::pow(o.beta1, static_cast<double>(t));
  const double correction2 = 1 - std::pow(o.beta2, static_cast<double>(t));
  return {.l2 = static_cast<T>(l2),
          .decay = static_cast<T>(decay),
          .beta1 = static_cast<T>(o.beta1),
          .rest1 = static_cast<T>(1 - o.beta1),
          .beta2 = static_cast<T>(o.beta2),
          .rest2 = static_cast<T>(1 - o.beta2),
          .step = static_cast<T>(o.lr / correction1),
          .root = static_cast<T>(1 / std::sqrt(correction2)),
          .eps = static_cast<T>(o.eps)};
}

template <class Options>
void check_adam(const char* rule, const Options& o) {
  check_not_negative(rule, "lr", o.lr);
  check_decay(rule, "beta1", o.beta1);
  check_decay(rule, "beta2", o.beta2);
  check_not_negative(rule, "eps", o.eps);
  check_not_negative(rule, "weight_decay", o.weight_decay);
}

}  // namespace detail

/// Algorithm 1, with g_t the gradient in step t:          (weight_decay > 0: g_t <- g_t + weight_decay w)
///   m_t = beta1 m_{t-1} + (1 - beta1) g_t                m_0 = 0, the first moment
///   v_t = beta2 v_{t-1} + (1 - beta2) g_t^2              v_0 = 0, the second moment
///   m_hat = m_t / (1 - beta1^t)                          both start at 0 and are too small at first
///   v_hat = v_t / (1 - beta2^t)
///   w_t = w_{t-1} - lr m_hat / (sqrt(v_hat) + eps)
struct Adam {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;

  static constexpr const char* name = "adam";
  static constexpr std::array<const char*, 2> slots{"exp_avg", "exp_avg_sq"};  // m and v

  void check() const { detail::check_adam(name, *this); }

  template <class T>
  void update(T* w, const T* g, const std::array<T*, 2>& memory, index_t n, index_t t) const {
    kernels::adam(detail::adam_step<T>(*this, weight_decay, 0, t), w, g, memory[0], memory[1], n);
  }
};

/// Adam with the decay applied to the weight itself: w <- (1 - lr weight_decay) w, then Adam's step without decay, as
/// in PyTorch. The paper's lambda is lr weight_decay. Decay and step are subtracted together and rounded once: in float
/// a decay below 3e-8 a step is less than half a last place of w and shows in the mean over many steps.
struct AdamW {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 1e-2;

  static constexpr const char* name = "adamw";
  static constexpr std::array<const char*, 2> slots{"exp_avg", "exp_avg_sq"};

  void check() const { detail::check_adam(name, *this); }

  template <class T>
  void update(T* w, const T* g, const std::array<T*, 2>& memory, index_t n, index_t t) const {
    kernels::adam(detail::adam_step<T>(*this, 0, lr * weight_decay, t), w, g, memory[0], memory[1], n);
  }
};

}  // namespace optim

GANVAS_END
