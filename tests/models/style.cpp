#include "ganvas/models/style.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/gan/path_length.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/style_discriminator.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

constexpr index_t latent = 6, style = 5;

models::StyleGeneratorOptions small(index_t classes = 0) {
  return {.latent = latent, .style = style, .image = {8, 8, 2}, .channels = {6, 4}, .classes = classes};
}

/// Noise that is seen: strengths are born as 0.
template <class T>
void add_noise(models::StyleGenerator<T>& g) {
  for (auto& block : g.blocks) {
    block.conv.noise.strength.set_value(Tensor<T>({1}, T(0.5)));
    if (block.up) block.up->noise.strength.set_value(Tensor<T>({1}, T(0.5)));
  }
}

}  // namespace

TEST_CASE("StyleGAN2: sizes follow from base and max, and every image size has its levels") {
  Random rng{1};
  const auto g = models::style_generator({}, rng);
  REQUIRE(g.blocks.size() == 4);
  CHECK(g.constant.shape() == Shape{4, 4, 128});
  CHECK(g.blocks[1].conv.conv.options.out == 128);
  CHECK(g.blocks[2].conv.conv.options.out == 64);
  CHECK(g.blocks[3].conv.conv.options.out == 32);
  CHECK(g.levels() == 8);
  CHECK(g(Var<float>(rng.normal<float>({2, 64}))).shape() == Shape{2, 32, 32, 3});
  const auto d = models::style_discriminator({}, rng);
  CHECK(d(Var<float>(rng.normal<float>({2, 32, 32, 3}))).shape() == Shape{2, 1});
  for (const index_t side : {7, 14, 28, 64, 24}) {
    const nn::ImageSize image{side, side, 1};
    const auto other = models::style_generator({.latent = 3, .style = 4, .image = image, .base = 64, .max = 8}, rng);
    const auto x = other(Var<float>(rng.normal<float>({2, 3})));
    CHECK(x.shape() == Shape{2, side, side, 1});
    CHECK(models::style_discriminator({.image = image, .base = 64, .max = 8}, rng)(x).shape() == Shape{2, 1});
  }
  CHECK(models::style_generator({.image = {28, 28, 1}}, rng).constant.shape() == Shape{7, 7, 128});
}

TEST_CASE("an image is about as large as what it is made of, whatever the latent's length") {
  Random rng{2};
  const auto g = models::style_generator({.latent = 512, .style = 64, .image = {16, 16, 3}}, rng);
  const auto z = rng.normal<float>({8, 512});
  const auto small_z = Var<float>(z) * 0.01F;
  const auto x = g(Var<float>(z));
  CHECK((array(x.value()) - array(g(small_z).value())).abs().maxCoeff() < 0.01F);  // z is normalised
  CHECK(std::sqrt(array(x.value()).square().mean()) > 0.3F);
  CHECK(std::sqrt(array(x.value()).square().mean()) < 6.0F);
}

TEST_CASE("truncation: psi = 0 is the image of the average w, psi = 1 leaves w alone") {
  Random rng{3};
  auto g = models::style_generator<double>(small(), rng);
  for (int i = 0; i < 3; ++i) static_cast<void>(g.training(Var<double>(rng.normal<double>({8, latent}))));
  const auto z = rng.normal<double>({3, latent});
  const Tensor<double> w0 = g.with_truncation(0).styles(Var<double>(z)).value();
  for (index_t n = 0; n < 3; ++n)
    for (index_t level = 0; level < g.levels(); ++level)
      for (index_t i = 0; i < style; ++i) CHECK(w0(n, level, i) == g.w_average(i));
  const Tensor<double> x0 = g.sample(z, 0);
  CHECK(x0.rows(0, 1) == x0.rows(1, 2));
  CHECK(g.sample(z, 1) == g(Var<double>(z)).value());
  CHECK_FALSE(g.sample(z, 1).rows(0, 1) == g.sample(z, 1).rows(1, 2));
  const Tensor<double> w = g.styles(Var<double>(z)).value(),
                       half = g.with_truncation(0.5).styles(Var<double>(z)).value();
  CHECK(half(1, 2, 3) == Approx((w(1, 2, 3) + g.w_average(3)) / 2));
  CHECK(Generator{g.with_truncation(0)}.sample(z) == x0);
}

TEST_CASE("the average of w follows the w of training, and not those of evaluation") {
  Random rng{4};
  auto options = small();
  options.average_decay = 0.75;
  options.mixing = 0;
  auto g = models::style_generator<double>(options, rng);
  const Var<double> z = rng.normal<double>({4, latent});
  static_cast<void>(g(z));
  CHECK(g.w_average == Tensor<double>::zeros({style}));
  const Tensor<double> mean_w = mean(g.mapping(z), {0}).value();
  static_cast<void>(g.training(z));
  static_cast<void>(g.training(z));
  for (index_t i = 0; i < style; ++i) CHECK(g.w_average(i) == Approx(mean_w(i) * (1 - 0.75 * 0.75)));
}

