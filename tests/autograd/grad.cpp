// grad(): pruning, sharing, targets in the middle, second order, long graphs, and its sentences.
#include "ganvas/autograd/grad.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using F = Var<float>;
using D = Var<double>;

namespace {

F scalar(float v) { return F::variable(Tensor<float>::scalar(v)); }

/// y = a b, counting how often each rule is called.
struct Counted {
  int calls[2] = {0, 0};
  F operator()(const F& a, const F& b) {
    return record(
        "counted", detail::zip<kernels::Binary::mul>("counted", a.value(), b.value()), {a, b},
        [this](const auto& g) {
          ++calls[0];
          return g.gy * g[1];
        },
        [this](const auto& g) {
          ++calls[1];
          return g.gy * g[0];
        });
  }
};

}  // namespace

TEST_CASE("the rule of an input that nobody asked for is never called") {
  const F x = scalar(2), w = scalar(3);
  Counted mul;
  const F y = mul(x, w);
  CHECK(grad(y, {x})[0].item() == 3.0F);
  CHECK(mul.calls[0] == 1);
  CHECK(mul.calls[1] == 0);
  CHECK(grad(y, {w})[0].item() == 2.0F);
  CHECK(mul.calls[0] == 1);
  CHECK(mul.calls[1] == 1);
}

TEST_CASE("what does not lead to a target is not visited") {
  const F x = scalar(2), w = scalar(3);
  Counted aside, ahead;
  const F a = aside(w, w);  // depends on w alone
  const F y = ahead(x, a);
  CHECK(grad(y, {x})[0].item() == 9.0F);
  CHECK(aside.calls[0] + aside.calls[1] == 0);
  CHECK(ahead.calls[1] == 0);
}

TEST_CASE("what lies behind a target is not visited") {
  const F x = scalar(2);
  Counted behind;
  const F h = behind(x, x);
  const F y = h * 5;
  CHECK(grad(y, {h})[0].item() == 5.0F);
  CHECK(behind.calls[0] + behind.calls[1] == 0);
}

TEST_CASE("constants are no targets and their rules are never called") {
  const F x = scalar(2);
  Counted mul;
  const F y = mul(x, F(Tensor<float>::scalar(3)));
  CHECK(grad(y, {x})[0].item() == 3.0F);
  CHECK(mul.calls[1] == 0);
}

TEST_CASE("a node that is used twice is visited once with the sum of its gradients") {
  const F x = scalar(2);
  Counted once;
  const F h = once(x, x);         // x^2
  const F y = h * h + h * 3 + h;  // a diamond of several edges
  CHECK(grad(y, {x})[0].item() == Approx(4 * 8 + 4 * 4));
  CHECK(once.calls[0] == 1);
  CHECK(once.calls[1] == 1);
}

TEST_CASE("a diamond of diamonds costs one visit a node, not 2^n") {
  const F x = scalar(1);
  F y = x;
  for (int i = 0; i < 60; ++i) y = (y + y) * 0.5F;
  CHECK(grad(y, {x})[0].item() == 1.0F);
}

TEST_CASE("a variable may be both factors, and y itself may be asked for") {
  const F x = scalar(3);
  const F y = x * x;
  const auto g = grad(y, {x, y, x});
  CHECK(g[0].item() == 6.0F);
  CHECK(g[1].item() == 1.0F);
  CHECK(g[2].item() == 6.0F);
  CHECK(grad(x, {x})[0].item() == 1.0F);
}

TEST_CASE("a target in the middle gets its gradient, and so does what is behind it") {
  const F x = scalar(2);
  const F h = x * x;
  const F y = h * h * h;
  const auto g = grad(y, {h, x});
  CHECK(g[0].item() == 3 * 16.0F);
  CHECK(g[1].item() == 3 * 16 * 4.0F);
}

TEST_CASE("what y does not depend on gets zeros of its shape") {
  const F x = scalar(2);
  const F other = F::variable(Tensor<float>({2, 3}, 1.0F));
  const auto g = grad(x * x, {other, x});
  CHECK(g[0].value() == Tensor<float>::zeros({2, 3}));
  CHECK(g[1].item() == 4.0F);
}

TEST_CASE("a rule may return nothing for zero") {
  const F x = scalar(2);
  const F y = record("stop", x.value(), {x}, [](const auto&) { return F(); });
  CHECK(grad(y, {x})[0].item() == 0.0F);
  CHECK(grad(y + x, {x})[0].item() == 1.0F);
}

TEST_CASE("an output gradient replaces the 1") {
  const F x = F::variable(Tensor<float>({3}, {1, 2, 3}));
  const auto g = grad(x * x, {x}, {.output = Tensor<float>({3}, {1, 10, 100})});
  CHECK(g[0].value() == Tensor<float>({3}, {2, 40, 600}));
}

TEST_CASE("gradients carry a history only with create_graph") {
  const F x = scalar(3);
  const F y = x * x * x;
  CHECK_FALSE(grad(y, {x})[0].requires_grad());
  const F g = grad(y, {x}, {.create_graph = true})[0];
  REQUIRE(g.requires_grad());
  CHECK(g.item() == 27.0F);
  const F gg = grad(g, {x}, {.create_graph = true})[0];
  CHECK(gg.item() == 18.0F);
  const F ggg = grad(gg, {x}, {.create_graph = true})[0];
  CHECK(ggg.item() == 6.0F);
  CHECK(grad(ggg * x, {x})[0].item() == 6.0F);
}

