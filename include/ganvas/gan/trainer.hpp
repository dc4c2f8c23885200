#pragma once
// The adversarial game: Algorithm 1 of Goodfellow et al. 2014, "Generative adversarial nets", over its parts.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
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
#include "ganvas/gan/packing.hpp"
#include "ganvas/gan/part.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/unroll.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/clip.hpp"
#include "ganvas/optim/ema.hpp"

GANVAS_BEGIN

/// What one step did; the numbers are from before the update they led to.
struct StepReport {
  index_t step = 0;       ///< discriminator steps so far, this one included
  double loss_d = 0;      ///< L_D without the penalty and the parts' terms
  double loss_g = 0;      ///< L_G of the latest generator step, likewise
  double penalty = 0;     ///< the penalty of the latest step that had one, with its factor `every`
  double terms_d = 0;     ///< the parts' terms of the latest discriminator step
  double terms_g = 0;     ///< and of the latest generator step
  double d_real = 0;      ///< mean D(x); as a probability, where the loss has one
  double d_fake = 0;      ///< mean D(G(z)) in the discriminator step, likewise
  double gradient_g = 0;  ///< norm of G's whole gradient in its latest step; every 16th is measured
  bool generator_stepped = false;
};

/// Settings of AdversarialTrainer.
struct TrainerOptions {
  index_t discriminator_steps = 1;  ///< k of Algorithm 1 (n_critic of WGAN)
  double ema = 0;                   ///< decay of the moving average of G's weights, below 1; 0: none
  std::uint64_t seed = 0;           ///< of the noise z and the penalty's draws
  index_t pack = 1;          ///< samples that D judges together (PacGAN's m), as if they were one with m C channels
  bool ema_warm_up = false;  ///< a smaller decay at first: optim::EmaOptions
};

/// One optimiser's settings for each player (two time scales, Heusel et al. 2017).
template <class ForG, class ForD = ForG>
struct Optimizers {
  ForG generator;
  ForD discriminator;
};
template <class ForG, class ForD>
Optimizers(ForG, ForD) -> Optimizers<ForG, ForD>;

/// Trains G and D, which stay the caller's and must outlive the trainer. Parts: gan/part.hpp.
template <GeneratorModel G, DiscriminatorModel D, AdversarialLoss Loss, class OptimizerG, class OptimizerD = OptimizerG,
          Penalty<D> Regularizer = NoPenalty, class... Parts>
class AdversarialTrainer {
 public:
  using T = typename G::value_type;
  using Generator = G;
  using Discriminator = D;
  static_assert((detail::is_part<Parts, T, G> && ...),
                "one of the parts has no function that this game could call "
                "(gan/part.hpp lists them): is it one, and are its numbers those of the networks?");

  AdversarialTrainer(const AdversarialTrainer&) = delete;  // both would move the same players
  AdversarialTrainer& operator=(const AdversarialTrainer&) = delete;

  AdversarialTrainer(G& g, D& d, Loss loss, const Optimizers<OptimizerG, OptimizerD>& optimizers,
                     Regularizer penalty = {}, const TrainerOptions& options = {}, Parts... parts)
      : g_(g),
        d_(d),
        loss_(std::move(loss)),
        penalty_(std::move(penalty)),
        parts_(std::move(parts)...),
        options_(options),
        optimizer_g_(optim::make(optimizers.generator, g.parameters())),
        optimizer_d_(optim::make(optimizers.discriminator, d.parameters())),
        rng_(options.seed, 2) {  // not the stream of a caller's Random(seed)
    require<ValueError>(options.discriminator_steps >= 1, "trainer", "discriminator_steps must be at least 1, but is ",
                        options.discriminator_steps, ".");
    require<ValueError>(options.pack >= 1, "trainer", "pack must be at least 1, but is ", options.pack, ".");
    require<ValueError>(every() >= 0, "trainer", "a penalty must come every 1 or more steps, or 0 for never, ",
                        "but every is ", every(), ".");
    if constexpr (
        requires { g.classes(); } && !requires(Random & rng) { g.labels(index_t{}, rng); })
      require<ValueError>(g.classes() == 0, "trainer", "G has ", g.classes(), " classes, but no labels(n, rng) that ",
                          "draws those to ask it for.");
    check_separate_samples();
    detail::each_part(parts_, [&](auto& part) {
      if constexpr (requires { part.prepare(optimizer_g_.parameters(), optimizer_d_.parameters()); })
        part.prepare(optimizer_g_.parameters(), optimizer_d_.parameters());
    });
    require<ValueError>(options.ema >= 0 && options.ema < 1, "trainer", "ema must be in [0, 1), but is ", options.ema,
                        "; with 1 samples would come from G's first weights for ever.");
    if (options.ema != 0) average_.emplace(g, optim::EmaOptions{options.ema, options.ema_warm_up});
  }

