#include "ganvas/models/unrolled.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("the small networks for stacked MNIST have the sizes of the paper") {
  Random rng{1};
  const auto g = models::unrolled_generator({}, rng);
  // 256 -> 64@4 -> 32@7 -> 16@14 -> 8@28 -> 3@28
  CHECK(nn::count_parameters(g) ==
        256 * 16 * 64 + 9 * (64 * 32 + 32 * 16 + 16 * 8 + 8 * 3) + 3 + 2 * (64 + 32 + 16 + 8));
  const auto quarter = models::unrolled_discriminator({}, rng);
  CHECK(nn::count_parameters(quarter) == 9 * (3 * 2 + 2 * 4 + 4 * 8) + 2 * (2 + 4 + 8) + 16 * 8 + 1);
  const auto half = models::unrolled_discriminator({.width = 4, .batch_norm = false}, rng);
  CHECK(nn::count_parameters(half) == 9 * (3 * 4 + 4 * 8 + 8 * 16) + 4 + 8 + 16 + 16 * 16 + 1);
}

TEST_CASE("every parameter of them learns; other images are refused") {
  Random rng{1};
  auto g = models::unrolled_generator<double>({.latent = 5, .image = {28, 28, 2}, .width = 16}, rng);
  auto d = models::unrolled_discriminator<double>({.image = {28, 28, 2}, .width = 4, .batch_norm = false}, rng);
  const auto x = g.training(Var<double>(rng.normal<double>({3, 5})));
  CHECK(x.shape() == Shape{3, 28, 28, 2});
  CHECK(d.training(x).shape() == Shape{3, 1});
  for (const auto& parameters : {nn::parameters(g), nn::parameters(d)})
    for (const auto& gradient : grad(mean(d.training(x)), parameters)) CHECK((array(gradient.value()) != 0).any());

  CHECK_THROWS_WITH(models::unrolled_generator({.width = 12}, rng), Contains("multiple of 8") && Contains("12"));
  CHECK_THROWS_AS(models::unrolled_discriminator({.width = 0}, rng), ValueError);
  CHECK_THROWS_WITH(g(Var<double>(rng.normal<double>({3, 4}))), Contains("(N,5)") && Contains("(3,4)"));
  CHECK_THROWS_WITH(d(Var<double>(rng.normal<double>({3, 32, 32, 2}))), Contains("(N,28,28,2)"));
}
