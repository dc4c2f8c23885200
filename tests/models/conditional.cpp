#include "ganvas/models/conditional.hpp"

#include <utility>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("with classes, the generator sees them one-hot behind z") {
  Random rng{1};
  auto g = models::conditional_dcgan_generator<double>({.latent = 3, .image = {8, 8, 1}, .channels = {6, 5}},
                                                       {.classes = 4}, rng);
  CHECK(g.latent() == 3);
  CHECK(g.classes() == 4);
  CHECK(g.net.project.conv.options.in == 7);
  Random same{1};  // the same network without classes, whose z has the one-hot row in it
  const auto plain = models::dcgan_generator<double>({.latent = 7, .image = {8, 8, 1}, .channels = {6, 5}}, same);
  const auto z = Random(5).normal<double>({2, 3});
  Tensor<double> joined = Tensor<double>::zeros({2, 7});
  for (index_t i = 0; i < 2; ++i)
    for (index_t k = 0; k < 3; ++k) joined.set({i, k}, z(i, k));
  joined.set({0, 3 + 3}, 1.0);
  joined.set({1, 3 + 1}, 1.0);
  CHECK(std::as_const(g)(Var<double>(z), {3, 1}).value() == plain(Var<double>(joined)).value());
  CHECK_THROWS_WITH(g(Var<double>(joined), {0, 1}), Contains("(N,3)") && Contains("(2,7)"));
  CHECK_THROWS_WITH(g.training(Var<double>(z), {0, 4}), Contains("a label 4"));
  CHECK(nn::parameter_names(g) == nn::parameter_names(plain));
  CHECK(Generator(g).classes() == 4);
  CHECK_THROWS_WITH(Generator(g)(Var<double>(z)), Contains("0 labels"));
}

TEST_CASE("or as a vector that z is multiplied by") {
  Random rng{1};
  auto g = models::conditional_dcgan_generator<double>({.latent = 3, .image = {8, 8, 1}, .channels = {6, 5}},
                                                       {.classes = 4, .input = models::ClassInput::embedding}, rng);
  CHECK(g.latent() == 3);
  REQUIRE(g.embed.has_value());
  CHECK(nn::parameter_names(g).back() == "embed.weight");
  g.embed->weight.set_value(Tensor<double>({4, 3}, {1, 1, 1, 2, 2, 2, 0, 0, 0, 1, -1, 1}));
  const auto z = Random(5).normal<double>({2, 3});
  Tensor<double> twice = z;
  for (double* v = twice.mutable_data(); v < twice.data() + 3; ++v) *v *= 2;
  CHECK(std::as_const(g)(Var<double>(z), {1, 0}).value() == std::as_const(g)(Var<double>(twice), {0, 0}).value());
  for (const auto& gradient : grad(mean(g.training(Var<double>(z), {1, 3})), nn::parameters(g)))
    CHECK((array(gradient.value()) != 0).any());
}

TEST_CASE("with classes, the discriminator sees them as planes") {
  Random rng{1};
  auto d = models::conditional_dcgan_discriminator<double>({.image = {8, 8, 1}, .channels = {4, 5}}, 3, rng);
  CHECK(d.net.levels[0].conv.options.in == 4);
  const auto x = Var<double>::variable(Random(5).normal<double>({2, 8, 8, 1}));
  const auto logit = d.training(x, {2, 0});
  CHECK(logit.shape() == Shape{2, 1});
  CHECK(grad(sum(logit), {x})[0].shape() == Shape{2, 8, 8, 1});
  CHECK_FALSE(std::as_const(d)(x, {2, 0}).value() == std::as_const(d)(x, {1, 0}).value());
  CHECK_THROWS_WITH(Discriminator(d)(x), Contains("0 labels"));
  CHECK_THROWS_WITH(d(x, {0}), Contains("1 labels"));
  CHECK_THROWS_AS(d(Var<double>(Tensor<double>({2, 64}, 0.0)), {0, 1}), ShapeError);
  CHECK_THROWS_AS(models::conditional_dcgan_discriminator({}, 0, rng), ValueError);
  CHECK_THROWS_AS(models::conditional_dcgan_generator({}, {.classes = -1}, rng), ValueError);
}
