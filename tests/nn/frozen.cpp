#include "ganvas/nn/frozen.hpp"

#include "ganvas/models/digit_classifier.hpp"

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("a frozen network evaluates, without a history") {
  Random rng{1};
  const auto net = models::digit_classifier(rng);
  const auto x = rng.uniform<float>({3, 28, 28, 1}, -1.0F, 1.0F);
  const auto f = nn::frozen(net);
  CHECK(f(x) == net(Var<float>(x)).value());  // no dropout: the same again
  CHECK(f(x) == f(x));
  // any callable on Var will do; recording is off inside and on again afterwards
  bool recorded = true;
  const auto w = Var<float>::variable(Tensor<float>({1}, 2.0F));
  const auto square = [&](const Var<float>& v) {
    const auto y = v * w;
    recorded = y.requires_grad();
    return y;
  };
  CHECK(nn::frozen(square)(Tensor<float>({1}, 3.0F)).item() == 6.0F);
  CHECK_FALSE(recorded);
  CHECK((w * w).requires_grad());
}
