#pragma once
// The parts of a game that are chosen when the program runs: one of the losses, one of the penalties.

#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace loss {

/// One of the losses.
struct Any {
  std::variant<NonSaturating, Minimax, LeastSquares, Hinge, Wasserstein, RelativisticPaired, RelativisticAverage, Began>
      chosen;
  bool logits = true;                                  ///< of the chosen one
  bool zero_sum = false;                               ///< likewise
  Tensor<double> k = Tensor<double>::scalar(0);        ///< BEGAN's balance, for checkpoints
  Tensor<double> measure = Tensor<double>::scalar(0);  ///< and its measure of convergence

  static constexpr auto members = std::tuple{nn::member("k", &Any::k), nn::member("measure", &Any::measure)};

  Any() = default;
  template <class L>
  Any(L l) requires(!std::is_same_v<L, Any> && std::is_constructible_v<decltype(chosen), L>) : logits(L::logits) {
    if constexpr (requires { L::zero_sum; }) zero_sum = L::zero_sum;
    if constexpr (std::is_same_v<L, Began>) k = l.k, measure = l.measure;
    chosen = std::move(l);
  }

  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    if (const auto* began = std::get_if<Began>(&chosen)) {
      Began now = *began;
      now.k = k;
      return now.discriminator(real, fake);
    }
    return std::visit([&](const auto& l) { return l.discriminator(real, fake); }, chosen);
  }
  /// Whether generator(real, fake) looks at real; if not, it may be undefined.
  [[nodiscard]] bool looks_at_data() const {
    return std::holds_alternative<RelativisticPaired>(chosen) || std::holds_alternative<RelativisticAverage>(chosen);
  }
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& real, const Var<T>& fake) const {
    return std::visit(
        [&](const auto& l) {
          if constexpr (requires { l.generator(real, fake); })
            return l.generator(real, fake);
          else
            return l.generator(fake);
        },
        chosen);
  }
  void after_generator(double real, double fake) {
    if (const auto* began = std::get_if<Began>(&chosen)) {
      Began now = *began;
      now.k = k;
      now.after_generator(real, fake);
      k = now.k;
      measure = now.measure;
    }
  }
};

}  // namespace loss

/// One of the penalties, or none.
struct AnyPenalty {
  std::variant<NoPenalty, GradientPenalty, Dragan, R1, R2, R1R2> chosen;
  index_t every = 0;              ///< in place of the chosen one's
  bool separate_samples = false;  ///< likewise

  AnyPenalty() = default;
  template <class P>
  AnyPenalty(P p) requires(!std::is_same_v<P, AnyPenalty> && std::is_constructible_v<decltype(chosen), P>)
      : chosen(p), every(static_cast<index_t>(p.every)) {
    if constexpr (requires { P::separate_samples; }) separate_samples = P::separate_samples;
  }

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D& d, const PenaltyInput<T>& in, Random& rng) const {
    return std::visit(
        [&](auto p) {
          if constexpr (requires { p.every = every; }) p.every = every;
          return p(d, in, rng);
        },
        chosen);
  }
};

GANVAS_END