  AdversarialTrainer(G& g, D& d, Loss loss, const OptimizerG& optimizer, Regularizer penalty = {},
                     const TrainerOptions& options = {}, Parts... parts) requires std::same_as<OptimizerG, OptimizerD>
      : AdversarialTrainer(g, d, std::move(loss), Optimizers<OptimizerG, OptimizerD>{optimizer, optimizer},
                           std::move(penalty), options, std::move(parts)...) {}

  /// Algorithm 1, one pass of its inner loop with the minibatch x of m examples; after every k-th call its outer loop
  /// goes on to the generator, so k calls are one round of the game.
  const StepReport& step(const Labelled<T>& x) {
    // "for k steps do: sample minibatch of m noise samples z; sample minibatch of m examples x;
    //  update the discriminator by ascending its stochastic gradient"
    update_discriminator(x, draw(x.size(), rng_));
    // "end for. Sample minibatch of m noise samples z;
    //  update the generator by descending its stochastic gradient"
    if (report_.step % options_.discriminator_steps == 0) update_generator(x, draw(x.size(), rng_));
    if (on_step_) on_step_(report_);
    return report_;
  }

  /// The discriminator's update with given x and z: theta_d moves against the gradient of
  /// L_D(D(x), D(G(z))) + penalty + the parts' terms.
  void update_discriminator(const Labelled<T>& x, const Labelled<T>& z) {
    const index_t step = report_.step + 1;
    const bool with_penalty = every() > 0 && (step - 1) % every() == 0;
    const auto input = [&](const Tensor<T>& t) { return with_penalty ? Var<T>::variable(t) : Var<T>(t); };
    const Var<T> real = input(packed(Var<T>(x.values)).value());
    const Var<T> fake = input(packed(generate(z)).value());  // G is fixed here: nothing flows back into it
    const Verdict<T> d_real = judge(d_, real, x.labels, step);
    const Verdict<T> d_fake = judge(d_, fake, z.labels, step);
    const Var<T> game = loss_.discriminator(d_real.score, d_fake.score);
    const Var<T> terms = detail::discriminator_terms(
        parts_, Round<T>{step, x.labels, z.values, z.labels, d_real, d_fake}, optimizer_d_.parameters());
    Var<T> extra;
    if (with_penalty)
      extra = penalty_(d_,
                       PenaltyInput<T>{real, d_real.score, fake, d_fake.score, x.labels,
                                       [&](const Var<T>& at) { return judge(d_, at, x.labels, step).score; }},
                       rng_);
    const Var<T> objective = detail::add_term(detail::add_term(game, extra), terms);
    if (!std::isfinite(objective.item()) && !all_finite(fake.value()))  // it began in G, which left no history here
      broke_down("discriminator's loss is ", objective.item(), step, training_pass(z));
    check_finite(objective, "discriminator", step);
    optimizer_d_.step(finite_gradients(objective, optimizer_d_.parameters(), "discriminator", step));
    detail::after_discriminator(parts_, optimizer_d_.parameters(), d_real.score.value());
    report_.step = step;  // from here on: a step that threw is not reported
    report_.generator_stepped = false;
    report_.loss_d = static_cast<double>(game.item());
    if (extra.defined()) report_.penalty = static_cast<double>(extra.item());
    report_.terms_d = terms.defined() ? static_cast<double>(terms.item()) : 0;
    report_.d_real = opinion(d_real.score);
    report_.d_fake = opinion(d_fake.score);
  }

  /// The generator's update with given z: theta_g moves against the gradient of L_G(D(G(z))) + the parts' terms. D's
  /// parameters are no targets, so their gradients are never computed.
  void update_generator(const Labelled<T>& z) { update_generator({}, z); }
  /// The same with data x, for games in which G's objective looks at some (relativistic losses, feature matching,
  /// unrolling).
  void update_generator(const Labelled<T>& x, const Labelled<T>& z) {
    const index_t step = report_.step;
    const Var<T> fake = packed(training_pass(z));
    if constexpr (unrolls) {
      if (const index_t k = detail::unroll_steps(parts_); k > 0) {
        require_data(x, "unrolling");
        const Var<T> real = packed(Var<T>(x.values));
        D ahead = detail::unrolled(d_, optimizer_d_, k, [&](D& d) {
          return loss_.discriminator(judge(d, real, x.labels, step).score, judge(d, fake, z.labels, step).score);
        });
        return update_generator(ahead, true, x, z, fake);
      }
    }
    update_generator(d_, false, x, z, fake);
  }

