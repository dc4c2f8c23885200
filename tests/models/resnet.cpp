// Sizes, names and refusals of the residual networks; their numbers are in tests/golden/networks.cpp.
#include "ganvas/models/resnet.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using Labels = std::vector<index_t>;

namespace {

template <class Net>
std::vector<std::string> state_names(const Net& net) {
  std::vector<std::string> names;
  for (const auto& entry : nn::state_dict(net)) names.push_back(entry.name);
  return names;
}
bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
Var<double> normal(const Shape& shape) { return Random(7).normal<double>(shape); }

}  // namespace

TEST_CASE("the residual networks for 32 x 32 have the sizes of the paper") {
  Random rng{1};
  const auto g = models::resnet_generator({.channels = 16}, rng);
  const auto d = models::resnet_discriminator({.channels = 16}, rng);
  CHECK(g.levels.size() == 3);
  CHECK(d.levels.size() == 4);
  CHECK(models::ResnetGeneratorOptions{}.channels == 256);
  CHECK(models::ResnetDiscriminatorOptions{}.channels == 128);
  const index_t c = 16, conv = 9 * c * c + c;
  CHECK(nn::count_parameters(g) == 128 * 16 * c + 16 * c + 3 * (2 * conv + 4 * c + c * c + c) + 2 * c + 9 * c * 3 + 3);
  CHECK(nn::count_parameters(d) == (9 * 3 * c + c + conv + 3 * c + c) + (2 * conv + c * c + c) + 2 * 2 * conv + c + 1);
  const auto x = g(Var<float>(rng.normal<float>({2, 128})));
  CHECK(x.shape() == Shape{2, 32, 32, 3});
  CHECK(d(x).shape() == Shape{2, 1});
  CHECK(d.features(x).shape() == Shape{2, 16});
}

TEST_CASE("levels follow the image") {
  Random rng{1};
  const auto levels = [&](index_t side) {
    const auto g = models::resnet_generator<double>({.latent = 2, .image = {side, side, 1}, .channels = 3}, rng);
    CHECK(g(normal({1, 2})).shape() == Shape{1, side, side, 1});
    return g.levels.size();
  };
  CHECK(levels(28) == 2);  // from 7
  CHECK(levels(8) == 1);   // from 4
  CHECK(levels(12) == 1);  // from 6
  CHECK(levels(40) == 3);  // from 5
  CHECK_THROWS_WITH(levels(30), Contains("30 x 30") && Contains("28 = 7 4"));
  CHECK_THROWS_AS(levels(4), ValueError);
  CHECK_THROWS_AS(levels(26), ValueError);
  CHECK_THROWS_AS(models::resnet_generator({.image = {32, 16, 3}}, rng), ValueError);

  const auto d = models::resnet_discriminator<double>({.image = {28, 28, 1}, .channels = 3}, rng);
  CHECK(d.levels.size() == 4);
  CHECK(d.levels[1].options.down);  // 28, 14, 7, 7, 7
  CHECK_FALSE(d.levels[2].options.down);
  CHECK(d(normal({2, 28, 28, 1})).shape() == Shape{2, 1});
  CHECK_THROWS_WITH(models::resnet_discriminator({.image = {27, 27, 1}}, rng), Contains("even"));
}