TEST_CASE("the fourth derivative of e^(2x)") {
  const D x = D::variable(Tensor<double>::scalar(0.3));
  D y = exp(x * 2.0);
  for (int i = 0; i < 4; ++i) y = grad(y, {x}, {.create_graph = true})[0];
  CHECK(y.item() == Approx(16 * std::exp(0.6)).epsilon(1e-13));
}

TEST_CASE("a penalty on a gradient reaches the weights: WGAN-GP in small") {
  // f(x) = w x^2, penalty (|f'(x)| - 1)^2 = (2 w x - 1)^2, by w: 2 (2 w x - 1) 2 x
  const D x = D::variable(Tensor<double>::scalar(1.5)), w = D::variable(Tensor<double>::scalar(0.7));
  const D slope = grad(w * x * x, {x}, {.create_graph = true})[0];
  const D penalty = square(norm(slope) - 1.0);
  CHECK(grad(penalty, {w})[0].item() == Approx(2 * (2 * 0.7 * 1.5 - 1) * 2 * 1.5));
}

TEST_CASE("the recording mode comes back after grad, also after an exception") {
  const F x = scalar(2);
  {
    const NoRecord guard;
    const F y = x;
    static_cast<void>(grad(y, {x}, {.create_graph = true}));
    CHECK_FALSE(recording());
  }
  CHECK(recording());
  const F bad = record("bad", x.value(), {x}, [](const auto&) -> F { fail<ValueError>("bad", "rule"); });
  CHECK_THROWS_AS(grad(bad, {x}), ValueError);
  CHECK(recording());
}

TEST_CASE("a chain of a million nodes is walked and freed without a deep call stack") {
  const F x = scalar(1);
  F y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y + 1;
  CHECK(grad(y, {x})[0].item() == 1.0F);
  F z = x;
  for (int i = 0; i < 100'000; ++i) z = z * 1.0F;
  const F g = grad(z, {x}, {.create_graph = true})[0];  // a long history of the gradient, too
  CHECK(g.item() == 1.0F);
}

TEST_CASE("a graph can be differentiated more than once") {
  const F x = scalar(2), w = scalar(5);
  const F y = x * x * w;
  CHECK(grad(y, {x})[0].item() == 20.0F);
  CHECK(grad(y, {w})[0].item() == 4.0F);
  CHECK(grad(y, {x})[0].item() == 20.0F);
}

TEST_CASE("sentences: y is no single number") {
  const F x = F::variable(Tensor<float>({2, 3}, 1.0F));
  CHECK_THROWS_WITH(grad(x * x, {x}), Contains("(2,3)") && Contains("Reduce it"));
  CHECK_THROWS_WITH(grad(x * x, {x}, {.output = Tensor<float>({3}, 1.0F)}), Contains("(3)") && Contains("(2,3)"));
}

TEST_CASE("sentences: a constant is no target") {
  const F c(Tensor<float>::scalar(1));
  const F x = scalar(1);
  CHECK_THROWS_WITH(grad(x * c, {x, c}), Contains("no variable"));
  CHECK_THROWS_WITH(grad(x * c, {F()}), Contains("no variable"));
}

TEST_CASE("sentences: y has no history") {
  const F c(Tensor<float>::scalar(1));
  const F x = scalar(2);
  const auto refused = Contains("[grad] y has no history: it was computed inside NoRecord");
  CHECK_THROWS_WITH(grad(c * c, {x}), refused);
  CHECK_THROWS_WITH(grad((x * x).detach(), {x}), refused);
  CHECK_THROWS_WITH(grad(grad(x * x, {x})[0], {x}), refused);
  CHECK_THROWS_AS(grad(c, {x}, {.output = Tensor<float>::scalar(1)}), ValueError);
  const F y = [&] {
    const NoRecord guard;
    return x * x;
  }();
  CHECK_THROWS_WITH(grad(y, {x}), refused);
  CHECK(grad(x * x, {x})[0].item() == 4.0F);
}

TEST_CASE("sentences: a variable changed since y was computed") {
  F x = scalar(2);
  const F y = x * x;
  x.set_value(Tensor<float>::scalar(5));
  CHECK_THROWS_WITH(grad(y, {x}), Contains("mul") && Contains("changed") && Contains("compute y again"));
  CHECK(grad(x * x, {x})[0].item() == 10.0F);
}

TEST_CASE("a changed variable that no needed rule reads is still refused only where its node is visited") {
  F x = scalar(2), w = scalar(3);
  const F h = x * x;
  const F y = h * 4;
  w.set_value(Tensor<float>::scalar(1));
  CHECK(grad(y, {x})[0].item() == 16.0F);
}

TEST_CASE("sentences: a rule that gives the wrong shape is named") {
  const F x = F::variable(Tensor<float>({2}, 1.0F));
  const F y = record("crooked", Tensor<float>::scalar(1), {x}, [](const auto& g) { return g.gy; });
  CHECK_THROWS_WITH(grad(y, {x}), Contains("[crooked]") && Contains("()") && Contains("(2)"));
}

TEST_CASE("sentences: an undefined y") {
  const F x = scalar(1);
  CHECK_THROWS_WITH(grad(F(), {x}), Contains("undefined Var"));
}
