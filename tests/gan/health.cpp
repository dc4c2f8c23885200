#include "ganvas/gan/health.hpp"

#include <limits>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/data/gaussians.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("diversity is the mean distance of pairs") {
  const Tensor<double> x(Shape{4, 2}, {0, 0, 1, 1, 3, 4, 1, 1});
  CHECK(diversity(x) == Approx(2.5));
  CHECK(diversity(Tensor<float>(Shape{8, 2, 2, 1}, 0.5F)) == 0);
  CHECK_THROWS_AS(diversity(Tensor<float>(Shape{1, 2})), ShapeError);
}

TEST_CASE("samples that are alike are a collapse after so many looks, not before, and are reported once") {
  Random rng{1};
  const auto data = rng.normal<float>({64, 8});
  const auto alike = rng.normal<float>({64, 8}, 1.0F, 0.1F);
  Health health({.collapse_after = 50});
  CHECK(health.samples(50, data, alike).empty());  // too early to say
  CHECK(health.samples(100, data, alike).empty());
  CHECK(health.samples(200, data, alike).empty());
  const auto events = health.samples(300, data, alike);
  REQUIRE(events.size() == 1);
  CHECK((events[0].illness == Illness::mode_collapse && events[0].step == 300));
  CHECK_THAT(events[0].text, Contains("collapsed") && Contains("restarts"));
  CHECK(health.samples(400, data, alike).empty());       // still ill, but that is known
  CHECK(health.samples(2400, data, alike).size() == 1);  // and said again after a while
  CHECK(health.events().size() == 2);

  Health interrupted({.collapse_after = 0});
  interrupted.samples(1, data, alike);
  interrupted.samples(2, data, alike);
  interrupted.samples(3, data, data);  // it recovered
  CHECK(interrupted.samples(4, data, alike).empty());
}

TEST_CASE("a discriminator without doubt wins; one that errs sometimes does not") {
  Health health({.sure_steps = 50});
  std::vector<HealthEvent> events;
  for (index_t i = 1; i <= 49; ++i) CHECK(health.opinions(i, 0.999, 0.001).empty());
  events = health.opinions(50, 0.999, 0.001);
  REQUIRE(events.size() == 1);
  CHECK_THAT(events[0].text, Contains("discriminator wins") && Contains("R1"));
  Health balanced({.sure_steps = 50});
  for (index_t i = 1; i <= 200; ++i) CHECK(balanced.opinions(i, i % 10 == 0 ? 0.6 : 0.999, 0.001).empty());
}

TEST_CASE("a gradient a thousand times below the largest at first has vanished, if it stays there") {
  Health health;
  for (index_t i = 1; i <= 20; ++i) CHECK(health.generator_gradient(i, i == 1 ? 8.0 : 2.0).empty());
  CHECK(health.generator_gradient(51, 0.01).empty());
  for (index_t i = 52; i <= 55; ++i) CHECK(health.generator_gradient(i, 0.001).empty());
  CHECK(health.generator_gradient(56, 1.0).empty());  // it was chance
  for (index_t i = 57; i <= 60; ++i) CHECK(health.generator_gradient(i, 0.007).empty());
  const auto events = health.generator_gradient(61, 0.007);
  REQUIRE(events.size() == 1);
  CHECK_THAT(events[0].text, Contains("vanished") && Contains("up to 8") && Contains("non-saturating"));
}

TEST_CASE("modes that are left out again and again are a collapse, too") {
  Health health({.collapse_after = 100});
  for (const index_t step : {50, 100, 150, 200}) CHECK(health.modes(step, 6, 8).empty());
  const auto events = health.modes(250, 6, 8);
  REQUIRE(events.size() == 1);
  CHECK(events[0].illness == Illness::mode_collapse);
  CHECK_THAT(events[0].text, Contains("6 of 8"));
  Health good({.collapse_after = 0});
  for (const index_t step : {1, 2, 3, 4, 5}) CHECK(good.modes(step, step == 3 ? 8 : 7, 8).empty());
}

TEST_CASE("every loss that is no number is reported") {
  Health health;
  for (const index_t step : {3, 4, 5}) CHECK(health.not_finite(step, "a sentence").size() == 1);
  CHECK(health.events().size() == 3);
}

TEST_CASE("rules find what is wrong in games that were made to fail, and nothing in one that goes well") {
  Random rng{3};
  const auto watch = [&](auto& trainer, float radius, index_t steps = 800) {
    const auto ring = data::ring<float>(8, radius, 0.05F);
    Health health({.collapse_times = 2, .collapse_after = 300, .sure_steps = 100});
    for (index_t i = 1; i <= steps; ++i) {
      const StepReport& r = trainer.step(ring.sample(128, rng));
      health.opinions(i, r.d_real, r.d_fake);
      if (i % 16 == 1) health.generator_gradient(i, r.gradient_g);
      if (i % 50 == 0) health.samples(i, ring.sample(64, rng), trainer.best_generator().sample(64, rng));
    }
    std::vector<Illness> found;
    for (const HealthEvent& e : health.events()) found.push_back(e.illness);
    return found;
  };
  const auto contains = [](const std::vector<Illness>& all, Illness one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  SECTION("a generator that may not move while D learns: D wins") {
    Generator g(models::mlp_generator({.latent = 2, .hidden = {16}}, rng));
    Discriminator d(models::mlp_discriminator({.hidden = {64, 64}}, rng));
    AdversarialTrainer trainer{g, d, loss::NonSaturating{}, Optimizers{optim::Adam{.lr = 0}, optim::Adam{.lr = 5e-3}}};
    const auto found = watch(trainer, 4.0F);
    CHECK(contains(found, Illness::winning_discriminator));
    CHECK_FALSE(contains(found, Illness::vanishing_gradient));  // that is what this loss is for
  }
  SECTION("the same with the saturating loss: G's gradient vanishes besides") {
    Generator g(models::mlp_generator({.latent = 2, .hidden = {16}}, rng));
    Discriminator d(models::mlp_discriminator({.hidden = {64, 64}}, rng));
    AdversarialTrainer trainer{g, d, loss::Minimax{}, Optimizers{optim::Adam{.lr = 0}, optim::Adam{.lr = 2e-2}}};
    const auto found = watch(trainer, 4.0F, 1500);
    CHECK(contains(found, Illness::winning_discriminator));
    CHECK(contains(found, Illness::vanishing_gradient));
  }
  SECTION("a generator that runs far ahead of D, after one mode: collapse") {
    Generator g(models::mlp_generator({.latent = 2, .hidden = {64, 64}}, rng));
    Discriminator d(models::mlp_discriminator({.hidden = {64, 64}}, rng));
    AdversarialTrainer trainer{g, d, loss::NonSaturating{},
                               Optimizers{optim::Adam{.lr = 1e-2}, optim::Adam{.lr = 1e-4}}};
    CHECK(contains(watch(trainer, 1.0F), Illness::mode_collapse));
  }
  SECTION("the game of the example: healthy") {
    Generator g(models::mlp_generator({.latent = 8, .hidden = {64, 64}}, rng));
    Discriminator d(models::mlp_discriminator({.hidden = {64, 64}}, rng));
    AdversarialTrainer trainer{g,
                               d,
                               loss::NonSaturating{},
                               optim::Adam{.lr = 2e-3, .beta1 = 0.5, .beta2 = 0.99},
                               R1{.gamma = 0.02, .every = 4},
                               {.ema = 0.99}};
    CHECK(watch(trainer, 1.0F).empty());
  }
}
