// Modulated convolution: what demodulation is for, and gradients of both orders.
#include "ganvas/nn/modulated_conv.hpp"

#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("demodulation takes the size of the style away, and gives outputs the size of the input") {
  const auto x = normal({3, 8, 8, 30}, 1), w = normal({20, 3, 3, 30}, 2), s = normal({3, 30}, 3);
  const auto y = nn::modulated_conv2d(x, w, s);
  CHECK(distance(nn::modulated_conv2d(x, w, s * 100.0).value(), y.value()) < 1e-9);
  CHECK(mean(square(slice(slice(y, 1, 1, 7), 2, 1, 7))).item() == Approx(1).epsilon(0.15));
  CHECK(distance(nn::modulated_conv2d(x, w, s * 100.0, {.demodulate = false}).value(),
                 (nn::modulated_conv2d(x, w, s, {.demodulate = false}) * 100.0).value()) < 1e-9);
}

TEST_CASE("modulated convolution: every sample has its own style") {
  const auto x = normal({1, 4, 4, 3}, 1), w = normal({3, 3, 3, 2}, 2), s = normal({2, 3}, 3);  // with up: (in,3,3,out)
  for (const bool up : {false, true}) {
    const auto weight = up ? w : normal({2, 3, 3, 3}, 2);
    const auto both = nn::modulated_conv2d(concat<double>({x, x}, 0), weight, s, {.up = up});
    for (index_t n = 0; n < 2; ++n)
      CHECK(distance(slice(both, 0, n, n + 1).value(),
                     nn::modulated_conv2d(x, weight, slice(s, 0, n, n + 1), {.up = up}).value()) < 1e-12);
    CHECK(both.shape() == (up ? Shape{2, 8, 8, 2} : Shape{2, 4, 4, 2}));
  }
}

TEST_CASE("modulated convolution: gradients, first and second, are those of differences", "[gradients]") {
  for (const bool up : {false, true}) {
    const auto f = [&](const auto& v) { return nn::modulated_conv2d(v[0], v[1], v[2], {.up = up}); };
    const std::vector<Tensor<double>> at{normal({2, 2, 3, 2}, 1).value(),
                                         normal(up ? Shape{2, 3, 3, 3} : Shape{3, 3, 3, 2}, 2).value(),
                                         normal({2, 2}, 3).value()};
    for (const auto& report : {check::gradients(f, at), check::second_gradients(f, at)}) {
      INFO(report);
      CHECK(report.ok);
    }
  }
}

TEST_CASE(
    "modulated convolution as a layer: its style is born near 1 / sqrt(fan_in), its weight is stored as PyTorch's") {
  Random rng{1};
  nn::ModulatedConv2d<double> same({.in = 4, .out = 3, .style = 5}, rng);
  nn::ModulatedConv2d<double> up({.in = 4, .out = 3, .style = 5, .up = true}, rng);
  CHECK(distance(same.style(Var<double>(Tensor<double>::zeros({2, 5}))).value(), Tensor<double>({2, 4}, 1.0 / 6)) <
        1e-13);
  const auto w = normal({2, 5}), x = normal({2, 4, 4, 4});
  CHECK(same(x, w).shape() == Shape{2, 4, 4, 3});
  CHECK(up(x, w).shape() == Shape{2, 8, 8, 3});
  const auto stored = nn::state_dict(up);
  REQUIRE(stored[0].value.shape() == Shape{3, 4, 3, 3});
  CHECK(stored[0].value(2, 1, 0, 2) == up.weight.value()(1, 0, 2, 2));
  CHECK(nn::state_dict(same)[0].value(2, 1, 0, 2) == same.weight.value()(2, 0, 2, 1));
  const auto back = nn::state_dict(up);
  nn::ModulatedConv2d<double> other({.in = 4, .out = 3, .style = 5, .up = true}, rng);
  nn::load_state_dict(other, back);
  CHECK(other(x, w).value() == up(x, w).value());
}

TEST_CASE("modulated convolution refuses what does not fit") {
  const auto x = normal({2, 4, 4, 3}), s = normal({2, 3});
  CHECK_THROWS_WITH(nn::modulated_conv2d(x, normal({2, 3, 3, 3}), normal({2, 4})), Contains("(2,4)"));
  CHECK_THROWS_WITH(nn::modulated_conv2d(x, normal({2, 2, 2, 3}), s), Contains("odd k"));
  CHECK_THROWS_WITH(nn::modulated_conv2d(x, normal({3, 1, 1, 2}), s, {.up = true}), Contains("3x3"));
  CHECK_THROWS_AS(nn::modulated_conv2d(x, normal({2, 3, 3, 4}), s), ShapeError);
  Random rng{1};
  CHECK_THROWS_AS(nn::ModulatedConv2d<float>({.in = 2, .out = 2, .style = 0}, rng), ValueError);
  CHECK_THROWS_AS(nn::ModulatedConv2d<float>({.in = 2, .out = 2, .style = 2, .kernel = 4}, rng), ValueError);
}
