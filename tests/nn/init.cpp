// Initial values: moments over many samples, bounds, fans of every layer, and apply().
#include "ganvas/nn/init.hpp"

#include <cmath>

#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};
Moments moments(const Tensor<double>& t) {
  Moments m;
  const auto n = static_cast<double>(t.numel());
  for (const double v : t.values()) {
    m.mean += v / n;
    m.largest = std::max(m.largest, std::abs(v));
  }
  for (const double v : t.values()) m.deviation += (v - m.mean) * (v - m.mean) / n;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// Mean 0 and the given deviation, within five standard errors; uniform: also the bound sqrt(3) deviation.
void check_moments(const Tensor<double>& t, double deviation, bool uniform) {
  const Moments m = moments(t);
  const double n = std::sqrt(static_cast<double>(t.numel()));
  CHECK(std::abs(m.mean) < 5 * deviation / n);
  CHECK(std::abs(m.deviation / deviation - 1) < 5 / n);
  if (uniform) {
    CHECK(m.largest <= std::sqrt(3.0) * deviation);
    CHECK(m.largest > std::sqrt(3.0) * deviation * 0.999);
  } else {
    CHECK(m.largest > 3.5 * deviation);
  }
}

}  // namespace

TEST_CASE("fans of every layer's weight") {
  Random rng(1);
  const auto of = [](const Shape& s) { return std::pair(nn::init::fans(s).in, nn::init::fans(s).out); };
  CHECK(of(nn::Linear<float>({.in = 5, .out = 7}, rng).weight.shape()) == std::pair(5.0, 7.0));
  CHECK(of(nn::Conv2d<float>({.in = 5, .out = 7, .kernel = 3}, rng).weight.shape()) == std::pair(45.0, 63.0));
  CHECK(of(nn::ConvTranspose2d<float>({.in = 5, .out = 7, .kernel = 3}, rng).weight.shape()) == std::pair(63.0, 45.0));
  CHECK_THAT(sentence<ShapeError>([] { static_cast<void>(nn::init::fans({3})); }),
             Contains("two axes") && Contains("(3)"));
}

TEST_CASE("moments over many samples") {
  Random rng(2);
  const Shape w{200, 3, 3, 100};  // fan_in 900, fan_out 1800
  check_moments(nn::init::normal<double>(w, rng, 0, 0.3), 0.3, false);
  check_moments(nn::init::uniform<double>(w, rng, -2, 2), 2 / std::sqrt(3.0), true);
  check_moments(nn::init::xavier_uniform<double>(w, rng), std::sqrt(2.0 / 2700), true);
  check_moments(nn::init::xavier_normal<double>(w, rng, 2), 2 * std::sqrt(2.0 / 2700), false);
  check_moments(nn::init::kaiming_uniform<double>(w, rng), std::sqrt(2.0 / 900), true);
  check_moments(nn::init::kaiming_normal<double>(w, rng, 0.2), std::sqrt(2.0 / (1.04 * 900)), false);
  check_moments(nn::init::torch_default<double>(w, w, rng), 1 / std::sqrt(3.0 * 900), true);
  CHECK(moments(nn::init::normal<double>(w, rng, 5, 0)).mean == Approx(5.0));
  CHECK(nn::init::constant<double>({2}, 3) == Tensor<double>({2}, 3.0));
}

TEST_CASE("weights without elements are drawn without dividing by zero") {
  Random rng(2);
  CHECK(nn::init::kaiming_uniform<double>({0, 3}, rng).numel() == 0);
  CHECK(nn::init::xavier_normal<double>({3, 0}, rng).numel() == 0);
  CHECK(nn::init::torch_default<double>({4}, {4, 0}, rng) == Tensor<double>::zeros({4}));
}

TEST_CASE("dcgan's rule: weights N(0, 0.02^2), gains N(1, 0.02^2), the rest 0") {
  Random rng(3);
  auto net = nn::sequential<double>(
      rng, nn::conv2d({.in = 32, .out = 64, .kernel = 4}), nn::batch_norm2d({.channels = 1000}),
      nn::conv_transpose2d({.in = 32, .out = 64, .kernel = 4}), nn::linear({.in = 100, .out = 100}));
  const auto before = nn::parameters(net);
  nn::init::apply(net, nn::init::dcgan, rng);
  const auto p = nn::parameters(net);
  REQUIRE(p.size() == 8);
  CHECK(p[0].handle() == before[0].handle());  // the same variables
  for (const std::size_t i : {0U, 4U, 6U}) check_moments(p[i].value(), 0.02, false);
  const Moments gain = moments(p[2].value());
  CHECK(std::abs(gain.mean - 1) < 5 * 0.02 / std::sqrt(1000.0));
  CHECK(std::abs(gain.deviation / 0.02 - 1) < 5 / std::sqrt(1000.0));
  for (const std::size_t i : {1U, 3U, 5U, 7U}) CHECK(p[i].value() == Tensor<double>::zeros(p[i].shape()));
}

TEST_CASE("a rule of one's own sees names and roles and may leave a parameter alone") {
  Random rng(4);
  auto net = nn::sequential<float>(rng, nn::linear({.in = 2, .out = 2}), nn::linear({.in = 2, .out = 2}));
  const Tensor<float> before = net.get<0>().weight.value();
  nn::init::apply(
      net,
      [](const std::string& name, const auto& p, Random& r) {
        if (name == "1.weight") return nn::init::xavier_uniform<float>(p.shape(), r);
        if (p.role() == nn::Role::bias) return nn::init::constant<float>(p.shape(), 0.5);
        return p.value();
      },
      rng);
  CHECK(net.get<0>().weight.value() == before);
  CHECK(net.get<1>().bias.value() == Tensor<float>({2}, 0.5F));
}
