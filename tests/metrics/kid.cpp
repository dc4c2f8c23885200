#include "ganvas/metrics/kid.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/threads.hpp"

using namespace ganvas;

namespace {

/// Eq. 4, term by term.
double naive(const Tensor<double>& x, const Tensor<double>& y) {
  const auto mean = [](const Tensor<double>& a, const Tensor<double>& b, bool skip) {
    double sum = 0;
    for (index_t i = 0; i < a.size(0); ++i)
      for (index_t j = 0; j < b.size(0); ++j) {
        double dot = 0;
        for (index_t k = 0; k < a.size(1); ++k) dot += a(i, k) * b(j, k);
        if (!(skip && i == j)) sum += std::pow(dot / static_cast<double>(a.size(1)) + 1, 3);
      }
    return sum / static_cast<double>(a.size(0) * (skip ? b.size(0) - 1 : b.size(0)));
  };
  return mean(x, x, true) + mean(y, y, true) - 2 * mean(x, y, false);
}

}  // namespace

TEST_CASE("the kernel distance is that of the formula") {
  Random rng{1};
  for (const auto& [n, m] : {std::pair<index_t, index_t>{2, 2}, {3, 40}, {25, 31}}) {
    const auto x = rng.normal<double>({n, 7}), y = rng.normal<double>({m, 7}, 0.5, 1.5);
    CHECK(metrics::kernel_distance(x, y) == Approx(naive(x, y)).epsilon(1e-12));
    CHECK(metrics::kernel_distance(y, x) == Approx(naive(x, y)).epsilon(1e-12));
  }
}

TEST_CASE("the kernel distance has no bias: halves of one distribution are 0 apart on average, in any size") {
  Random rng{2};
  for (const index_t n : {5, 40}) {
    double sum = 0, squares = 0;
    constexpr int runs = 200;
    for (int i = 0; i < runs; ++i) {
      const double d = metrics::kernel_distance(rng.normal<double>({n, 3}), rng.normal<double>({n, 3}));
      sum += d;
      squares += d * d;
    }
    const double error = std::sqrt(squares) / runs;  // of the mean
    CHECK(std::abs(sum / runs) < 4 * error);
    const double shifted = metrics::kernel_distance(rng.normal<double>({n, 3}), rng.normal<double>({n, 3}, 2.0));
    CHECK(shifted > 0.5);
  }
}

TEST_CASE("subsets of the whole size give the whole distance") {
  Random rng{3};
  const auto x = rng.normal<float>({30, 5}), y = rng.normal<float>({30, 5}, 0.3F);
  const auto found = metrics::kernel_distance(x, y, rng, {.subsets = 3, .subset_size = 30});
  CHECK(found.mean == Approx(metrics::kernel_distance(x, y)).epsilon(1e-10));  // the order of the rows does not matter
  CHECK(found.standard_error < 1e-12);
  CHECK(found.subsets == 3);
  CHECK(found.subset_size == 30);
}

TEST_CASE("the mean over subsets is near the whole distance, within its error") {
  Random rng{4};
  const auto x = rng.normal<double>({300, 4}), y = rng.normal<double>({300, 4}, 0.5);
  Random a{9}, b{9}, c{10};
  const metrics::KernelDistanceOptions o{.subsets = 60, .subset_size = 50};
  const auto first = metrics::kernel_distance(x, y, a, o);
  CHECK(std::abs(first.mean - metrics::kernel_distance(x, y)) < 5 * first.standard_error);
  CHECK(first.standard_error > 0);
  CHECK(metrics::kernel_distance(x, y, b, o).mean == first.mean);  // a seed means one number
  CHECK(metrics::kernel_distance(x, y, c, o).mean != first.mean);
  CHECK(metrics::kernel_distance(x, y, a, o).mean != first.mean);  // rng went on
}

TEST_CASE("the kernel distance is the same for any number of threads", "[threads]") {
  Random rng{5};
  const auto x = rng.normal<float>({700, 9}), y = rng.normal<float>({500, 9});
  CHECK(same_for_any_threads([&] {
    Random r{1};
    const auto subsets = metrics::kernel_distance(x, y, r, {.subsets = 2, .subset_size = 300});
    return std::pair{metrics::kernel_distance(x, y), subsets.mean};
  }));
}

TEST_CASE("the kernel distance refuses what it cannot compare") {
  Random rng{1};
  const Tensor<float> one(Shape{1, 3}, 0.0F), two(Shape{2, 3}, 0.0F), wide(Shape{2, 4}, 0.0F), flat(Shape{6}, 0.0F);
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::kernel_distance(one, two)); }), "N >= 2"));
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::kernel_distance(two, flat)); }), "(6)"));
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::kernel_distance(two, wide)); }), "3 and 4"));
  Tensor<float> bad = two;
  bad.set({1, 1}, std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS_AS(metrics::kernel_distance(two, bad), NumericError);
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::kernel_distance(bad, two)); }), "real"));
  CHECK(test::says(test::sentence([&] {
                     static_cast<void>(metrics::kernel_distance(two, two, rng, {.subsets = 2, .subset_size = 3}));
                   }),
                   "only 2"));
  CHECK_THROWS_AS(metrics::kernel_distance(two, two, rng, {.subsets = 1, .subset_size = 2}), ValueError);
}
