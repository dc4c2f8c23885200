#include "ganvas/data/gaussians.hpp"

#include <cmath>
#include <limits>

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("modes stand on a ring and on a grid", "[data]") {
  const auto ring = data::ring<double>(8, 2.0, 0.02);
  CHECK(ring.modes() == 8);
  for (index_t m = 0; m < 8; ++m) CHECK(std::hypot(ring.centres(m, 0), ring.centres(m, 1)) == Approx(2));
  CHECK(ring.centres(2, 1) == Approx(2));
  const auto grid = data::grid<double>();
  CHECK(grid.modes() == 25);
  CHECK(grid.centres(0, 0) == -4);
  CHECK(grid.centres(7, 0) == 0);
  CHECK(grid.centres(7, 1) == -2);
  CHECK(grid.centres(24, 1) == 4);
  CHECK(grid.sigma == 0.05);
}

TEST_CASE("samples of the mixture itself score as theory says", "[data]") {
  Random rng(1);
  for (const auto& mixture : {data::ring<double>(), data::grid<double>()}) {
    const index_t n = 20000;
    const auto points = mixture.sample(n, rng);
    const auto s = mixture.statistics(points);
    CHECK(s.modes == mixture.modes());
    CHECK(s.covered == mixture.modes());
    CHECK(s.high_quality == Approx(1 - std::exp(-4.5)).margin(0.003));  // P(|x| < 3 sigma) in the plane: 98.9 %
    CHECK(s.reverse_kl >= 0);
    CHECK(s.reverse_kl < 0.003);  // about (M - 1) / 2n
    double square = 0;
    for (index_t i = 0; i < n; ++i) {
      double best = 1e9;
      for (index_t m = 0; m < mixture.modes(); ++m)
        best = std::min(best, std::hypot(points(i, 0) - mixture.centres(m, 0), points(i, 1) - mixture.centres(m, 1)));
      square += best * best;
    }
    CHECK(std::sqrt(square / (2.0 * static_cast<double>(n))) == Approx(mixture.sigma).epsilon(0.02));
  }
  Random a(7), b(7);
  CHECK(data::ring<float>().sample(100, a) == data::ring<float>().sample(100, b));
}

TEST_CASE("lost modes, bad points and infinities show in the scores", "[data]") {
  const auto ring = data::ring<float>();
  const float s = ring.sigma;
  const Tensor<float> collapsed({4, 2}, {1, 0, 1, 2.9F * s, 1, 0, 1, 3.1F * s});
  const auto c = ring.statistics(collapsed);
  CHECK(c.covered == 1);
  CHECK(c.counts[0] == 3);
  CHECK(c.high_quality == 0.75);
  CHECK(c.reverse_kl == Approx(std::log(8.0)));
  const Tensor<float> half({2, 2}, {1, 0, 0, 1});
  CHECK(ring.statistics(half).reverse_kl == Approx(std::log(4.0)));
  // Points of low quality do not count: 2 and 1 good ones, whatever the bad ones are nearest to.
  const Tensor<float> bad({5, 2}, {1, 0, 1, 0, 0, 1, 0, 0.5F, 0, 0.5F});
  CHECK(ring.statistics(bad).reverse_kl == Approx(2.0 / 3 * std::log(16.0 / 3) + 1.0 / 3 * std::log(8.0 / 3)));
  constexpr float nan_ = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const auto broken = ring.statistics(Tensor<float>({3, 2}, {nan_, 0, inf, inf, 1, 0}));
  CHECK(broken.high_quality == Approx(1.0 / 3));
  CHECK(broken.covered == 1);
  const auto nothing = ring.statistics(Tensor<float>({1, 2}, nan_));
  CHECK(nothing.covered == 0);
  CHECK(nothing.reverse_kl == 0);
}

TEST_CASE("mixtures and points that make no sense are refused", "[data]") {
  CHECK(says(sentence([] { static_cast<void>(data::ring(0)); }), "at least one mode"));
  CHECK(says(sentence([] { static_cast<void>(data::ring(8, 1.0F, 0.0F)); }), "sigma > 0"));
  CHECK(says(sentence([] { static_cast<void>(data::grid(-1)); }), "1 to 1000 modes"));
  const auto ring = data::ring<float>();
  Random rng(1);
  CHECK(ring.sample(0, rng).shape() == Shape{0, 2});
  CHECK(says(sentence([&] { static_cast<void>(ring.sample(-1, rng)); }), "is -1"));
  CHECK(says(sentence([&] { static_cast<void>(ring.statistics(Tensor<float>({3, 3}))); }), "but have (3,3)"));
  CHECK(says(sentence([&] { static_cast<void>(ring.statistics(Tensor<float>({0, 2}))); }), "N > 0"));
}
