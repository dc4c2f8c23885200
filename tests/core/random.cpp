#include "ganvas/core/random.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

// Known answers of Philox 4x32-10 as published with the authors' Random123 library.
static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
              std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEMPLATE_TEST_CASE("normal numbers have the moments of the normal distribution", "", float, double) {
  Random rng{1};
  const auto t = rng.normal<TestType>({200001}, 3, 2).template cast<double>();
  const auto x = (array(t) - 3.0) / 2.0;
  const double n = static_cast<double>(t.numel());
  CHECK(std::abs(x.mean()) < 4 / std::sqrt(n));
  CHECK(std::abs(x.square().mean() - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(x.cube().mean()) < 4 * std::sqrt(15 / n));
  CHECK(std::abs(x.square().square().mean() - 3) < 4 * std::sqrt(96 / n));
}

TEMPLATE_TEST_CASE("normal numbers have the tails of the normal distribution", "", float, double) {
  Random rng{13};
  const auto t = rng.normal<TestType>({1000000});
  const double n = static_cast<double>(t.numel());
  for (const double limit : {1.0, 2.0, 3.0, 4.0}) {
    INFO("|x| > " << limit);
    const double p = std::erfc(limit / std::sqrt(2.0));  // 0.0027 for 3
    const auto outside = static_cast<double>((array(t).abs() > static_cast<TestType>(limit)).count());
    CHECK(std::abs(outside - n * p) < 4 * std::sqrt(n * p * (1 - p)));
  }
}

TEMPLATE_TEST_CASE("uniform numbers fill their interval evenly", "", float, double) {
  Random rng{2};
  const auto t = rng.uniform<TestType>({100000}, -1, 3);
  const auto x = array(t);
  CHECK(x.minCoeff() >= -1);
  CHECK(x.maxCoeff() < 3);
  int bins[8] = {};
  for (const TestType v : t.values()) ++bins[static_cast<int>((v + 1) * 2)];
  double chi2 = 0;
  for (const int b : bins) chi2 += (b - 12500.0) * (b - 12500.0) / 12500.0;
  CHECK(chi2 < 24.3);  // 99.9 % of chi squared with 7 degrees of freedom
}

TEMPLATE_TEST_CASE("uniform numbers stay below the upper end where sums round to it", "", float, double) {
  Random rng{4};
  const auto thousand = rng.uniform<TestType>({1000000}, 1000, 1001);
  CHECK(array(thousand).minCoeff() >= 1000);
  CHECK(array(thousand).maxCoeff() < 1001);
  const TestType low = 1 / std::numeric_limits<TestType>::epsilon();  // low and low + 1 are neighbours
  CHECK(rng.uniform<TestType>({1000}, low, low + 1) == Tensor<TestType>({1000}, low));
  CHECK(rng.uniform<TestType>({1000}, -low - 1, -low) == Tensor<TestType>({1000}, -low - 1));
  CHECK(rng.uniform<TestType>({5}, 7, 7) == Tensor<TestType>({5}, 7));
}

TEMPLATE_TEST_CASE("neighbouring numbers are independent, and so are their squares", "", float, double) {
  Random rng{21};
  constexpr index_t n = 200000;
  const auto correlation = [](const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) {
    const Eigen::ArrayXd u = a - a.mean(), v = b - b.mean();
    return (u * v).sum() / std::sqrt(u.square().sum() * v.square().sum());
  };
  const auto check = [&](const char* name, const Tensor<TestType>& t) {
    INFO(name);
    const Eigen::ArrayXd all = array(t.template cast<double>());
    for (const Eigen::Index first : {0, 1}) {  // two numbers of one block, and of two blocks
      INFO("from element " << first);
      const Eigen::Index pairs = n / 2 - first;
      Eigen::ArrayXd a(pairs), b(pairs);
      for (Eigen::Index i = 0; i < pairs; ++i) {
        a(i) = all(2 * i + first);
        b(i) = all(2 * i + first + 1);
      }
      const double bound = 4 / std::sqrt(static_cast<double>(pairs));
      CHECK(std::abs(correlation(a, b)) < bound);
      CHECK(std::abs(correlation(a.square(), b.square())) < bound);
    }
  };
  check("normal", rng.normal<TestType>({n}));
  check("uniform", rng.uniform<TestType>({n}, -1, 1));
}

TEST_CASE("all orders of three elements are equally likely") {
  Random rng{6};
  int counts[6] = {};
  for (int i = 0; i < 60000; ++i) {
    const auto p = rng.permutation(3);
    ++counts[2 * p[0] + (p[1] > p[2] ? 1 : 0)];
  }
  double chi2 = 0;
  for (const int c : counts) chi2 += (c - 10000.0) * (c - 10000.0) / 10000.0;
  CHECK(chi2 < 20.5);  // 99.9 % of chi squared with 5 degrees of freedom
}

TEST_CASE("the same stream for any number of threads", "[threads]") {
  const auto draw = [](int n) {
    set_threads(n);
    Random rng{7};
    auto a = rng.normal<float>({100003});
    auto b = rng.uniform<double>({9999});
    return std::pair{a, b};
  };
  const auto one = draw(1);
  for (const int n : {2, 3, 8}) {
    const auto many = draw(n);
    CHECK(many.first == one.first);
    CHECK(many.second == one.second);
  }
  set_threads(0);
}

TEST_CASE("a stream continues from its saved state") {
  Random rng{5};
  (void)rng.normal<float>({17});
  (void)rng.below(10);
  const Random::State saved = rng.state();
  const auto next = rng.normal<float>({33});
  Random later(saved);
  CHECK(later.normal<float>({33}) == next);
}

TEST_CASE("seeds and splits give different streams") {
  Random a{1}, b{2};
  CHECK_FALSE(a.normal<float>({8}) == b.normal<float>({8}));
  Random parent{3};
  Random first = parent.split(), second = parent.split();
  const auto x = first.normal<float>({64}), y = second.normal<float>({64}), z = parent.normal<float>({64});
  CHECK_FALSE(x == y);
  CHECK_FALSE(x == z);
  CHECK(x == Random{3}.split().normal<float>({64}));
}

TEST_CASE("integers stay in range, without bias, and permutations are complete") {
  Random rng{11};
  int counts[3] = {};
  for (const index_t i : rng.integers(30000, 5, 8)) ++counts[i - 5];
  for (const int c : counts) CHECK(std::abs(c - 10000) < 400);
  const auto p = rng.permutation(1000);
  CHECK(std::set<index_t>(p.begin(), p.end()).size() == 1000);
  CHECK(p != rng.permutation(1000));
  CHECK(rng.permutation(0).empty());
  CHECK_THROWS_AS(rng.below(0), ValueError);
  CHECK_THROWS_AS(rng.integers(3, 4, 4), ValueError);
  CHECK_THROWS_AS(rng.permutation(-1), ValueError);
  constexpr index_t largest = std::numeric_limits<index_t>::max(), smallest = std::numeric_limits<index_t>::min();
  CHECK_THROWS_WITH(rng.integers(largest, 0, 2), Contains("[memory]") && Contains("9223372036854775807 numbers"));
  CHECK_THROWS_WITH(rng.permutation(index_t{1} << 61), Contains("[memory]"));
  bool below = false, above = false;
  for (const index_t i : rng.integers(100, smallest, largest)) (i < 0 ? below : above) = true;
  CHECK((below && above));
  CHECK_THROWS_AS(rng.normal<float>({2}, 0.0F, -1.0F), ValueError);
  CHECK_THROWS_AS(rng.uniform<float>({2}, 1.0F, 0.0F), ValueError);
}
