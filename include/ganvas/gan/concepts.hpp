#pragma once
// What the parts of the adversarial game must be able to do. A new GAN is a new part, not a new trainer.

#include <concepts>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

/// G: a module (nn/module.hpp: it lists its `members`) that maps noise z to samples. noise(n, rng) draws z ~ p_z,
/// training(z) is the training pass, g(z) evaluation. One with classes has classes() > 0, labels(n, rng), which draws
/// the classes to ask for, and takes them as a second argument of both. A copy of it is another network (optim::Ema).
template <class G>
concept GeneratorModel = nn::Module<G> && std::copy_constructible<G> &&
    requires(G g, const G fixed, Random rng, Var<typename G::value_type> z) {
  { fixed.noise(index_t{1}, rng) } -> std::same_as<Tensor<typename G::value_type>>;
  { g.training(z) } -> std::same_as<Var<typename G::value_type>>;
  { fixed(z) } -> std::same_as<Var<typename G::value_type>>;
  { g.parameters() } -> std::same_as<std::vector<Var<typename G::value_type>>>;
};

/// D: maps samples (N,...) to one number each, or to a Verdict; training(x) is the training pass, d(x) evaluation. One
/// that looks at classes takes them as a second argument of both.
template <class D>
concept DiscriminatorModel = requires(D d, const D fixed, Var<typename D::value_type> x) {
  { detail::as_verdict(d.training(x)) } -> std::same_as<Verdict<typename D::value_type>>;
  { detail::as_verdict(fixed(x)) } -> std::same_as<Verdict<typename D::value_type>>;
  { d.parameters() } -> std::same_as<std::vector<Var<typename D::value_type>>>;
};

/// The two objectives, both minimised, from D's outputs on data and samples: discriminator(real, fake), and
/// generator(fake), or generator(real, fake) for a game in which G's objective looks at data too (relativistic ones).
/// logits: sigma(D) is a probability. A loss may also have
///   zero_sum                                   true: L_G is what of -L_D depends on G; unrolled games need all of it
///   after_generator(d_real, l_g)               called after each step of G with mean D(x) and L_G; a loss with such a
///                                              state lists it as `members`, so that checkpoints hold it
///   looks_at_data()                            where generator(real, fake) is there, but not always looks at real
template <class L>
concept AdversarialLoss = requires(const L l, Var<float> d) {
  { l.discriminator(d, d) } -> std::same_as<Var<float>>;
  { l.logits } -> std::convertible_to<bool>;
}
&&(
    requires(const L l, Var<float> d) {
      { l.generator(d) } -> std::same_as<Var<float>>;
    } ||
    requires(const L l, Var<float> d) {
      { l.generator(d, d) } -> std::same_as<Var<float>>;
    });

/// A term added to D's objective every `every` steps (0: never); it multiplies itself by `every`. In such a step data
/// and samples are made variables. An undefined Var is no term. A penalty that takes D(x_i) as a function of x_i alone
/// says so by `static constexpr bool separate_samples = true;`: the trainer then refuses a D with batch norm, which
/// mixes samples.
template <class P, class D>
concept Penalty = requires(const P p, D& d, PenaltyInput<typename D::value_type> in, Random rng) {
  { p(d, in, rng) } -> std::same_as<Var<typename D::value_type>>;
  { p.every } -> std::convertible_to<index_t>;
};

GANVAS_END
