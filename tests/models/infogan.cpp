#include "ganvas/models/infogan.hpp"

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/eigen.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("InfoGAN's networks have the sizes of Appendix C.1") {
  Random rng{1};
  const auto g = models::infogan_generator({.hidden = 32}, rng);
  const auto d = models::infogan_discriminator({.hidden = 32}, rng);
  CHECK(models::InfoganGeneratorOptions{}.hidden == 1024);
  CHECK(models::InfoganDiscriminatorOptions{}.hidden == 1024);
  CHECK(nn::count_parameters(g) == 74 * 32 + 2 * 32 + 32 * 6272 + 2 * 6272 + 128 * 64 * 16 + 2 * 64 + 64 * 16 + 1);
  CHECK(nn::count_parameters(d) ==
        64 * 16 + 64 + 64 * 128 * 16 + 2 * 128 + 6272 * 32 + 2 * 32 + 32 + 1 + 32 * 128 + 2 * 128 + 128 * 12 + 12);
  const auto x = g(Var<float>(rng.normal<float>({2, 74})));
  CHECK(x.shape() == Shape{2, 28, 28, 1});
  const auto verdict = d(x);
  CHECK(verdict.score.shape() == Shape{2, 1});
  CHECK(verdict.classes.shape() == Shape{2, 12});
  CHECK(verdict.features.shape() == Shape{2, 32});
}

TEST_CASE("both heads teach what they share") {
  Random rng{1};
  auto d = models::infogan_discriminator<double>(
      {.image = {8, 12, 2}, .outputs = 3, .channels = 2, .hidden = 6, .code_hidden = 5}, rng);
  const auto verdict = d.training(Var<double>(rng.normal<double>({4, 8, 12, 2})));
  const auto shared = nn::parameters(d.levels[0]);
  for (const auto& loss : {sum(square(verdict.score)), sum(square(verdict.classes))})
    for (const auto& gradient : grad(loss, shared)) CHECK((array(gradient.value()) != 0).any());
}

TEST_CASE("InfoGAN: sizes that cannot be built get a sentence") {
  Random rng{1};
  CHECK_THROWS_WITH(models::infogan_generator({.image = {30, 28, 1}}, rng), Contains("(30,28,1)"));
  CHECK_THROWS_WITH(models::infogan_discriminator({.outputs = 0}, rng), Contains("1 output or more"));
  CHECK_THROWS_AS(models::infogan_generator({.channels = 5}, rng), ValueError);
  CHECK_THROWS_AS(models::infogan_discriminator({.hidden = 0}, rng), ValueError);
  const auto g = models::infogan_generator({.latent = 4, .image = {4, 4, 1}, .hidden = 3, .channels = 2}, rng);
  CHECK_THROWS_WITH(g(Var<float>(rng.normal<float>({2, 5}))), Contains("(N,4)") && Contains("(2,5)"));
}
