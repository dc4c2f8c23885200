// Sequential: order, both passes, refusals of known and of users' layers.
#include "ganvas/nn/sequential.hpp"

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/linear.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// A layer of a user who says nothing about shapes.
struct Doubling {
  nn::Parameter<float> factor{Tensor<float>({3}, 2.0F)};
  static constexpr auto members = std::tuple{nn::member("factor", &Doubling::factor)};
  Var<float> operator()(const Var<float>& x) const { return x * factor; }
};

}  // namespace

TEST_CASE("layers are applied in order") {
  Random rng(2);
  const auto net =
      nn::sequential<double>(rng, nn::linear({.in = 3, .out = 4}), nn::relu(), nn::linear({.in = 4, .out = 2}));
  static_assert(decltype(net)::size == 3);
  const Var<double> x = normal({5, 3});
  const auto &first = net.get<0>(), &last = net.get<2>();
  const Var<double> expected =
      linear<double>(relu(linear<double>(x, first.weight, first.bias)), last.weight, last.bias);
  CHECK(net(x).value() == expected.value());
}

TEST_CASE("an activation that the layer before it applies is the same as a layer of its own") {
  Random rng(7);
  auto net = nn::sequential<double>(
      rng, nn::conv2d({.in = 2, .out = 3, .kernel = 3}), nn::leaky_relu(0.2), nn::batch_norm2d({.channels = 3}),
      nn::relu(), nn::conv_transpose2d({.in = 3, .out = 2, .kernel = 4, .stride = 2}), nn::relu(), nn::leaky_relu(-0.5),
      nn::conv2d({.in = 2, .out = 1, .kernel = 2}), nn::leaky_relu(-0.5));
  auto copy = net;
  const Var<double> x = normal({3, 6, 6, 2});
  const auto one_by_one = [&](auto& n, const auto& pass) {
    const Var<double> a = leaky_relu(n.template get<0>()(x), 0.2);
    const Var<double> b = relu(n.template get<4>()(relu(pass(n.template get<2>(), a))));
    return leaky_relu(n.template get<7>()(leaky_relu(b, -0.5)), -0.5);
  };
  CHECK(net(x).value() == one_by_one(net, [](const auto& norm, const auto& v) { return norm(v); }).value());
  const Var<double> y = net.training(x), z = one_by_one(copy, [](auto&norm, const auto&v) { return norm.training(v); });
  CHECK(y.value() == z.value());
  CHECK(net.get<2>().running_var == copy.get<2>().running_var);
  const auto gradients = grad(sum(square(y)), {Var<double>(net.get<0>().weight), Var<double>(net.get<2>().bias)});
  const auto expected = grad(sum(square(z)), {Var<double>(copy.get<0>().weight), Var<double>(copy.get<2>().bias)});
  for (std::size_t i = 0; i < 2; ++i) CHECK(distance(gradients[i].value(), expected[i].value()) < 1e-12);
}

TEST_CASE("a network without layers gives back its input") {
  Random rng(2);
  const auto net = nn::sequential<float>(rng);
  const Var<float> x = normal<float>({2, 2});
  CHECK(net(x).value() == x.value());
  CHECK(net.output_shape({2, 2}) == Shape{2, 2});
}

TEST_CASE("run time refusals name the layer and both shapes") {
  Random rng(3);
  auto net = nn::sequential<float>(rng, nn::conv2d({.in = 3, .out = 8, .kernel = 3}), nn::relu(),
                                   nn::conv2d({.in = 16, .out = 8, .kernel = 3}));
  const Var<float> x = normal<float>({1, 8, 8, 3});
  const std::string expected =
      "[sequential] layer 2 (Conv2d 16->8, kernel 3): the input has 8 channels but the layer expects 16: "
      "input (1,6,6,8), expected (N,H,W,16).";
  CHECK(sentence<ShapeError>([&] { static_cast<void>(net(x)); }) == expected);
  CHECK(sentence<ShapeError>([&] { static_cast<void>(net.training(x)); }) == expected);
  CHECK(sentence<ShapeError>([&] { static_cast<void>(net.output_shape({1, 8, 8, 3})); }) == expected);
}

TEST_CASE("what a user's layer throws is completed with its place") {
  nn::Sequential<float, nn::ReLU, Doubling> net{};
  CHECK(net(Var<float>(Tensor<float>({1, 3}, 1.0F))).value() == Tensor<float>({1, 3}, 2.0F));
  CHECK_THAT(sentence<ShapeError>([&] {
               static_cast<void>(net(normal<float>({1, 4})));
             }),
             Contains("[sequential] layer 1 (Doubling): ") && Contains("(1,4)") && Contains("(3)"));
  CHECK(nn::parameter_names(net) == std::vector<std::string>{"1.factor"});
}

TEST_CASE("training differs from evaluation where a layer says so") {
  Random rng(4);
  auto net =
      nn::sequential<float>(rng, nn::linear({.in = 4, .out = 8}), nn::batch_norm2d({.channels = 8}), nn::dropout(0.5));
  const Var<float> x = normal<float>({16, 4});
  const Tensor<float> trained = net.training(x).value();
  CHECK(std::count(trained.values().begin(), trained.values().end(), 0.0F) > 20);
  CHECK(net.get<1>().num_batches_tracked == 1);
  const Tensor<float> evaluated = net(x).value();
  CHECK(evaluated == net(x).value());
  CHECK(std::count(evaluated.values().begin(), evaluated.values().end(), 0.0F) == 0);
}

TEST_CASE("a copy draws the same dropout masks; the original goes on by itself") {
  Random rng(4);
  auto a = nn::sequential<float>(rng, nn::dropout(0.5));
  auto b = a;
  const Var<float> x(Tensor<float>({100}, 1.0F));
  const Tensor<float> first = a.training(x).value();
  CHECK(first == b.training(x).value());
  CHECK_FALSE(first == a.training(x).value());
}

TEST_CASE("gradients by every parameter match differences, in both passes") {
  Random rng(5);
  const auto net = nn::sequential<double>(
      rng, nn::conv2d({.in = 2, .out = 3, .kernel = 3, .stride = 2, .padding = 1}), nn::batch_norm2d({.channels = 3}),
      nn::tanh(), nn::conv_transpose2d({.in = 3, .out = 2, .kernel = 4, .stride = 2, .padding = 1}), nn::sigmoid());
  const auto x = normal({2, 4, 4, 2}).value();
  const auto evaluated = check_evaluation(net, x);
  CHECK(evaluated.ok);
  INFO(evaluated.text);
  const auto trained = check_training(net, x);
  INFO(trained.text);
  CHECK(trained.ok);
}

TEST_CASE("a training step of a network is the same for any number of threads", "[threads]") {
  CHECK(same_for_any_threads([] {
    Random rng(6);
    auto net = nn::sequential<float>(rng, nn::conv2d({.in = 3, .out = 16, .kernel = 3, .padding = 1}),
                                     nn::batch_norm2d({.channels = 16}), nn::leaky_relu(), nn::dropout(0.25));
    const Var<float> y = net.training(normal<float>({8, 16, 16, 3}));
    std::vector<Tensor<float>> all{y.value(), net.get<1>().running_var};
    for (const auto& g : grad(sum(y * y), nn::parameters(net))) all.push_back(g.value());
    return all;
  }));
}
