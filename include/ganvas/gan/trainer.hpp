#pragma once
// The adversarial game: Algorithm 1 of Goodfellow et al. 2014, "Generative adversarial nets", over its parts.

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/concepts.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/ema.hpp"

GANVAS_BEGIN

/// What one step did; the numbers are from before the update they led to.
struct StepReport {
  index_t step = 0;    ///< discriminator steps so far, this one included
  double loss_d = 0;   ///< L_D without the penalty
  double loss_g = 0;   ///< L_G of the latest generator step
  double penalty = 0;  ///< the penalty of the latest step that had one, with its factor `every`
  double d_real = 0;   ///< mean D(x); as a probability, where the loss has one
  double d_fake = 0;   ///< mean D(G(z)) in the discriminator step, likewise
  bool generator_stepped = false;
};

/// Settings of AdversarialTrainer.
struct TrainerOptions {
  index_t discriminator_steps = 1;  ///< k of Algorithm 1 (n_critic of WGAN)
  double ema = 0;                   ///< decay of the moving average of G's weights; 0: none
  std::uint64_t seed = 0;           ///< of the noise z and the penalty's draws
};

/// One optimiser's settings for each player (two time scales, Heusel et al. 2017).
template <class ForG, class ForD = ForG>
struct Optimizers {
  ForG generator;
  ForD discriminator;
};
template <class ForG, class ForD>
Optimizers(ForG, ForD) -> Optimizers<ForG, ForD>;

/// Trains G and D, which stay the caller's and must outlive the trainer.
template <GeneratorModel G, DiscriminatorModel D, AdversarialLoss Loss, class OptimizerG, class OptimizerD = OptimizerG,
          Penalty<D> Regularizer = NoPenalty>
class AdversarialTrainer {
 public:
  using T = typename G::value_type;

  AdversarialTrainer(G& g, D& d, Loss loss, const Optimizers<OptimizerG, OptimizerD>& optimizers,
                     Regularizer penalty = {}, const TrainerOptions& options = {})
      : g_(g),
        d_(d),
        loss_(loss),
        penalty_(penalty),
        options_(options),
        optimizer_g_(optim::make(optimizers.generator, g.parameters())),
        optimizer_d_(optim::make(optimizers.discriminator, d.parameters())),
        rng_(options.seed, 2) {  // not the stream of a caller's Random(seed)
    require<ValueError>(options.discriminator_steps >= 1, "trainer", "discriminator_steps must be at least 1, but is ",
                        options.discriminator_steps, ".");
    require<ValueError>(every() >= 0, "trainer", "a penalty must come every 1 or more steps, or 0 for never, ",
                        "but every is ", every(), ".");
    if constexpr (requires { requires Regularizer::separate_samples; } && nn::Module<D>) {
      if (every() > 0)
        nn::for_each_module(d, []<class M>(const std::string& name, const M&) {
          require<ValueError>(!is_batch_norm<M>, "trainer",
                              "the penalty takes D(x_i) as a function of x_i alone, but D's ", "batch norm (", name,
                              ") mixes the samples; build D without it.");
        });
    }
    if (options.ema != 0) average_.emplace(g, options.ema);
  }

  AdversarialTrainer(G& g, D& d, Loss loss, const OptimizerG& optimizer, Regularizer penalty = {},
                     const TrainerOptions& options = {}) requires std::same_as<OptimizerG, OptimizerD>
      : AdversarialTrainer(g, d, loss, Optimizers<OptimizerG, OptimizerD>{optimizer, optimizer}, penalty, options) {}

  /// Algorithm 1, one pass of its inner loop with the minibatch x of m examples; after every k-th call its outer loop
  /// goes on to the generator, so k calls are one round of the game.
  const StepReport& step(const Tensor<T>& x) {
    // "for k steps do: sample minibatch of m noise samples z; sample minibatch of m examples x;
    //  update the discriminator by ascending its stochastic gradient"
    update_discriminator(x, g_.noise(x.size(0), rng_));
    // "end for. Sample minibatch of m noise samples z;
    //  update the generator by descending its stochastic gradient"
    if (report_.step % options_.discriminator_steps == 0) update_generator(g_.noise(x.size(0), rng_));
    if (on_step_) on_step_(report_);
    return report_;
  }

