// Var: histories, constants, guards, long graphs.
#include "ganvas/autograd/var.hpp"

#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/autograd/grad.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using F = Var<float>;

TEST_CASE("constants, variables and results tell what they are") {
  const F c(Tensor<float>({2}, {1, 2}));
  const F x = F::variable(Tensor<float>({2}, {3, 4}));
  const F y = x * c;
  CHECK(c.op() == std::string("constant"));
  CHECK(x.op() == std::string("variable"));
  CHECK(y.op() == std::string("mul"));
  CHECK_FALSE(c.requires_grad());
  CHECK(x.requires_grad());
  CHECK(y.requires_grad());
  CHECK(c.is_leaf());
  CHECK(x.is_leaf());
  CHECK_FALSE(y.is_leaf());
  CHECK(y.shape() == Shape{2});
  CHECK(y.rank() == 1);
  CHECK(y.size(-1) == 2);
  CHECK(y.numel() == 2);
  CHECK(y.value()(1) == 8);
  CHECK((c * c).is_leaf());  // nothing to remember
}

TEST_CASE("an undefined Var says so when it is used") {
  const F nothing;
  CHECK_FALSE(nothing.defined());
  CHECK_FALSE(nothing.requires_grad());
  CHECK(nothing.is_leaf());
  CHECK_THROWS_WITH(nothing.value(), Contains("undefined Var"));
  CHECK_THROWS_WITH(nothing + F(Tensor<float>::scalar(1)), Contains("undefined Var"));
}

TEST_CASE("value and shape of a temporary Var outlive it") {
  const F a(Tensor<float>({2}, {1, 2}));
  static_assert(std::is_same_v<decltype(a.value()), const Tensor<float>&>);
  static_assert(std::is_same_v<decltype((a * a).value()), Tensor<float>>);
  const Tensor<float>& squares = (a * a).value();
  const Shape& s = (a + a).shape();
  const Shape& t = (a + a).value().shape();
  const F other = a * 7;  // takes the memory of what was given back
  CHECK(squares == Tensor<float>({2}, {1, 4}));
  CHECK(s == Shape{2});
  CHECK(t == Shape{2});
  CHECK(F(a).value().shares_memory_with(a.value()));  // nothing was copied
}

TEST_CASE("a Var prints its value") {
  const auto text = [](const F& x) { return (std::ostringstream() << x).str(); };
  CHECK(text(F::variable(Tensor<float>({2}, {1, 2}))) == to_string(Tensor<float>({2}, {1, 2})));
  CHECK(text(F()) == "undefined");
}

TEST_CASE("an operation refuses an undefined input, whether it is recorded or not") {
  const auto op = [](const F& a, const F& b) {
    return record(
        "mine", a.value(), {a, b}, [](const auto& g) { return g.gy; }, [](const auto& g) { return g.gy; });
  };
  const auto all = [](const F& a, const F& b) {
    return record_all<float>("mine", a.value(), {a, b}, [](const auto& g, std::size_t) { return g.gy; });
  };
  const F x = F::variable(Tensor<float>({2}, 1.0F)), c(Tensor<float>({2}, 1.0F));
  const auto refused = Contains("[mine] input 1 is undefined; give it a value or leave it out");
  CHECK_THROWS_WITH(op(x, F()), refused);
  CHECK_THROWS_WITH(all(x, F()), refused);
  CHECK_THROWS_WITH(op(c, F()), refused);
  const NoRecord guard;
  CHECK_THROWS_WITH(op(x, F()), refused);
  CHECK_THROWS_AS(all(x, F()), ValueError);
}

TEST_CASE("the search for what is not finite refuses an undefined Var") {
  CHECK_THROWS_WITH(first_non_finite(F()), Contains("[first_non_finite]") && Contains("undefined Var"));
  CHECK(first_non_finite(F(Tensor<float>({2}, 1.0F))).empty());
}

TEST_CASE("item needs one element") {
  CHECK(F(Tensor<float>({1, 1}, 3.0F)).item() == 3.0F);
  CHECK_THROWS_WITH(F(Tensor<float>({2, 3}, 1.0F)).item(), Contains("(2,3)"));
}

