#include "ganvas/models/dcgan.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("the MNIST generator and discriminator have the sizes of the recipe") {
  Random rng{1};
  const auto g = models::dcgan_generator({}, rng);
  const auto d = models::dcgan_discriminator({}, rng);
  // 100 -> 256@7 -> 128@14 -> 1@28 and 1 -> 64@14 -> 128@7 -> 1
  CHECK(nn::count_parameters(g) == 100 * 256 * 49 + 2 * 256 + 256 * 128 * 16 + 2 * 128 + 128 * 16 + 1);
  CHECK(nn::count_parameters(d) == 64 * 16 + 64 + 64 * 128 * 16 + 2 * 128 + 128 * 49 + 1);
  const auto x = g(Var<float>(rng.normal<float>({2, 100})));
  CHECK(x.shape() == Shape{2, 28, 28, 1});
  CHECK(d(x).shape() == Shape{2, 1});
}

TEST_CASE("other sizes, levels and channels") {
  Random rng{1};
  auto g = models::dcgan_generator<double>({.latent = 3, .image = {32, 32, 3}, .channels = {8, 6, 4}}, rng);
  auto d = models::dcgan_discriminator<double>({.image = {32, 32, 3}, .channels = {4, 6, 8}, .batch_norm = false}, rng);
  const auto x = g.training(Var<double>(rng.normal<double>({4, 3})));
  CHECK(x.shape() == Shape{4, 32, 32, 3});
  CHECK(d.training(x).shape() == Shape{4, 1});
  for (const auto& level : d.levels) CHECK_FALSE(level.norm.has_value());
  const auto odd = models::dcgan_discriminator({.image = {28, 28, 1}, .channels = {4, 4, 4}}, rng);  // 28, 14, 7, 4
  CHECK(odd.levels[2].conv.options.kernel == 3);
  CHECK(odd(Var<float>(Tensor<float>(Shape{1, 28, 28, 1}, 0.0F))).shape() == Shape{1, 1});
}

TEST_CASE("weights are drawn as the paper says") {
  Random rng{1};
  const auto g = models::dcgan_generator({}, rng);
  const auto w = array(g.project.conv.weight.value());
  CHECK(std::abs(w.mean()) < 1e-4F);
  CHECK(w.square().mean() == Approx(0.0004).epsilon(0.02));
  const auto gamma = array(g.project.norm.weight.value());
  CHECK(gamma.mean() == Approx(1).epsilon(0.01));
  CHECK((array(g.project.norm.bias.value()) == 0).all());
}

TEST_CASE("every parameter of both gets a gradient") {
  Random rng{1};
  auto g = models::dcgan_generator<double>({.latent = 4, .image = {8, 8, 1}, .channels = {6, 5}}, rng);
  auto d = models::dcgan_discriminator<double>({.image = {8, 8, 1}, .channels = {5, 6}}, rng);
  const auto loss = mean(d.training(g.training(Var<double>(rng.normal<double>({5, 4})))));
  for (const auto& parameters : {nn::parameters(g), nn::parameters(d)})
    for (const auto& gradient : grad(loss, parameters)) CHECK((array(gradient.value()) != 0).any());
}

TEST_CASE("sizes that cannot be built get a sentence") {
  Random rng{1};
  CHECK_THROWS_WITH(models::dcgan_generator({.image = {30, 30, 1}}, rng),
                    Contains("30 x 30") && Contains("divides by 4"));
  CHECK_THROWS_WITH(models::dcgan_generator({.latent = 0}, rng), Contains("latent is 0"));
  CHECK_THROWS_AS(models::dcgan_generator({.channels = {}}, rng), ValueError);
  CHECK_THROWS_AS(models::dcgan_generator({.channels = {4, -1}}, rng), ValueError);
  CHECK_THROWS_WITH(models::dcgan_discriminator({.channels = {1, 1, 1, 1, 1, 1}}, rng),
                    Contains("fewer than 6 levels"));
  const auto g = models::dcgan_generator({.image = {8, 8, 1}, .channels = {4}}, rng);
  CHECK_THROWS_WITH(g(Var<float>(Tensor<float>(Shape{2, 3}, 0.0F))), Contains("(N,100)") && Contains("(2,3)"));
  const auto d = models::dcgan_discriminator({}, rng);
  CHECK_THROWS_AS(d(Var<float>(Tensor<float>(Shape{2, 28, 28, 3}, 0.0F))), ShapeError);
  CHECK_THROWS_AS(d(Var<float>(Tensor<float>(Shape{2, 32, 32, 1}, 0.0F))), ShapeError);
}

TEST_CASE("names in files") {
  Random rng{1};
  std::vector<std::string> g, d;
  for (const auto& e : nn::state_dict(models::dcgan_generator({}, rng))) g.push_back(e.name);
  for (const auto& e : nn::state_dict(models::dcgan_discriminator({}, rng))) d.push_back(e.name);
  CHECK(g == std::vector<std::string>{
                 "project.conv.weight", "project.norm.weight", "project.norm.bias", "project.norm.running_mean",
                 "project.norm.running_var", "project.norm.num_batches_tracked", "levels.0.conv.weight",
                 "levels.0.norm.weight", "levels.0.norm.bias", "levels.0.norm.running_mean",
                 "levels.0.norm.running_var", "levels.0.norm.num_batches_tracked", "to_image.weight", "to_image.bias"});
  CHECK(d == std::vector<std::string>{"levels.0.conv.weight", "levels.0.conv.bias", "levels.1.conv.weight",
                                      "levels.1.norm.weight", "levels.1.norm.bias", "levels.1.norm.running_mean",
                                      "levels.1.norm.running_var", "levels.1.norm.num_batches_tracked",
                                      "to_logit.weight", "to_logit.bias"});
}

TEST_CASE("features are what the logit is made of") {
  Random rng{1};
  auto d = models::dcgan_discriminator<double>({.image = {8, 8, 1}, .channels = {4, 5}}, rng);
  const Var<double> x(rng.normal<double>({3, 8, 8, 1}));
  const auto features = std::as_const(d).features(x);
  CHECK(features.shape() == Shape{3, 2, 2, 5});
  CHECK(d.logit(features).value() == std::as_const(d)(x).value());
}
