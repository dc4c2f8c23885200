#pragma once
// A whole game from settings: networks, loss, penalty, optimisers and parts, chosen when the program runs.

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/gan/ada.hpp"
#include "ganvas/gan/any.hpp"
#include "ganvas/gan/augment.hpp"
#include "ganvas/gan/augment_noise.hpp"
#include "ganvas/gan/latent.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/gan/path_length.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/top_k.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/gan/unroll.hpp"
#include "ganvas/io/settings.hpp"
#include "ganvas/optim/any.hpp"
#include "ganvas/optim/schedule.hpp"
#include "ganvas/recipes/networks.hpp"

GANVAS_BEGIN
namespace recipes {

using Generator = ganvas::Generator<AnyGenerator<float>>;
using Discriminator = ganvas::Discriminator<AnyDiscriminator<float>>;
using Trainer =
    AdversarialTrainer<Generator, Discriminator, loss::Any, optim::Any, optim::Any, AnyPenalty,
                       std::optional<DiffAugment>, std::optional<Ada>, std::optional<InstanceNoise>,
                       std::optional<TopK>, std::optional<ClipWeights>, std::optional<AuxiliaryClassifier>,
                       std::optional<MutualInformation>, std::optional<FeatureMatching>,
                       std::optional<HistoricalAveraging<float>>, std::optional<PathLength>, std::optional<Unrolled>>;

namespace detail {

inline loss::Any make_loss(io::Settings& s) {
  const std::string kind = s.choice("loss", "non_saturating",
                                    {"minimax", "non_saturating", "least_squares", "hinge", "wasserstein",
                                     "relativistic_paired", "relativistic_average", "began"});
  const auto real_label = [&] { return s.get<double>("real_label", 1, {.least = 0, .most = 1}); };
  if (kind == "minimax") return loss::Minimax{.real_label = real_label()};
  if (kind == "non_saturating") return loss::NonSaturating{.real_label = real_label()};
  if (kind == "least_squares")
    return loss::LeastSquares{.a = s.get<double>("least_squares.a", 0),
                              .b = s.get<double>("least_squares.b", 1),
                              .c = s.get<double>("least_squares.c", 1)};
  if (kind == "hinge") return loss::Hinge{};
  if (kind == "wasserstein") return loss::Wasserstein{};
  if (kind == "relativistic_paired") return loss::RelativisticPaired{};
  if (kind == "relativistic_average") return loss::RelativisticAverage{};
  return loss::Began{.gamma = s.get<double>("began.gamma", 0.5, {.least = 0, .most = 1}),
                     .lambda = s.get<double>("began.lambda", 1e-3, {.least = 0})};
}

inline AnyPenalty make_penalty(io::Settings& s) {
  const std::string kind = s.choice("penalty.kind", "none", {"none", "gradient", "dragan", "r1", "r2", "r1r2"});
  if (kind == "none") return {};
  const index_t every = s.get<index_t>("penalty.every", 1, {.least = 1});
  const double weight = s.get<double>("penalty.weight", kind == "gradient" || kind == "dragan" ? 10 : 1, {.least = 0});
  if (kind == "gradient") return GradientPenalty{.lambda = weight, .every = every};
  if (kind == "dragan") return Dragan{.lambda = weight, .every = every};
  if (kind == "r1") return R1{.gamma = weight, .every = every};
  if (kind == "r2") return R2{.gamma = weight, .every = every};
  return R1R2{.gamma = weight, .every = every};
}

inline optim::Any make_rule(io::Settings& s, double lr) {
  const std::string kind = s.choice("optimizer.rule", "adam", {"adam", "adamw", "rmsprop", "sgd"});
  const io::Bounds decay{.least = 0, .most = 1};
  if (kind == "adam" || kind == "adamw") {
    const double beta1 = s.get<double>("optimizer.beta1", 0.5, decay);
    const double beta2 = s.get<double>("optimizer.beta2", 0.999, decay);
    if (kind == "adam") return optim::Adam{.lr = lr, .beta1 = beta1, .beta2 = beta2};
    return optim::AdamW{.lr = lr,
                        .beta1 = beta1,
                        .beta2 = beta2,
                        .weight_decay = s.get<double>("optimizer.weight_decay", 1e-2, {.least = 0})};
  }
  if (kind == "rmsprop") return optim::RMSProp{.lr = lr, .alpha = s.get<double>("optimizer.alpha", 0.99, decay)};
  return optim::SGD{.lr = lr, .momentum = s.get<double>("optimizer.momentum", 0, decay)};
}

inline Latent make_latent(io::Settings& s) {
  Latent latent;
  latent.noise = s.get<index_t>("latent.noise", 64, {.least = 0, .most = 65536});
  latent.prior = s.choice("latent.prior", "normal", {"normal", "uniform"}) == "normal" ? Latent::Prior::normal
                                                                                       : Latent::Prior::uniform;
  latent.categories = s.get<std::vector<index_t>>("latent.categories", {}, {.least = 2, .most = 65536});
  latent.continuous = s.get<index_t>("latent.continuous", 0, {.least = 0, .most = 65536});
  latent.check();
  return latent;
}

/// A part whose main setting is a weight; 0 leaves it out.
template <class Part, class Make>
std::optional<Part> part_if(double weight, const Make& make) {
  if (weight == 0) return std::nullopt;
  return make(weight);
}

}  // namespace detail

/// A game: both players and their trainer. It stays where it is made, for the trainer holds on to the players.
struct Game {
  Random rng;  ///< of the first weights
  Generator g;
  Discriminator d;
  Trainer trainer;

