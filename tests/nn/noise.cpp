// NoiseInjection: new noise in training, a constant one in evaluation, and a stream that goes on where it was.
#include "ganvas/nn/noise.hpp"

#include <cmath>

#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("noise injection starts as the identity; then it adds strength times one number a pixel") {
  Random rng{1};
  nn::NoiseInjection<double> layer({.height = 5, .width = 6}, rng);
  const auto x = normal({3, 5, 6, 4});
  CHECK(layer(x).value() == x.value());
  CHECK(layer.training(x).value() == x.value());
  layer.strength.set_value(Tensor<double>({1}, 2.0));
  const Tensor<double> noise = (layer.training(x) - x).value();
  double squares = 0;
  for (index_t n = 0; n < 3; ++n)
    for (index_t h = 0; h < 5; ++h)
      for (index_t w = 0; w < 6; ++w) {
        CHECK(noise(n, h, w, 0) == Approx(noise(n, h, w, 3)));
        squares += noise(n, h, w, 0) * noise(n, h, w, 0) / 90;
      }
  CHECK(squares == Approx(4).epsilon(0.4));  // 90 draws
  CHECK(noise(0, 1, 1, 0) != Approx(noise(1, 1, 1, 0)));
}

TEST_CASE("noise injection: evaluation is a fixed function of each image") {
  Random rng{2};
  nn::NoiseInjection<double> layer({.height = 4, .width = 4}, rng);
  layer.strength.set_value(Tensor<double>({1}, 1.0));
  const auto x = normal({2, 4, 4, 3});
  const Tensor<double> y = layer(x).value();
  CHECK(y == layer(x).value());
  CHECK(y.rows(1, 2) == layer(Var<double>(x.value().rows(1, 2))).value());
  CHECK(distance((layer(x) - x).value().rows(0, 1), (layer(x) - x).value().rows(1, 2)) < 1e-12);
  layer.options.fresh = false;
  CHECK(y == layer.training(x).value());
}

TEST_CASE("the noise of training is the layer's own stream: stored and restored, and a copy's is the same") {
  Random rng{3};
  nn::NoiseInjection<float> layer({.height = 4, .width = 4}, rng), second({.height = 4, .width = 4}, rng);
  layer.strength.set_value(Tensor<float>({1}, 1.0F));
  second.strength.set_value(Tensor<float>({1}, 1.0F));
  const Var<float> x(Tensor<float>({2, 4, 4, 3}, 0.0F));
  const Random::State start = layer.random.state();
  auto copy = layer;
  const Tensor<float> y = layer.training(x).value();
  CHECK(y == copy.training(x).value());
  CHECK_FALSE(y == layer.training(x).value());
  CHECK_FALSE(y == second.training(x).value());
  nn::for_each_random(layer, [&](const std::string& name, Random& r) {
    CHECK(name == "random");
    r.restore(start);
  });
  CHECK(y == layer.training(x).value());
}

TEST_CASE("noise injection: gradients by x and strength are those of differences", "[gradients]") {
  Random rng{4};
  nn::NoiseInjection<double> layer({.height = 2, .width = 3}, rng);
  layer.strength.set_value(Tensor<double>({1}, 0.5));
  for (const auto& report :
       {check_evaluation(layer, normal({2, 2, 3, 2}).value()), check_training(layer, normal({2, 2, 3, 2}).value())}) {
    INFO(report);
    CHECK(report.ok);
  }
}

TEST_CASE("noise injection stands in a network, and refuses other sizes") {
  Random rng{5};
  auto net = nn::sequential<float>(nn::plan(nn::noise_injection({.height = 3, .width = 4})), rng);
  CHECK(net.training(Var<float>(rng.normal<float>({2, 3, 4, 5}))).shape() == Shape{2, 3, 4, 5});
  nn::NoiseInjection<float> layer({.height = 3, .width = 4}, rng);
  CHECK_THROWS_WITH(layer(Var<float>(rng.normal<float>({2, 4, 3, 5}))), Contains("3 x 4") && Contains("(2,4,3,5)"));
  CHECK_THROWS_AS(layer.training(Var<float>(rng.normal<float>({2, 4}))), ShapeError);
  CHECK_THROWS_AS(nn::noise_injection({.height = 3}), ValueError);
}
