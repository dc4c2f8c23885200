// Matrix products against plain loops, with every transposition, alone and in batches.
#include "ganvas/autograd/matmul.hpp"

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

struct Case {
  index_t batch, m, k, n;  // batch 0: plain matrices
};
const std::vector<Case> cases{{0, 1, 1, 1}, {0, 3, 5, 2}, {0, 7, 1, 4}, {0, 17, 33, 9},
                              {1, 2, 3, 4}, {3, 4, 2, 5}, {9, 3, 3, 3}};

Shape stored(index_t batch, index_t rows, index_t columns, bool transposed) {
  if (transposed) std::swap(rows, columns);
  return batch > 0 ? Shape{batch, rows, columns} : Shape{rows, columns};
}

/// The largest difference between y and the sum over k of op(a) op(b).
template <class T>
double worst_error(const Tensor<T>& y, const Tensor<T>& a, const Tensor<T>& b, bool ta, bool tb, const Case& c) {
  double worst = 0;
  for (index_t s = 0; s < std::max<index_t>(c.batch, 1); ++s)
    for (index_t i = 0; i < c.m; ++i)
      for (index_t j = 0; j < c.n; ++j) {
        double sum = 0;
        for (index_t l = 0; l < c.k; ++l)
          sum += static_cast<double>(a.data()[s * c.m * c.k + (ta ? l * c.m + i : i * c.k + l)]) *
                 static_cast<double>(b.data()[s * c.k * c.n + (tb ? j * c.k + l : l * c.n + j)]);
        worst = std::max(worst, std::abs(sum - static_cast<double>(y.data()[(s * c.m + i) * c.n + j])));
      }
  return worst;
}

}  // namespace

TEST_CASE("matmul equals plain loops") {
  for (const Case& c : cases)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Tensor<double> a = normal(stored(c.batch, c.m, c.k, ta)), b = normal(stored(c.batch, c.k, c.n, tb), 2);
        INFO(a.shape() << " " << ta << " times " << b.shape() << " " << tb);
        const Tensor<double> y = matmul(V(a), V(b), ta, tb).value();
        REQUIRE(y.shape() == stored(c.batch, c.m, c.n, false));
        CHECK(worst_error(y, a, b, ta, tb, c) < 1e-13);
        const Tensor<float> yf = matmul(Var<float>(a.cast<float>()), Var<float>(b.cast<float>()), ta, tb).value();
        CHECK(worst_error(yf, a.cast<float>(), b.cast<float>(), ta, tb, c) < 3e-5);
      }
}

TEST_CASE("first and second order of matmul", "[gradients]") {
  for (const Case& c : cases)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const std::vector<Tensor<double>> inputs{normal(stored(c.batch, c.m, c.k, ta)),
                                                 normal(stored(c.batch, c.k, c.n, tb), 2)};
        const auto f = [=](const auto& v) { return matmul(v[0], v[1], ta, tb); };
        CHECK(check::gradients(f, inputs));
        CHECK(check::second_gradients(f, inputs));
      }
  // a third order term: the same matrix in both slots
  CHECK(
      check::second_gradients([](const auto& v) { return matmul(matmul(v[0], v[0]), v[0], true); }, {normal({4, 4})}));
}

TEST_CASE("adjoint_identity of the bilinear form", "[gradients]") {
  const V a(normal({5, 3})), b(normal({3, 4}, 2));
  CHECK(check::adjoint([&](const V& x) { return matmul(x, b); }, [&](const V& y) { return matmul(y, b, false, true); },
                       {5, 3}, {5, 4}, {.tolerance = 1e-14}));
  CHECK(check::adjoint([&](const V& x) { return matmul(a, x); }, [&](const V& y) { return matmul(a, y, true, false); },
                       {3, 4}, {5, 4}, {.tolerance = 1e-14}));
}

TEST_CASE("linear is x w^T + b over the last axis") {
  const V x(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6})), w(Tensor<double>({2, 3}, {1, 0, 1, 0, 2, 0}));
  const V b(Tensor<double>({2}, {10, 20}));
  CHECK(linear(x, w, b).value() == Tensor<double>({2, 2}, {14, 24, 20, 30}));
  CHECK(linear(x, w).value() == Tensor<double>({2, 2}, {4, 4, 10, 10}));
  CHECK(linear(reshape(x, {1, 2, 3}), w, b).value() == Tensor<double>({1, 2, 2}, {14, 24, 20, 30}));
  CHECK(linear(V(Tensor<double>({3}, {1, 2, 3})), w, b).value() == Tensor<double>({2}, {14, 24}));
  for (const Shape& s : {Shape{1, 4}, Shape{5, 4}, Shape{2, 3, 4}}) {
    const auto f = [](const auto& v) { return linear(v[0], v[1], v[2]); };
    const std::vector<Tensor<double>> inputs{normal(s), normal({6, 4}, 2), normal({6}, 3)};
    CHECK(check::gradients(f, inputs));
    CHECK(check::second_gradients(f, inputs));
  }
}

TEST_CASE("empty sums are zeros") {
  CHECK(matmul(V(normal({2, 0})), V(normal({0, 3}))).value() == Tensor<double>::zeros({2, 3}));
  CHECK(matmul(V(normal({0, 2})), V(normal({2, 3}))).shape() == Shape{0, 3});
  CHECK(linear(V(normal({0, 4})), V(normal({2, 4})), V(normal({2}))).shape() == Shape{0, 2});
}

TEST_CASE("matrices that do not fit are refused") {
  CHECK_THROWS_WITH(matmul(V(normal({2, 3})), V(normal({4, 5}))), Contains("(2,3)") && Contains("(4,5)"));
  CHECK_THROWS_WITH(matmul(V(normal({2, 3})), V(normal({3, 5})), true),
                    Contains("(2,3)") && Contains("after transposing"));
  CHECK_THROWS_WITH(matmul(V(normal({2, 3})), V(normal({1, 3, 5}))), Contains("(2,3)") && Contains("(1,3,5)"));
  CHECK_THROWS_WITH(matmul(V(normal({2, 2, 3})), V(normal({4, 3, 5}))), Contains("(2,2,3)") && Contains("(4,3,5)"));
  CHECK_THROWS_AS(matmul(V(normal({3})), V(normal({3}))), ShapeError);
  CHECK_THROWS_WITH(linear(V(normal({2, 3})), V(normal({4, 5}))), Contains("(2,3)") && Contains("(4,5)"));
  CHECK_THROWS_WITH(linear(V(normal({2, 3})), V(normal({4, 3})), V(normal({3}))), Contains("(4,3)") && Contains("(3)"));
  CHECK_THROWS_AS(linear(V(normal({})), V(normal({4, 3}))), ShapeError);
}

TEST_CASE("products are equal for any number of threads", "[threads]") {
  Random random(3);
  const Tensor<float> x = random.normal<float>({70, 130}), w = random.normal<float>({90, 130});
  const Tensor<float> many = random.normal<float>({40, 9, 11});
  CHECK(same_for_any_threads([&] {
    const auto vx = Var<float>::variable(x), vw = Var<float>::variable(w), vm = Var<float>::variable(many);
    const auto y = linear(vx, vw);
    const auto z = matmul(vm, vm, true, false);
    const auto g = grad(y, {vx, vw}, {.output = y.detach()});
    return std::vector<Tensor<float>>{y.value(), g[0].value(), g[1].value(), z.value(),
                                      grad(z, {vm}, {.output = z.detach()})[0].value()};
  }));
}
