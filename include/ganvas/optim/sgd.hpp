#pragma once
// Gradient descent, with momentum [Polyak 1964] or Nesterov's [Sutskever et al. 2013].

#include <array>

#include "ganvas/core/config.hpp"
#include "ganvas/kernels/adam.hpp"
#include "ganvas/optim/optimizer.hpp"

GANVAS_BEGIN

namespace optim {

/// w <- w - lr g                                             (weight_decay > 0: g <- g + weight_decay w)
/// momentum: b <- momentum b + (1 - dampening) g (in the first step b = g);   w <- w - lr b
/// nesterov: w <- w - lr (g + momentum b)
struct SGD {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;

  static constexpr const char* name = "sgd";
  static constexpr std::array<const char*, 1> slots{"momentum_buffer"};  // b

  [[nodiscard]] bool uses(std::size_t) const { return momentum > 0; }

  void check() const {
    detail::check_not_negative(name, "lr", lr);
    detail::check_not_negative(name, "momentum", momentum);
    detail::check_not_negative(name, "weight_decay", weight_decay);
    detail::check_option(name, "dampening", dampening, dampening <= 1 && dampening >= 0, "in [0, 1]");
    require<ValueError>(!nesterov || (momentum > 0 && dampening <= 0), name,
                        "nesterov needs a momentum above 0 and no dampening, but they are ", momentum, " and ",
                        dampening, ".");
  }

  template <class T>
  void update(T* w, const T* g, const std::array<T*, 1>& memory, index_t n, index_t t) const {
    const kernels::SgdStep<T> step{.l2 = static_cast<T>(weight_decay),
                                   .momentum = static_cast<T>(momentum),
                                   .take = static_cast<T>(t == 1 ? 1 : 1 - dampening),
                                   .lr = static_cast<T>(lr),
                                   .nesterov = nesterov};
    kernels::sgd(step, w, g, memory[0], n);
  }
};

}  // namespace optim

GANVAS_END
