#include "ganvas/models/mlp.hpp"

#include "ganvas/autograd/check.hpp"
#include "ganvas/nn/module.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("multilayer perceptrons map noise to samples and samples to logits") {
  Random rng{1};
  const auto g = models::mlp_generator({.latent = 3, .hidden = {7, 5}, .sample = {4, 4, 1}, .tanh_output = true}, rng);
  const auto d = models::mlp_discriminator({.sample = {4, 4, 1}, .hidden = {6}}, rng);
  CHECK(g.latent() == 3);
  CHECK(nn::count_parameters(g) == 3 * 7 + 7 + 7 * 5 + 5 + 5 * 16 + 16);
  const auto x = g(Var<float>(rng.normal<float>({2, 3}, 0.0F, 9.0F)));
  CHECK(x.shape() == Shape{2, 4, 4, 1});
  for (const float v : x.value().values()) CHECK((v >= -1 && v <= 1));
  CHECK(d(x).shape() == Shape{2, 1});
  CHECK_THROWS_WITH(d(Var<float>(Tensor<float>(Shape{2, 3}, 0.0F))), Contains("(2,3)") && Contains("16 numbers"));
}

TEST_CASE("their gradients are those of differences") {
  Random rng{2};
  const auto g = models::mlp_generator<double>({.latent = 2, .hidden = {5}, .sample = {3}}, rng);
  CHECK(check::gradients([&](const auto& x) { return g(x[0]); }, {rng.normal<double>({4, 2})}));
}

TEST_CASE("classes are joined to the input as one-hot rows") {
  Random rng{1};
  const auto g = models::mlp_generator<double>({.latent = 3, .hidden = {7}, .sample = {4}, .classes = 2}, rng);
  const auto d = models::mlp_discriminator<double>({.sample = {4}, .hidden = {6}, .classes = 2}, rng);
  CHECK(g.latent() == 3);
  CHECK(g.classes() == 2);
  CHECK(g.layers[0].options.in == 5);
  Random same{1};
  const auto plain = models::mlp_generator<double>({.latent = 5, .hidden = {7}, .sample = {4}}, same);
  const Var<double> z(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Var<double> joined(Tensor<double>({2, 5}, {1, 2, 3, 0, 1, 4, 5, 6, 1, 0}));
  CHECK(g(z, {1, 0}).value() == plain(joined).value());
  CHECK(d(g(z, {1, 0}), {1, 0}).shape() == Shape{2, 1});
  CHECK_THROWS_WITH(g(z), Contains("2 classes"));
  CHECK_THROWS_WITH(plain(joined, {0, 0}), Contains("without classes"));
  CHECK_THROWS_WITH(d(g(z, {1, 0}), {1, 2}), Contains("a label 2"));
  CHECK_THROWS_AS(models::mlp_generator({.classes = -1}, rng), ValueError);
}
