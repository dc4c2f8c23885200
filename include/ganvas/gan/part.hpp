#pragma once
// Parts: what a game may have besides two losses and a penalty. A part is a struct with one or more of these functions;
// the trainer calls those that it has, part after part in the order in which they were given.
//
//   void prepare(const std::vector<Var<T>>& g, const std::vector<Var<T>>& d)     once, with both players' parameters
//   Var<T> augment(const Var<T>& x, index_t step, Random&)      what D sees in place of x, data and samples alike, in
//                                                               both players' steps; gradients pass through it
//   Var<T> select(const Var<T>& d_fake, index_t step)           which of D's opinions L_G is about
//   Var<T> discriminator_term(const Round<T>&)                  is added to L_D    (undefined: no term)
//   Var<T> generator_term(const Round<T>&)                      is added to L_G
//   Var<T> generator_term(G&, const Tensor<T>& z, index_t step, Random&, const Labels& y)    a term about G alone, is
//                                                               added to L_G; step counts those of the generator
//   Var<T> parameter_term(Player, const std::vector<Var<T>>&)   about the parameters of the player that moves
//   bool replaces_generator_loss()                              L_G is this part's term instead
//   bool needs_real()                                           its generator_term looks at round.real
//   index_t unroll_steps()                                      steps of D that G looks ahead
//   void after_discriminator(const std::vector<Var<T>>&)        after D's step, with its parameters
//   void observe_real(const Tensor<T>& d_real)                  after D's step, with its opinions on data
//
// A part with state names it in a list `members` (nn::member), so that a checkpoint holds it.

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/verdict.hpp"

GANVAS_BEGIN

enum class Player { generator, discriminator };

/// One player's step, as its parts see it.
template <class T>
struct Round {
  index_t step = 0;  ///< discriminator steps, this one included
  Labels y;          ///< the classes of the data, if there are any
  Tensor<T> z;       ///< the noise
  Labels y_fake;     ///< the classes that G was asked for
  /// D on data. In the generator's step a constant (unless D is unrolled: it depends on G then), and sure to be there
  /// only if needs_real() of a part is true.
  Verdict<T> real;
  Verdict<T> fake;             ///< D on samples
  index_t generator_step = 0;  ///< generator steps, this one included, in the generator's step
};

namespace detail {

/// P has at least one of the functions above for a game of G's with numbers T. One that has none, say because its
/// numbers are others, would do nothing.
template <class P, class T, class G>
concept GamePart = requires(P& p, const Var<T>& x, Random& rng) {
  p.augment(x, index_t{}, rng);
}
|| requires(P& p, const Var<T>& d) { p.select(d, index_t{}); }
|| requires(P& p, const Round<T>& r) { p.discriminator_term(r); }
|| requires(P& p, const Round<T>& r) { p.generator_term(r); }
|| requires(P& p, G& g, const Tensor<T>& z, Random& rng) { p.generator_term(g, z, index_t{}, rng, Labels{}); }
|| requires(P& p, const std::vector<Var<T>>& w) { p.parameter_term(Player::generator, w); }
|| requires(P& p, const std::vector<Var<T>>& w) { p.after_discriminator(w); }
|| requires(P& p, const Tensor<T>& d) { p.observe_real(d); }
|| requires(P& p) { p.unroll_steps(); };
template <class P, class T, class G>
inline constexpr bool is_part = GamePart<P, T, G>;
template <class P, class T, class G>
inline constexpr bool is_part<std::optional<P>, T, G> = GamePart<P, T, G>;

template <class P>
inline constexpr bool is_optional_part = false;
template <class P>
inline constexpr bool is_optional_part<std::optional<P>> = true;

/// Calls f on each part; a std::optional is a part that may be left out when the program runs.
template <class Parts, class F>
void each_part(Parts& parts, const F& f) {
  const auto call = [&f](auto& part) {
    if constexpr (is_optional_part<std::remove_cvref_t<decltype(part)>>) {
      if (part) f(*part);
    } else {
      f(part);
    }
  };
  std::apply([&](auto&... part) { (call(part), ...); }, parts);
}

/// A part that makes G look ahead.
template <class P>
concept Unrolls = requires(P& part) {
  part.unroll_steps();
}
|| requires(P& part) { part->unroll_steps(); };

/// a + b, where either may be undefined.
template <class T>
[[nodiscard]] Var<T> add_term(const Var<T>& a, const Var<T>& b) {
  return !a.defined() ? b : !b.defined() ? a : a + b;
}

/// Whether a part, one that is not left out, changes what D sees.
template <class T, class Parts>
[[nodiscard]] bool augments(Parts& parts, Random& rng) {
  bool any = false;
  each_part(parts, [&](auto& part) {
    any = any || requires(const Var<T>& x) { part.augment(x, index_t{}, rng); };
  });
  return any;
}

template <class T, class Parts>
[[nodiscard]] Var<T> augmented(Parts& parts, Var<T> x, index_t step, Random& rng) {
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.augment(x, step, rng); }) x = part.augment(x, step, rng);
  });
  return x;
}

template <class T, class Parts>
[[nodiscard]] Var<T> selected(Parts& parts, Var<T> d_fake, index_t step) {
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.select(d_fake, step); }) d_fake = part.select(d_fake, step);
  });
  return d_fake;
}

template <class T, class Parts>
[[nodiscard]] Var<T> discriminator_terms(Parts& parts, const Round<T>& round, const std::vector<Var<T>>& parameters) {
  Var<T> sum;
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.discriminator_term(round); }) sum = add_term(sum, part.discriminator_term(round));
    if constexpr (requires { part.parameter_term(Player::discriminator, parameters); })
      sum = add_term(sum, part.parameter_term(Player::discriminator, parameters));
  });
  return sum;
}

template <class T, class G, class Parts>
[[nodiscard]] Var<T> generator_terms(Parts& parts, G& g, const Round<T>& round, const std::vector<Var<T>>& parameters,
                                     Random& rng) {
  Var<T> sum;
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.generator_term(round); }) sum = add_term(sum, part.generator_term(round));
    if constexpr (requires { part.generator_term(g, round.z, round.generator_step, rng, round.y_fake); })
      sum = add_term(sum, part.generator_term(g, round.z, round.generator_step, rng, round.y_fake));
    if constexpr (requires { part.parameter_term(Player::generator, parameters); })
      sum = add_term(sum, part.parameter_term(Player::generator, parameters));
  });
  return sum;
}

template <class Parts>
[[nodiscard]] bool replaces_generator_loss(Parts& parts) {
  bool replaced = false;
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.replaces_generator_loss(); }) replaced = replaced || part.replaces_generator_loss();
  });
  return replaced;
}

template <class Parts>
[[nodiscard]] bool needs_real(Parts& parts) {
  bool needed = false;
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.needs_real(); }) needed = needed || part.needs_real();
  });
  return needed;
}

template <class Parts>
[[nodiscard]] index_t unroll_steps(Parts& parts) {
  index_t steps = 0;
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.unroll_steps(); }) steps += part.unroll_steps();
  });
  return steps;
}

template <class T, class Parts>
void after_discriminator(Parts& parts, const std::vector<Var<T>>& parameters, const Tensor<T>& d_real) {
  each_part(parts, [&](auto& part) {
    if constexpr (requires { part.after_discriminator(parameters); }) part.after_discriminator(parameters);
    if constexpr (requires { part.observe_real(d_real); }) part.observe_real(d_real);
  });
}

}  // namespace detail

GANVAS_END
