#pragma once
// All scores of a set of samples at once, each beside what real images themselves score: the floor, without which no
// score says anything.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/report.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/metrics/check.hpp"
#include "ganvas/metrics/class_histogram.hpp"
#include "ganvas/metrics/frechet.hpp"
#include "ganvas/metrics/inception_score.hpp"
#include "ganvas/metrics/kid.hpp"
#include "ganvas/metrics/precision_recall.hpp"

GANVAS_BEGIN
namespace metrics {

/// What is compared: features (N,F) of one network, and if there are any logits (N,K) of a classifier, row for row of
/// the same images. train and test share no image.
template <class T>
struct EvaluationInput {
  Tensor<T> train;                                                  ///< real images that the generator learned from
  Tensor<T> test;                                                   ///< real images that it did not see
  Tensor<T> fake;                                                   ///< samples
  Tensor<T> train_logits = {}, test_logits = {}, fake_logits = {};  ///< all three or none
  std::vector<index_t> asked = {};  ///< classes that the samples were made for, or none; needs logits
};

struct EvaluationOptions {
  index_t n = 0;                   ///< images of each kind; 0: as many as the smallest set has
  std::uint64_t seed = 0;          ///< of the images that are taken from larger sets, and of KID's subsets
  KernelDistanceOptions kid = {};  ///< subset_size is at most n / 2
  PrecisionRecallOptions neighbours = {};
  InceptionScoreOptions inception = {};
};

/// How far one set is from the test images.
struct SetScores {
  double fid = 0;      ///< Frechet distance
  KernelDistance kid;  ///< kernel distance of random subsets
  PrecisionRecall neighbours;
};

/// What a classifier says of one set.
struct ClassScores {
  InceptionScore inception;
  HistogramDivergence to_test;     ///< of the predicted classes, real: the test images'
  HistogramDivergence to_uniform;  ///< real: all classes alike
};

struct Evaluation {
  index_t n = 0;         ///< images of each kind
  index_t features = 0;  ///< numbers in a feature vector
  SetScores fake;        ///< samples against test images
  SetScores floor;       ///< training images against the same test images: what a perfect generator scores
  std::optional<ClassScores> fake_classes = {}, floor_classes = {};
  std::optional<double> asked_accuracy = {};  ///< share of samples whose predicted class is the one asked for

  /// {"fid", "12.3"}, {"fid_floor", "1.2"}, ...: values are numbers as text, "inf" where one is infinite.
  [[nodiscard]] io::Pairs pairs() const {
    io::Pairs all{{"n", std::to_string(n)}, {"features", std::to_string(features)}};
    for (const Row& row : rows()) {
      all.emplace_back(row.name, io::detail::short_number(row.fake));
      if (row.floor) all.emplace_back(row.name + "_floor", io::detail::short_number(*row.floor));
    }
    return all;
  }

  /// Three columns for people: the score, the samples', the floor.
  [[nodiscard]] std::string table() const {
    const auto cell = [](std::string text, std::size_t width, bool left) {
      const std::string space(width > text.size() ? width - text.size() : 0, ' ');
      return left ? text + space : space + text;
    };
    std::string text = cell("n = " + std::to_string(n) + ", F = " + std::to_string(features), 24, true) +
                       cell("samples", 12, false) + cell("floor", 12, false) + "\n";
    for (const Row& row : rows())
      text += cell(row.name, 24, true) + cell(io::detail::short_number(row.fake, 4), 12, false) +
              cell(row.floor ? io::detail::short_number(*row.floor, 4) : "", row.floor ? 12 : 0, false) + "\n";
    return text;
  }

 private:
  struct Row {
    std::string name;
    double fake = 0;
    std::optional<double> floor = {};
  };
  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> all{{"fid", fake.fid, floor.fid},
                         {"kid", fake.kid.mean, floor.kid.mean},
                         {"kid_standard_error", fake.kid.standard_error, floor.kid.standard_error},
                         {"precision", fake.neighbours.precision, floor.neighbours.precision},
                         {"recall", fake.neighbours.recall, floor.neighbours.recall},
                         {"density", fake.neighbours.density, floor.neighbours.density},
                         {"coverage", fake.neighbours.coverage, floor.neighbours.coverage}};
    if (fake_classes && floor_classes) {
      const ClassScores &a = *fake_classes, &b = *floor_classes;
      all.push_back({"inception_score", a.inception.mean, b.inception.mean});
      all.push_back({"kl_fake_test", a.to_test.kl_fake_real, b.to_test.kl_fake_real});
      all.push_back({"kl_test_fake", a.to_test.kl_real_fake, b.to_test.kl_real_fake});
      all.push_back({"kl_fake_uniform", a.to_uniform.kl_fake_real, b.to_uniform.kl_fake_real});
      all.push_back({"kl_uniform_fake", a.to_uniform.kl_real_fake, b.to_uniform.kl_real_fake});
    }
    if (asked_accuracy) all.push_back({"asked_accuracy", *asked_accuracy});
    return all;
  }
};

