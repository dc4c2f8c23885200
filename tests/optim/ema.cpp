// Moving averages of networks.
#include "ganvas/optim/ema.hpp"

#include <cmath>

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

TEST_CASE("what does not fit gets a sentence") {
  const auto net = network();
  optim::Ema ema(net, 0.9);
  CHECK_THAT(sentence<ShapeError>([&] { ema.update(network(3)); }),
             Contains("[ema] parameter 0 has shape (3,1) but its average has (2,1)."));
  CHECK_THAT(sentence<ValueError>([&] { optim::Ema(net, 1.5); }),
             Contains("[ema] decay must be in [0, 1], but is 1.5"));
}
