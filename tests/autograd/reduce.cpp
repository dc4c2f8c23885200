// sum, mean, var, max, norm over axes: values, both orders, ties, empty tensors, sentences.
#include "ganvas/autograd/reduce.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using D = Var<double>;
using F = Var<float>;

namespace {

struct Case {
  Shape shape;
  Axes axes;
};
const std::vector<Case> cases{{{}, {}},
                              {{5}, {0}},
                              {{5}, {}},
                              {{2, 3}, {0}},
                              {{2, 3}, {1}},
                              {{2, 3}, {0, 1}},
                              {{2, 3}, {-1}},
                              {{3, 2, 4}, {1}},
                              {{3, 2, 4}, {0, 2}},
                              {{3, 2, 4}, {2, 0}},
                              {{2, 3, 2, 2}, {0, 1, 2}},
                              {{2, 3, 2, 2}, {1, 2}},
                              {{2, 1, 3}, {1}},
                              {{2, 3, 1, 2, 2}, {-1, 0, 2}}};

const F x(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 9}));

}  // namespace

TEST_CASE("both orders of every reduction over sets of axes") {
  Random random(41);
  for (const auto& [shape, axes] : cases) {
    for (const bool keepdim : {false, true}) {
      INFO(shape << " keepdim " << keepdim);
      const Tensor<double> at = random.normal<double>(shape);
      const auto both = [&](const char* name, const auto& f) {
        INFO(name);
        const auto first = check::gradients(f, {at});
        const auto second = check::second_gradients(f, {at});
        INFO(first << '\n' << second);
        CHECK(first);
        CHECK(second);
      };
      const Axes over = axes;
      both("sum", [&](const auto& v) { return exp(sum(v[0], over, keepdim)); });
      both("mean", [&](const auto& v) { return square(mean(v[0] * v[0], over, keepdim)); });
      both("var", [&](const auto& v) { return exp(var(v[0], over, keepdim)); });
      both("max", [&](const auto& v) { return square(max(v[0] * 2.0, over, keepdim)); });
      both("norm", [&](const auto& v) { return norm(v[0], over, keepdim, 0.1); });
      both("norm without eps", [&](const auto& v) { return square(norm(v[0], over, keepdim)) + sum(v[0]); });
    }
  }
}

TEST_CASE("reduce: values by hand") {
  CHECK(sum(x).item() == 24.0F);
  CHECK(sum(x).rank() == 0);
  CHECK(sum(x, {0}).value() == Tensor<float>({3}, {5, 7, 12}));
  CHECK(sum(x, {1}).value() == Tensor<float>({2}, {6, 18}));
  CHECK(sum(x, {1}, true).value() == Tensor<float>({2, 1}, {6, 18}));
  CHECK(sum(x, {-1, 0}).value() == Tensor<float>({}, {24}));
  CHECK(sum(x, Axes{}).value() == x.value());
  CHECK(mean(x).item() == 4.0F);
  CHECK(mean(x, {0}).value() == Tensor<float>({3}, {2.5F, 3.5F, 6}));
  CHECK(max(x).item() == 9.0F);
  CHECK(max(x, {0}, true).value() == Tensor<float>({1, 3}, {4, 5, 9}));
  CHECK(max(-x, {1}).value() == Tensor<float>({2}, {-1, -4}));
  CHECK(norm(F(Tensor<float>({2}, {3, 4}))).item() == 5.0F);
  CHECK(norm(x, {1}).value()(0) == Approx(std::sqrt(14.0F)));
  CHECK(norm(F(Tensor<float>({2}, 0.0F)), {0}, false, 0.25F).item() == 0.5F);
}

TEST_CASE("the variance is biased unless a correction is given") {
  CHECK(var(x, {1}).value()(0) == Approx(2.0 / 3));
  CHECK(var(x, {1}, false, 1).value()(0) == Approx(1.0));
  CHECK(var(x, {1}, true, 1).shape() == Shape{2, 1});
  CHECK(var(x).item() == Approx(40.0 / 6));
  const Tensor<float> far({3}, {10000.0F, 10001.0F, 10002.0F});  // two passes: no cancellation
  CHECK(var(F(far)).item() == Approx(2.0 / 3));
}

TEST_CASE("elements that tie for the maximum share the gradient equally") {
  const F t = F::variable(Tensor<float>({2, 3}, {5, 5, 1, 2, 3, 3}));
  CHECK(grad(sum(max(t, {1})), {t})[0].value() == Tensor<float>({2, 3}, {0.5F, 0.5F, 0, 0, 0.5F, 0.5F}));
  CHECK(grad(max(t), {t})[0].value() == Tensor<float>({2, 3}, {0.5F, 0.5F, 0, 0, 0, 0}));
}

TEST_CASE("a maximum that is NaN has its gradient at the NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const F t = F::variable(Tensor<float>({2, 4}, {1, nan, 3, 4, 1, 5, nan, nan}));
  CHECK(grad(sum(max(t, {1})), {t})[0].value() == Tensor<float>({2, 4}, {0, 1, 0, 0, 0, 0, 0.5F, 0.5F}));
}

