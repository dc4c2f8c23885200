// What samples are measured by: mixtures by their modes, digits and clothes in the features of a classifier, stacked
// digits by the classifier itself.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "ganvas/data/content_hash.hpp"
#include "ganvas/data/stacked_mnist.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/metrics/class_histogram.hpp"
#include "ganvas/metrics/evaluation.hpp"
#include "ganvas/metrics/feature_cache.hpp"
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

/// A score of the samples, and what real data score (the floor).
struct Line {
  const char *name, *label;
  double fake, floor;
};
FullScores beside_the_floor(index_t n, const std::vector<Line>& lines) {
  char text[120];
  std::snprintf(text, sizeof text, "n = %-12lld %12s%12s\n", static_cast<long long>(n), "samples", "floor");
  FullScores all{text, {{"n", std::to_string(n)}}};
  for (const Line& line : lines) {
    std::snprintf(text, sizeof text, "%-16s %12.5g%12.5g\n", line.label, line.fake, line.floor);
    all.table += text;
    all.pairs.emplace_back(line.name, io::detail::short_number(line.fake));
    all.pairs.emplace_back(std::string(line.name) + "_floor", io::detail::short_number(line.floor));
  }
  return all;
}

Judge judge_of_mixture(const data::GaussianMixture<float>& mixture) {
  // What restarts and best checkpoints go by: modes missed, and the share of samples that are not of high quality.
  const auto missing = [](const auto& m) { return static_cast<double>(m.modes - m.covered) + 1 - m.high_quality; };
  Judge judge;
  judge.modes = static_cast<double>(mixture.modes());
  judge.quick = [missing, mixture](const auto& draw, index_t n, std::uint64_t seed) -> Scores {
    const auto m = mixture.statistics(draw_samples(draw, n, seed));
    return {{"missing", missing(m)},
            {"modes", static_cast<double>(m.covered)},
            {"high_quality", m.high_quality},
            {"reverse_kl", m.reverse_kl}};
  };
  judge.full = [missing, mixture](const Tensor<float>& samples, const Labels&) -> FullScores {
    Random rng(0, 28);
    const index_t n = samples.size(0);
    const auto fake = mixture.statistics(samples), real = mixture.statistics(mixture.sample(n, rng));
    return beside_the_floor(n,
                            {{"modes", "modes", static_cast<double>(fake.covered), static_cast<double>(real.covered)},
                             {"high_quality", "high quality", fake.high_quality, real.high_quality},
                             {"missing", "missing", missing(fake), missing(real)},
                             {"reverse_kl", "reverse KL", fake.reverse_kl, real.reverse_kl}});
  };
  return judge;
}

Judge judge_of_stacked(const std::shared_ptr<const Features>& net, const data::Dataset<float>& digits) {
  const auto classify = [net](const Tensor<float>& images) {
    return models::features_and_logits(net->net, images).logits;
  };
  Judge judge;
  judge.quick = [classify](const auto& draw, index_t n, std::uint64_t seed) -> Scores {
    const auto m = metrics::stacked_modes(draw_samples(draw, n, seed), classify);
    return {
        {"missing", 1000 - static_cast<double>(m.modes) + m.kl}, {"modes", static_cast<double>(m.modes)}, {"kl", m.kl}};
  };
  judge.full = [classify, net, digits](const Tensor<float>& samples, const Labels&) -> FullScores {
    Random rng(0, 28);
    const index_t n = samples.size(0);
    const auto fake = metrics::stacked_modes(samples, classify),
               real = metrics::stacked_modes(data::stacked_mnist(digits, n, rng).images, classify);
    FullScores all = beside_the_floor(
        n, {{"modes", "modes of 1000", static_cast<double>(fake.modes), static_cast<double>(real.modes)},
            {"kl", "KL", fake.kl, real.kl}});
    all.pairs.emplace_back("network", net->hash);
    return all;
  };
  return judge;
}

