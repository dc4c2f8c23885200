// Rows by index, their sums, and embeddings.
#include "ganvas/autograd/gather.hpp"

#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {
Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }
}  // namespace

TEST_CASE("gather reads by index along any axis") {
  const V x(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(gather(x, 1, {2, 0, 2, 1}).value() == Tensor<double>({2, 4}, {3, 1, 3, 2, 6, 4, 6, 5}));
  CHECK(gather(x, 0, {1}).value() == Tensor<double>({1, 3}, {4, 5, 6}));
  CHECK(gather(x, -2, {}).shape() == Shape{0, 3});
}

TEST_CASE("scatter_add adds by index, duplicates too") {
  const V x(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(scatter_add(x, 1, {3, 0, 3}, 4).value() == Tensor<double>({2, 4}, {2, 0, 0, 4, 5, 0, 0, 10}));
  CHECK(scatter_add(V(Tensor<double>({0, 2}, std::vector<double>{})), 0, {}, 3).value() ==
        Tensor<double>::zeros({3, 2}));
}

TEST_CASE("first and second order, and adjoint_identity of gather and scatter_add", "[gradients]") {
  const std::vector<index_t> at{1, 3, 1, 0, 3, 3};
  for (const int axis : {0, 1, 2}) {
    const Shape x = Shape{5, 5, 5}.with(axis, 4), y = x.with(axis, 6);
    const auto rows = [&](const V& v) { return gather(v, axis, at); };
    const auto back = [&](const V& v) { return scatter_add(v, axis, at, 4); };
    CHECK(check::adjoint(rows, back, x, y, {.tolerance = 1e-14}));
    CHECK(check::gradients([&](const auto& v) { return rows(v[0]); }, {normal(x)}));
    CHECK(check::gradients([&](const auto& v) { return back(v[0]); }, {normal(y)}));
  }
  const auto cubic = [&](const auto& v) {
    const V y = gather(v[0], 1, at);
    return scatter_add(y * y * y, 1, at, 4);
  };
  CHECK(check::second_gradients(cubic, {normal({2, 4, 3})}));
}

TEST_CASE("embedding reads rows of a table") {
  const V table(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(embedding(table, {2, 2, 0}).value() == Tensor<double>({3, 2}, {5, 6, 5, 6, 1, 2}));
  const auto f = [](const auto& v) { return square(embedding(v[0], {2, 0, 2, 1})); };
  CHECK(check::gradients(f, {normal({3, 4})}));
  CHECK(check::second_gradients(f, {normal({3, 4})}));
}

TEST_CASE("indices and shapes that do not fit are refused") {
  const V x(normal({2, 3}));
  CHECK_THROWS_WITH(gather(x, 1, {0, 3}), Contains("index 3") && Contains("(2,3)") && Contains("0 to 2"));
  CHECK_THROWS_WITH(gather(x, 0, {-1}), Contains("index -1"));
  CHECK_THROWS_AS(gather(x, 2, {0}), ShapeError);
  CHECK_THROWS_WITH(scatter_add(x, 1, {0, 1}, 4), Contains("2 indices") && Contains("(2,3)"));
  CHECK_THROWS_WITH(scatter_add(x, 1, {0, 1, 4}, 4), Contains("index 4") && Contains("(2,4)"));
  CHECK_THROWS_AS(scatter_add(x, 1, {0, 1, 2}, -4), ShapeError);
  CHECK_THROWS_WITH(scatter_add(x, 1, {0, 1, 2}, index_t{1} << 45), Contains("[scatter_add]") && Contains("2^31"));
  CHECK_THROWS_WITH(embedding(V(normal({3})), {0}), Contains("(3)"));
  CHECK_THROWS_WITH(embedding(x, {2}), Contains("[embedding]") && Contains("index 2") && Contains("(2,3)"));
}

TEST_CASE("sums of duplicates are equal for any number of threads", "[threads]") {
  Random random(2);
  const Tensor<float> table = random.normal<float>({50, 64});
  const std::vector<index_t> at = random.integers(3000, 0, 50);
  CHECK(same_for_any_threads([&] {
    const auto v = Var<float>::variable(table);
    const auto y = embedding(v, at);
    return grad(y, {v}, {.output = exp(y.detach())})[0].value();
  }));
}
