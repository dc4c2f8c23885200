#include "ganvas/metrics/class_histogram.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using metrics::ClassHistogram;

TEST_CASE("predicted classes: the largest logit, of equal ones the first") {
  const Tensor<float> logits({4, 3}, {0, 2, 1, 5, 5, -1, -3, -2, -2, 0, 0, 0});
  CHECK(metrics::predicted_classes(logits) == std::vector<index_t>{1, 0, 1, 0});
  CHECK(metrics::class_histogram(logits) == ClassHistogram{2, 2, 0});
  Tensor<float> bad = logits;
  bad.set({2, 1}, std::nanf(""));
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::predicted_classes(bad)); }), "sample 2"));
  CHECK_THROWS_AS(metrics::predicted_classes(Tensor<float>(Shape{4})), ShapeError);
  CHECK_THROWS_AS(metrics::predicted_classes(Tensor<float>(Shape{4, 0})), ShapeError);
}

TEST_CASE("the divergence of histograms, by hand, in both directions") {
  const ClassHistogram p{1, 3}, q{2, 2};
  CHECK(metrics::kl_divergence(p, q) == Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)).epsilon(1e-14));
  CHECK(metrics::kl_divergence(q, p) == Approx(0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3)).epsilon(1e-14));
  CHECK(metrics::kl_divergence(p, {10, 30}) == 0);  // shares count, not numbers
  const auto d = metrics::histogram_divergence(q, p);
  CHECK(d.kl_fake_real == metrics::kl_divergence(p, q));
  CHECK(d.kl_real_fake == metrics::kl_divergence(q, p));
  // a class that is never made: finite seen from the samples, infinite seen from the data
  const auto missing = metrics::histogram_divergence(metrics::uniform_histogram(2), {4, 0});
  CHECK(missing.kl_fake_real == Approx(std::log(2.0)));
  CHECK(missing.kl_real_fake == std::numeric_limits<double>::infinity());
}

TEST_CASE("histograms refuse what they cannot count") {
  CHECK(test::says(test::sentence([] { static_cast<void>(metrics::class_histogram({0, 3}, 3)); }), "label 3"));
  CHECK_THROWS_AS(metrics::class_histogram({-1}, 3), ValueError);
  CHECK_THROWS_AS(metrics::class_histogram({}, 0), ValueError);
  CHECK_THROWS_AS(metrics::uniform_histogram(0), ValueError);
  CHECK_THROWS_AS(metrics::kl_divergence({1, 2}, {1, 2, 3}), ShapeError);
  CHECK_THROWS_AS(metrics::kl_divergence({0, 0}, {1, 2}), ValueError);
  CHECK_THROWS_AS(metrics::kl_divergence({1, 2}, {}), ShapeError);
  CHECK_THROWS_AS(metrics::kl_divergence({3, -1}, {1, 2}), ValueError);
}

TEST_CASE("accuracy of the asked classes") {
  const Tensor<double> logits({5, 3}, {9, 0, 0, 0, 9, 0, 0, 9, 0, 0, 0, 9, 9, 0, 0});
  const auto found = metrics::asked_accuracy(logits, {0, 1, 2, 2, 1});
  CHECK(found.accuracy == Approx(0.6));
  CHECK(found.asked == ClassHistogram{1, 2, 2});
  CHECK(found.right == ClassHistogram{1, 1, 1});
  CHECK_THROWS_AS(metrics::asked_accuracy(logits, {0, 1}), ShapeError);
  CHECK_THROWS_AS(metrics::asked_accuracy(logits, {0, 1, 2, 2, 3}), ValueError);
  CHECK_THROWS_AS(metrics::asked_accuracy(Tensor<double>(Shape{0, 3}), {}), ValueError);
}
