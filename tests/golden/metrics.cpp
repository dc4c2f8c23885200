// The scores of generative models, against numpy, scipy and scikit-learn. The formulas are at the head of
// generators/metrics.py.

#include <cmath>
#include <limits>
#include <string>

#include "ganvas/metrics/class_histogram.hpp"
#include "ganvas/metrics/frechet.hpp"
#include "ganvas/metrics/inception_score.hpp"
#include "ganvas/metrics/kid.hpp"
#include "ganvas/metrics/precision_recall.hpp"
#include "ganvas/metrics/stacked_mnist.hpp"

#include "golden/golden.hpp"

using namespace ganvas;
using golden::Json;

namespace {

/// Calls f for every case that has the key.
template <class F>
int with_key(const char* key, const F& f) {
  int n = 0;
  for (const Json& json : golden::cases("metrics"))
    if (json.contains(key)) {
      INFO(json.at("name").get<std::string>());
      f(json);
      ++n;
    }
  return n;
}

}  // namespace

TEMPLATE_TEST_CASE("golden: distances between sets of features", "[golden][metrics]", double, float) {
  using T = TestType;
  CHECK(with_key("fid", [](const Json& json) {
          const auto real = golden::tensor<T>(json.at("real")), fake = golden::tensor<T>(json.at("fake"));
          const double kid = metrics::kernel_distance(real, fake);
          // KID is a small difference of means of k, which are large where the features are
          const double size = std::pow(1 + static_cast<double>(array(real).square().mean()), 3);
          CHECK(std::abs(kid - json.at("kid").get<double>()) <= 1e-11 * size);
          const auto a = metrics::feature_statistics(real), b = metrics::feature_statistics(fake);
          CHECK(golden::relative(metrics::frechet_distance(a, b), json.at("fid")) <= 1e-8);  // of scipy's sqrtm
          CHECK(golden::relative(metrics::frechet_distance_of_features(real, fake), json.at("fid")) <= 1e-8);
        }) == 8);
}

TEMPLATE_TEST_CASE("golden: precision, recall, density and coverage are exact", "[golden][metrics]", double, float) {
  using T = TestType;
  CHECK(with_key("neighbours", [](const Json& json) {
          const auto real = golden::tensor<T>(json.at("real")), fake = golden::tensor<T>(json.at("fake"));
          for (const Json& expected : json.at("neighbours")) {
            const auto k = expected.at("k").get<index_t>();
            INFO("k = " << k);
            const auto found = metrics::precision_recall(real, fake, {.k = k, .k_coverage = k});
            CHECK(golden::relative(found.precision, expected.at("precision")) <= 1e-12);
            CHECK(golden::relative(found.recall, expected.at("recall")) <= 1e-12);
            CHECK(golden::relative(found.density, expected.at("density")) <= 1e-12);
            CHECK(golden::relative(found.coverage, expected.at("coverage")) <= 1e-12);
          }
        }) == 8);
}

TEMPLATE_TEST_CASE("golden: the inception score", "[golden][metrics]", double, float) {
  using T = TestType;
  CHECK(with_key("splits", [](const Json& json) {
          const auto p = metrics::class_probabilities(golden::tensor<T>(json.at("logits")));
          const auto score = metrics::inception_score(p, {.splits = json.at("splits").get<index_t>()});
          CHECK(golden::relative(score.mean, json.at("mean")) <= 1e-12);
          CHECK(std::abs(score.deviation - json.at("deviation").get<double>()) <= 1e-12);
        }) == 4);
}

TEST_CASE("golden: divergences of histograms, both ways", "[golden][metrics]") {
  const auto value = [](const Json& j) {
    return j.is_string() ? std::numeric_limits<double>::infinity() : j.get<double>();
  };
  CHECK(with_key("kl_p_q", [&](const Json& json) {
          const auto p = json.at("p").get<metrics::ClassHistogram>(), q = json.at("q").get<metrics::ClassHistogram>();
          const auto found = metrics::histogram_divergence(q, p);
          CHECK(found.kl_fake_real == Approx(value(json.at("kl_p_q"))).epsilon(1e-12).margin(1e-15));
          CHECK(found.kl_real_fake == Approx(value(json.at("kl_q_p"))).epsilon(1e-12).margin(1e-15));
        }) == 3);
}

TEST_CASE("golden: modes of stacked digits", "[golden][metrics]") {
  CHECK(with_key("modes", [](const Json& json) {
          const auto found = metrics::stacked_modes(json.at("labels").get<std::vector<index_t>>());
          CHECK(found.modes == json.at("modes").get<index_t>());
          CHECK(golden::relative(found.kl, json.at("kl")) <= 1e-12);
        }) == 1);
}