  /// m noise samples, with the classes that G is asked for.
  [[nodiscard]] Labelled<T> draw(index_t m, Random& rng) const {
    Tensor<T> z = g_.noise(m, rng);
    if constexpr (requires { g_.labels(m, rng); })
      return {std::move(z), g_.labels(m, rng)};
    else
      return z;
  }

  /// Called after every step with its report.
  void on_step(std::function<void(const StepReport&)> callback) { on_step_ = std::move(callback); }

  [[nodiscard]] const StepReport& report() const { return report_; }
  /// The generator to sample from: the moving average if there is one, else G itself.
  [[nodiscard]] const G& best_generator() const { return average_ ? average_->model() : g_; }
  [[nodiscard]] auto& generator_optimizer() { return optimizer_g_; }
  [[nodiscard]] auto& discriminator_optimizer() { return optimizer_d_; }
  [[nodiscard]] Random& random() { return rng_; }
  [[nodiscard]] const Loss& loss() const { return loss_; }
  /// Calls f(name, object) on everything that a training needs to go on as if it had never stopped: networks,
  /// optimisers, random states, counters (gan/checkpoint.hpp).
  template <class F>
  void each_state(const F& f) {
    f("g", g_);
    f("d", d_);
    f("optimizer_g", optimizer_g_);
    f("optimizer_d", optimizer_d_);
    if (average_) f("ema", *average_);
    f("random", rng_);
    f("report", report_);
    if constexpr (nn::Module<Loss>) f("loss", loss_);
    int number = 0;
    detail::each_part(parts_, [&](auto& part) {
      if constexpr (nn::Module<std::remove_cvref_t<decltype(part)>>) f(("part" + std::to_string(number)).c_str(), part);
      ++number;
    });
  }
  [[nodiscard]] const std::tuple<Parts...>& parts() const { return parts_; }

 private:
  /// Batch norm in any of its forms: what keeps running statistics of whole batches.
  template <class M>
  static constexpr bool is_batch_norm = requires(const M& m) {
    m.running_mean;
  };
  /// A part looks ahead; what that takes is compiled for such games alone.
  static constexpr bool unrolls = (detail::Unrolls<Parts> || ...);
  /// L_G looks at data, too.
  static constexpr bool relativistic = requires(const Loss& l, Var<T> d) { l.generator(d, d); };

  [[nodiscard]] bool looks_at_data() const {
    if constexpr (requires { loss_.looks_at_data(); })
      return loss_.looks_at_data();  // a loss that was chosen when the program ran
    else
      return relativistic;
  }
  /// L_G = -L_D but for what does not depend on G.
  [[nodiscard]] bool zero_sum() const {
    if constexpr (requires { loss_.zero_sum; })
      return loss_.zero_sum;
    else
      return false;
  }
  [[nodiscard]] index_t every() const { return static_cast<index_t>(penalty_.every); }

  void check_separate_samples() const {
    if constexpr (requires { penalty_.separate_samples; } && nn::Module<D>) {
      if (every() > 0 && penalty_.separate_samples)
        nn::for_each_module(d_, []<class M>(const std::string& name, const M&) {
          require<ValueError>(!is_batch_norm<M>, "trainer",
                              "the penalty takes D(x_i) as a function of x_i alone, but D's ", "batch norm (", name,
                              ") mixes the samples; build D without it.");
        });
    }
  }

  /// G(z), in training but without a history.
  [[nodiscard]] Var<T> generate(const Labelled<T>& z) {
    const NoRecord values_only;
    return training_pass(z);
  }
  [[nodiscard]] Var<T> training_pass(const Labelled<T>& z) {
    if constexpr (requires { g_.training(Var<T>(z.values), z.labels); })
      return g_.training(Var<T>(z.values), z.labels);
    else
      return g_.training(Var<T>(z.values));
  }
  [[nodiscard]] Var<T> packed(const Var<T>& x) const { return options_.pack == 1 ? x : pack(x, options_.pack); }
  /// D of what the parts make of x, in which they see every sample by itself, also where x are packs.
  [[nodiscard]] Verdict<T> judge(D& d, const Var<T>& x, const Labels& y, index_t step) {
    const index_t m = options_.pack;
    if (m == 1 || !detail::augments<T>(parts_, rng_))
      return detail::judge(d, detail::augmented(parts_, x, step, rng_), y);
    return detail::judge(d, pack(detail::augmented(parts_, unpack(x, m), step, rng_), m), y);
  }

