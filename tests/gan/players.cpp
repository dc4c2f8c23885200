#include "ganvas/gan/players.hpp"

#include "ganvas/gan/concepts.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

static_assert(GeneratorModel<Generator<models::DcganGenerator<float>>>);
static_assert(DiscriminatorModel<Discriminator<models::DcganDiscriminator<float>>>);
static_assert(GeneratorModel<Generator<models::Mlp<double>>>);

TEST_CASE("a generator draws noise of its length and samples in evaluation, in portions, without a history") {
  Random rng{1};
  const auto g = Generator{models::dcgan_generator({.latent = 5, .image = {8, 8, 1}, .channels = {4}}, rng)};
  CHECK(g.noise(3, rng).shape() == Shape{3, 5});
  const auto z = g.noise(300, rng);
  const auto all = g.sample(z);
  CHECK(all.shape() == Shape{300, 8, 8, 1});
  CHECK(g.sample(z.rows(280, 300)) == all.rows(280, 300));  // what is drawn beside a sample does not matter
  CHECK(g.sample(2, rng).shape() == Shape{2, 8, 8, 1});
  CHECK_THROWS_WITH(g.sample(Tensor<float>(Shape{2, 4}, 0.0F)), Contains("(n, 5)") && Contains("(2,4)"));
  CHECK_THROWS_AS(g.sample(Tensor<float>(Shape{0, 5})), ShapeError);
  CHECK_THROWS_AS(g.sample(-1, rng), ShapeError);
}

TEST_CASE("a copied player is independent") {
  Random rng{1};
  auto g = Generator{models::mlp_generator({.latent = 2, .hidden = {4}}, rng)};
  const auto copy = g;
  const auto z = g.noise(4, rng);
  const auto before = copy.sample(z);
  for (auto& p : g.parameters()) {
    auto v = p;
    v.set_value(Tensor<float>::zeros(p.shape()));
  }
  CHECK(copy.sample(z) == before);
  CHECK_FALSE(g.sample(z) == before);
}

TEST_CASE("a network without latent() needs its length, which must be positive") {
  Random rng{1};
  CHECK_THROWS_AS(Generator(models::mlp_generator({}, rng), 0), ValueError);
}
