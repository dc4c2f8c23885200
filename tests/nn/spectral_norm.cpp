// Spectral norm: what sigma is, when u and v move, and what stays valid when they do. Numbers of PyTorch are in
// tests/golden/layers.cpp.
#include "ganvas/nn/spectral_norm.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/nn/summary.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

constexpr auto plan = nn::plan(
    nn::spectral_norm(nn::conv2d({.in = 2, .out = 3, .kernel = 3, .stride = 2, .padding = 1})), nn::leaky_relu(0.2),
    nn::spectral_norm(nn::conv_transpose2d({.in = 3, .out = 2, .kernel = 4, .stride = 2, .padding = 1})));
static_assert(plan.output_shape({5, 8, 6, 2}) == Shape{5, 8, 6, 2});
static_assert(nn::SpectralNorm<nn::Conv2d<float>>::rectifies);

nn::SpectralNorm<nn::Linear<double>> linear(const nn::SpectralNormOptions& options = {}) {
  Random rng{3};
  nn::Linear<double> layer({.in = 5, .out = 4}, rng);
  return {std::move(layer), rng, options};
}

/// The largest singular value of a matrix, by iterating long.
double largest(const Tensor<double>& w) {
  Eigen::VectorXd v = Eigen::VectorXd::Ones(matrix(w).cols());
  for (int i = 0; i < 2000; ++i) v = (matrix(w).transpose() * (matrix(w) * v)).normalized();
  return (matrix(w) * v).norm();
}

}  // namespace

TEST_CASE("sigma is the largest singular value") {
  auto layer = linear();
  const double truth = largest(layer.weight.value());
  CHECK(layer.sigma().item() == Approx(truth).epsilon(0.01));  // 15 iterations at birth
  layer.iterate(500);
  CHECK(layer.sigma().item() == Approx(truth).epsilon(1e-9));
  CHECK(largest(layer.weight_bar().value()) == Approx(1).epsilon(1e-9));
  CHECK(array(layer.weight_u).matrix().norm() == Approx(1));
  CHECK(array(layer.weight_v).matrix().norm() == Approx(1));
}

TEST_CASE("a layer with spectral norm lengthens no difference") {
  auto layer = linear();
  layer.iterate(500);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Var<double> a = normal({1, 5}, seed), b = normal({1, 5}, seed + 100);
    CHECK(norm(layer(a) - layer(b)).item() <= norm(a - b).item() * (1 + 1e-12));
  }
}

TEST_CASE("u and v move once a training pass, or as often as asked, and not in evaluation") {
  auto once = linear({.warm_up = 0});
  auto twice = linear({.n_power_iterations = 2, .warm_up = 0});
  auto never = linear({.n_power_iterations = 0, .warm_up = 0});
  const auto u = once.weight_u;
  const Var<double> x = normal({2, 5});
  static_cast<void>(std::as_const(once)(x));
  CHECK(once.weight_u == u);
  static_cast<void>(once.training(x));
  CHECK_FALSE(once.weight_u == u);
  static_cast<void>(once.training(x));
  static_cast<void>(twice.training(x));
  CHECK(once.weight_u == twice.weight_u);
  CHECK(once.weight_v == twice.weight_v);
  static_cast<void>(never.training(x));
  CHECK(never.weight_u == u);

  const auto copy = once;
  static_cast<void>(once.training(x));
  CHECK(copy.weight_u == twice.weight_u);  // a copy has vectors of its own
}

TEST_CASE("the first pass of a step can be differentiated after a second one has moved u and v") {
  auto one = linear({.warm_up = 1});
  auto two = one;
  const Var<double> x = normal({2, 5});
  const Var<double> y_one = one.training(x), y_two = two.training(x);
  static_cast<void>(two.training(normal({2, 5}, 9)));
  CHECK_FALSE(one.weight_u == two.weight_u);
  CHECK(grad(sum(square(y_one)), {one.weight})[0].value() == grad(sum(square(y_two)), {two.weight})[0].value());
}

TEST_CASE("gradients through sigma match differences, to the second order") {
  Random rng{4};
  const auto conv =
      nn::SpectralNorm<nn::Conv2d<double>>(nn::Conv2d<double>({.in = 2, .out = 3, .kernel = 2}, rng), rng);
  const auto back = nn::SpectralNorm<nn::ConvTranspose2d<double>>(
      nn::ConvTranspose2d<double>({.in = 2, .out = 3, .kernel = 2}, rng), rng);
  const auto x = normal({2, 3, 3, 2}).value();
  const auto evaluated = check_evaluation(conv, x);
  INFO(evaluated.text);
  CHECK(evaluated.ok);
  const auto with_weight = [&](auto layer, const std::vector<Var<double>>& v) {
    static_cast<Var<double>&>(layer.weight) = v[1];
    return layer(v[0]);
  };
  for (const auto& report :
       {check::second_gradients([&](const auto& v) { return with_weight(conv, v); }, {x, conv.weight.value()}),
        check::second_gradients([&](const auto& v) { return with_weight(back, v); }, {x, back.weight.value()})}) {
    INFO(report.text);
    CHECK(report.ok);
  }
}