  std::string schedule;     ///< of the learning rates: constant, linear or cosine; see rate()
  double schedule_end = 0;  ///< the part of them that is left at the end

  /// What the learning rates are to be multiplied by before each step of a training of so many; empty if they stay. The
  /// trainer does not know how long it will train: give this to Run as Hooks::rate, or call set_lr of both optimisers.
  [[nodiscard]] std::function<double(index_t)> rate(index_t steps) const {
    if (schedule == "linear") return optim::schedule::Linear{1, schedule_end, steps};
    if (schedule == "cosine") return optim::schedule::Cosine{1, schedule_end, steps};
    return {};
  }

  Game(const Game&) = delete;
  Game& operator=(const Game&) = delete;

  /// Asks the settings for everything that a game has. Throws ValueError for what does not fit the data.
  Game(io::Settings& s, const SampleShape& data, std::uint64_t seed)
      : Game(s, data, seed, detail::make_latent(s), s.get<index_t>("pack", 1, {.least = 1, .most = 64})) {
    schedule = s.choice("schedule", "constant", {"constant", "linear", "cosine"});
    schedule_end = s.get<double>("schedule_end", 0.02, {.least = 0, .most = 1});
    check_together(s, data);
  }

 private:
  Game(io::Settings& s, const SampleShape& data, std::uint64_t seed, const Latent& latent, index_t pack)
      : rng(seed),
        g(make_generator<float>(s, data, latent.size(), rng), latent),
        d(make_discriminator<float>(s, data, pack, head(s, data, latent), matching(s) > 0, latent.size(), rng)),
        trainer(g, d, detail::make_loss(s), optimizers(s), detail::make_penalty(s),
                TrainerOptions{.discriminator_steps = s.get<index_t>("discriminator_steps", 1, {.least = 1}),
                               .ema = s.get<double>("ema", 0, {.least = 0, .most = 1}),
                               .seed = seed,
                               .pack = pack,
                               .ema_warm_up = s.get<bool>("ema_warm_up", true)},
                diff_augment(s), ada(s), noise(s), top_k(s),
                detail::part_if<ClipWeights>(s.get<double>("clip_weights", 0, {.least = 0}),
                                             [](double c) { return ClipWeights{c}; }),
                auxiliary(s, data), information(s, latent),
                detail::part_if<FeatureMatching>(matching(s), [](double w) { return FeatureMatching{.weight = w}; }),
                detail::part_if<HistoricalAveraging<float>>(
                    s.get<double>("historical_averaging", 0, {.least = 0}),
                    [](double w) { return HistoricalAveraging<float>{.weight = w}; }),
                detail::part_if<PathLength>(
                    s.get<double>("path_length.weight", 0, {.least = 0}),
                    [&](double w) {
                      return PathLength{.weight = w, .every = s.get<index_t>("path_length.every", 4, {.least = 1})};
                    }),
                detail::part_if<Unrolled>(static_cast<double>(s.get<index_t>("unroll", 0, {.least = 0, .most = 100})),
                                          [](double k) { return Unrolled{static_cast<index_t>(k)}; })) {}

