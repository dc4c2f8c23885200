// Dropout: which elements fall, what happens to the others, and that it can be repeated.
#include "ganvas/nn/dropout.hpp"

#include <algorithm>
#include <cmath>

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("training drops a part p and keeps the mean; evaluation is the identity") {
  Random rng(1);
  nn::Dropout dropout(0.25, rng);
  const Var<double> x(Tensor<double>({100000}, 3.0));
  const Tensor<double> y = dropout.training(x).value();
  const auto zeros = static_cast<double>(std::count(y.values().begin(), y.values().end(), 0.0)) / 100000;
  CHECK(std::abs(zeros - 0.25) < 5 * std::sqrt(0.25 * 0.75 / 100000));
  for (const double v : y.values()) REQUIRE((v == 0.0 || v == Approx(4.0)));
  CHECK(dropout(x).value() == x.value());
}

TEST_CASE("the stream is the layer's own: split from the builder's, stored and restored") {
  Random a(1), b(1);
  nn::Dropout first(0.5, a), second(0.5, a), same(0.5, b);
  const Var<float> x(Tensor<float>({1000}, 1.0F));
  const Random::State start = first.random.state();
  const Tensor<float> y = first.training(x).value();
  CHECK_FALSE(y == second.training(x).value());
  CHECK(y == same.training(x).value());
  CHECK_FALSE(y == first.training(x).value());
  nn::for_each_random(first, [&](const std::string&, Random& r) { r.restore(start); });
  CHECK(y == first.training(x).value());
}

TEST_CASE("p = 0 changes nothing") {
  Random rng(2);
  nn::Dropout none(0, rng);
  const Var<double> x = normal({10});
  CHECK(none.training(x).value() == x.value());
}
