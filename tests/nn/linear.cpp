// Linear: values, PyTorch's initial values, and its weight's way to PyTorch where it meets an image.
#include "ganvas/nn/linear.hpp"

#include <cmath>

#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

namespace {

/// 0, 1, 2, ...
Tensor<float> numbered(const Shape& shape) {
  Tensor<float> t(shape);
  for (index_t i = 0; i < t.numel(); ++i) t.mutable_data()[i] = static_cast<float>(i);
  return t;
}

/// y = x w^T + b, with plain loops, x and w of PyTorch's flattening (C,H,W).
Tensor<float> naive(const Tensor<float>& x, const Tensor<float>& w, const Tensor<float>& b) {
  Tensor<float> y(Shape{x.size(0), w.size(0)});
  for (index_t n = 0; n < x.size(0); ++n)
    for (index_t o = 0; o < w.size(0); ++o) {
      float s = b(o);
      for (index_t i = 0; i < x.size(1); ++i) s += x(n, i) * w(o, i);
      y.set({n, o}, s);
    }
  return y;
}

/// The rows of x, each an image H,W,C, flattened as C,H,W.
Tensor<float> channels_first(const Tensor<float>& x, index_t h, index_t w, index_t c) {
  Tensor<float> y(x.shape());
  for (index_t n = 0; n < x.size(0); ++n)
    for (index_t i = 0; i < h * w; ++i)
      for (index_t k = 0; k < c; ++k) y.set({n, k * h * w + i}, x(n, i * c + k));
  return y;
}

}  // namespace

TEST_CASE("linear by hand") {
  Random rng(1);
  nn::Linear<double> layer({.in = 2, .out = 3}, rng);
  layer.weight.set_value(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  layer.bias.set_value(Tensor<double>({3}, {0.5, 0, -1}));
  const Var<double> x(Tensor<double>({2, 2}, {1, 1, 0, 2}));
  CHECK(layer(x).value() == Tensor<double>({2, 3}, {3.5, 7, 10, 4.5, 8, 11}));
  CHECK(layer(normal({4, 5, 2})).shape() == Shape{4, 5, 3});
}

TEST_CASE("linear without a bias has one parameter") {
  Random rng(1);
  const nn::Linear<double> layer({.in = 2, .out = 3, .bias = false}, rng);
  CHECK_FALSE(layer.bias.defined());
  CHECK(nn::parameter_names(layer) == std::vector<std::string>{"weight"});
  CHECK(layer(Var<double>(Tensor<double>::zeros({1, 2}))).value() == Tensor<double>::zeros({1, 3}));
}

TEST_CASE("linear is born as in PyTorch: weight and bias uniform within 1 / sqrt(in)") {
  Random rng(2);
  const nn::Linear<double> layer({.in = 100, .out = 500}, rng);
  for (const Tensor<double>& t : {layer.weight.value(), layer.bias.value()}) {
    double largest = 0, square = 0;
    for (const double v : t.values()) {
      largest = std::max(largest, std::abs(v));
      square += v * v;
    }
    CHECK(largest <= 0.1);
    CHECK(largest > 0.099);
    CHECK(square / static_cast<double>(t.numel()) == Approx(0.01 / 3).epsilon(t.numel() > 1000 ? 0.02 : 0.15));
  }
}

TEST_CASE("linear's gradients match differences") {
  Random rng(3);
  const auto report = check_evaluation(nn::Linear<double>({.in = 3, .out = 2}, rng), normal({4, 3}).value());
  INFO(report.text);
  CHECK(report.ok);
}

TEST_CASE("columns that are a flattened image go to PyTorch as C,H,W") {
  Random rng(4);
  nn::Linear<float> layer({.in = 2 * 3 * 4, .out = 5, .in_image = {2, 3, 4}}, rng);
  const auto dict = nn::state_dict(layer);
  const Tensor<float> x = normal<float>({3, 24}).value();
  const Tensor<float> torch = naive(channels_first(x, 2, 3, 4), dict[0].value, dict[1].value);
  CHECK(distance(layer(Var<float>(x)).value(), torch) < 1e-5);
  CHECK(dict[1].value == layer.bias.value());
}

TEST_CASE("rows that become an image come from PyTorch as C,H,W, bias too") {
  Random rng(5);
  nn::Linear<float> layer({.in = 3, .out = 2 * 2 * 3, .out_image = {2, 2, 3}}, rng);
  const auto dict = nn::state_dict(layer);
  const Tensor<float> x = normal<float>({3, 3}).value();
  const Tensor<float> torch = naive(x, dict[0].value, dict[1].value);
  CHECK(distance(channels_first(layer(Var<float>(x)).value(), 2, 2, 3), torch) < 1e-5);
}

TEST_CASE("both at once, by hand and back") {
  Random rng(6);
  nn::Linear<float> layer({.in = 2, .out = 4, .in_image = {1, 1, 2}, .out_image = {1, 2, 2}}, rng);
  // our rows are (w,c) = (0,0) (0,1) (1,0) (1,1); PyTorch's are (c,w) = (0,0) (0,1) (1,0) (1,1)
  layer.weight.set_value(numbered({4, 2}));
  layer.bias.set_value(numbered({4}));
  auto dict = nn::state_dict(layer);
  CHECK(dict[0].value == Tensor<float>({4, 2}, {0, 1, 4, 5, 2, 3, 6, 7}));
  CHECK(dict[1].value == Tensor<float>({4}, {0, 2, 1, 3}));
  nn::Linear<float> other({.in = 2, .out = 4, .in_image = {1, 1, 2}, .out_image = {1, 2, 2}}, rng);
  nn::load_state_dict(other, dict);
  CHECK(other.weight.value() == layer.weight.value());
  CHECK(other.bias.value() == layer.bias.value());
}
