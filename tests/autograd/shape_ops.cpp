// Operations that move elements: values by hand and against index loops, gradients as adjoints.
#include "ganvas/autograd/shape_ops.hpp"

#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> count(const Shape& shape) {
  Tensor<double> t(shape);
  for (index_t i = 0; i < t.numel(); ++i) t.mutable_data()[i] = static_cast<double>(i);
  return t;
}
Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }

/// Both orders against differences; linear operations must agree to rounding.
template <class F>
void check_linear(const F& f, const std::vector<Tensor<double>>& inputs) {
  CHECK(check::gradients(f, inputs, {.tolerance = 1e-8}));
  CHECK(check::second_gradients([&](const auto& x) { return f(x) * f(x); }, inputs));
}

}  // namespace

TEST_CASE("reshape keeps the elements and their order") {
  const V x(count({2, 6}));
  CHECK(reshape(x, Shape{3, 4}).value() == count({3, 4}));
  CHECK(reshape(x, {-1, 2}).value() == count({6, 2}));
  CHECK(reshape(x, {12}).value().shares_memory_with(x.value()));
  CHECK(reshape(V(count({1})), Shape{}).shape() == Shape{});
  CHECK_THROWS_WITH(reshape(x, {5, 2}), Contains("(2,6)") && Contains("(5,2)"));
  check_linear([](const auto& v) { return reshape(v[0], {3, -1}); }, {normal({2, 6})});
}

TEST_CASE("permute moves axes") {
  const V x(count({2, 3, 4}));
  const V y = permute(x, {2, 0, -2});
  REQUIRE(y.shape() == Shape{4, 2, 3});
  for (index_t i = 0; i < 4; ++i)
    for (index_t j = 0; j < 2; ++j)
      for (index_t k = 0; k < 3; ++k) CHECK(y.value()(i, j, k) == x.value()(j, k, i));
  CHECK(permute(permute(x, {2, 0, 1}), {1, 2, 0}).value() == x.value());
  CHECK(permute(V(count({})), {}).value() == count({}));
  CHECK(permute(V(count({0, 3})), {1, 0}).shape() == Shape{3, 0});
  check_linear([](const auto& v) { return permute(v[0], {3, 1, 0, 4, 2}); }, {normal({2, 3, 1, 4, 2})});
  CHECK_THROWS_WITH(permute(x, {0, 1, 1}), Contains("{0,1,1}") && Contains("(2,3,4)"));
  CHECK_THROWS_AS(permute(x, {0, 1}), ShapeError);
  CHECK_THROWS_AS(permute(x, {0, 1, 3}), ShapeError);
}

TEST_CASE("transpose is the permutation of a matrix") {
  CHECK(transpose(V(count({2, 3}))).value() == Tensor<double>({3, 2}, {0, 3, 1, 4, 2, 5}));
  check_linear([](const auto& v) { return transpose(v[0]); }, {normal({3, 5})});
  CHECK_THROWS_WITH(transpose(V(count({2, 3, 4}))), Contains("(2,3,4)") && Contains("permute"));
}

TEST_CASE("slice takes elements with a step, and counts negative places from the end") {
  const V x(count({2, 7}));
  CHECK(slice(x, 1, 1, 7, 3).value() == Tensor<double>({2, 2}, {1, 4, 8, 11}));
  CHECK(slice(x, -1, -3, -1).value() == Tensor<double>({2, 2}, {4, 5, 11, 12}));
  CHECK(slice(x, 1, 0, 7, 100).value() == Tensor<double>({2, 1}, {0, 7}));
  CHECK(slice(x, 0, 1, 2).value() == Tensor<double>({1, 7}, {7, 8, 9, 10, 11, 12, 13}));
  CHECK(slice(x, 1, 5, 2).shape() == Shape{2, 0});
  CHECK(slice(x, 1, 7, 7).shape() == Shape{2, 0});
  for (const index_t step : {1, 2, 3})
    check_linear([step](const auto& v) { return slice(v[0], 1, 1, -1, step); }, {normal({2, 8, 3})});
  CHECK_THROWS_WITH(slice(x, 1, 0, 8), Contains("0 to 8") && Contains("(2,7)"));
  CHECK_THROWS_AS(slice(x, 1, -8, 3), ShapeError);
  CHECK_THROWS_AS(slice(x, 2, 0, 1), ShapeError);
  CHECK_THROWS_WITH(slice(x, 1, 0, 3, 0), Contains("step") && Contains("0"));
}

TEST_CASE("flip turns axes round, and is its own inverse") {
  const V x(count({2, 3}));
  CHECK(flip(x, {1}).value() == Tensor<double>({2, 3}, {2, 1, 0, 5, 4, 3}));
  CHECK(flip(x, {0, -1}).value() == Tensor<double>({2, 3}, {5, 4, 3, 2, 1, 0}));
  CHECK(flip(flip(x, {0, 1}), {0, 1}).value() == x.value());
  CHECK(flip(V(count({0, 3})), {0}).shape() == Shape{0, 3});
  check_linear([](const auto& v) { return flip(v[0], {0, 2}); }, {normal({3, 2, 4})});
  CHECK_THROWS_WITH(flip(x, {0, -2}), Contains("twice") && Contains("(2,3)"));
}

