// + - * / with broadcasting: values, first and second order, the pair broadcast_to and sum_to.
#include "ganvas/autograd/arithmetic.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using D = Var<double>;
using F = Var<float>;

namespace {

const std::vector<std::pair<Shape, Shape>> pairs{{{}, {}},         {{3}, {3}},
                                                 {{3}, {}},        {{}, {4}},
                                                 {{2, 3}, {3}},    {{3}, {2, 3}},
                                                 {{2, 3}, {2, 1}}, {{2, 1}, {1, 3}},
                                                 {{1}, {5}},       {{2, 3, 2}, {3, 1}},
                                                 {{1, 1}, {}},     {{2, 1, 3}, {4, 1}},
                                                 {{7, 3}, {7, 3}}, {{2, 2, 1, 3}, {2, 1}}};

/// Numbers in [0.5, 2): none near 0, so that division is smooth.
Tensor<double> positive(Random& random, const Shape& s) { return random.uniform<double>(s, 0.5, 2.0); }

}  // namespace

TEST_CASE("a tensor on one side is a constant") {
  const F x = F::variable(Tensor<float>({2}, {3, 4}));
  const Tensor<float> t({2}, {1, 2});
  CHECK((x + t).value() == Tensor<float>({2}, {4, 6}));
  CHECK((t + x).value() == Tensor<float>({2}, {4, 6}));
  CHECK((x - t).value() == Tensor<float>({2}, {2, 2}));
  CHECK((t - x).value() == Tensor<float>({2}, {-2, -2}));
  CHECK((x * t).value() == Tensor<float>({2}, {3, 8}));
  CHECK((t * x).value() == Tensor<float>({2}, {3, 8}));
  CHECK((x / t).value() == Tensor<float>({2}, {3, 2}));
  CHECK((t / x).value() == Tensor<float>({2}, {1.0F / 3, 0.5F}));
  const Tensor<float> one({2}, 1.0F);
  CHECK(grad(x * t, {x}, {.output = one})[0].value() == t);
  CHECK(grad(t - x, {x}, {.output = one})[0].value() == Tensor<float>({2}, -1.0F));
  CHECK_THROWS_WITH(x * Tensor<float>({3}, 1.0F), Contains("[mul]") && Contains("(2)") && Contains("(3)"));
}

TEST_CASE("values and both orders of + - * / over broadcasting shapes") {
  Random random(21);
  for (const auto& [sa, sb] : pairs) {
    const Tensor<double> a = positive(random, sa), b = positive(random, sb);
    const std::vector<std::pair<const char*, std::function<D(const std::vector<D>&)>>> ops{
        {"add", [](const auto& x) { return x[0] + x[1]; }},
        {"sub", [](const auto& x) { return x[0] - x[1]; }},
        {"mul", [](const auto& x) { return x[0] * x[1]; }},
        {"div", [](const auto& x) { return x[0] / x[1]; }},
        {"mixed", [](const auto& x) { return x[0] * x[1] / (x[0] + x[1] * x[1]) - x[0]; }}};
    for (const auto& [name, f] : ops) {
      INFO(name << " of " << sa << " and " << sb);
      const auto first = check::gradients(f, {a, b});
      const auto second = check::second_gradients(f, {a, b});
      INFO(first << '\n' << second);
      CHECK(first);
      CHECK(second);
      CHECK(f({a, b}).shape() == broadcast_shapes(sa, sb));
    }
  }
}

TEST_CASE("values by hand") {
  const F a(Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})), b(Tensor<float>({3}, {10, 20, 30}));
  CHECK((a + b).value() == Tensor<float>({2, 3}, {11, 22, 33, 14, 25, 36}));
  CHECK((b - a).value() == Tensor<float>({2, 3}, {9, 18, 27, 6, 15, 24}));
  CHECK((a * b).value() == Tensor<float>({2, 3}, {10, 40, 90, 40, 100, 180}));
  CHECK((b / a).value() == Tensor<float>({2, 3}, {10, 10, 10, 2.5F, 4, 5}));
  CHECK((-b).value() == Tensor<float>({3}, {-10, -20, -30}));
}

