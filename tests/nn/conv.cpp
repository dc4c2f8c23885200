// Conv2d and ConvTranspose2d: values against plain loops, PyTorch's layouts and initial values.
#include "ganvas/nn/conv.hpp"

#include <cmath>

#include "ganvas/kernels/reference.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

namespace {

double largest(const Tensor<double>& t) {
  double m = 0;
  for (const double v : t.values()) m = std::max(m, std::abs(v));
  return m;
}

}  // namespace

TEST_CASE("conv2d computes what PyTorch's loops compute from its weight") {
  Random rng(1);
  const nn::Conv2d<double> layer({.in = 2, .out = 3, .kernel = 3, .stride = 2, .padding = 1, .dilation = 2}, rng);
  const auto dict = nn::state_dict(layer);
  CHECK(dict[0].value.shape() == Shape{3, 2, 3, 3});
  const Tensor<double> x = normal({2, 7, 8, 2}).value();
  const Tensor<double> y = layer(Var<double>(x)).value();
  REQUIRE(y.shape() == Shape{2, 3, 3, 3});
  for (index_t n = 0; n < 2; ++n)
    for (index_t oh = 0; oh < 3; ++oh)
      for (index_t ow = 0; ow < 3; ++ow)
        for (index_t o = 0; o < 3; ++o) {
          double s = dict[1].value(o);
          for (index_t i = 0; i < 2; ++i)
            for (index_t kh = 0; kh < 3; ++kh)
              for (index_t kw = 0; kw < 3; ++kw) {
                const index_t h = 2 * oh + 2 * kh - 1, w = 2 * ow + 2 * kw - 1;
                if (h >= 0 && h < 7 && w >= 0 && w < 8) s += x(n, h, w, i) * dict[0].value(o, i, kh, kw);
              }
          REQUIRE(y(n, oh, ow, o) == Approx(s).margin(1e-12));
        }
}

TEST_CASE("conv_transpose2d computes what PyTorch's loops compute from its weight") {
  Random rng(2);
  const nn::ConvTranspose2d<double> layer(
      {.in = 3, .out = 2, .kernel = 4, .stride = 2, .padding = 1, .output_padding = 1}, rng);
  const auto dict = nn::state_dict(layer);
  CHECK(dict[0].value.shape() == Shape{3, 2, 4, 4});
  const Tensor<double> x = normal({2, 3, 4, 3}).value();
  const Tensor<double> y = layer(Var<double>(x)).value();
  REQUIRE(y.shape() == Shape{2, 7, 9, 2});
  Tensor<double> expected(y.shape());
  for (index_t i = 0; i < expected.numel(); ++i) expected.mutable_data()[i] = dict[1].value.data()[i % 2];
  for (index_t n = 0; n < 2; ++n)
    for (index_t h = 0; h < 3; ++h)
      for (index_t w = 0; w < 4; ++w)
        for (index_t i = 0; i < 3; ++i)
          for (index_t o = 0; o < 2; ++o)
            for (index_t kh = 0; kh < 4; ++kh)
              for (index_t kw = 0; kw < 4; ++kw) {
                const index_t yh = 2 * h + kh - 1, yw = 2 * w + kw - 1;
                if (yh >= 0 && yh < 7 && yw >= 0 && yw < 9)
                  expected.set({n, yh, yw, o}, expected(n, yh, yw, o) + x(n, h, w, i) * dict[0].value(i, o, kh, kw));
              }
  CHECK(distance(y, expected) < 1e-12);
}

TEST_CASE("small weights by hand: where each axis goes") {
  Random rng(3);
  nn::Conv2d<float> conv({.in = 2, .out = 1, .kernel = 2, .bias = false}, rng);
  conv.weight.set_value(Tensor<float>({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}));  // (o, kh, kw, i)
  const auto dict = nn::state_dict(conv);
  REQUIRE(dict.size() == 1);
  CHECK(dict[0].value == Tensor<float>({1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}));  // (o, i, kh, kw)
  nn::Conv2d<float> other({.in = 2, .out = 1, .kernel = 2, .bias = false}, rng);
  nn::load_state_dict(other, dict);
  CHECK(other.weight.value() == conv.weight.value());

  nn::ConvTranspose2d<float> up({.in = 1, .out = 2, .kernel = 2, .bias = false}, rng);
  up.weight.set_value(Tensor<float>({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}));  // (in, kh, kw, out)
  CHECK(nn::state_dict(up)[0].value == Tensor<float>({1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}));
}

TEST_CASE("convolutions are born as in PyTorch: uniform within 1 / sqrt(fan_in)") {
  Random rng(4);
  const nn::Conv2d<double> conv({.in = 16, .out = 64, .kernel = 4}, rng);  // fan_in 16 * 16
  CHECK(largest(conv.weight.value()) == Approx(1.0 / 16).epsilon(1e-3));
  CHECK(largest(conv.weight.value()) <= 1.0 / 16);
  CHECK(largest(conv.bias.value()) <= 1.0 / 16);
  CHECK(largest(conv.bias.value()) > 0.8 / 16);
  const nn::ConvTranspose2d<double> up({.in = 64, .out = 16, .kernel = 4}, rng);  // PyTorch's fan_in: out * 16
  CHECK(largest(up.weight.value()) == Approx(1.0 / 16).epsilon(1e-3));
  CHECK(largest(up.bias.value()) <= 1.0 / 16);
  CHECK(up.bias.shape() == Shape{16});
}

TEST_CASE("convolutions' gradients match differences") {
  Random rng(5);
  const auto conv = check_evaluation(nn::Conv2d<double>({.in = 2, .out = 2, .kernel = 3, .padding = 1}, rng),
                                     normal({1, 4, 3, 2}).value());
  INFO(conv.text);
  CHECK(conv.ok);
  const auto up = check_evaluation(nn::ConvTranspose2d<double>({.in = 2, .out = 2, .kernel = 3, .stride = 2}, rng),
                                   normal({1, 2, 3, 2}).value());
  INFO(up.text);
  CHECK(up.ok);
}

TEST_CASE("a layer's algorithm reaches its kernels") {
  const auto x = normal({2, 8, 8, 16}).value().cast<float>();
  const auto result = [&](const auto& layer, ConvAlgorithm algorithm) {
    auto named = layer;
    named.options.algorithm = algorithm;
    return named(Var<float>(x)).value();
  };
  Random rng(6);
  const nn::Conv2d<float> down({.in = 16, .out = 16, .kernel = 4, .stride = 2, .padding = 1}, rng);
  const nn::ConvTranspose2d<float> up({.in = 16, .out = 16, .kernel = 4, .stride = 2, .padding = 1}, rng);
  const auto compare = [&](const auto& layer) {  // nearly the same numbers, but rounded in another way
    const Tensor<float> a = result(layer, ConvAlgorithm::direct), b = result(layer, ConvAlgorithm::winograd);
    float largest = 0;
    for (index_t i = 0; i < a.numel(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    CHECK(largest > 0);
    CHECK(largest < 1e-4F);
  };
  compare(down);
  compare(up);
  CHECK_THROWS_AS(nn::Conv2d<float>({.in = 1, .out = 1, .kernel = 5, .algorithm = ConvAlgorithm::winograd},
                                    rng)(Var<float>(Tensor<float>::zeros({1, 8, 8, 1}))),
                  ValueError);
}
