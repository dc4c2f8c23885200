// RMSProp against its formula, one number at a time.
#include "ganvas/optim/rmsprop.hpp"

#include "nn/close.hpp"
#include "optim/naive.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using naive::Number;

namespace {

void compare(const optim::RMSProp& o) {
  const auto formula = [&](Number w, Number g, int, std::vector<Number>& memory) {
    Number &s = memory[0], &a = memory[1], &b = memory[2];
    const Number alpha = o.alpha;
    g += o.weight_decay * w;
    s = alpha * s + (1 - alpha) * g * g;
    a = alpha * a + (1 - alpha) * g;
    const Number variance = o.centered ? std::max(Number(0), s - a * a) : s;
    b = o.momentum * b + g / (std::sqrt(variance) + o.eps);
    return w - o.lr * b;
  };
  // g + weight_decay w and s - a^2 may cancel all digits of a float, and the root divides by what is left
  const double tolerance = o.centered || o.weight_decay > 0 ? 1e-3 : 1e-5;
  for (const index_t n : naive::sizes) {
    INFO("n = " << n);
    CHECK(naive::worst_error<double>(o, n, formula) < 1e-12);
    CHECK(naive::worst_error<float>(o, n, formula) < tolerance);
  }
}

}  // namespace

TEST_CASE("rmsprop follows its formula with every option") {
  compare({});
  compare({.lr = 5e-5, .alpha = 0.9});
  compare({.alpha = 0.8, .weight_decay = 0.2});
  compare({.momentum = 0.9});
  compare({.lr = 1e-3, .alpha = 0.5, .eps = 1e-3, .centered = true});
  compare({.lr = 1e-3, .alpha = 0.5, .eps = 1e-2, .weight_decay = 0.1, .momentum = 0.5, .centered = true});
}

TEST_CASE("a centered variance that rounds below zero counts as zero") {
  const auto w = Var<float>::variable(Tensor<float>({64}, 1.0F));
  auto opt = optim::make(optim::RMSProp{.alpha = 0.5, .centered = true}, std::vector<Var<float>>{w});
  for (int i = 0; i < 60; ++i) opt.step(std::vector<Tensor<float>>{Tensor<float>({64}, 0.1F)});
  for (const float v : w.value().values()) REQUIRE(std::isfinite(v));
}

TEST_CASE("memory is spent on what the options need") {
  const auto w = Var<float>::variable(Tensor<float>({2}, 1.0F));
  const auto names = [&](const optim::RMSProp& o) {
    std::vector<std::string> all;
    for (const auto& e : optim::make(o, std::vector<Var<float>>{w}).state().tensors) all.push_back(e.name);
    return all;
  };
  CHECK(names({}) == std::vector<std::string>{"0.square_avg"});
  CHECK(names({.momentum = 0.5}) == std::vector<std::string>{"0.square_avg", "0.momentum_buffer"});
  CHECK(names({.momentum = 0.5, .centered = true}).size() == 3);
}

TEST_CASE("rmsprop: options outside their domain get a sentence") {
  const auto refuse = [](const optim::RMSProp& o) {
    return sentence<ValueError>([&] { static_cast<void>(optim::make(o, std::vector<Var<float>>{})); });
  };
  CHECK_THAT(refuse({.lr = -1}), Contains("[rmsprop] lr"));
  CHECK_THAT(refuse({.eps = std::numeric_limits<double>::infinity()}),
             Contains("[rmsprop] eps must be finite, but is inf."));
  CHECK_THAT(refuse({.alpha = 1.5}), Contains("alpha must be in [0, 1], but is 1.5."));
  CHECK_THAT(refuse({.momentum = -0.1}), Contains("momentum"));
}