TEST_CASE("nothing is remembered while NoRecord lives") {
  const F x = F::variable(Tensor<float>({2}, 1.0F));
  CHECK(recording());
  {
    const NoRecord outer;
    CHECK_FALSE(recording());
    {
      const NoRecord inner;
      CHECK_FALSE(recording());
    }
    CHECK_FALSE(recording());
    const F y = x * x + 1;
    CHECK_FALSE(y.requires_grad());
    CHECK(y.is_leaf());
    bool other = false;  // the guard is this thread's alone
    std::thread([&other] { other = recording(); }).join();
    CHECK(other);
  }
  CHECK(recording());
  CHECK((x * x).requires_grad());
}

TEST_CASE("NoRecord ends when an exception passes") {
  try {
    const NoRecord guard;
    fail<ValueError>("test", "out");
  } catch (const ValueError&) {
  }
  CHECK(recording());
}

TEST_CASE("detach keeps the value and drops the history") {
  const F x = F::variable(Tensor<float>({2}, {1, 2}));
  const F y = x * 3;
  const F d = y.detach();
  CHECK(d.value().shares_memory_with(y.value()));
  CHECK_FALSE(d.requires_grad());
  const auto g = grad(d * x, {x}, {.output = Tensor<float>({2}, 1.0F)});  // only the factor x is differentiated
  CHECK(g[0].value() == Tensor<float>({2}, {3, 6}));
}

TEST_CASE("set_value and update change leaves only, and only to the same shape") {
  F x = F::variable(Tensor<float>({2}, 1.0F));
  const Tensor<float> before = x.value();
  x.set_value(Tensor<float>({2}, 5.0F));
  CHECK(x.value()(0) == 5.0F);
  CHECK(before(0) == 1.0F);
  x.update([](Tensor<float>& t) { t.set({1}, 7.0F); });
  CHECK(x.value() == Tensor<float>({2}, {5, 7}));
  CHECK_THROWS_WITH(x.set_value(Tensor<float>({3}, 1.0F)), Contains("(3)") && Contains("(2)"));
  CHECK_THROWS_WITH(x.update([](Tensor<float>& t) { t = Tensor<float>({3}, 1.0F); }),
                    Contains("[set_value]") && Contains("shape (2) the shape (3)"));
  x = F::variable(Tensor<float>({2}, 1.0F));
  F y = x * x;
  CHECK_THROWS_WITH(y.set_value(Tensor<float>({2}, 1.0F)), Contains("result of mul") && Contains("detach()"));
}

TEST_CASE("copies of a Var are the same node") {
  F x = F::variable(Tensor<float>({1}, 1.0F));
  const F alias = x;
  x.set_value(Tensor<float>({1}, 2.0F));
  CHECK(alias.item() == 2.0F);
}

TEST_CASE("a history of a million nodes is destroyed without a deep call stack") {
  const F x = F::variable(Tensor<float>::scalar(1.0F));
  F y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y + 1;
  CHECK(y.item() == 1'000'001.0F);
  const F z = y * 2;  // part of the history is shared
  y = F();
  CHECK(z.requires_grad());
}

TEST_CASE("a wide and deep lattice is destroyed once") {
  const F x = F::variable(Tensor<float>::scalar(1.0F));
  F a = x, b = x;
  for (int i = 0; i < 100'000; ++i) {
    const F next = (a + b) * 0.5F;
    b = std::exchange(a, next);
  }
  CHECK(a.item() == 1.0F);
}

TEST_CASE("record_all has one rule for all slots, computed jointly when it likes") {
  int computed = 0;
  const auto op = [&computed](const F& a, const F& b) {  // y = a + 2 b
    return record_all<float>("joint", detail::zip<kernels::Binary::scaled_add>("joint", a.value(), b.value(), 2.0F),
                             {a, b}, [&computed](const Backward<float>& g, std::size_t slot) {
                               CHECK(g.size() == 2);
                               return g.joint(slot, [&] {
                                 ++computed;
                                 return std::vector<F>{g.gy, g.needs(1) ? g.gy * 2 : F()};
                               });
                             });
  };
  const F a = F::variable(Tensor<float>::scalar(1)), b = F::variable(Tensor<float>::scalar(1));
  const F y = op(a, b);
  CHECK(y.item() == 3.0F);
  const auto g = grad(y, {a, b});
  CHECK(computed == 1);
  CHECK(g[0].item() == 1.0F);
  CHECK(g[1].item() == 2.0F);
  CHECK(grad(y, {a})[0].item() == 1.0F);
}
