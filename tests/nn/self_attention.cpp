#include "ganvas/nn/self_attention.hpp"

#include <string>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

constexpr auto plan = nn::plan(nn::self_attention({.channels = 8}));
static_assert(plan.output_shape({2, 4, 4, 8}) == Shape{2, 4, 4, 8});

nn::SelfAttention<double> block(const nn::SelfAttentionSpec& o, double gamma = 0.5) {
  Random rng{3};
  nn::SelfAttention<double> a(o, rng);
  a.gamma.set_value(Tensor<double>({1}, gamma));
  return a;
}

}  // namespace

TEST_CASE("it starts as the identity, and initialisers leave it so") {
  Random rng{1};
  auto net = nn::sequential<double>(plan, rng);
  const Var<double> x = normal({2, 4, 6, 8});
  CHECK(net(x).value() == x.value());
  nn::init::apply(net, nn::init::dcgan, rng);
  CHECK(net(x).value() == x.value());
  const auto g = grad(sum(net(x)), nn::parameters(net));
  CHECK(g.back().item() != 0.0);  // gamma learns from the first step on
}

TEST_CASE("where all pixels are equal, everybody gets the same value") {
  const auto a = block({.channels = 8});
  const auto pixel = normal({1, 1, 1, 8});
  const Var<double> x = broadcast_to(pixel, Shape{2, 4, 6, 8});
  const auto expected = pixel + (*a.v.plain)((*a.h.plain)(pixel)) * 0.5;
  CHECK(distance(a(x).value(), broadcast_to(expected, x.shape()).value()) < 1e-13);
}

TEST_CASE("not pooled, it does not care where pixels are") {
  const auto a = block({.channels = 8, .pool = false});
  const Var<double> x = normal({2, 3, 5, 8});
  CHECK(distance(a(flip(x, {1, 2})).value(), flip(a(x), {1, 2}).value()) < 1e-13);
}

TEST_CASE("its gradients are those of differences, to the second order") {
  for (const bool pool : {true, false}) {
    const auto a = block({.channels = 8, .pool = pool});
    const auto x = normal({1, 2, 4, 8}).value();
    const auto first = check_evaluation(a, x);
    INFO(first.text);
    CHECK(first.ok);
    const auto second = check::second_gradients([&](const auto& v) { return a(v[0]); }, {x});
    INFO(second.text);
    CHECK(second.ok);
  }
}

TEST_CASE("spectral norms inside move in training only") {
  auto a = block({.channels = 16, .spectral_norm = true});
  const auto u = a.h.normed->weight_u;
  const Var<double> x = normal({1, 4, 4, 16});
  static_cast<void>(std::as_const(a)(x));
  CHECK(a.h.normed->weight_u == u);
  static_cast<void>(a.training(x));
  CHECK_FALSE(a.h.normed->weight_u == u);
  std::vector<std::string> names;
  for (const auto& entry : nn::state_dict(a)) names.push_back(entry.name);
  CHECK(names.front() == "f.weight_orig");
  CHECK(names.back() == "gamma");
  CHECK(names.size() == 13);
}

TEST_CASE("maps that do not fit are refused") {
  CHECK_THROWS_WITH(nn::self_attention({.channels = 7}), Contains("at least 8"));
  const auto a = block({.channels = 8});
  CHECK_THROWS_WITH(a(normal({1, 4, 4, 9})), Contains("9 channels") && Contains("SelfAttention 8"));
  CHECK_THROWS_WITH(a(normal({1, 1, 4, 8})), Contains("at least 2"));
  CHECK_THROWS_AS(a(normal({4, 8})), ShapeError);
}
