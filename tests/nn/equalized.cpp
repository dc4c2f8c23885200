// Layers with an equalised learning rate.
#include "ganvas/nn/equalized.hpp"

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

double mean_square(const Tensor<double>& x) {
  double s = 0;
  for (const double v : x.values()) s += v * v;
  return s / static_cast<double>(x.numel());
}

}  // namespace

TEST_CASE("weights are stored as N(0, 1) / lr_mul, and results have the variance of the input") {
  Random rng{1};
  const nn::EqualizedLinear<double> plain({.in = 300, .out = 200}, rng);
  const nn::EqualizedLinear<double> slow({.in = 300, .out = 200, .lr_mul = 0.01, .bias_init = 1}, rng);
  CHECK(mean_square(plain.weight.value()) == Approx(1).epsilon(0.02));
  CHECK(mean_square(slow.weight.value()) == Approx(10000).epsilon(0.02));
  CHECK(slow.bias.value() == Tensor<double>({200}, 100.0));
  const Var<double> x = normal({50, 300});
  CHECK(mean_square(plain(x).value()) == Approx(1).epsilon(0.1));
  CHECK(mean_square((slow(x) - 1.0).value()) == Approx(1).epsilon(0.1));
  const nn::EqualizedConv2d<double> active({.in = 40, .out = 50, .activate = true}, rng);
  // sqrt(2) lrelu_0.2 of N(0, 1) has the second moment 1 + 0.2^2
  const Tensor<double> y = active(normal({4, 9, 9, 40})).value();
  CHECK(mean_square(y) == Approx(1.04 * 0.86).epsilon(0.15));  // the border sees zeros
}

TEST_CASE("lr_mul changes how fast a layer learns, not what it is") {
  Random a{3}, b{3};
  const nn::EqualizedLinear<double> one({.in = 4, .out = 3}, a), tenth({.in = 4, .out = 3, .lr_mul = 0.1}, b);
  const Var<double> x = normal({5, 4});
  CHECK(distance(one(x).value(), tenth(x).value()) < 1e-13);
  const auto g = grad(sum(square(one(x))), nn::parameters(one)), h = grad(sum(square(tenth(x))), nn::parameters(tenth));
  for (std::size_t i = 0; i < 2; ++i) CHECK(distance(h[i].value(), (g[i] * 0.1).value()) < 1e-12);
}

TEST_CASE("equalised layers: gradients are those of differences", "[gradients]") {
  Random rng{4};
  const nn::EqualizedLinear<double> dense({.in = 4, .out = 3, .activate = true, .gain = 2, .lr_mul = 0.5}, rng);
  const nn::EqualizedConv2d<double> down({.in = 2, .out = 3, .down = true, .activate = true}, rng);
  const nn::EqualizedConv2d<double> pointwise({.in = 2, .out = 3, .kernel = 1, .down = true, .bias = false}, rng);
  for (const auto& report :
       {check_evaluation(dense, normal({3, 4}).value()), check_evaluation(down, normal({2, 4, 6, 2}).value()),
        check_evaluation(pointwise, normal({2, 4, 6, 2}).value())}) {
    INFO(report);
    CHECK(report.ok);
  }
}

TEST_CASE("equalised layers stand in a network, and say their shapes") {
  Random rng{5};
  auto net = nn::sequential<float>(nn::plan(nn::equalized_conv2d({.in = 3, .out = 4, .activate = true}),
                                            nn::equalized_conv2d({.in = 4, .out = 5, .down = true})),
                                   rng);
  const auto y = net(Var<float>(rng.normal<float>({2, 8, 6, 3})));
  CHECK(y.shape() == Shape{2, 4, 3, 5});
  CHECK(net.output_shape({2, 8, 6, 3}) == y.shape());
  const nn::EqualizedConv2d<float> one({.in = 3, .out = 4, .kernel = 1, .down = true}, rng);
  CHECK(one(Var<float>(rng.normal<float>({2, 8, 6, 3}))).shape() == one.options.output_shape({2, 8, 6, 3}));
  const nn::EqualizedConv2d<float> whole({.in = 3, .out = 4, .kernel = 4, .pad = false}, rng);
  CHECK(whole(Var<float>(rng.normal<float>({2, 4, 4, 3}))).shape() == Shape{2, 1, 1, 4});
  CHECK(nn::state_dict(net)[2].value.shape() == Shape{5, 4, 3, 3});
  CHECK(nn::equalized_linear({.in = 2, .out = 3, .activate = true}).describe() == "EqualizedLinear 2->3, leaky ReLU");
  CHECK(nn::equalized_conv2d({.in = 4, .out = 5, .down = true}).describe() == "EqualizedConv2d 4->5, kernel 3, down");
}

TEST_CASE("equalised layers refuse what does not fit") {
  Random rng{6};
  const nn::EqualizedConv2d<float> down({.in = 3, .out = 4, .down = true}, rng);
  CHECK_THROWS_WITH(down(Var<float>(rng.normal<float>({1, 7, 8, 3}))), Contains("(1,7,8,3)") && Contains("even"));
  CHECK_THROWS_WITH(down(Var<float>(rng.normal<float>({1, 8, 8, 2}))), Contains("2 channels"));
  CHECK_THROWS_WITH(nn::equalized_conv2d({.in = 3, .out = 4, .kernel = 4}), Contains("middle"));
  CHECK_THROWS_WITH(nn::equalized_linear({.in = 3, .out = 4, .lr_mul = 0}), Contains("lr_mul must be positive"));
  CHECK_THROWS_AS(nn::equalized_linear({.in = 0, .out = 4}), ValueError);
  const nn::EqualizedLinear<float> dense({.in = 3, .out = 4}, rng);
  CHECK_THROWS_AS(dense(Var<float>(rng.normal<float>({1, 4}))), ShapeError);
}
