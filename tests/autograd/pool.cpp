// Average and maximum pooling.
#include "ganvas/autograd/pool.hpp"

#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }

/// Numbers that are all at least 0.1 apart, in random order: no window has a tie that a small step could break.
Tensor<double> distinct(const Shape& shape) {
  Tensor<double> t(shape);
  const auto order = Random(6).permutation(t.numel());
  for (index_t i = 0; i < t.numel(); ++i)
    t.mutable_data()[i] = 0.1 * static_cast<double>(order[static_cast<std::size_t>(i)]);
  return t;
}

std::vector<PoolOptions> all_options() {
  std::vector<PoolOptions> all;
  for (const index_t kernel : {1, 2, 3})
    for (const index_t stride : {0, 1, 2, 3})
      for (index_t padding = 0; padding < kernel; ++padding) all.push_back({kernel, stride, padding});
  return all;
}

}  // namespace

TEST_CASE("pooling by hand") {
  const V x(Tensor<double>({1, 3, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  CHECK(avg_pool2d(x).value() == Tensor<double>({1, 1, 2, 1}, {3.5, 5.5}));
  CHECK(max_pool2d(x).value() == Tensor<double>({1, 1, 2, 1}, {6, 8}));
  CHECK(max_pool2d(x, {.kernel = 3, .stride = 1}).value() == Tensor<double>({1, 1, 2, 1}, {11, 12}));
  CHECK(avg_pool2d(x, {.kernel = 2, .stride = 2, .padding = 1}).value() ==
        Tensor<double>({1, 2, 3, 1}, {0.25, 1.25, 1, 3.5, 8.5, 5}));
  const V below(Tensor<double>({1, 2, 2, 1}, {-1, -2, -3, -4}));
  CHECK(max_pool2d(below, {.kernel = 2, .stride = 2, .padding = 1}).value() == below.value());  // padding never wins
  CHECK(avg_pool2d(V(normal({0, 4, 4, 2}))).shape() == Shape{0, 2, 2, 2});
  CHECK(max_pool2d(V(normal({0, 4, 4, 2}))).shape() == Shape{0, 2, 2, 2});
}

TEST_CASE("of equal elements the first in reading order gets the gradient") {
  const V x = V::variable(Tensor<double>({1, 2, 2, 1}, {1, 3, 3, 3}));
  CHECK(grad(max_pool2d(x), {x})[0].value() == Tensor<double>({1, 2, 2, 1}, {0, 1, 0, 0}));
}

TEST_CASE("first and second order of pooling", "[gradients]") {
  for (const PoolOptions& o : all_options())
    for (const Shape& shape : {Shape{1, 5, 4, 1}, Shape{2, 4, 5, 3}}) {
      INFO("kernel " << o.kernel << " stride " << o.stride << " padding " << o.padding << " input " << shape);
      const auto average = [&](const auto& v) { return avg_pool2d(v[0] * v[0], o); };
      const auto largest = [&](const auto& v) { return max_pool2d(v[0] * v[0], o); };
      CHECK(check::gradients(average, {normal(shape)}));
      CHECK(check::second_gradients(average, {normal(shape)}));
      CHECK(check::gradients(largest, {distinct(shape)}));
      CHECK(check::second_gradients(largest, {distinct(shape)}));
    }
}

TEST_CASE("adjoint_identity of average pooling", "[gradients]") {
  for (const PoolOptions& o : all_options()) {
    const auto g = kernels::pool_geometry({2, 7, 6, 3}, o, "pool");
    CHECK(check::adjoint([&](const V& x) { return avg_pool2d(x, o); },
                         [&](const V& y) {
                           return detail::sum_pool_adjoint("adjoint", y, g,
                                                           1.0 / static_cast<double>(o.kernel * o.kernel));
                         },
                         g.x(), g.y(), {.tolerance = 1e-13}));
  }
}

TEST_CASE("pool: float and double agree") {
  const Tensor<double> x = normal({3, 9, 9, 5}).cast<float>().cast<double>();
  const PoolOptions o{.kernel = 3, .stride = 2, .padding = 1};
  CHECK(max_pool2d(Var<float>(x.cast<float>()), o).value().cast<double>() == max_pool2d(V(x), o).value());
  const Tensor<double> a = avg_pool2d(Var<float>(x.cast<float>()), o).value().cast<double>(),
                       b = avg_pool2d(V(x), o).value();
  for (index_t i = 0; i < a.numel(); ++i) CHECK(a.data()[i] == Approx(b.data()[i]).margin(1e-6));
}

TEST_CASE("inputs that no window fits into are refused") {
  CHECK_THROWS_WITH(avg_pool2d(V(normal({4, 4, 3}))), Contains("[avg_pool2d]") && Contains("(4,4,3)"));
  CHECK_THROWS_WITH(max_pool2d(V(normal({1, 2, 8, 3})), {.kernel = 3}),
                    Contains("[max_pool2d]") && Contains("(1,2,8,3)"));
  CHECK_THROWS_AS(max_pool2d(V(normal({1, 4, 4, 1})), {.padding = 2}), ValueError);
}

TEST_CASE("pooling and its gradients are equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(5).normal<float>({6, 31, 29, 7});
  CHECK(same_for_any_threads([&] {
    const auto v = Var<float>::variable(x);
    const PoolOptions o{.kernel = 3, .stride = 2, .padding = 1};
    const auto a = avg_pool2d(v, o), m = max_pool2d(v, o);
    return std::vector<Tensor<float>>{a.value(), m.value(), grad(a, {v}, {.output = a.detach()})[0].value(),
                                      grad(m, {v}, {.output = m.detach()})[0].value()};
  }));
}