TEST_CASE("it is a layer of a Sequential like any other") {
  Random rng{1};
  auto net = nn::sequential<double>(plan, rng);
  const Var<double> x = normal({2, 8, 6, 2});
  CHECK(std::as_const(net)(x).shape() == Shape{2, 8, 6, 2});
  // the leaky ReLU goes into the convolution's pass
  const auto& conv = net.get<0>();
  const auto apart = net.get<2>()(leaky_relu(conv(x), 0.2));
  CHECK(distance(std::as_const(net)(x).value(), apart.value()) < 1e-14);
  const auto u = conv.weight_u;
  static_cast<void>(net.training(x));
  CHECK_FALSE(conv.weight_u == u);

  CHECK_THAT(nn::summary(net, {2, 8, 6, 2}),
             Contains("SpectralNorm of Conv2d 2->3, kernel 3") && Contains("(2,4,3,3)"));
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(net(normal({2, 8, 6, 5})));
             }),
             Contains("layer 0 (SpectralNorm of Conv2d 2->3") && Contains("5 channels"));
}

TEST_CASE("its state has the names of PyTorch's spectral_norm") {
  Random rng{1};
  const auto names = [](const auto& layer) {
    std::vector<std::string> list;
    for (const auto& entry : nn::state_dict(layer)) list.push_back(entry.name + " " + entry.value.shape().str());
    return list;
  };
  using List = std::vector<std::string>;
  CHECK(names(linear()) == List{"weight_orig (4,5)", "bias (4)", "weight_u (4)", "weight_v (5)"});
  const nn::SpectralNorm<nn::ConvTranspose2d<float>> conv(
      nn::ConvTranspose2d<float>({.in = 2, .out = 3, .kernel = 4, .bias = false}, rng), rng);
  CHECK(names(conv) == List{"weight_orig (2,3,4,4)", "weight_u (3)", "weight_v (32)"});
  const nn::SpectralNorm<nn::Embedding<float>> table(nn::Embedding<float>({.count = 7, .features = 2}, rng), rng);
  CHECK(names(table) == List{"weight_orig (7,2)", "weight_u (7)", "weight_v (2)"});
  const nn::SpectralNormIf<nn::Linear<float>> off(false, nn::Linear<float>({.in = 2, .out = 3}, rng), rng);
  CHECK(names(off) == List{"weight (3,2)", "bias (3)"});
  const nn::SpectralNormIf<nn::Linear<float>> on(true, nn::Linear<float>({.in = 2, .out = 3}, rng), rng);
  CHECK(names(on) == List{"weight_orig (3,2)", "bias (3)", "weight_u (3)", "weight_v (2)"});
}

TEST_CASE("a state dict brings u and v along") {
  auto from = linear({.warm_up = 0});
  static_cast<void>(from.training(normal({2, 5})));
  auto to = linear();
  nn::load_state_dict(to, nn::state_dict(from));
  const Var<double> x = normal({3, 5}, 8);
  CHECK(to(x).value() == from(x).value());
}

TEST_CASE("after new weights, warm_up makes sigma fit") {
  Random rng{2};
  auto net = nn::sequential<double>(rng, nn::spectral_norm(nn::linear({.in = 6, .out = 5})));
  net.get<0>().weight.set_value(rng.normal<double>({5, 6}, 0.0, 3.0));
  const double truth = largest(net.get<0>().weight.value());
  CHECK(std::abs(net.get<0>().sigma().item() / truth - 1) > 0.05);
  nn::warm_up(net, 200);
  CHECK(net.get<0>().sigma().item() == Approx(truth).epsilon(1e-6));
}

TEST_CASE("what cannot be normalised gets a sentence") {
  auto layer = linear();
  layer.weight.set_value(Tensor<double>::zeros({4, 5}));
  CHECK_THAT(sentence<NumericError>([&] {
               static_cast<void>(layer.training(normal({1, 5})));
             }),
             Contains("[spectral_norm]") && Contains("(4,5)") && Contains("is 0"));
  CHECK_THROWS_AS(linear({.n_power_iterations = -1}), ValueError);
  CHECK_THROWS_AS(linear({.eps = 0}), ValueError);
}
