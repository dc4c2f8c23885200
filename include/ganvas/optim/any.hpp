#pragma once
// optim::Any: a rule that is chosen when the program runs (from a file, by a command line).

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "ganvas/core/config.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/optimizer.hpp"
#include "ganvas/optim/rmsprop.hpp"
#include "ganvas/optim/sgd.hpp"

GANVAS_BEGIN

namespace optim {

/// One of the library's rules. Its state is stored under the names of `slots` below, whichever rule it is, so that
/// which one it was must be known from elsewhere (a run's settings).
struct Any {
  std::variant<Adam, AdamW, RMSProp, SGD> rule;
  double lr = 0;  ///< the rule's; schedules set this one

  Any() : Any(Adam{}) {}
  template <Rule R>
  Any(const R& chosen) requires(!std::is_same_v<R, Any>) : rule(chosen), lr(chosen.lr) {}

  static constexpr const char* name = "optimizer";
  /// Adam's m and v, which is RMSProp's square_avg too, its grad_avg, and the momentum of RMSProp and SGD.
  static constexpr std::array<const char*, 4> slots{"exp_avg", "exp_avg_sq", "grad_avg", "momentum_buffer"};

  [[nodiscard]] bool uses(std::size_t slot) const {
    return std::visit(
        [slot](const auto& r) {
          using R = std::remove_cvref_t<decltype(r)>;
          for (std::size_t i = 0; i < R::slots.size(); ++i)
            if (place<R>(i) == slot) {
              if constexpr (requires { r.uses(i); })
                return r.uses(i);
              else
                return true;
            }
          return false;
        },
        rule);
  }

  void check() const {
    std::visit(
        [this](auto r) {
          r.lr = lr;
          r.check();
        },
        rule);
  }

  template <class T>
  void update(T* w, const T* g, const std::array<T*, 4>& memory, index_t n, index_t t) const {
    std::visit(
        [&](auto r) {
          using R = std::remove_cvref_t<decltype(r)>;
          r.lr = lr;
          std::array<T*, R::slots.size()> own{};
          for (std::size_t i = 0; i < own.size(); ++i) own[i] = memory[place<R>(i)];
          r.update(w, g, own, n, t);
        },
        rule);
  }

 private:
  /// Where a rule's slot is among ours.
  template <class R>
  static constexpr std::size_t place(std::size_t slot) {
    if constexpr (std::is_same_v<R, RMSProp>)
      return slot + 1;
    else if constexpr (std::is_same_v<R, SGD>)
      return 3;
    else
      return slot;
  }
};

}  // namespace optim

GANVAS_END
