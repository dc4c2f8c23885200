#include "ganvas/models/sndcgan.hpp"

#include <string>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("SNGAN's convolutional networks have the sizes of the recipe") {
  Random rng{1};
  const auto g = models::sndcgan_generator({.channels = 64}, rng);
  const auto d = models::sndcgan_discriminator({.channels = 64}, rng);
  CHECK(models::SndcganGeneratorOptions{}.channels == 512);  // and then 8 times as wide
  CHECK(models::SndcganDiscriminatorOptions{}.channels == 512);
  // 128 -> 64@4 -> 32@8 -> 16@16 -> 8@32 -> 3@32
  CHECK(nn::count_parameters(g) ==
        128 * 1024 + 2 * 1024 + 16 * (64 * 32 + 32 * 16 + 16 * 8) + 2 * (32 + 16 + 8) + 9 * 8 * 3 + 3);
  // 3 -> 8@32 -> 16@16 -> 16 -> 32@8 -> 32 -> 64@4 -> 64 -> 1
  CHECK(nn::count_parameters(d) == 9 * 3 * 8 + 8 + 16 * 8 * 16 + 16 + 9 * 16 * 16 + 16 + 16 * 16 * 32 + 32 +
                                       9 * 32 * 32 + 32 + 16 * 32 * 64 + 64 + 9 * 64 * 64 + 64 + 1024 + 1);
  CHECK(d.options.slope == 0.1);
}

TEST_CASE("they take every side that divides by 8, and refuse others with advice") {
  Random rng{1};
  auto g = models::sndcgan_generator<double>({.latent = 5, .image = {16, 24, 1}, .channels = 8}, rng);
  auto d = models::sndcgan_discriminator<double>({.image = {16, 24, 1}, .channels = 8}, rng);
  const auto x = g.training(Var<double>(rng.normal<double>({3, 5})));
  CHECK(x.shape() == Shape{3, 16, 24, 1});
  CHECK(d.training(x).shape() == Shape{3, 1});
  CHECK(d.features(x).shape() == Shape{3, 2, 3, 8});
  for (const auto& parameters : {nn::parameters(g), nn::parameters(d)})
    for (const auto& gradient : grad(mean(d.training(x)), parameters)) CHECK((array(gradient.value()) != 0).any());

  CHECK_THROWS_WITH(models::sndcgan_generator({.image = {30, 28, 1}}, rng),
                    Contains("divide by 4") && Contains("(30,28,1)") && Contains("pad"));
  CHECK_THROWS_WITH(models::sndcgan_discriminator({.channels = 12}, rng), Contains("12"));
  CHECK_THROWS_AS(models::sndcgan_generator({.latent = 0}, rng), ValueError);
  CHECK_THROWS_WITH(g(Var<double>(rng.normal<double>({3, 4}))), Contains("(N,5)") && Contains("(3,4)"));
  CHECK_THROWS_WITH(d(Var<double>(rng.normal<double>({3, 24, 16, 1}))), Contains("(N,16,24,1)"));
}

TEST_CASE("sides that divide by 4 alone, as MNIST's, go without the coarsest map") {
  Random rng{1};
  const auto g = models::sndcgan_generator({.latent = 6, .image = {28, 28, 1}, .channels = 64}, rng);
  const auto d = models::sndcgan_discriminator({.image = {28, 28, 1}, .channels = 64}, rng);
  // 6 -> 32@7 -> 16@14 -> 8@28 -> 1@28
  CHECK(nn::count_parameters(g) == 8 * 49 * 32 + 16 * (32 * 16 + 16 * 8) + 2 * (16 + 8) + 9 * 8 + 1);
  // 1 -> 8@28 -> 16@14 -> 16 -> 32@7 -> 32 -> 1
  CHECK(nn::count_parameters(d) ==
        9 * 8 + 8 + 16 * 8 * 16 + 16 + 9 * 16 * 16 + 16 + 16 * 16 * 32 + 32 + 9 * 32 * 32 + 32 + 49 * 32 + 1);
  const auto x = g(Var<float>(rng.normal<float>({2, 6})));
  CHECK(x.shape() == Shape{2, 28, 28, 1});
  CHECK(d(x).shape() == Shape{2, 1});
  CHECK(d.features(x).shape() == Shape{2, 7, 7, 32});
}

TEST_CASE("spectral norm can be left out, and then nothing of it is there") {
  Random rng{1};
  const auto with = models::sndcgan_discriminator({.image = {8, 8, 1}, .channels = 8}, rng);
  const auto without = models::sndcgan_discriminator({.image = {8, 8, 1}, .channels = 8, .spectral_norm = false}, rng);
  const auto names = [](const auto& net) {
    std::vector<std::string> list;
    for (const auto& entry : nn::state_dict(net)) list.push_back(entry.name);
    return list;
  };
  CHECK(names(with).size() == 8 * 4);
  CHECK(names(with)[0] == "levels.0.weight_orig");
  CHECK(names(with)[31] == "to_logit.weight_v");
  CHECK(names(without).size() == 8 * 2);
  CHECK(names(without)[15] == "to_logit.bias");
  CHECK(nn::count_parameters(with) == nn::count_parameters(without));
}

TEST_CASE("sigma fits the drawn weights before the first training pass") {
  Random rng{1};
  const auto d = models::sndcgan_discriminator<double>({.image = {8, 8, 1}, .channels = 16}, rng);
  for (const auto& level : d.levels) {
    auto later = *level.normed;
    later.iterate(300);
    CHECK(level.normed->sigma().item() == Approx(later.sigma().item()).epsilon(0.1));
    CHECK(level.normed->weight.value().shares_memory_with(later.weight.value()));
  }
}