TEST_CASE("concat puts tensors one behind the other") {
  const V a(count({2, 1})), b(count({2, 3})), none(count({2, 0}));
  CHECK(concat<double>({a, b}, 1).value() == Tensor<double>({2, 4}, {0, 0, 1, 2, 1, 3, 4, 5}));
  CHECK(concat<double>({b, b}, -2).value() == Tensor<double>({4, 3}, {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
  CHECK(concat<double>({none, a, none}, 1).value() == a.value());
  for (const int axis : {0, 1, 2})
    check_linear(
        [axis](const auto& v) {
          return concat<double>({v[0], v[1], v[0]}, axis);
        },
        {normal({2, 3, 2}), normal({2, 3, 2}, 2)});
  check_linear(
      [](const auto& v) {
        return concat<double>({v[0], v[1]}, 3);
      },
      {normal({2, 3, 2, 1}), normal({2, 3, 2, 4})});
  CHECK_THROWS_WITH(concat<double>({a, V(count({3, 1}))}, 1), Contains("(2,1)") && Contains("(3,1)"));
  CHECK_THROWS_AS(concat<double>({a, V(count({2}))}, 0), ShapeError);
  CHECK_THROWS_AS(concat<double>({}, 0), ShapeError);
}

TEST_CASE("pad with zeros, reflections and edges") {
  const V x(count({1, 4}));
  CHECK(pad(x, {{0, 1}, {2, 1}}).value() == Tensor<double>({2, 7}, {0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(pad(x, {{0, 0}, {3, 2}}, PadMode::reflect).value() == Tensor<double>({1, 9}, {3, 2, 1, 0, 1, 2, 3, 2, 1}));
  CHECK(pad(x, {{1, 0}, {2, 3}}, PadMode::edge).value() ==
        Tensor<double>({2, 9}, {0, 0, 0, 1, 2, 3, 3, 3, 3, 0, 0, 0, 1, 2, 3, 3, 3, 3}));
  CHECK(pad(V(count({0, 2})), {{1, 1}, {0, 0}}).value() == Tensor<double>::zeros({2, 2}));
  for (const PadMode mode : {PadMode::zero, PadMode::reflect, PadMode::edge})
    check_linear(
        [mode](const auto& v) {
          return pad(v[0], {{0, 0}, {2, 1}, {1, 2}, {0, 0}}, mode);
        },
        {normal({2, 3, 4, 2})});
}

TEST_CASE("pad refuses what it cannot fill") {
  const V x(count({1, 4}));
  CHECK_THROWS_WITH(pad(x, {{0, 0}, {4, 0}}, PadMode::reflect), Contains("4 and 0") && Contains("(1,4)"));
  CHECK_THROWS_AS(pad(x, {{1, 0}, {0, 0}}, PadMode::reflect), ShapeError);
  CHECK_THROWS_WITH(pad(x, {{0, 0}, {-1, 0}}), Contains("-1 and 0") && Contains("slice"));
  CHECK_THROWS_WITH(pad(x, {{0, 0}}), Contains("1 pairs") && Contains("(1,4)"));
  CHECK_THROWS_AS(pad(V(count({0, 2})), {{1, 1}, {0, 0}}, PadMode::edge), ShapeError);
  CHECK_THROWS_AS(pad(x, {{index_t{1} << 60, 0}, {0, 0}}), ValueError);
  CHECK_THROWS_WITH(pad(V(count({2})), {{index_t{1} << 40, 0}}, PadMode::edge), Contains("[pad]") && Contains("2^31"));
  CHECK_THROWS_AS(pad(V(count({2, 0})), {{index_t{1} << 40, 0}, {0, 0}}, PadMode::edge), ValueError);
}

TEST_CASE("adjoint_identity of the moves", "[gradients]") {
  const Shape x{3, 5, 4};
  CHECK(check::adjoint(
      [](const V& v) {
        return permute(v, {1, 2, 0});
      },
      [](const V& v) {
        return permute(v, {2, 0, 1});
      },
      x, {5, 4, 3}));
  CHECK(check::adjoint([](const V& v) { return slice(v, 1, 1, 4); },
                       [](const V& v) {
                         return pad(v, {{0, 0}, {1, 1}, {0, 0}});
                       },
                       x, {3, 3, 4}));
  CHECK(check::adjoint([](const V& v) { return flip(v, {0, 2}); }, [](const V& v) { return flip(v, {0, 2}); }, x, x));
}

TEST_CASE("moves and their gradients are equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(4).normal<float>({6, 40, 30, 5});
  CHECK(same_for_any_threads([&] {
    const auto v = Var<float>::variable(x);
    const auto y = permute(pad(flip(v, {1}), {{0, 0}, {3, 4}, {2, 2}, {0, 0}}, PadMode::reflect), {3, 0, 2, 1});
    return std::vector<Tensor<float>>{y.value(), grad(y, {v}, {.output = y.detach()})[0].value()};
  }));
}