TEST_CASE("numbers on either side") {
  const F x(Tensor<float>({2}, {2, 4}));
  CHECK((x + 1).value() == Tensor<float>({2}, {3, 5}));
  CHECK((1 + x).value() == Tensor<float>({2}, {3, 5}));
  CHECK((x - 1).value() == Tensor<float>({2}, {1, 3}));
  CHECK((1 - x).value() == Tensor<float>({2}, {-1, -3}));
  CHECK((x * 3).value() == Tensor<float>({2}, {6, 12}));
  CHECK((3 * x).value() == Tensor<float>({2}, {6, 12}));
  CHECK((x / 2).value() == Tensor<float>({2}, {1, 2}));
  CHECK((2 / x).value() == Tensor<float>({2}, {1, 0.5F}));
  const auto f = [](const auto& v) { return 2.0 / (3.0 - v[0]) + (v[0] + 1.0) * 0.5 - (4.0 * v[0] - 1.0) / 3.0; };
  const Tensor<double> at({2, 2}, {0.3, 1.2, -0.7, 2.0});
  CHECK(check::gradients(f, {at}));
  CHECK(check::second_gradients(f, {at}));
}

TEST_CASE("broadcast_to and sum_to are an adjoint pair") {
  for (const auto& [s, big] : std::vector<std::pair<Shape, Shape>>{{{}, {3, 4}},
                                                                   {{4}, {3, 4}},
                                                                   {{3, 1}, {3, 4}},
                                                                   {{1, 4}, {3, 4}},
                                                                   {{1, 3, 1}, {2, 2, 3, 5}},
                                                                   {{2, 1, 1, 3}, {2, 4, 5, 3}},
                                                                   {{5}, {5}}}) {
    const Shape small = s, large = big;
    INFO(small << " to " << large);
    CHECK(check::adjoint([large](const D& x) { return broadcast_to(x, large); },
                         [small](const D& y) { return sum_to(y, small); }, small, large));
  }
}

TEST_CASE("broadcast_to and sum_to of their own shape do nothing") {
  const F x = F::variable(Tensor<float>({2}, 1.0F));
  CHECK(broadcast_to(x, {2}).handle() == x.handle());
  CHECK(sum_to(x, {2}).handle() == x.handle());
}

TEST_CASE("tensors without elements") {
  const F x = F::variable(Tensor<float>({0, 3}));
  const F b = F::variable(Tensor<float>({3}, 2.0F));
  const F y = (x + b) * b / b - 1;
  CHECK(y.shape() == Shape{0, 3});
  CHECK(sum_to(y, {3}).value() == Tensor<float>::zeros({3}));
  const auto g = grad(sum_to(y, {}), {x, b});
  CHECK(g[0].shape() == Shape{0, 3});
  CHECK(g[1].value() == Tensor<float>::zeros({3}));
}

TEST_CASE("sentences name the operation and both shapes") {
  const F a(Tensor<float>({2, 3}, 1.0F)), b(Tensor<float>({4}, 1.0F));
  CHECK_THROWS_WITH(a + b, Contains("[add]") && Contains("(2,3)") && Contains("(4)"));
  CHECK_THROWS_WITH(a - b, Contains("[sub]") && Contains("(2,3)") && Contains("(4)"));
  CHECK_THROWS_WITH(a * b, Contains("[mul]") && Contains("(2,3)") && Contains("(4)"));
  CHECK_THROWS_WITH(a / b, Contains("[div]") && Contains("(2,3)") && Contains("(4)"));
  CHECK_THROWS_WITH(broadcast_to(a, {3}), Contains("[broadcast_to]") && Contains("(2,3)") && Contains("(3)"));
  CHECK_THROWS_WITH(sum_to(a, {3, 3}), Contains("[sum_to]") && Contains("(2,3)") && Contains("(3,3)"));
  CHECK_THROWS_WITH(sum_to(b, {2, 4}), Contains("[sum_to]") && Contains("(2,4)") && Contains("(4)"));
  CHECK_THROWS_AS(a + b, ShapeError);
}