/// Training images decide which checkpoint is the best, so that the test images are new to everything that they score.
Judge judge_of_digits(const std::shared_ptr<const Features>& net, const Data& d, const std::filesystem::path& folder) {
  using models::FeaturesAndLogits;
  const auto of = [&](const Tensor<float>& images) {
    const metrics::FeatureKey key{data::content_hash(images).str(), "digits, last hidden layer, weights " + net->hash};
    auto found = metrics::FeatureCache(folder).features<float>(
        key, [&] { return models::features_and_logits(net->net, images).features; });
    if (!found.trouble.empty()) std::fprintf(stderr, "%s\n", found.trouble.c_str());
    const NoRecord values_only;
    Tensor<float> logits = net->net.to_logits(Var<float>(found.value)).value();
    return FeaturesAndLogits<float>{std::move(found.value), std::move(logits)};
  };
  const auto train = std::make_shared<const FeaturesAndLogits<float>>(of(d.train->images)),
             test = std::make_shared<const FeaturesAndLogits<float>>(of(d.test->images));
  const auto learned = std::make_shared<const metrics::FeatureStatistics>(metrics::feature_statistics(train->features));
  Judge judge;
  judge.quick = [net, learned, test, floor = std::make_shared<std::pair<index_t, double>>()](
                    const auto& draw, index_t n, std::uint64_t seed) -> Scores {
    const auto found = models::features_and_logits(net->net, draw_samples(draw, n, seed));
    const auto seen = metrics::class_histogram(found.logits);
    if (floor->first != n) {  // the same in every look
      std::vector<index_t> some = Random(0, 30).permutation(test->features.size(0));
      some.resize(static_cast<std::size_t>(std::min(n, test->features.size(0))));
      const auto real = data::Dataset<float>(test->features).select(some).images;
      *floor = {n, metrics::frechet_distance(*learned, metrics::feature_statistics(real))};
    }
    return {{"fid", metrics::frechet_distance(*learned, metrics::feature_statistics(found.features))},
            {"fid_floor", floor->second},
            {"kl_classes", metrics::kl_divergence(seen, metrics::uniform_histogram(10))}};
  };
  judge.full = [net, train, test](const Tensor<float>& samples, const Labels& asked) -> FullScores {
    const auto fake = models::features_and_logits(net->net, samples);
    metrics::EvaluationInput<float> in;
    in.train = train->features;
    in.train_logits = train->logits;
    in.test = test->features;
    in.test_logits = test->logits;
    in.fake = fake.features;
    in.fake_logits = fake.logits;
    in.asked = asked;
    const metrics::Evaluation found = metrics::evaluate(in);
    io::Pairs pairs = found.pairs();
    pairs.emplace_back("network", net->hash);
    return {found.table(), std::move(pairs)};
  };
  return judge;
}

}  // namespace

Judge make_judge(const Data& d, const std::filesystem::path& folder, bool wanted) {
  if (!wanted) return {};
  if (d.mixture) return judge_of_mixture(*d.mixture);
  const bool digits =
      d.train && d.test && d.train->classes == 10 && d.train->images.shape().with(0, 1) == Shape{1, 28, 28, 1};
  if (!digits) return {};
  const index_t least = models::DigitTraining{}.batch;
  if (d.train->size() < least || d.test->size() < 6 || d.test->labels.empty()) {  // 5 neighbours are looked at
    std::fprintf(stderr,
                 "%s is not measured: the network for digits takes %lld images or more to train with and 6 to test "
                 "with, all with labels, but there are %lld and %lld%s.\n",
                 d.name.c_str(), static_cast<long long>(least), static_cast<long long>(d.train->size()),
                 static_cast<long long>(d.test->size()), d.test->labels.empty() ? " without labels" : "");
    return {};
  }
  const auto net = feature_network(d, folder);
  return d.stacked ? judge_of_stacked(net, *d.test) : judge_of_digits(net, d, folder);
}

}  // namespace tool
