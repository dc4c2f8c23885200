// Dropout: what is kept, how often, and that the gradient has the same mask.
#include "ganvas/autograd/dropout.hpp"

#include <cmath>
#include <vector>

#include "ganvas/autograd/check.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

TEST_CASE("every element is 0 or scaled, about p of them 0") {
  for (const double p : {0.1, 0.5, 0.9}) {
    Random random(3);
    const Tensor<double> y = dropout(V(Tensor<double>::ones({40000})), p, random).value();
    double dropped = 0;
    bool right = true;
    for (const double v : y.values()) {
      dropped += v == 0 ? 1 : 0;
      right = right && (v == 0 || v == Approx(1 / (1 - p)));
    }
    CHECK(right);
    CHECK(std::abs(dropped / 40000 - p) < 5 * std::sqrt(p * (1 - p) / 40000));
  }
}

TEST_CASE("p = 0 changes nothing; two calls differ; the same state gives the same mask") {
  Random random(4);
  const V x(Random(1).normal<double>({100}));
  CHECK(dropout(x, 0.0, random).value() == x.value());
  const Random saved = random;
  const Tensor<double> first = dropout(x, 0.5, random).value();
  CHECK_FALSE(dropout(x, 0.5, random).value() == first);
  random = saved;
  CHECK(dropout(x, 0.5, random).value() == first);
  CHECK(dropout(V(Tensor<double>::zeros({0, 3})), 0.5, random).shape() == Shape{0, 3});
}

TEST_CASE("first and second order of dropout with a fixed mask", "[gradients]") {
  const auto f = [](const auto& v) {
    Random random(5);
    return dropout(v[0] * v[0], 0.4, random);
  };
  CHECK(check::gradients(f, {Random(1).normal<double>({4, 5})}));
  CHECK(check::second_gradients(f, {Random(1).normal<double>({4, 5})}));
}

TEST_CASE("probabilities outside [0, 1) are refused") {
  Random random(6);
  const V x(Tensor<double>::ones({3}));
  CHECK_THROWS_WITH(dropout(x, 1.0, random), Contains("[dropout]") && Contains("1"));
  CHECK_THROWS_AS(dropout(x, -0.1, random), ValueError);
  CHECK_THROWS_AS(dropout(x, std::nan(""), random), ValueError);
}

TEST_CASE("masks are equal for any number of threads", "[threads]") {
  CHECK(same_for_any_threads([] {
    Random random(7);
    return dropout(Var<float>(Tensor<float>::ones({50, 1000})), 0.3F, random).value();
  }));
}