TEST_CASE("the gradient of a norm at zero is finite with eps") {
  const F zero = F::variable(Tensor<float>({3}, 0.0F));
  const auto gradient = grad(norm(zero, {0}, false, 1e-12F), {zero})[0];
  for (const float v : gradient.value().values()) CHECK(v == 0.0F);
}

TEMPLATE_TEST_CASE("the gradient of a norm at zero is zero in both orders", "", float, double) {
  using V = Var<TestType>;
  const V zero = V::variable(Tensor<TestType>({3}, TestType(0)));
  CHECK(grad(norm(zero), {zero})[0].value() == Tensor<TestType>::zeros({3}));
  // a zero row beside another one: neither disturbs the other
  const V rows = V::variable(Tensor<TestType>({2, 2}, {0, 0, 3, 4}));
  for (const bool keepdim : {false, true}) {
    const V g = grad(sum(norm(rows, {1}, keepdim)), {rows}, {.create_graph = true})[0];
    CHECK(g.value()(0, 0) == 0);
    CHECK(g.value()(0, 1) == 0);
    CHECK(g.value()(1, 0) == Approx(0.6));
    CHECK(g.value()(1, 1) == Approx(0.8));
    // by x_j of g_0: (delta_0j - g_0 g_j) / 5
    const Tensor<TestType> gg = grad(sum(slice(g, 1, 0, 1)), {rows})[0].value();
    CHECK(gg(0, 0) == 0);
    CHECK(gg(0, 1) == 0);
    CHECK(gg(1, 0) == Approx(0.128));
    CHECK(gg(1, 1) == Approx(-0.096));
  }
}

TEST_CASE("squares that are no normal numbers count as zero") {
  const F tiny = F::variable(Tensor<float>({2}, {1e-20F, 0.0F}));
  CHECK(norm(tiny).item() == 0.0F);
  CHECK(grad(norm(tiny), {tiny})[0].value() == Tensor<float>::zeros({2}));
  CHECK(norm(F(Tensor<float>({1}, 1.1e-19F))).item() == Approx(1.1e-19F).margin(0));
}

TEST_CASE("the same bits for any number of threads, forward and backward", "[threads]") {
  Random random(42);
  const F big = F::variable(random.normal<float>({16, 30, 30, 24}));
  const int before = threads();
  set_threads(1);
  const auto run = [&] {
    const F y = sum(var(big, {0, 1, 2})) + norm(mean(big, {1, 2})) + sum(max(big, {3}));
    return std::vector<Tensor<float>>{y.value(), grad(y, {big})[0].value()};
  };
  const auto one = run();
  for (const int n : {2, 3, 8}) {
    set_threads(n);
    const auto many = run();
    CHECK(many[0] == one[0]);
    CHECK(many[1] == one[1]);
  }
  set_threads(before);
}

TEST_CASE("tensors without elements: a sum is 0, what divides or chooses is refused") {
  const F none = F::variable(Tensor<float>({0, 3}));
  CHECK(sum(none).item() == 0.0F);
  CHECK(sum(none, {0}).value() == Tensor<float>::zeros({3}));
  CHECK(sum(none, {1}).shape() == Shape{0});
  CHECK(mean(none, {1}).shape() == Shape{0});  // each of no means has three elements
  CHECK(max(none, {1}).shape() == Shape{0});
  CHECK(grad(sum(none), {none})[0].shape() == Shape{0, 3});
  CHECK(norm(none).item() == 0.0F);
  CHECK_THROWS_WITH(mean(none), Contains("[mean]") && Contains("(0,3)") && Contains("empty"));
  CHECK_THROWS_WITH(mean(none, {0}), Contains("[mean]") && Contains("(0,3)"));
  CHECK_THROWS_WITH(var(none), Contains("[var]") && Contains("(0,3)"));
  CHECK_THROWS_WITH(max(none), Contains("[max]") && Contains("(0,3)"));
  CHECK_THROWS_WITH(max(none, {0}), Contains("[max]") && Contains("(0,3)"));
}

TEST_CASE("sentences") {
  CHECK_THROWS_WITH(sum(x, {2}), Contains("[sum]") && Contains("axis 2") && Contains("(2,3)") && Contains("-2 to 1"));
  CHECK_THROWS_WITH(mean(x, {-3}), Contains("[mean]") && Contains("axis -3"));
  CHECK_THROWS_WITH(max(x, {0, -2}), Contains("[max]") && Contains("named twice"));
  CHECK_THROWS_WITH(var(F(Tensor<float>({1, 3}, 1.0F)), {0}, false, 1),
                    Contains("[var]") && Contains("(1,3)") && Contains("correction 1"));
  CHECK_THROWS_WITH(norm(x, {0}, false, -1.0F), Contains("eps is -1"));
  CHECK_THROWS_WITH(sum(F(Tensor<float>::scalar(1)), {0}), Contains("axis 0") && Contains("()"));
}
