// An operation of two inputs and one gradient rule: the second gradient would be missing.
// expect: record: give one gradient rule for each input
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/var.hpp"

#include "support/catch.hpp"

using V = ganvas::Var<double>;

namespace {

V take_first(const V& a, const V& b) {
  return ganvas::record(
      "take_first", a.value(), {a, b}, [](const auto& g) { return g.gy; }
#if !defined(MISTAKE)
      ,
      [](const auto&) { return V{}; }
#endif
  );
}

}  // namespace

TEST_CASE("an operation of two inputs has two gradient rules") {
  const auto a = V::variable(ganvas::Tensor<double>::scalar(3)), b = V::variable(ganvas::Tensor<double>::scalar(5));
  const V y = take_first(a, b);
  CHECK(y.item() == 3);
  CHECK(ganvas::grad(y, {a})[0].item() == 1);
  CHECK(ganvas::grad(y, {b})[0].item() == 0);
}
