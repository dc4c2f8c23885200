#include "ganvas/models/began.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("BEGAN's networks for 32 x 32 and 28 x 28") {
  Random rng{1};
  for (const index_t side : {32, 28}) {
    const models::BeganOptions o{.image = {side, side, 1}, .channels = 2, .latent = 5};
    const auto g = models::began_generator(o, rng);
    const auto d = models::began_discriminator(o, rng);
    CHECK(g.latent() == 5);
    const auto x = g(Var<float>(rng.normal<float>({3, 5})));
    CHECK(x.shape() == Shape{3, side, side, 1});
    CHECK(d.reconstruct(x).shape() == x.shape());
    CHECK(d(x).shape() == Shape{3, 1});
    CHECK(d.encoder.levels[2].conv2.options.out == 6);  // channels grow linearly
    CHECK(d.decoder.levels[2].conv2.options.out == 2);
    CHECK(d.encoder.to_latent.options.in == side / 4 * (side / 4) * 6);
  }
}

TEST_CASE("the discriminator says how far each sample is from its reconstruction") {
  Random rng{2};
  auto d = models::began_discriminator<double>({.image = {8, 8, 2}, .channels = 3, .latent = 4, .levels = 2}, rng);
  const Var<double> x(rng.normal<double>({3, 8, 8, 2}));
  const auto y = d.reconstruct(x);
  const auto l = d(x);
  for (index_t i = 0; i < 3; ++i) {
    const auto a = x.value().rows(i, i + 1), b = y.value().rows(i, i + 1);
    CHECK(l.value()(i, 0) == Approx((array(a) - array(b)).abs().mean()));
  }
  for (const auto& gradient : grad(mean(l), nn::parameters(d))) CHECK((array(gradient.value()) != 0).any());
}

TEST_CASE("BEGAN: sizes that cannot be built get a sentence") {
  Random rng{1};
  CHECK_THROWS_WITH(models::began_generator({.image = {30, 32, 1}}, rng), Contains("30 x 32") && Contains("by 4"));
  CHECK_THROWS_AS(models::began_discriminator({.levels = 0}, rng), ValueError);
  CHECK_THROWS_AS(models::began_discriminator({.channels = 0}, rng), ValueError);
  const auto d = models::began_discriminator({.image = {8, 8, 1}, .channels = 2, .latent = 3, .levels = 1}, rng);
  CHECK_THROWS_WITH(d(Var<float>(rng.normal<float>({2, 8, 9, 1}))), Contains("(N,8,8,1)"));
}
