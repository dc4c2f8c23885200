#include "ganvas/core/random.hpp"

#include <cmath>
#include <set>

#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;

// Known answers of Philox 4x32-10 as published with the authors' Random123 library.
static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
              std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("normal numbers have the moments of the normal distribution") {
  Random rng{1};
  const auto t = rng.normal<double>({200001}, 3.0, 2.0);
  const auto x = (array(t) - 3.0) / 2.0;
  const double n = static_cast<double>(t.numel());
  CHECK(std::abs(x.mean()) < 4 / std::sqrt(n));
  CHECK(std::abs(x.square().mean() - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(x.cube().mean()) < 4 * std::sqrt(15 / n));
  CHECK(std::abs(x.square().square().mean() - 3) < 4 * std::sqrt(96 / n));
}

TEST_CASE("uniform numbers fill their interval evenly") {
  Random rng{2};
  const auto t = rng.uniform<float>({100000}, -1.0F, 3.0F);
  const auto x = array(t);
  CHECK(x.minCoeff() >= -1);
  CHECK(x.maxCoeff() < 3);
  int bins[8] = {};
  for (const float v : t.values()) ++bins[static_cast<int>((v + 1) * 2)];
  double chi2 = 0;
  for (const int b : bins) chi2 += (b - 12500.0) * (b - 12500.0) / 12500.0;
  CHECK(chi2 < 24.3);  // 99.9 % of chi squared with 7 degrees of freedom
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
  CHECK_THROWS_AS(rng.normal<float>({2}, 0.0F, -1.0F), ValueError);
  CHECK_THROWS_AS(rng.uniform<float>({2}, 1.0F, 0.0F), ValueError);
}
