// Schedules at hand-computed steps.
#include "ganvas/optim/schedule.hpp"

#include <cmath>
#include <numbers>

#include "ganvas/optim/sgd.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using namespace ganvas::optim::schedule;

TEST_CASE("constant, step and exponential") {
  CHECK(Constant{0.5}(1000) == 0.5);
  const Step step{.lr = 1, .every = 10, .gamma = 0.5};
  CHECK(step(0) == 1.0);
  CHECK(step(9) == 1.0);
  CHECK(step(10) == 0.5);
  CHECK(step(39) == 0.125);
  CHECK(Exponential{.lr = 2, .gamma = 0.9}(3) == Approx(2 * 0.729));
}

TEST_CASE("linear and cosine reach their end and stay") {
  const Linear line{.from = 1, .to = 0.2, .steps = 8};
  CHECK(line(0) == Approx(1.0));
  CHECK(line(4) == Approx(0.6));
  CHECK(line(8) == Approx(0.2));
  CHECK(line(100) == Approx(0.2));
  const Cosine cosine{.from = 1, .to = 0, .steps = 100};
  CHECK(cosine(0) == Approx(1.0));
  CHECK(cosine(25) == Approx((1 + std::cos(std::numbers::pi / 4)) / 2));
  CHECK(cosine(50) == Approx(0.5));
  CHECK(cosine(100) == Approx(0.0).margin(1e-15));
  CHECK(cosine(101) == Approx(0.0).margin(1e-15));
}

TEST_CASE("warm-up multiplies another schedule") {
  const Warmup warm{4, Constant{0.8}};
  CHECK(warm(0) == Approx(0.2));
  CHECK(warm(1) == Approx(0.4));
  CHECK(warm(3) == Approx(0.8));
  CHECK(warm(50) == Approx(0.8));
  const Warmup both{2, Cosine{.from = 1, .to = 0, .steps = 4}};
  CHECK(both(0) == Approx(0.5));
  CHECK(both(2) == Approx(0.5));
}

TEST_CASE("an optimiser takes the rate of a schedule") {
  const auto w = Var<double>::variable(Tensor<double>({1}, {0}));
  auto opt = optim::make(optim::SGD{}, std::vector<Var<double>>{w});
  const Step schedule{.lr = 1, .every = 2, .gamma = 0.5};
  for (int i = 0; i < 4; ++i) {
    opt.set_lr(schedule(opt.steps()));
    opt.step(std::vector<Tensor<double>>{Tensor<double>({1}, {-1})});
  }
  CHECK(w.item() == Approx(1 + 1 + 0.5 + 0.5));
}

TEST_CASE("senseless lengths get a sentence") {
  CHECK_THAT(sentence<ValueError>([] {
               static_cast<void>(Linear{1, 0, 0}(1));
             }),
             Catch::Matchers::Contains("[schedule] steps must be positive, but is 0."));
  CHECK_THAT(sentence<ValueError>([] { static_cast<void>(Step{1, 0}(1)); }), Catch::Matchers::Contains("every"));
}
