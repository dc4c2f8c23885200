// Activations as layers: each is the function of the same name, with its option.
#include "ganvas/nn/activations.hpp"

#include <cmath>

#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

namespace {

template <class Layer, class F>
void check_layer(const Layer& layer, const F& f, const std::string& name) {
  const Tensor<double> x({5}, {-2, -0.5, 0.25, 1, 3});
  const Tensor<double> y = layer(Var<double>(x)).value();
  for (index_t i = 0; i < 5; ++i) {
    INFO(name << " of " << x(i));
    CHECK(y(i) == Approx(f(x(i))).margin(1e-12));
  }
  CHECK(layer.describe() == name);
  CHECK(layer.output_shape({2, 3}) == Shape{2, 3});
  static_assert(nn::Module<Layer>);
}

}  // namespace

TEST_CASE("activations are their functions") {
  check_layer(
      nn::relu(), [](double x) { return x > 0 ? x : 0; }, "ReLU");
  check_layer(
      nn::leaky_relu(), [](double x) { return x > 0 ? x : 0.01 * x; }, "LeakyReLU 0.01");
  check_layer(
      nn::leaky_relu(0.2), [](double x) { return x > 0 ? x : 0.2 * x; }, "LeakyReLU 0.2");
  check_layer(
      nn::elu(0.5), [](double x) { return x > 0 ? x : 0.5 * (std::exp(x) - 1); }, "ELU 0.5");
  check_layer(
      nn::gelu(), [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, "GELU");
  check_layer(
      nn::sigmoid(), [](double x) { return 1 / (1 + std::exp(-x)); }, "Sigmoid");
  check_layer(
      nn::tanh(), [](double x) { return std::tanh(x); }, "Tanh");
  check_layer(
      nn::softplus(), [](double x) { return std::log1p(std::exp(x)); }, "Softplus");
}

TEST_CASE("softmax is over the axis that was asked for") {
  const Var<double> x(Tensor<double>({2, 2}, {0, std::log(3.0), 0, 0}));
  CHECK(distance(nn::softmax()(x).value(), Tensor<double>({2, 2}, {0.25, 0.75, 0.5, 0.5})) < 1e-12);
  CHECK(distance(nn::softmax(0)(x).value(), Tensor<double>({2, 2}, {0.5, 0.75, 0.5, 0.25})) < 1e-12);
}

TEST_CASE("activations have no parameters and fit into networks of any scalar") {
  Random rng(1);
  const auto net = nn::sequential<float>(rng, nn::relu(), nn::softmax(), nn::elu());
  CHECK(nn::count_parameters(net) == 0);
  CHECK(net(normal<float>({2, 3})).shape() == Shape{2, 3});
}