  /// The discriminator's update with given x and z: theta_d moves against the gradient of
  /// L_D(D(x), D(G(z))) + penalty.
  void update_discriminator(const Tensor<T>& x, const Tensor<T>& z) {
    const index_t step = report_.step + 1;
    const Var<T> fake = [&] {
      const NoRecord values_only;  // G is fixed here: nothing flows back into it
      return g_.training(Var<T>(z));
    }();
    const bool with_penalty = every() > 0 && (step - 1) % every() == 0;
    const Var<T> real = with_penalty ? Var<T>::variable(x) : Var<T>(x);
    const Var<T> d_real = d_.training(real);
    const Var<T> d_fake = d_.training(fake);
    const Var<T> game = loss_.discriminator(d_real, d_fake);
    const Var<T> extra = with_penalty ? penalty_(d_, PenaltyInput<T>{real, d_real, fake.value()}, rng_) : Var<T>();
    const Var<T> objective = extra.defined() ? game + extra : game;
    check_finite(objective, "discriminator", step);
    optimizer_d_.step(grad(objective, d_.parameters()));
    report_.step = step;  // from here on: a step that threw is not reported
    report_.generator_stepped = false;
    report_.loss_d = static_cast<double>(game.item());
    if (extra.defined()) report_.penalty = static_cast<double>(extra.item());
    report_.d_real = opinion(d_real);
    report_.d_fake = opinion(d_fake);
  }

  /// The generator's update with given z: theta_g moves against the gradient of L_G(D(G(z))). D's parameters are no
  /// targets, so their gradients are never computed.
  void update_generator(const Tensor<T>& z) {
    const Var<T> objective = loss_.generator(d_.training(g_.training(Var<T>(z))));
    check_finite(objective, "generator", report_.step);
    optimizer_g_.step(grad(objective, g_.parameters()));
    if (average_) average_->update(g_);
    report_.loss_g = static_cast<double>(objective.item());
    report_.generator_stepped = true;
  }

  /// Called after every step with its report.
  void on_step(std::function<void(const StepReport&)> callback) { on_step_ = std::move(callback); }

  [[nodiscard]] const StepReport& report() const { return report_; }
  /// The generator to sample from: the moving average if there is one, else G itself.
  [[nodiscard]] const G& best_generator() const { return average_ ? average_->model() : g_; }
  [[nodiscard]] auto& generator_optimizer() { return optimizer_g_; }
  [[nodiscard]] auto& discriminator_optimizer() { return optimizer_d_; }
  [[nodiscard]] Random& random() { return rng_; }

 private:
  template <class M>
  static constexpr bool is_batch_norm = std::is_same_v<std::remove_cvref_t<M>, nn::BatchNorm2d<T>>;

  [[nodiscard]] index_t every() const { return static_cast<index_t>(penalty_.every); }

  /// Mean of D, as a probability where the loss has one.
  static double opinion(const Var<T>& d) {
    const NoRecord values_only;
    return static_cast<double>(mean(Loss::logits ? sigmoid(d) : d).item());
  }

  void check_finite(const Var<T>& objective, const char* player, index_t step) const {
    if (std::isfinite(objective.item())) return;
    fail<NumericError>("trainer", "the ", player, "'s loss is ", objective.item(), " in step ", step, ". ",
                       first_non_finite(objective),
                       " Try a smaller learning rate, or a penalty if the discriminator wins.");
  }

  G& g_;
  D& d_;
  Loss loss_;
  Regularizer penalty_;
  TrainerOptions options_;
  decltype(optim::make(std::declval<OptimizerG>(), std::declval<std::vector<Var<T>>>())) optimizer_g_;
  decltype(optim::make(std::declval<OptimizerD>(), std::declval<std::vector<Var<T>>>())) optimizer_d_;
  Random rng_;
  StepReport report_;
  std::optional<optim::Ema<G>> average_;
  std::function<void(const StepReport&)> on_step_;
};

GANVAS_END