TEST_CASE("style mixing: the levels from the cut on change, and those alone") {
  Random rng{5};
  auto g = models::style_generator<double>(small(), rng);
  REQUIRE(g.levels() == 4);
  const Var<double> a = g.styles(Var<double>(rng.normal<double>({2, latent}))),
                    b = g.styles(Var<double>(rng.normal<double>({2, latent})));
  CHECK(g.mixed(a, b, 0).value() == b.value());
  CHECK(g.mixed(a, b, 4).value() == a.value());
  const auto m = g.mixed(a, b, 2);
  CHECK(slice(m, 1, 0, 2).value() == slice(a, 1, 0, 2).value());
  CHECK(slice(m, 1, 2, 4).value() == slice(b, 1, 2, 4).value());
  // What the first block and the layer `up` (levels 0 and 1) compute is a's; the image is neither's.
  const auto after = [&](const Var<double>& w) {
    const auto at = [&](index_t i) { return reshape(slice(w, 1, i, i + 1), Shape{2, style}); };
    Var<double> x = broadcast_to<double>(g.constant, Shape{2, 4, 4, 6}), image;
    const auto& block = g.blocks[0];
    models::StyleBlock<double>::pass_block(block, x, image, at);
    return (*g.blocks[1].up)(x, at(1)).value();
  };
  CHECK(after(m) == after(a));
  CHECK_FALSE(after(m) == after(b));
  CHECK_FALSE(g.synthesis(m).value() == g.synthesis(a).value());
  CHECK_FALSE(g.synthesis(m).value() == g.synthesis(b).value());
}

TEST_CASE("training mixes as often as asked for, evaluation never") {
  Random rng{6};
  std::array<int, 4> cuts{};  // how often the second w began at each level
  const auto mixes = [&](double probability) {
    auto options = small();
    options.mixing = probability;
    auto g = models::style_generator<double>(options, rng);
    int count = 0;
    for (int i = 0; i < 200; ++i) {
      const Tensor<double> w = g.styles_training(Var<double>(rng.normal<double>({1, latent}))).value();
      if (w(0, 0, 0) != w(0, 3, 0)) ++count;
      for (index_t level = 1; level < 4; ++level)
        if (w(0, level, 0) != w(0, level - 1, 0)) ++cuts[static_cast<std::size_t>(level)];
    }
    return count;
  };
  CHECK(mixes(0) == 0);
  CHECK(mixes(1) == 200);
  for (const std::size_t level : {1U, 2U, 3U}) CHECK(std::abs(cuts[level] - 67) < 34);  // of 200, equally likely
  CHECK(std::abs(mixes(0.5) - 100) < 36);                                               // 5 deviations
  const auto g = models::style_generator<double>(small(), rng);
  const Tensor<double> w = g.styles(Var<double>(rng.normal<double>({1, latent}))).value();
  CHECK(w(0, 0, 0) == w(0, 3, 0));
}

TEST_CASE("StyleGAN2: a training goes on bit for bit from its parameters, buffers and random states") {
  Random rng{7};
  auto g = models::style_generator(small(), rng);
  add_noise(g);
  const Var<float> z = rng.normal<float>({4, latent});
  static_cast<void>(g.training(z));
  const auto saved = nn::state_dict(g);
  std::vector<Random::State> states;
  nn::for_each_random(g, [&](const std::string&, const Random& r) { states.push_back(r.state()); });
  CHECK(states.size() == 4);  // three layers' noise and style mixing
  const Tensor<float> first = g.training(z).value(), second = g.training(z).value();
  CHECK_FALSE(first == second);

  Random another{99};
  auto resumed = models::style_generator(small(), another);
  nn::load_state_dict(resumed, saved);
  std::size_t next = 0;
  nn::for_each_random(resumed, [&](const std::string&, Random& r) { r.restore(states.at(next++)); });
  CHECK(resumed.training(z).value() == first);
  CHECK(resumed.training(z).value() == second);
  CHECK(resumed.w_average == g.w_average);
  CHECK(resumed(z).value() == g(z).value());  // the constant noise is a buffer
  CHECK(g(z).value() == g(z).value());
}

TEST_CASE("StyleGAN2 with classes: G and D take labels, and mean them") {
  Random rng{8};
  const auto g = models::style_generator<double>(small(3), rng);
  const auto d = models::style_discriminator<double>({.image = {8, 8, 2}, .channels = {6, 4}, .classes = 3}, rng);
  CHECK(g.classes() == 3);
  const Var<double> z = rng.normal<double>({2, latent});
  const auto x = g(z, {0, 2});
  CHECK_FALSE(x.value() == g(z, {1, 2}).value());
  CHECK(slice(x, 0, 1, 2).value() == slice(g(z, {1, 2}), 0, 1, 2).value());
  CHECK(d(x, {0, 2}).shape() == Shape{2, 1});
  CHECK(d(x, {0, 2}).value()(0, 0) != d(x, {1, 2}).value()(0, 0));
  CHECK(d(x, {0, 2}).value()(1, 0) == d(x, {1, 2}).value()(1, 0));
  CHECK_THROWS_WITH(g(z), Contains("3 classes") && Contains("0 labels"));
  CHECK_THROWS_WITH(g(z, {0, 3}), Contains("label 3"));
  CHECK_THROWS_WITH(d(x), Contains("3 classes"));
  CHECK_THROWS_WITH(models::style_generator<double>(small(), rng)(z, {0, 1}), Contains("no classes"));
}

