// Gradient descent with momentum against its formula, one number at a time.
#include "ganvas/optim/sgd.hpp"

#include "nn/close.hpp"
#include "optim/naive.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using naive::Number;

namespace {

void compare(const optim::SGD& o) {
  const auto formula = [&](Number w, Number g, int t, std::vector<Number>& memory) {
    Number& b = memory[0];
    g += o.weight_decay * w;
    b = t == 1 ? g : o.momentum * b + (1 - o.dampening) * g;
    if (o.momentum > 0) g = o.nesterov ? g + o.momentum * b : b;
    return w - o.lr * g;
  };
  for (const index_t n : naive::sizes) {
    INFO("n = " << n);
    CHECK(naive::worst_error<double>(o, n, formula) < 1e-12);
    CHECK(naive::worst_error<float>(o, n, formula) < 1e-5);
  }
}

}  // namespace

TEST_CASE("sgd follows its formula with every option") {
  compare({});
  compare({.lr = 0.1, .weight_decay = 0.5});
  compare({.lr = 0.1, .momentum = 0.9});
  compare({.lr = 0.1, .momentum = 0.9, .dampening = 0.25});
  compare({.lr = 0.05, .momentum = 0.8, .weight_decay = 0.1, .nesterov = true});
}

TEST_CASE("without momentum nothing is remembered") {
  const auto w = Var<float>::variable(Tensor<float>({2}, 1.0F));
  CHECK(optim::make(optim::SGD{}, std::vector<Var<float>>{w}).state().tensors.empty());
}

TEST_CASE("sgd: options outside their domain get a sentence") {
  const auto refuse = [](const optim::SGD& o) {
    return sentence<ValueError>([&] { static_cast<void>(optim::make(o, std::vector<Var<float>>{})); });
  };
  CHECK_THAT(refuse({.lr = -1}), Contains("[sgd] lr"));
  CHECK_THAT(refuse({.momentum = std::numeric_limits<double>::infinity()}),
             Contains("[sgd] momentum must be finite, but is inf."));
  CHECK_THAT(refuse({.nesterov = true}), Contains("nesterov needs a momentum above 0"));
  CHECK_THAT(refuse({.momentum = 0.9, .dampening = 0.1, .nesterov = true}), Contains("no dampening"));
}
