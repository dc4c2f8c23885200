// softmax and log_softmax: values, both orders, large numbers.
#include "ganvas/autograd/softmax.hpp"

#include <cmath>
#include <limits>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using D = Var<double>;
using F = Var<float>;

TEST_CASE("both orders along every axis") {
  Random random(51);
  for (const Shape& shape : {Shape{4}, Shape{1}, Shape{3, 5}, Shape{2, 3, 4}, Shape{2, 1, 3, 2}}) {
    const Tensor<double> x = random.normal<double>(shape);
    for (int axis = -shape.rank(); axis < shape.rank(); ++axis) {
      INFO(shape << " axis " << axis);
      const auto s = [axis](const auto& v) { return softmax(v[0], axis); };
      const auto l = [axis](const auto& v) { return log_softmax(v[0], axis); };
      CHECK(check::gradients(s, {x}));
      CHECK(check::second_gradients(s, {x}));
      CHECK(check::gradients(l, {x}));
      CHECK(check::second_gradients(l, {x}));
    }
  }
}

TEST_CASE("probabilities sum to 1 and agree with their logarithms") {
  Random random(52);
  const F x(random.normal<float>({37, 11}, 0.0F, 3.0F));
  const Tensor<float> p = softmax(x).value(), lp = log_softmax(x).value();
  for (index_t i = 0; i < 37; ++i) {
    double total = 0, denominator = 0;
    for (index_t k = 0; k < 11; ++k) denominator += std::exp(static_cast<double>(x.value()(i, k)));
    for (index_t k = 0; k < 11; ++k) {
      const double truth = std::exp(static_cast<double>(x.value()(i, k))) / denominator;
      CHECK(p(i, k) == Approx(truth).epsilon(2e-6));
      CHECK(lp(i, k) == Approx(std::log(truth)).epsilon(2e-6).margin(1e-6));
      total += static_cast<double>(p(i, k));
    }
    CHECK(total == Approx(1).epsilon(1e-6));
  }
}

TEST_CASE("large logits neither overflow nor vanish") {
  const F x = F::variable(Tensor<float>({2, 3}, {1000, 1001, 0, -1000, -1000, -3000}));
  const Tensor<float> p = softmax(x).value(), lp = log_softmax(x).value();
  CHECK(p(0, 1) == Approx(1 / (1 + std::exp(-1.0))));
  CHECK(p(0, 2) == 0.0F);
  CHECK(p(1, 0) == 0.5F);
  CHECK(lp(0, 2) == Approx(-1001.3133));
  CHECK(lp(1, 2) == Approx(-2000.6931));
  const auto gradient = grad(sum(square(log_softmax(x))), {x})[0];
  for (const float v : gradient.value().values()) CHECK(std::isfinite(v));
}

TEST_CASE("a class of weight zero, and adding a number to all logits") {
  const float infinity = std::numeric_limits<float>::infinity();
  const F x(Tensor<float>({3}, {1, -infinity, 2}));
  CHECK(softmax(x).value()(1) == 0.0F);
  CHECK(softmax(x).value()(0) == Approx(softmax(x + 5).value()(0)));
}

TEST_CASE("empty batches and sentences") {
  CHECK(softmax(F(Tensor<float>({0, 3}))).shape() == Shape{0, 3});
  CHECK(log_softmax(F(Tensor<float>({0, 3}))).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(softmax(F(Tensor<float>({3, 0}))), Contains("[softmax]") && Contains("(3,0)"));
  CHECK_THROWS_WITH(log_softmax(F(Tensor<float>({3, 0}))), Contains("[log_softmax]") && Contains("(3,0)"));
  CHECK_THROWS_WITH(softmax(F(Tensor<float>({3, 2})), 2), Contains("[softmax]") && Contains("axis 2"));
}
