// The checkers find wrong rules and pass right ones.
#include "ganvas/autograd/check.hpp"

#include <vector>

#include "ganvas/autograd/pointwise.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

using D = Var<double>;
const Tensor<double> a({2, 3}, {0.5, -1.2, 2.0, 0.3, -0.7, 1.1});
const Tensor<double> b({3}, {1.5, -0.4, 0.9});

/// y = x^2 with a rule that is wrong by the factor of its argument.
D square_with_factor(const D& x, double factor) {
  return record("square", detail::map<kernels::Unary::square>(x.value()), {x},
                [factor](const auto& g) { return g.gy * g[0] * factor; });
}

/// y = x^3, whose rule is right once but hides its dependence on x from the second order.
D cube_detached(const D& x) {
  return record("cube", detail::map<kernels::Unary::pow>(x.value(), 3.0), {x},
                [](const auto& g) { return g.gy * (square(g[0].detach()) * 3.0); });
}

}  // namespace

TEST_CASE("right rules pass the check of both orders") {
  const auto f = [](const auto& x) { return exp(x[0] * x[1]) / (square(x[0]) + 2.0); };
  const auto first = check::gradients(f, {a, b});
  CHECK(first);
  CHECK(first.worst < 1e-8);
  CHECK_THAT(first.text, Contains("0 of 9 numbers disagree"));
  CHECK(check::second_gradients(f, {a, b}));
}

TEST_CASE("a wrong rule is found, with the place and both numbers") {
  const auto f = [](const auto& x) { return sum(x[0]) + sum(square_with_factor(x[1], 1.9)); };
  const auto report = check::gradients(f, {a, b});
  CHECK_FALSE(report);
  CHECK(report.worst > 0.01);
  CHECK_THAT(report.text, Contains("3 of 9") && Contains("input 1 of shape (3), element 1 (where it is -0.4)") &&
                              Contains("the rules give") && Contains("differences give"));
  CHECK(check::gradients([](const auto& x) { return square_with_factor(x[0], 2.0); }, {a}));
}

TEST_CASE("a rule that is wrong by very little is found") {
  const auto f = [](const auto& x) { return square_with_factor(x[0], 2.00001); };
  CHECK_FALSE(check::gradients(f, {a}));
  CHECK(check::gradients(f, {a}, {.tolerance = 1e-4}));
}

TEST_CASE("a rule that loses the history passes the first order and fails the second") {
  const auto f = [](const auto& x) { return cube_detached(x[0]); };
  CHECK(check::gradients(f, {a}));
  const auto report = check::second_gradients(f, {a});
  CHECK_FALSE(report);
  CHECK_THAT(report.text, Contains("second order") && Contains("the rules give 0,"));
}

TEST_CASE("a gradient that is not a number fails") {
  const auto f = [](const auto& x) { return sqrt(x[0]); };
  CHECK_FALSE(check::gradients(f, {Tensor<double>({2}, {0.0, 1.0})}));
}

TEST_CASE("a value that does not depend on its inputs has the gradient 0") {
  const auto f = [](const auto& x) { return sign(x[0]); };
  CHECK(check::gradients(f, {a}));
  CHECK(check::second_gradients(f, {a}));
  const auto g = [](const auto& x) { return x[0] * 3.0; };  // the gradient is constant
  CHECK(check::second_gradients(g, {a}));
  const auto one_of_two = [](const auto& x) { return x[1] * x[1]; };  // nor does a value that leaves an input out
  CHECK(check::gradients(one_of_two, {a, b}));
  CHECK(check::second_gradients(one_of_two, {a, b}));
}

TEST_CASE("adjoint pairs are told from pairs that are not") {
  const auto stretch = [](const D& x) { return broadcast_to(x, {4, 3}); };
  CHECK(check::adjoint(stretch, [](const D& y) { return sum_to(y, {3}); }, {3}, {4, 3}));
  const auto wrong = check::adjoint(stretch, [](const D& y) { return sum_to(y, {3}) * 0.999; }, {3}, {4, 3});
  CHECK_FALSE(wrong);
  CHECK_THAT(wrong.text, Contains("<A x, y> = ") && Contains("differ"));
  CHECK_THROWS_WITH(check::adjoint(stretch, [](const D& y) { return y; }, {3}, {4, 3}),
                    Contains("At maps shape (4,3) to (4,3), but x has (3)"));
  CHECK_THROWS_WITH(check::adjoint([](const D& x) { return x; }, [](const D& y) { return y; }, {3}, {4, 3}),
                    Contains("A maps shape (3) to (3), but y has (4,3)"));
}
