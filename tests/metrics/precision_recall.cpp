#include "ganvas/metrics/precision_recall.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/threads.hpp"

using namespace ganvas;

namespace {

using Scores = std::array<double, 4>;

Scores scores(const metrics::PrecisionRecall& p) { return {p.precision, p.recall, p.density, p.coverage}; }

double squared(const Tensor<double>& a, index_t i, const Tensor<double>& b, index_t j) {
  double sum = 0;
  for (index_t k = 0; k < a.size(1); ++k) sum += (a(i, k) - b(j, k)) * (a(i, k) - b(j, k));
  return sum;
}

/// The formulas in double, distance by distance.
Scores naive(const Tensor<double>& x, const Tensor<double>& y, index_t k, index_t k_coverage) {
  const auto radii = [](const Tensor<double>& t, index_t nearest) {
    std::vector<double> all;
    for (index_t i = 0; i < t.size(0); ++i) {
      std::vector<double> d;
      for (index_t j = 0; j < t.size(0); ++j)
        if (j != i) d.push_back(squared(t, i, t, j));
      std::sort(d.begin(), d.end());
      all.push_back(d[static_cast<std::size_t>(nearest - 1)]);
    }
    return all;
  };
  const auto rx = radii(x, k), ry = radii(y, k), rc = radii(x, k_coverage);
  const auto at = [](const std::vector<double>& v, index_t i) { return v[static_cast<std::size_t>(i)]; };
  double precision = 0, recall = 0, density = 0, coverage = 0;
  for (index_t j = 0; j < y.size(0); ++j) {
    bool in = false;
    for (index_t i = 0; i < x.size(0); ++i) in = in || squared(x, i, y, j) <= at(rx, i);
    precision += in ? 1 : 0;
  }
  for (index_t i = 0; i < x.size(0); ++i) {
    bool in = false, covered = false;
    for (index_t j = 0; j < y.size(0); ++j) {
      in = in || squared(x, i, y, j) <= at(ry, j);
      covered = covered || squared(x, i, y, j) <= at(rc, i);
      density += squared(x, i, y, j) <= at(rc, i) ? 1 : 0;
    }
    recall += in ? 1 : 0;
    coverage += covered ? 1 : 0;
  }
  const auto n = static_cast<double>(x.size(0)), m = static_cast<double>(y.size(0));
  return {precision / m, recall / n, density / (static_cast<double>(k_coverage) * m), coverage / n};
}

template <class T>
void check_as_naive(const Tensor<T>& x, const Tensor<T>& y, index_t k = 3, index_t k_coverage = 5) {
  const Scores found = scores(metrics::precision_recall(x, y, {.k = k, .k_coverage = k_coverage}));
  const Scores expected = naive(x.template cast<double>(), y.template cast<double>(), k, k_coverage);
  for (std::size_t i = 0; i < 4; ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-14));
}

}  // namespace

TEMPLATE_TEST_CASE("precision, recall, density and coverage are those of distances in double", "", float, double) {
  using T = TestType;
  Random rng{1};
  for (const T shift : {T(0), T(1000), T(1e6)}) {  // float has 0.06 between numbers near 1e6: many distances are equal
    INFO("shift " << shift);
    check_as_naive(rng.normal<T>({70, 6}, shift), rng.normal<T>({90, 6}, shift + T(0.5), T(0.8)));
  }
  check_as_naive(rng.normal<T>({30, 40}), rng.normal<T>({20, 40}), 1, 19);
  check_as_naive(rng.normal<T>({20, 1}), rng.normal<T>({25, 1}), 4, 1);
  check_as_naive(rng.normal<T>({20, 3}, T(0), T(1e-30)), rng.normal<T>({25, 3}, T(0), T(1e-30)));
  check_as_naive(rng.normal<T>({20, 3}, T(0), T(1e30)), rng.normal<T>({25, 3}, T(0), T(1e30)));
}

TEST_CASE("two tight clusters far apart: float alone would not tell the neighbours of a cluster apart") {
  Random rng{2};
  const auto clusters = [&](index_t n) {
    auto x = rng.normal<double>({n, 5}, 0.0, 1e-6);
    for (index_t i = 0; i < n / 2; ++i) x.mutable_data()[5 * i] += 1000;
    return x;
  };
  const auto x = clusters(60), y = clusters(80);
  check_as_naive(x, y);
  const metrics::detail::Frame frame(x, y);
  const metrics::detail::Points p(x, frame);
  // the case is hard: distances within a cluster lie below the error of the fast form
  CHECK(metrics::detail::squared_distance(x.data(), x.data() + 5, 5) * p.factor < p.error * 2 * p.norms[0]);
}

