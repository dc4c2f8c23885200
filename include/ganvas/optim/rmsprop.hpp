#pragma once
// RMSProp [Hinton, lecture 6e of "Neural networks for machine learning", 2012; centered: Graves 2013, eq. 40].

#include <array>

#include "ganvas/core/config.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/optim/optimizer.hpp"

GANVAS_BEGIN

namespace optim {

/// s <- alpha s + (1 - alpha) g^2;   w <- w - lr g / (sqrt(s) + eps)
/// centered: a <- alpha a + (1 - alpha) g and sqrt(s - a^2) instead of sqrt(s);   weight_decay: g <- g + weight_decay w
/// momentum: b <- momentum b + g / (sqrt(s) + eps);   w <- w - lr b
struct RMSProp {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;

  static constexpr const char* name = "rmsprop";
  static constexpr std::array<const char*, 3> slots{"square_avg", "grad_avg", "momentum_buffer"};  // s, a and b

  [[nodiscard]] bool uses(std::size_t slot) const { return slot == 0 || (slot == 1 ? centered : momentum > 0); }

  void check() const {
    detail::check_not_negative(name, "lr", lr);
    detail::check_option(name, "alpha", alpha, alpha >= 0 && alpha <= 1, "in [0, 1]");
    detail::check_not_negative(name, "eps", eps);
    detail::check_not_negative(name, "weight_decay", weight_decay);
    detail::check_not_negative(name, "momentum", momentum);
  }

  template <class T>
  void update(T* w, const T* g, const std::array<T*, 3>& memory, index_t n, index_t) const {
    const kernels::RmsPropStep<T> step{.l2 = static_cast<T>(weight_decay),
                                       .alpha = static_cast<T>(alpha),
                                       .rest = static_cast<T>(1 - alpha),
                                       .eps = static_cast<T>(eps),
                                       .momentum = static_cast<T>(momentum),
                                       .lr = static_cast<T>(lr)};
    kernels::rmsprop(step, w, g, memory[0], memory[1], memory[2], n);
  }
};

}  // namespace optim

GANVAS_END
