// Images sampled at affine places: rules and refusals.
#include "ganvas/autograd/affine.hpp"

#include <cmath>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {
Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }
}  // namespace

TEST_CASE("first and second order, and adjoint_identity of affine_sample", "[gradients]") {
  const Shape shape{2, 4, 5, 2};
  for (const PadMode outside : {PadMode::zero, PadMode::reflect, PadMode::edge}) {
    const Tensor<double> maps = normal({2, 2, 3}, 7);
    const auto sample = [&](const V& v) { return affine_sample(v, maps, outside); };
    const auto scatter = [&](const V& v) { return affine_scatter(v, maps, outside); };
    CHECK(check::adjoint(sample, scatter, shape, shape, {.tolerance = 1e-14}));
    CHECK(check::gradients([&](const auto& v) { return sample(v[0]); }, {normal(shape)}));
    CHECK(check::gradients([&](const auto& v) { return scatter(v[0]); }, {normal(shape)}));
    const auto cubic = [&](const auto& v) {
      const V y = sample(v[0]);
      return scatter(y * y * y);
    };
    CHECK(check::second_gradients(cubic, {normal(shape)}));
  }
}

TEST_CASE("each image has its own map, and a tensor of maps that changes later does not change the gradient") {
  auto maps = Tensor<double>({2, 2, 3}, {1, 0, 0, 0, 1, 0, 1, 0, 0, 0, -1, 1});
  const auto x = V::variable(Tensor<double>({2, 1, 2, 1}, {1, 2, 3, 4}));
  const V y = affine_sample(x, maps);
  CHECK(y.value() == Tensor<double>({2, 1, 2, 1}, {1, 2, 4, 3}));
  maps.set({1, 1, 1}, 5.0);
  CHECK(grad(y, {x}, {.output = Tensor<double>({2, 1, 2, 1}, {10, 20, 30, 40})})[0].value() ==
        Tensor<double>({2, 1, 2, 1}, {10, 20, 40, 30}));
}

TEST_CASE("maps and images that do not fit are refused") {
  const V x(normal({2, 3, 3, 1}));
  CHECK_THROWS_WITH(affine_sample(V(normal({3, 3})), Tensor<double>({3, 2, 3}, 0.0)),
                    Contains("[affine_sample]") && Contains("(3,3)"));
  CHECK_THROWS_WITH(affine_sample(x, Tensor<double>({1, 2, 3}, 0.0)),
                    Contains("(2,2,3)") && Contains("(1,2,3)") && Contains("(2,3,3,1)"));
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e300}) {
    auto maps = Tensor<double>({2, 2, 3}, 0.0);
    maps.set({1, 0, 2}, bad);
    CHECK_THROWS_AS(affine_sample(x, maps), ValueError);
    CHECK_THROWS_WITH(affine_scatter(x, maps),
                      Contains("[affine_scatter]") && Contains("number 2") && Contains("image 1"));
  }
}

TEST_CASE("images without pixels stay so") {
  for (const Shape& s : {Shape{0, 3, 3, 1}, Shape{2, 0, 3, 1}, Shape{2, 3, 3, 0}})
    for (const PadMode outside : {PadMode::zero, PadMode::reflect, PadMode::edge})
      CHECK(affine_sample(V(Tensor<double>(s)), Tensor<double>({s[0], 2, 3}, 1.0), outside).shape() == s);
}
