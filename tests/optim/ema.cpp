// Moving averages of networks.
#include "ganvas/optim/ema.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

auto network(index_t out = 2) {
  Random rng(1);
  return nn::sequential<double>(rng, nn::linear({.in = 1, .out = out}), nn::batch_norm2d({.channels = out}));
}

}  // namespace

TEST_CASE("the average follows by its formula; the network is not touched") {
  auto net = network();
  optim::Ema ema(net, 0.75);
  net.get<0>().weight.set_value(Tensor<double>({2, 1}, {1, 2}));
  ema.model().get<0>().weight.set_value(Tensor<double>({2, 1}, {0, 0}));
  ema.update(net);
  CHECK(distance(ema.model().get<0>().weight.value(), Tensor<double>({2, 1}, {0.25, 0.5})) < 1e-15);
  ema.update(net);
  CHECK(distance(ema.model().get<0>().weight.value(), Tensor<double>({2, 1}, {0.4375, 0.875})) < 1e-15);
  CHECK(net.get<0>().weight.value() == Tensor<double>({2, 1}, {1, 2}));
  CHECK(ema.updates() == 2);
}

TEST_CASE("buffers and counters are copied") {
  auto net = network();
  optim::Ema ema(net, 0.999);
  static_cast<void>(net.training(normal({8, 1})));
  CHECK(ema.model().get<1>().num_batches_tracked == 0);
  ema.update(net);
  CHECK(ema.model().get<1>().running_mean == net.get<1>().running_mean);
  CHECK(ema.model().get<1>().running_var == net.get<1>().running_var);
  CHECK(ema.model().get<1>().num_batches_tracked == 1);
  const Tensor<double> kept = ema.model().get<1>().running_mean;
  static_cast<void>(net.training(normal({8, 1}, 9)));
  CHECK(ema.model().get<1>().running_mean == kept);
}

TEST_CASE("warm-up forgets the first weights") {
  auto net = network();
  optim::Ema ema(net, {.decay = 0.999, .warm_up = true});
  net.get<0>().bias.set_value(Tensor<double>({2}, {10, 10}));
  const double start = ema.model().get<0>().bias.value()(0);
  ema.update(net);  // decay 1/10
  const double first = 0.1 * start + 0.9 * 10;
  CHECK(ema.model().get<0>().bias.value()(0) == Approx(first));
  ema.update(net);  // decay 2/11
  CHECK(ema.model().get<0>().bias.value()(0) == Approx(first * 2 / 11 + 10 * 9.0 / 11));
  ema.set_updates(1000000);
  net.get<0>().bias.set_value(Tensor<double>({2}, {0, 0}));
  const double before = ema.model().get<0>().bias.value()(0);
  ema.update(net);
  CHECK(ema.model().get<0>().bias.value()(0) == Approx(0.999 * before));
}

TEST_CASE("the extremes: decay 0 copies, decay 1 stays") {
  auto net = network();
  optim::Ema copy(net, 0.0), stay(net, 1.0);
  const Tensor<double> before = net.get<0>().weight.value();
  net.get<0>().weight.set_value(Tensor<double>({2, 1}, {5, 6}));
  copy.update(net);
  stay.update(net);
  CHECK(distance(copy.model().get<0>().weight.value(), Tensor<double>({2, 1}, {5, 6})) < 1e-15);
  CHECK(stay.model().get<0>().weight.value() == before);
}

TEMPLATE_TEST_CASE("decay 0 copies to the last bit, however far the average was", "", float, double) {
  Random rng(1);
  auto net = nn::sequential<TestType>(rng, nn::linear({.in = 20, .out = 2}));
  optim::Ema copy(net, 0.0);
  copy.model().template get<0>().weight.set_value(Tensor<TestType>({2, 20}, TestType(1e17)));
  copy.update(net);
  CHECK(copy.model().template get<0>().weight.value() == net.template get<0>().weight.value());
}

TEST_CASE("an average in float rests as far from its weight as the header says") {
  for (const double decay : {0.9, 0.99, 0.999}) {
    INFO("decay " << decay);
    std::vector<float> weight, average(1000, 0.0F);
    for (int i = 0; i < 1000; ++i) weight.push_back(1.0F + static_cast<float>(i) / 1000.0F);
    for (int step = 0; step < 40 / (1 - decay); ++step)
      kernels::lerp(static_cast<float>(1 - decay), weight.data(), average.data(), 1000);
    double worst = 0;
    for (std::size_t i = 0; i < 1000; ++i)
      worst = std::max(worst, std::abs(static_cast<double>(average[i] / weight[i]) - 1));
    CHECK(worst <= 6.1e-8 / (1 - decay));
    CHECK(worst >= 3e-8 / (1 - decay));
  }
}

TEST_CASE("what does not fit gets a sentence") {
  const auto net = network();
  optim::Ema ema(net, 0.9);
  CHECK_THAT(sentence<ShapeError>([&] { ema.update(network(3)); }),
             Contains("[ema] parameter 0 has shape (3,1) but its average has (2,1)."));
  CHECK_THAT(sentence<ValueError>([&] { optim::Ema(net, 1.5); }),
             Contains("[ema] decay must be in [0, 1], but is 1.5"));
}