TEST_CASE("equal distances count as inside, and duplicates are neighbours") {
  Random rng{3};
  Tensor<double> x({30, 2}), y({40, 2});
  for (auto* t : {&x, &y})
    for (index_t i = 0; i < t->numel(); ++i) t->mutable_data()[i] = static_cast<double>(rng.below(4));
  check_as_naive(x, y);  // points of a lattice: nearly all distances are equal to others
  check_as_naive(x, x);
  CHECK(scores(metrics::precision_recall(x, x))[0] == 1);
  CHECK(scores(metrics::precision_recall(x, x))[1] == 1);
  CHECK(scores(metrics::precision_recall(x, x))[3] == 1);
  const Tensor<double> same(Shape{10, 2}, 0.5);  // balls of radius 0 hold their equals
  const Scores all = scores(metrics::precision_recall(same, same));
  CHECK(all == Scores{1, 1, 2, 1});  // 10 fake vectors in 10 balls, by 5 * 10
  CHECK(scores(metrics::precision_recall(same, Tensor<double>(Shape{10, 2}, 0.25))) == Scores{0, 0, 0, 0});
}

TEST_CASE("what the four scores tell apart") {
  Random rng{4};
  const auto real = rng.normal<float>({300, 2});
  const auto narrow = metrics::precision_recall(real, rng.normal<float>({300, 2}, 0.0F, 0.2F));  // good, no variety
  CHECK(narrow.precision > 0.9);
  CHECK(narrow.recall < 0.4);
  CHECK(narrow.coverage < 0.4);
  const auto wide = metrics::precision_recall(real, rng.normal<float>({300, 2}, 0.0F, 10.0F));  // variety, few good
  CHECK(wide.precision < 0.2);
  CHECK(wide.recall > 0.9);
  // of one distribution: density 1 on average; coverage 1 - (N-1)...(N-k) / ((2N-1)...(2N-k)) [Naeem, lemma 2]
  double density = 0, coverage = 0;
  for (int i = 0; i < 10; ++i) {
    const auto p = metrics::precision_recall(rng.normal<float>({200, 3}), rng.normal<float>({200, 3}));
    density += p.density / 10;
    coverage += p.coverage / 10;
  }
  double missed = 1;
  for (int k = 1; k <= 5; ++k) missed *= (200.0 - k) / (400.0 - k);
  CHECK(density == Approx(1).margin(0.06));
  CHECK(coverage == Approx(1 - missed).margin(0.012));
}

TEST_CASE("precision and recall change sides with the sets, and the size of the blocks changes nothing") {
  Random rng{5};
  const auto x = rng.normal<double>({150, 3}), y = rng.normal<double>({160, 3}, 0.2);
  const auto there = metrics::precision_recall(x, y), back = metrics::precision_recall(y, x);
  CHECK(there.precision == back.recall);
  CHECK(there.recall == back.precision);
  for (const index_t numbers : {1, 1000, 7000})
    CHECK(scores(metrics::detail::precision_recall(x, y, {}, numbers)) == scores(there));
}

TEST_CASE("neighbour scores are the same for any number of threads", "[threads]") {
  Random rng{6};
  const auto x = rng.normal<float>({400, 5}), y = rng.normal<float>({300, 5}, 0.2F);
  CHECK(same_for_any_threads([&] { return scores(metrics::precision_recall(x, y)); }));
}

TEST_CASE("neighbour scores refuse what they cannot compare") {
  const Tensor<float> five(Shape{5, 3}, 0.0F), six(Shape{6, 3}, 0.0F);
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::precision_recall(five, six)); }), "N >= 6"));
  CHECK_NOTHROW(metrics::precision_recall(five, six, {.k = 4, .k_coverage = 4}));
  CHECK_THROWS_AS(metrics::precision_recall(six, six, {.k = 0}), ValueError);
  CHECK_THROWS_AS(metrics::precision_recall(six, six, {.k_coverage = 0}), ValueError);
  for (const double v : {std::nan(""), std::numeric_limits<double>::infinity(), 1e200}) {
    const Tensor<double> good(Shape{6, 1}, 0.0), bad(Shape{6, 1}, v);
    CHECK_THROWS_AS(metrics::precision_recall(good, bad), NumericError);
    CHECK_THROWS_AS(metrics::precision_recall(bad, good), NumericError);
  }
}
