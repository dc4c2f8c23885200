// Losses: values by formula, both orders, stability, wrong labels and shapes.
#include "ganvas/autograd/losses.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using D = Var<double>;
using F = Var<float>;

TEST_CASE("both orders of every loss") {
  Random random(61);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{3, 4}}) {
    INFO(shape);
    const Tensor<double> a = random.normal<double>(shape), b = random.uniform<double>(shape, 0.1, 0.9);
    const auto both = [&](const auto& f) {
      CHECK(check::gradients(f, {a, b}));
      CHECK(check::second_gradients(f, {a, b}));
    };
    both([](const auto& x) { return bce_with_logits(x[0], x[1]); });
    both([](const auto& x) { return mse(x[0], x[1] * x[1]); });
    both([](const auto& x) { return l1(x[0], square(x[1])); });
  }
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 4}, Shape{5, 3}}) {
    const std::vector<index_t> labels = random.integers(shape[0], 0, shape[1]);
    const auto f = [&](const auto& x) { return cross_entropy(x[0], labels); };
    CHECK(check::gradients(f, {random.normal<double>(shape)}));
    CHECK(check::second_gradients(f, {random.normal<double>(shape)}));
  }
}

TEST_CASE("values by formula") {
  const D x(Tensor<double>({2, 3}, {1, 2, 3, 0.5, -1, 0}));
  const double first = std::exp(1) + std::exp(2) + std::exp(3);
  const double second = std::exp(0.5) + std::exp(-1) + 1;
  CHECK(cross_entropy(x, {2, 0}).item() == Approx((std::log(first) - 3 + std::log(second) - 0.5) / 2));
  CHECK(cross_entropy(x, {2, 0}).rank() == 0);
  const D t(Tensor<double>({2, 3}, {1, 0, 1, 0.3, 1, 0}));
  double bce = 0, squares = 0, distances = 0;
  for (index_t i = 0; i < 6; ++i) {
    const double v = x.value().data()[i], u = t.value().data()[i], s = 1 / (1 + std::exp(-v));
    bce -= (u * std::log(s) + (1 - u) * std::log(1 - s)) / 6;
    squares += (v - u) * (v - u) / 6;
    distances += std::abs(v - u) / 6;
  }
  CHECK(bce_with_logits(x, t).item() == Approx(bce).epsilon(1e-12));
  CHECK(mse(x, t).item() == Approx(squares).epsilon(1e-12));
  CHECK(l1(x, t).item() == Approx(distances).epsilon(1e-12));
}

TEST_CASE("the gradient of the cross entropy is softmax minus the label") {
  const F x = F::variable(Tensor<float>({2, 3}, {1, 2, 3, 0.5F, -1, 0}));
  const Tensor<float> g = grad(cross_entropy(x, {2, 0}), {x})[0].value();
  const Tensor<float> p = softmax(x).value();
  CHECK(g(0, 0) == Approx(p(0, 0) / 2));
  CHECK(g(0, 2) == Approx((p(0, 2) - 1) / 2));
  CHECK(g(1, 0) == Approx((p(1, 0) - 1) / 2));
}

TEST_CASE("certain and wrong predictions stay finite") {
  const F x = F::variable(Tensor<float>({4}, {500, -500, 500, -500}));
  const F t(Tensor<float>({4}, {1, 0, 0, 1}));
  CHECK(bce_with_logits(x, t).item() == 250.0F);
  CHECK(grad(bce_with_logits(x, t), {x})[0].value() == Tensor<float>({4}, {0, 0, 0.25F, -0.25F}));
  const F logits = F::variable(Tensor<float>({2, 2}, {900, -900, 900, -900}));
  CHECK(cross_entropy(logits, {0, 1}).item() == 900.0F);
  const auto gradient = grad(cross_entropy(logits, {0, 1}), {logits})[0];
  for (const float v : gradient.value().values()) CHECK(std::isfinite(v));
}

