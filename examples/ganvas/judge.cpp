// What samples are measured by: mixtures by their modes, digits and clothes in the features of a classifier, stacked
// digits by the classifier itself.

#include <cstdio>
#include <memory>
#include <mutex>

#include "ganvas/io/progress.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/metrics/class_histogram.hpp"
#include "ganvas/metrics/evaluation.hpp"
#include "ganvas/metrics/frechet.hpp"
#include "ganvas/metrics/stacked_mnist.hpp"
#include "ganvas/models/digit_features.hpp"
#include "ganvas/models/train_digits.hpp"

#include "session.hpp"

namespace tool {

namespace {

using Features = models::DigitFeatures<float>;

std::shared_ptr<const Features> feature_network(const Data& d, const std::filesystem::path& folder) {
  std::unique_ptr<io::Progress> progress;
  const auto show = [&](const models::DigitTrainingStep& step) {
    if (!progress) {
      std::fprintf(stderr, "Training the network that %s is measured with (once; it is kept in %s).\n", d.name.c_str(),
                   folder.string().c_str());
      progress = std::make_unique<io::Progress>(step.steps, 128);
    }
    char text[64];
    std::snprintf(text, sizeof text, "epoch %d  loss %.4f", static_cast<int>(step.epoch), step.loss);
    progress->update(step.step, text);
    return true;
  };
  auto net = std::make_shared<Features>(models::digit_features(folder, *d.train, *d.test, {}, show));
  if (progress) progress->finish();
  if (!net->trouble.empty()) std::fprintf(stderr, "%s\n", net->trouble.c_str());
  std::printf("Measured by a classifier of %.2f %% test accuracy, weights %s\n", 100 * net->test_accuracy,
              net->hash.substr(0, 16).c_str());
  return net;
}

Tensor<float> draw_samples(const std::function<Tensor<float>(index_t, Random&)>& draw, index_t n, std::uint64_t seed) {
  Random rng(seed, 22);
  return draw(n, rng);
}

}  // namespace

Judge make_judge(const Data& d, const std::filesystem::path& folder, bool wanted) {
  Judge judge;
  if (!wanted) return judge;
  if (d.mixture) {
    // What restarts and best checkpoints go by: modes missed, and the share of samples that are not of high quality.
    const auto missing = [](const auto& m) { return static_cast<double>(m.modes - m.covered) + 1 - m.high_quality; };
    judge.quick = [missing, mixture = *d.mixture](const auto& draw, index_t n, std::uint64_t seed) -> Scores {
      const auto m = mixture.statistics(draw_samples(draw, n, seed));
      return {{"missing", missing(m)},
              {"modes", static_cast<double>(m.covered)},
              {"high_quality", m.high_quality},
              {"reverse_kl", m.reverse_kl}};
    };
    judge.full = [missing, mixture = *d.mixture](const Tensor<float>& samples, const Labels&) -> FullScores {
      const auto m = mixture.statistics(samples);
      char text[200];
      std::snprintf(text, sizeof text,
                    "n = %lld\nmodes         %lld of %lld\nhigh quality  %.2f %%\nreverse KL    %.4f\n",
                    static_cast<long long>(samples.size(0)), static_cast<long long>(m.covered),
                    static_cast<long long>(m.modes), 100 * m.high_quality, m.reverse_kl);
      return {text,
              {{"n", std::to_string(samples.size(0))},
               {"modes", std::to_string(m.covered)},
               {"high_quality", io::detail::short_number(m.high_quality)},
               {"missing", io::detail::short_number(missing(m))},
               {"reverse_kl", io::detail::short_number(m.reverse_kl)}}};
    };
    return judge;
  }
  const bool digits =
      d.train && d.test && d.train->classes == 10 && d.train->images.shape().with(0, 1) == Shape{1, 28, 28, 1};
  if (!digits) return judge;
  const auto net = feature_network(d, folder);
  const auto classify = [net](const Tensor<float>& images) {
    return models::features_and_logits(net->net, images).logits;
  };
  if (d.stacked) {
    judge.quick = [classify](const auto& draw, index_t n, std::uint64_t seed) -> Scores {
      const auto m = metrics::stacked_modes(draw_samples(draw, n, seed), classify);
      return {{"missing", 1000 - static_cast<double>(m.modes) + m.kl},
              {"modes", static_cast<double>(m.modes)},
              {"kl", m.kl}};
    };
    judge.full = [classify](const Tensor<float>& samples, const Labels&) -> FullScores {
      const auto m = metrics::stacked_modes(samples, classify);
      char text[120];
      std::snprintf(text, sizeof text, "n = %lld\nmodes  %lld of 1000\nKL     %.4f\n",
                    static_cast<long long>(samples.size(0)), static_cast<long long>(m.modes), m.kl);
      return {text,
              {{"n", std::to_string(samples.size(0))},
               {"modes", std::to_string(m.modes)},
               {"kl", io::detail::short_number(m.kl)}}};
    };
    return judge;
  }
  const auto test =
      std::make_shared<const models::FeaturesAndLogits<float>>(models::features_and_logits(net->net, d.test->images));
  const auto real = std::make_shared<const metrics::FeatureStatistics>(metrics::feature_statistics(test->features));
  judge.quick = [net, real](const auto& draw, index_t n, std::uint64_t seed) -> Scores {
    const auto found = models::features_and_logits(net->net, draw_samples(draw, n, seed));
    const auto seen = metrics::class_histogram(found.logits);
    return {{"fid", metrics::frechet_distance(*real, metrics::feature_statistics(found.features))},
            {"kl_classes", metrics::kl_divergence(seen, metrics::uniform_histogram(10))}};
  };
  judge.full = [net, test, train = d.train->images](const Tensor<float>& samples, const Labels& asked) -> FullScores {
    const auto fake = models::features_and_logits(net->net, samples);
    const auto known = models::features_and_logits(net->net, train.rows(0, std::min<index_t>(10000, train.size(0))));
    metrics::EvaluationInput<float> in;
    in.train = known.features;
    in.train_logits = known.logits;
    in.test = test->features;
    in.test_logits = test->logits;
    in.fake = fake.features;
    in.fake_logits = fake.logits;
    in.asked = asked;
    const metrics::Evaluation found = metrics::evaluate(in);
    return {found.table(), found.pairs()};
  };
  return judge;
}

}  // namespace tool
