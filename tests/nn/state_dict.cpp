// State dicts: round trips, and sentences for what does not fit.
#include "ganvas/nn/state_dict.hpp"

#include <algorithm>

#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/sequential.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

auto network(std::uint64_t seed) {
  Random rng(seed);
  return nn::sequential<float>(rng, nn::conv2d({.in = 2, .out = 3, .kernel = 3, .bias = false}),
                               nn::batch_norm2d({.channels = 3}), nn::leaky_relu(0.2),
                               nn::conv_transpose2d({.in = 3, .out = 2, .kernel = 3}), nn::flatten(),
                               nn::linear({.in = 50, .out = 4, .in_image = {5, 5, 2}}));
}

template <class Net>
bool equal_states(const Net& a, const Net& b) {
  const auto da = nn::state_dict(a), db = nn::state_dict(b);
  return std::equal(da.begin(), da.end(), db.begin(), db.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.value == y.value && x.counter == y.counter;
  });
}

}  // namespace

TEST_CASE("a state dict round trip gives the same network") {
  auto a = network(1), b = network(2);
  for (int i = 0; i < 3; ++i) static_cast<void>(a.training(normal<float>({4, 5, 5, 2})));
  CHECK_FALSE(equal_states(a, b));
  const Var<float> handle = b.get<0>().weight;
  nn::load_state_dict(b, nn::state_dict(a));
  CHECK(equal_states(a, b));
  CHECK(b.get<1>().num_batches_tracked == 3);
  CHECK(b.get<0>().weight.handle() == handle.handle());  // optimisers keep their handles
  const Var<float> x = normal<float>({2, 5, 5, 2});
  CHECK(a(x).value() == b(x).value());
}

TEST_CASE("names and shapes are PyTorch's") {
  std::vector<std::string> all;
  for (const auto& e : nn::state_dict(network(1))) all.push_back(e.name + e.value.shape().str());
  CHECK(all == std::vector<std::string>{"0.weight(3,2,3,3)", "1.weight(3)", "1.bias(3)", "1.running_mean(3)",
                                        "1.running_var(3)", "1.num_batches_tracked()", "3.weight(3,2,3,3)", "3.bias(2)",
                                        "5.weight(4,50)", "5.bias(4)"});
}

TEST_CASE("the order of the entries does not matter") {
  const auto a = network(1);
  auto b = network(2);
  auto dict = nn::state_dict(a);
  std::reverse(dict.begin(), dict.end());
  nn::load_state_dict(b, dict);
  CHECK(equal_states(a, b));
}

TEST_CASE("a state is a snapshot") {
  auto a = network(1);
  const auto before = nn::state_dict(a);
  const Tensor<float> gain = before[1].value;
  a.get<1>().weight.update([](Tensor<float>& t) { t.mutable_data()[0] = 9; });
  CHECK(before[1].value == gain);
  CHECK_FALSE(a.get<1>().weight.value() == gain);
}

TEST_CASE("what does not fit is said in one sentence, and nothing is changed") {
  auto net = network(1);
  const auto before = network(1);
  const auto good = nn::state_dict(network(2));
  const auto refuse = [&](const auto& dict) {
    const std::string text = sentence<Error>([&] { nn::load_state_dict(net, dict); });
    CHECK(equal_states(net, before));
    CHECK_THAT(text, Catch::Matchers::StartsWith("[load_state_dict] "));
    return text;
  };
  auto dict = good;
  dict.erase(dict.begin() + 3);
  CHECK_THAT(refuse(dict), Contains("missing 1.running_mean. Nothing was changed"));
  dict = good;
  dict.push_back({"7.weight", Tensor<float>({1})});
  CHECK_THAT(refuse(dict), Contains("unexpected 7.weight"));
  dict = good;
  dict[0].value = Tensor<float>(Shape{3, 3, 3, 2});  // our layout, not PyTorch's
  CHECK_THAT(refuse(dict), Contains("0.weight has shape (3,3,3,2) but the network has (3,2,3,3)"));
  dict = good;
  dict[5].value = Tensor<float>({1}, {1});
  CHECK_THAT(refuse(dict), Contains("1.num_batches_tracked has shape (1) but the network has ()"));
  dict = good;
  dict.push_back(dict[0]);
  CHECK_THAT(refuse(dict), Contains("\"0.weight\" occurs twice"));
  dict = good;
  for (auto& e : dict) e.name = "module." + e.name;
  CHECK_THAT(refuse(dict), Contains("missing 0.weight, 1.weight, 1.bias, 1.running_mean, ...") &&
                               Contains("; unexpected module.0.weight, "));
  CHECK_THAT(refuse(nn::StateDict<float>{}), Contains("missing"));
}
