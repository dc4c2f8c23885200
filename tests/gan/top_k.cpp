// Top-k training: how many samples are kept, which, and where gradients go.
#include "ganvas/gan/top_k.hpp"

#include <cmath>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/gan/losses.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

TEST_CASE("k falls from keep_from N to keep_to N, once an epoch") {
  const TopK top{.keep_from = 1, .keep_to = 0.5, .decay = 0.9, .every = 10};
  CHECK(top.count(64, 0) == 64);
  CHECK(top.count(64, 9) == 64);
  CHECK(top.count(64, 10) == 58);  // 57.6
  CHECK(top.count(64, 20) == 52);  // 51.84
  CHECK(top.count(64, 60) == 34);  // 34.01
  CHECK(top.count(64, 1'000'000) == 32);
  CHECK(TopK{.keep_from = 0.75, .keep_to = 0.75}.count(64, 0) == 48);
  CHECK(TopK{.keep_to = 0.55, .decay = 0.1, .every = 1}.count(100, 50) == 55);
  CHECK(TopK{.keep_to = 0.5, .decay = 0.1, .every = 1}.count(5, 50) == 3);  // rounded up
  CHECK(TopK{.keep_to = 0.01, .decay = 0.1, .every = 1}.count(3, 50) == 1);
}

TEST_CASE("the best are kept in the order of the batch, ties by index, and only they have a gradient") {
  const TopK half{.keep_from = 0.5, .keep_to = 0.5};
  const auto d = V::variable(Tensor<double>({6, 1}, {1, 5, 2, 5, 2, 0}));
  const V kept = half.select(d, 0);
  CHECK(kept.value() == Tensor<double>({3, 1}, {5, 2, 5}));  // the first of the two twos
  CHECK(grad(sum(kept), {d})[0].value() == Tensor<double>({6, 1}, {0, 1, 1, 1, 0, 0}));
  CHECK(half.select(V(Tensor<double>({4}, {3, 1, 2, 4})), 0).value() == Tensor<double>({2}, {3, 4}));
  CHECK(TopK{}.select(d, 0).handle() == d.handle());
  CHECK(loss::NonSaturating{}.generator(kept).item() <= loss::NonSaturating{}.generator(d).item());
}

TEST_CASE("a NaN is kept, so that the loss shows it") {
  const TopK one{.keep_from = 0.25, .keep_to = 0.25};
  CHECK(std::isnan(one.select(V(Tensor<double>({4, 1}, {1, 2, std::nan(""), 3})), 0).item()));
}

TEST_CASE("options and shapes that do not fit are refused") {
  const V d(Tensor<double>({4, 1}, {1, 2, 3, 4}));
  CHECK_THROWS_WITH((TopK{.keep_from = 0.4, .keep_to = 0.5}.select(d, 0)), Contains("[top_k]") && Contains("0.4"));
  CHECK_THROWS_AS((TopK{.keep_to = 0}.select(d, 0)), ValueError);
  CHECK_THROWS_AS((TopK{.decay = 1.1}.select(d, 0)), ValueError);
  CHECK_THROWS_AS((TopK{.decay = std::nan("")}.select(d, 0)), ValueError);
  CHECK_THROWS_AS((TopK{.every = 0}.select(d, 0)), ValueError);
  CHECK_THROWS_AS(TopK{}.select(d, -1), ValueError);
  CHECK_THROWS_AS(TopK{}.select(V(Tensor<double>({0, 1})), 0), ValueError);
  CHECK_THROWS_WITH(TopK{}.select(V(Tensor<double>({2, 2}, 1.0)), 0), Contains("(2,2)"));
}