  /// unrolled: d is D after steps that depend on G, so a gradient goes to G from D(x), too.
  void update_generator(D& d, bool unrolled, const Labelled<T>& x, const Labelled<T>& z, const Var<T>& fake) {
    const index_t step = report_.step;
    const bool whole_value = unrolled && zero_sum();  // Metz et al. 2017, eq. 9: f itself, with its term of D(x)
    const Verdict<T> d_fake = judge(d, fake, z.labels, step);
    Verdict<T> d_real;
    if (looks_at_data() || detail::needs_real(parts_) || whole_value) {
      require_data(x, "this loss or part");
      std::optional<NoRecord> values_only;
      if (!unrolled) values_only.emplace();
      d_real = judge(d, packed(Var<T>(x.values)), x.labels, step);
    }
    const Var<T> opinions = detail::selected(parts_, d_fake.score, step);
    Var<T> game;
    if (whole_value)
      game = -loss_.discriminator(d_real.score, opinions);
    else if constexpr (relativistic)
      game = loss_.generator(d_real.score, opinions);
    else
      game = loss_.generator(opinions);
    const Var<T> terms = detail::generator_terms(
        parts_, g_, Round<T>{step, x.labels, z.values, z.labels, d_real, d_fake, optimizer_g_.steps() + 1},
        optimizer_g_.parameters(), rng_);
    const bool replaced = detail::replaces_generator_loss(parts_);
    const Var<T> objective = replaced ? terms : detail::add_term(game, terms);
    check_finite(objective, "generator", step);
    const std::vector<Var<T>> gradients = finite_gradients(objective, optimizer_g_.parameters(), "generator", step);
    if (optimizer_g_.steps() % 16 == 0) report_.gradient_g = optim::norm_of(gradients);
    optimizer_g_.step(gradients);
    if (average_) average_->update(g_);
    report_.loss_g = static_cast<double>(game.item());
    report_.terms_g = terms.defined() ? static_cast<double>(terms.item()) : 0;
    report_.generator_stepped = true;
    if constexpr (requires { loss_.after_generator(report_.d_real, report_.loss_g); })
      loss_.after_generator(report_.d_real, report_.loss_g);
  }

  static void require_data(const Labelled<T>& x, const char* who) {
    require<ValueError>(!x.values.empty(), "trainer", who,
                        " needs data in the generator's step: ", "update_generator(x, z).");
  }

  /// Mean of D, as a probability where the loss has one.
  [[nodiscard]] double opinion(const Var<T>& d) const {
    const NoRecord values_only;
    return static_cast<double>(mean(loss_.logits ? sigmoid(d) : d).item());
  }

  void check_finite(const Var<T>& objective, const char* player, index_t step) const {
    if (std::isfinite(objective.item())) return;
    broke_down(std::string(player) + "'s loss is ", objective.item(), step, objective);
  }

  /// The gradients of the objective. Where one has NaN or infinity, a sentence names the operation of the forward or
  /// the backward pass where that began, and nothing is updated.
  [[nodiscard]] std::vector<Var<T>> finite_gradients(const Var<T>& objective, const std::vector<Var<T>>& parameters,
                                                     const char* player, index_t step) const {
    std::vector<Var<T>> gradients = grad(objective, parameters);
    for (const Var<T>& g : gradients) {
      if (all_finite(g.value())) continue;
      for (const Var<T>& with_history : grad(objective, parameters, {.create_graph = true}))
        if (!all_finite(with_history.value()))
          broke_down(std::string(player) + "'s gradient is not finite, though its loss is ", objective.item(), step,
                     with_history);
    }
    return gradients;
  }

  /// history: of what is not finite.
  [[noreturn]] void broke_down(const std::string& what, T value, index_t step, const Var<T>& history) const {
    std::string where = first_non_finite(history);
    const auto name = [&where](const char* player, auto& net) {
      if constexpr (nn::Module<std::remove_reference_t<decltype(net)>>)
        nn::for_each_parameter(net, [&](const std::string& parameter, const auto& p) {
          if (!all_finite(p.value()))
            where += " The " + std::string(player) + "'s parameter " + parameter + " is not finite: its update was.";
        });
    };
    name("generator", g_);
    name("discriminator", d_);
    fail<NumericError>("trainer", "the ", what, value, " in step ", step, ". ", where,
                       " Try a smaller learning rate, or a penalty if the discriminator wins.");
  }

  G& g_;
  D& d_;
  Loss loss_;
  Regularizer penalty_;
  std::tuple<Parts...> parts_;
  TrainerOptions options_;
  decltype(optim::make(std::declval<OptimizerG>(), std::declval<std::vector<Var<T>>>())) optimizer_g_;
  decltype(optim::make(std::declval<OptimizerD>(), std::declval<std::vector<Var<T>>>())) optimizer_d_;
  Random rng_;
  StepReport report_;
  std::optional<optim::Ema<G>> average_;
  std::function<void(const StepReport&)> on_step_;
};

GANVAS_END