TEST_CASE("conditional networks take labels, the others do not") {
  Random rng{1};
  auto g = models::resnet_generator<double>({.latent = 3, .image = {8, 8, 1}, .channels = 4, .classes = 5}, rng);
  auto d = models::resnet_discriminator<double>({.image = {8, 8, 1}, .channels = 4, .classes = 5}, rng);
  CHECK(g.classes() == 5);
  CHECK(d.classes() == 5);
  const Labels y{4, 0, 4};
  const auto z = normal({3, 3});
  const auto x = g.training(z, y);
  const auto logit = d.training(x, y);
  CHECK(logit.shape() == Shape{3, 1});
  for (const auto& parameters : {nn::parameters(g), nn::parameters(d)})
    for (const auto& gradient : grad(sum(square(logit)), parameters)) CHECK((array(gradient.value()) != 0).any());
  CHECK_FALSE(std::as_const(d)(x, y).value() == std::as_const(d)(x, {0, 0, 0}).value());

  CHECK_THROWS_WITH(g(z), Contains("5 classes") && Contains("(x, y)"));
  CHECK_THROWS_WITH(d(x), Contains("5 classes"));
  CHECK_THROWS_WITH(g(z, {1, 2}), Contains("2 labels"));
  CHECK_THROWS_WITH(d(x, {1, 2, 5}), Contains("a label 5"));
  const auto plain = models::resnet_generator<double>({.latent = 3, .image = {8, 8, 1}, .channels = 4}, rng);
  CHECK(plain.classes() == 0);
  CHECK_THROWS_WITH(plain(z, y), Contains("without classes"));
  CHECK_THROWS_WITH(plain(normal({3, 4})), Contains("(N,3)") && Contains("(3,4)"));
  CHECK_THROWS_WITH(d(normal({3, 8, 9, 1}), y), Contains("(N,8,8,1)"));
}

TEST_CASE("conditional batch norm, self-attention and spectral norm are where they were asked for") {
  Random rng{1};
  const auto g = models::resnet_generator<double>(
      {.latent = 3, .image = {16, 16, 1}, .channels = 8, .classes = 2, .attention = 16, .spectral_norm = true}, rng);
  CHECK(g.attention_behind == 1);
  for (const char* name :
       {"project.weight_u", "levels.0.norm1.gammas.weight", "levels.1.norm2.running_var", "levels.1.shortcut.weight_v",
        "attention.f.weight_orig", "attention.gamma", "norm.weight", "to_image.weight_orig"})
    CHECK(contains(state_names(g), name));
  const auto d = models::resnet_discriminator<double>(
      {.image = {16, 16, 1}, .channels = 8, .classes = 2, .attention = 8, .spectral_norm = false}, rng);
  CHECK(d.attention_behind == 0);
  for (const char* name : {"levels.0.conv1.weight", "attention.v.weight", "to_logit.bias", "embed.weight"})
    CHECK(contains(state_names(d), name));
  CHECK_FALSE(contains(state_names(d), "levels.2.shortcut.weight"));  // a flat block adds x itself
  CHECK_THROWS_WITH(models::resnet_generator({.channels = 8, .attention = 7}, rng),
                    Contains("attention is 7") && Contains("8, 16, 32"));
  CHECK_THROWS_WITH(models::resnet_discriminator({.channels = 4, .attention = 16}, rng), Contains("at least 8"));
}

TEST_CASE("the shortcut of a flat block keeps what is negative") {
  Random rng{1};
  models::ResidualDown<double> block({.in = 2, .out = 2, .down = false, .spectral_norm = false}, rng);
  nn::for_each_parameter(block, [](const std::string&, auto& p) { p.set_value(Tensor<double>::zeros(p.shape())); });
  const auto x = normal({1, 2, 2, 2});
  CHECK(block(x).value() == x.value());  // a ReLU in place would have cut it
}

TEST_CASE("upsampling and the shortcut's convolution change places without changing anything") {
  for (const auto mode : {UpsampleMode::nearest, UpsampleMode::bilinear}) {
    Random rng{1};
    models::ResidualUp<double> block({.in = 3, .out = 2, .upsampling = mode}, rng);
    block.shortcut->plain->bias.set_value(Tensor<double>({2}, {1, -2}));
    for (auto* conv : {&*block.conv1.plain, &*block.conv2.plain})
      conv->weight.set_value(Tensor<double>::zeros(conv->weight.shape()));
    const auto x = normal({2, 3, 4, 3});
    const auto expected = (*block.shortcut->plain)(upsample(x, 2, mode)).value();
    const auto found = block(x).value();
    REQUIRE(found.shape() == expected.shape());
    CHECK((array(found) - array(expected)).abs().maxCoeff() < 1e-13);
  }
}