  /// Throws ValueError for settings that are right alone, but together would train something else than they say.
  void check_together(io::Settings& s, const SampleShape& data) const {
    const index_t pack = s.get<index_t>("pack", 1);
    require<ValueError>(g.prior().size() == g.prior().noise || pack == 1, "recipes",
                        "codes in z cannot be read from packs of samples; use pack=1.");
    require<ValueError>(classes_of(s, data) == "none" || pack == 1, "recipes",
                        "packs of samples have no classes; use pack=1.");
    const std::string loss = s.get<std::string>("loss", "non_saturating"), model = detail::model_of(s, data);
    const bool all_samples = s.get<double>("top_k", 1, {.most = 1, .above = 0}) == 1;
    require<ValueError>(loss != "relativistic_paired" || all_samples, "recipes",
                        "a loss in pairs needs all samples; use top_k=1.");
    // BEGAN's D(x) is the error of an autoencoder [Berthelot et al. 2017, sec. 3.1]: never below 0, and low for data.
    require<ValueError>((loss == "began") == (model == "began"), "recipes", "the loss \"began\" and the model ",
                        "\"began\", whose D is an autoencoder, belong together, but the loss is \"", loss,
                        "\" and the model \"", model, "\".");
    require<ValueError>(loss != "began" || all_samples, "recipes",
                        "BEGAN's D is an error, low for what is good, so the largest are not the best; use top_k=1.");
    const bool ada = augmentation(s) == "ada";
    require<ValueError>(!ada || loss != "began", "recipes",
                        "ADA looks at D's sign, and BEGAN's D has none; use augment=none or augment=diff.");
    require<ValueError>(!ada || pack == 1, "recipes",
                        "ADA reads D's opinions of single samples; use pack=1, or augment=diff.");
  }
  static double matching(io::Settings& s) { return s.get<double>("feature_matching", 0, {.least = 0}); }
  /// How many numbers D's second head must give.
  static index_t head(io::Settings& s, const SampleShape& data, const Latent& latent) {
    if (classes_of(s, data) == "auxiliary") return data.classes;
    return latent.one_hot() + latent.continuous;
  }
  static Optimizers<optim::Any> optimizers(io::Settings& s) {
    const double lr = s.get<double>("optimizer.lr", 2e-4, {.least = 0, .most = 10});
    const double lr_d = s.get<double>("optimizer.lr_discriminator", lr, {.least = 0, .most = 10});
    return {detail::make_rule(s, lr), detail::make_rule(s, lr_d)};
  }
  static std::string augmentation(io::Settings& s) { return s.choice("augment", "none", {"none", "diff", "ada"}); }
  static std::optional<DiffAugment> diff_augment(io::Settings& s) {
    if (augmentation(s) != "diff") return std::nullopt;
    return DiffAugment{.color = s.get<bool>("diff_augment.color", true),
                       .translation = s.get<bool>("diff_augment.translation", true),
                       .cutout = s.get<bool>("diff_augment.cutout", true),
                       .flip = s.get<bool>("diff_augment.flip", false)};
  }
  static std::optional<Ada> ada(io::Settings& s) {
    if (augmentation(s) != "ada") return std::nullopt;
    AdaOptions o;
    o.p = s.get<double>("ada.p", o.p, {.least = 0, .most = 1});
    o.target = s.get<double>("ada.target", o.target, {.least = 0, .most = 1});
    o.speed = s.get<double>("ada.speed", o.speed, {.least = 1});
    o.pipeline.blit = s.get<bool>("ada.blit", true);
    o.pipeline.geometry = s.get<bool>("ada.geometry", true);
    o.pipeline.color = s.get<bool>("ada.color", true);
    return Ada(o);
  }
  static std::optional<InstanceNoise> noise(io::Settings& s) {
    const double sigma = s.get<double>("instance_noise.sigma", 0, {.least = 0});
    if (sigma == 0) return std::nullopt;
    return InstanceNoise{.sigma = sigma, .steps = s.get<index_t>("instance_noise.steps", 0, {.least = 0})};
  }
  static std::optional<TopK> top_k(io::Settings& s) {
    const double to = s.get<double>("top_k", 1, {.most = 1, .above = 0});
    if (to == 1) return std::nullopt;
    return TopK{.keep_to = to, .every = s.get<index_t>("top_k_every", 1000, {.least = 1})};
  }
  static std::optional<AuxiliaryClassifier> auxiliary(io::Settings& s, const SampleShape& data) {
    if (classes_of(s, data) != "auxiliary") return std::nullopt;
    return AuxiliaryClassifier{.weight = s.get<double>("auxiliary.weight", 1, {.least = 0}),
                               .generator_weight = s.get<double>("auxiliary.generator_weight", 1, {.least = 0})};
  }
  static std::optional<MutualInformation> information(io::Settings& s, const Latent& latent) {
    if (latent.size() == latent.noise) return std::nullopt;
    return MutualInformation{.latent = latent,
                             .lambda = s.get<double>("mutual_information.weight", 1, {.least = 0}),
                             .lambda_continuous = s.get<double>("mutual_information.continuous", 0.1, {.least = 0})};
  }
};

}  // namespace recipes
GANVAS_END