TEST_CASE("StyleGAN2: every parameter of both gets a gradient, in both architectures and with classes") {
  Random rng{9};
  for (const bool residual : {true, false})
    for (const index_t classes : {0, 2}) {
      auto g = models::style_generator<double>(small(classes), rng);
      auto d = models::style_discriminator<double>(
          {.image = {8, 8, 2}, .channels = {6, 4}, .residual = residual, .classes = classes}, rng);
      CHECK(d.blocks[0].skip.has_value() == residual);
      const std::vector<index_t> y = classes > 0 ? std::vector<index_t>{0, 1, 1, 0} : std::vector<index_t>{};
      const auto loss = mean(square(d(g.training(Var<double>(rng.normal<double>({4, latent})), y), y)));
      for (const auto& gradient : grad(loss, nn::parameters(g))) CHECK((array(gradient.value()) != 0).any());
      for (const auto& gradient : grad(loss, nn::parameters(d))) CHECK((array(gradient.value()) != 0).any());
    }
}

TEST_CASE("StyleGAN2 plays: three steps with R1, by the trainer") {
  Random rng{10};
  auto g = Generator{models::style_generator(small(), rng)};
  auto d = Discriminator{models::style_discriminator({.image = {8, 8, 2}, .channels = {6, 4}}, rng)};
  AdversarialTrainer trainer{g,
                             d,
                             loss::NonSaturating{},
                             optim::Adam{.lr = 2.5e-3, .beta1 = 0, .beta2 = 0.99},
                             R1{.gamma = 0.1, .every = 2},
                             {.ema = 0.9}};
  for (int i = 0; i < 3; ++i) trainer.step(rng.uniform<float>({4, 8, 8, 2}, -1.0F, 1.0F));
  CHECK(trainer.report().step == 3);
  CHECK(trainer.report().penalty > 0);
  CHECK(trainer.best_generator().net.w_average == g.net.w_average);
  CHECK(trainer.best_generator().sample(3, rng).shape() == Shape{3, 8, 8, 2});
}

TEST_CASE("StyleGAN2: what cannot be built or fed gets a sentence") {
  Random rng{11};
  CHECK_THROWS_WITH(models::style_generator({.image = {30, 30, 1}}, rng), Contains("30 x 30"));
  CHECK_THROWS_WITH(models::style_generator({.image = {2, 2, 1}}, rng), Contains("2 x 2"));
  CHECK_THROWS_WITH(models::style_generator({.image = {32, 28, 1}}, rng), Contains("square"));
  CHECK_THROWS_WITH(models::style_generator({.channels = {4, 4}}, rng), Contains("4 sizes") && Contains("has 2"));
  CHECK_THROWS_WITH(models::style_generator({.base = 16}, rng), Contains("larger base"));
  CHECK_THROWS_AS(models::style_generator({.latent = 0}, rng), ValueError);
  CHECK_THROWS_AS(models::style_generator({.mapping_layers = 0}, rng), ValueError);
  CHECK_THROWS_AS(models::style_generator({.mixing = 1.5}, rng), ValueError);
  CHECK_THROWS_AS(models::style_discriminator({.group = -1}, rng), ValueError);
  CHECK_THROWS_WITH(models::style_discriminator({.features = 3}, rng), Contains("128 channels"));
  const auto g = models::style_generator(small(), rng);
  CHECK_THROWS_WITH(g(Var<float>(rng.normal<float>({2, 3}))), Contains("(N,6)") && Contains("(2,3)"));
  CHECK_THROWS_WITH(g.synthesis(Var<float>(rng.normal<float>({2, 3, 5}))), Contains("(N,4,5)"));
  const auto w = g.styles(Var<float>(rng.normal<float>({2, latent})));
  CHECK_THROWS_WITH(g.mixed(w, w, 5), Contains("cut is 5"));
  const auto d = models::style_discriminator({.image = {8, 8, 2}, .channels = {6, 4}}, rng);
  CHECK_THROWS_WITH(d(Var<float>(rng.normal<float>({2, 8, 8, 3}))), Contains("(2,8,8,3)"));
  CHECK_THROWS_WITH(d(Var<float>(rng.normal<float>({6, 8, 8, 2}))), Contains("groups of 4"));
}
