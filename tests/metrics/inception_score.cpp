#include "ganvas/metrics/inception_score.hpp"

#include <cmath>
#include <limits>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

TEST_CASE("the inception score of the extremes: one class, all classes, no opinion") {
  const auto one_hot = [](index_t n, index_t k, auto&& of) {
    Tensor<double> p = Tensor<double>::zeros({n, k});
    for (index_t i = 0; i < n; ++i) p.set({i, of(i)}, 1.0);
    return p;
  };
  CHECK(metrics::inception_score(one_hot(12, 4, [](index_t) { return 2; })).mean == Approx(1));
  CHECK(metrics::inception_score(one_hot(12, 4, [](index_t i) { return i % 4; })).mean == Approx(4));
  CHECK(metrics::inception_score(Tensor<float>(Shape{7, 5}, 0.2F)).mean == Approx(1));
}

TEST_CASE("the inception score in parts") {
  Random rng{1};
  const auto p = metrics::class_probabilities(rng.normal<float>({10, 3}, 0.0F, 2.0F));
  const auto found = metrics::inception_score(p, {.splits = 3});  // rows 0 to 2, 3 to 5, 6 to 9
  const double a = metrics::inception_score(p.rows(0, 3)).mean, b = metrics::inception_score(p.rows(3, 6)).mean,
               c = metrics::inception_score(p.rows(6, 10)).mean, mean = (a + b + c) / 3;
  CHECK(found.mean == Approx(mean).epsilon(1e-14));
  CHECK(found.deviation ==
        Approx(std::sqrt(((a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean)) / 3)));
  CHECK(found.splits == 3);
  CHECK(metrics::inception_score(p, {.splits = 10}).mean == Approx(1));  // one sample is its own marginal
}

TEST_CASE("probabilities of large logits are right and sum to 1") {
  const auto p = metrics::class_probabilities(Tensor<float>({2, 3}, {1e4F, 1e4F, -1e4F, -3e4F, -3e4F, -3e4F}));
  CHECK(p(0, 0) == 0.5);
  CHECK(p(0, 2) == 0);
  CHECK(p(1, 1) == Approx(1.0 / 3));
  CHECK(metrics::inception_score(p).mean >= 1);
}

TEST_CASE("the inception score refuses logits and nonsense") {
  const Tensor<double> logits({2, 2}, {3, -1, 0, 5});
  CHECK(
      test::says(test::sentence([&] { static_cast<void>(metrics::inception_score(logits)); }), "class_probabilities"));
  CHECK_THROWS_AS(metrics::inception_score(Tensor<double>({1, 2}, {1.5, -0.5})), ValueError);
  CHECK_THROWS_AS(metrics::inception_score(Tensor<double>({1, 2}, {std::nan(""), 1.0})), ValueError);
  CHECK_THROWS_AS(metrics::class_probabilities(Tensor<double>({1, 1}, {HUGE_VAL})), NumericError);
  CHECK_THROWS_AS(metrics::inception_score(Tensor<double>(Shape{0, 3})), ShapeError);
  CHECK_THROWS_AS(metrics::inception_score(Tensor<double>({1, 1}, 1.0), {.splits = 2}), ValueError);
  CHECK_THROWS_AS(metrics::inception_score(Tensor<double>({1, 1}, 1.0), {.splits = 0}), ValueError);
}