TEMPLATE_TEST_CASE("a class with a logit of -inf is left out of the cross entropy", "", float, double) {
  using V = Var<TestType>;
  constexpr TestType out = -std::numeric_limits<TestType>::infinity();
  const V one = V::variable(Tensor<TestType>({1, 3}, {1, 2, out}));
  CHECK(cross_entropy(one, {1}).item() == Approx(0.313262).epsilon(1e-5));
  const Tensor<TestType> g = grad(cross_entropy(one, {1}), {one})[0].value();
  CHECK(g(0, 0) == Approx(0.268941).epsilon(1e-5));
  CHECK(g(0, 1) == Approx(-0.268941).epsilon(1e-5));
  CHECK(g(0, 2) == 0);

  // both orders are those of the classes that are left
  const V masked = V::variable(Tensor<TestType>({2, 4}, {1, out, 2, -1, 0.5, out, -3, 1}));
  const V left = V::variable(Tensor<TestType>({2, 3}, {1, 2, -1, 0.5, -3, 1}));
  const auto both = [](const V& x, const std::vector<index_t>& labels) {
    const V first = grad(cross_entropy(x, labels), {x}, {.create_graph = true})[0];
    return std::vector<Tensor<TestType>>{first.value(), grad(sum(exp(first)), {x})[0].value()};
  };
  const auto with = both(masked, {2, 0}), without = both(left, {1, 0});
  for (std::size_t order = 0; order < 2; ++order)
    for (index_t n = 0; n < 2; ++n) {
      CHECK(with[order](n, 1) == 0);
      for (const index_t k : {0, 2, 3})
        CHECK(with[order](n, k) == Approx(without[order](n, k == 0 ? 0 : k - 1)).epsilon(1e-5));
    }
}

TEMPLATE_TEST_CASE("the gradient of a confident right answer keeps its places", "", float, double) {
  using V = Var<TestType>;
  const V x = V::variable(Tensor<TestType>({4}, {17, -17, 40, -40}));
  const V t(Tensor<TestType>({4}, {1, 0, 1, 0}));
  const Tensor<TestType> g = grad(bce_with_logits(x, t), {x})[0].value();
  CHECK(g(0) == Approx(-4.1399375e-8 / 4).epsilon(1e-6));
  CHECK(g(1) == Approx(4.1399375e-8 / 4).epsilon(1e-6));
  CHECK(g(2) == Approx(-4.2483543e-18 / 4).epsilon(1e-6));
  CHECK(g(3) == Approx(4.2483543e-18 / 4).epsilon(1e-6));
}

TEST_CASE("sentences: labels") {
  const F x(Tensor<float>({3, 4}, 1.0F));
  CHECK_THROWS_WITH(cross_entropy(x, {0, 1}), Contains("2 labels") && Contains("3 rows") && Contains("(3,4)"));
  CHECK_THROWS_WITH(cross_entropy(x, {0, 4, 1}), Contains("label 4 of example 1") && Contains("[0, 4)"));
  CHECK_THROWS_WITH(cross_entropy(x, {0, 1, -1}), Contains("label -1 of example 2"));
  CHECK_THROWS_AS(cross_entropy(x, {0, 1, -1}), ValueError);
  CHECK_THROWS_WITH(cross_entropy(F(Tensor<float>({3}, 1.0F)), {0}), Contains("(N,K)") && Contains("(3)"));
  CHECK_THROWS_WITH(cross_entropy(F(Tensor<float>({0, 4})), {}), Contains("(0,4)") && Contains("empty"));
  CHECK_THROWS_AS(cross_entropy(F(Tensor<float>({2, 0})), {0, 0}), ValueError);
}

TEST_CASE("sentences: shapes") {
  const F a(Tensor<float>({3, 1}, 1.0F)), b(Tensor<float>({3}, 1.0F)), none(Tensor<float>({0}));
  CHECK_THROWS_WITH(mse(a, b), Contains("[mse]") && Contains("(3,1)") && Contains("(3)"));
  CHECK_THROWS_WITH(l1(a, b), Contains("[l1]") && Contains("(3,1)") && Contains("(3)"));
  CHECK_THROWS_WITH(bce_with_logits(a, b), Contains("[bce_with_logits]") && Contains("(3,1)") && Contains("(3)"));
  CHECK_THROWS_WITH(mse(none, none), Contains("(0)") && Contains("empty"));
}