namespace detail {

/// n different indices below `size`, in random order; all of them in their own order if there are no more.
inline std::vector<index_t> choose(index_t size, index_t n, Random rng) {
  std::vector<index_t> order = rng.permutation(size);
  if (size == n) std::sort(order.begin(), order.end());
  order.resize(static_cast<std::size_t>(n));
  return order;
}

/// test_statistics: empty where there are fewer vectors than numbers in one; then the distance is had faster without.
template <class T>
SetScores set_scores(const Tensor<T>& test, const FeatureStatistics& test_statistics, const Tensor<T>& x,
                     const KernelDistanceOptions& kid, const EvaluationOptions& o) {
  Random rng(o.seed, 10);
  return {test_statistics.mean.empty() ? frechet_distance_of_features(test, x)
                                       : frechet_distance(test_statistics, feature_statistics(x)),
          kernel_distance(test, x, rng, kid), precision_recall(test, x, o.neighbours)};
}

template <class T>
ClassScores class_scores(const Tensor<T>& test_logits, const Tensor<T>& logits, const EvaluationOptions& o) {
  const ClassHistogram seen = class_histogram(logits);
  return {inception_score(class_probabilities(logits), o.inception),
          histogram_divergence(class_histogram(test_logits), seen),
          histogram_divergence(uniform_histogram(logits.size(1)), seen)};
}

template <class T>
void check_evaluation(const EvaluationInput<T>& in) {
  const auto check = [&](const char* which, const Tensor<T>& features) {
    check_feature_set("evaluate", which, features, 2);
    require(features.size(1) == in.test.size(1), "evaluate", "the ", which, " feature vectors have length ",
            features.size(1), ", but those of the test images ", in.test.size(1), "; one network must give all.");
  };
  check_feature_set("evaluate", "test", in.test, 2);
  check("training", in.train);
  check("fake", in.fake);
  require(in.train_logits.empty() == in.test_logits.empty() && in.test_logits.empty() == in.fake_logits.empty(),
          "evaluate", "logits are needed of the training, the test and the fake images or of none, but have shapes ",
          in.train_logits.shape(), ", ", in.test_logits.shape(), " and ", in.fake_logits.shape(), ".");
  const auto fits = [&](const char* which, const Tensor<T>& logits, const Tensor<T>& features) {
    require(logits.empty() ||
                (logits.rank() == 2 && logits.size(0) == features.size(0) && logits.size(1) == in.test_logits.size(1)),
            "evaluate", "the ", which, " logits have shape ", logits.shape(), ", but there are ", features.size(0),
            " feature vectors; each needs one row, and all sets the same classes.");
  };
  require(in.test_logits.empty() || in.test_logits.rank() == 2, "evaluate", "logits must have shape (N,K), but have ",
          in.test_logits.shape(), ".");
  fits("training", in.train_logits, in.train);
  fits("test", in.test_logits, in.test);
  fits("fake", in.fake_logits, in.fake);
  require(in.asked.empty() || (!in.fake_logits.empty() && static_cast<index_t>(in.asked.size()) == in.fake.size(0)),
          "evaluate", in.asked.size(), " classes were asked for, but there are logits of ",
          in.fake_logits.empty() ? 0 : in.fake.size(0), " samples.");
}

}  // namespace detail

/// Scores n samples against n test images, and n training images against the same test images. Which ones are taken
/// from larger sets, and KID's subsets, depend on the seed and the sizes alone.
template <class T>
[[nodiscard]] Evaluation evaluate(const EvaluationInput<T>& in, const EvaluationOptions& o = {}) {
  detail::check_evaluation(in);
  const index_t smallest = std::min({in.train.size(0), in.test.size(0), in.fake.size(0)});
  require<ValueError>(0 <= o.n && o.n <= smallest, "evaluate", o.n, " images of each kind were asked for, but there ",
                      "are ", in.train.size(0), " training images, ", in.test.size(0), " test images and ",
                      in.fake.size(0), " samples.");
  Evaluation e;
  e.n = o.n > 0 ? o.n : smallest;
  e.features = in.test.size(1);
  const auto train_rows = detail::choose(in.train.size(0), e.n, Random(o.seed, 12));
  const auto test_rows = detail::choose(in.test.size(0), e.n, Random(o.seed, 14));
  const auto fake_rows = detail::choose(in.fake.size(0), e.n, Random(o.seed, 16));
  const auto train = detail::rows_of(in.train, train_rows), test = detail::rows_of(in.test, test_rows),
             fake = detail::rows_of(in.fake, fake_rows);
  const FeatureStatistics statistics = e.n < e.features ? FeatureStatistics{} : feature_statistics(test);
  KernelDistanceOptions kid = o.kid;
  kid.subset_size = std::min(kid.subset_size, std::max<index_t>(2, e.n / 2));  // of the whole all would be alike
  e.fake = detail::set_scores(test, statistics, fake, kid, o);
  e.floor = detail::set_scores(test, statistics, train, kid, o);
  if (in.test_logits.empty()) return e;
  const auto test_logits = detail::rows_of(in.test_logits, test_rows);
  const auto fake_logits = detail::rows_of(in.fake_logits, fake_rows);
  e.fake_classes = detail::class_scores(test_logits, fake_logits, o);
  e.floor_classes = detail::class_scores(test_logits, detail::rows_of(in.train_logits, train_rows), o);
  if (in.asked.empty()) return e;
  std::vector<index_t> asked;
  for (const index_t i : fake_rows) asked.push_back(in.asked[static_cast<std::size_t>(i)]);
  e.asked_accuracy = asked_accuracy(fake_logits, asked).accuracy;
  return e;
}

}  // namespace metrics
GANVAS_END
