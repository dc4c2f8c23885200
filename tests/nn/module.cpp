// Member lists: names, kinds of members, nesting, and the two passes.
#include "ganvas/nn/module.hpp"

#include <array>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/dropout.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;

namespace {

struct Everything {
  nn::Linear<float> first;
  std::vector<nn::Linear<float>> list;
  std::array<nn::Linear<float>, 1> fixed;
  std::optional<nn::Linear<float>> there, absent;
  std::tuple<nn::Linear<float>, nn::Dropout> pair;
  nn::Parameter<float> scale;
  Tensor<float> table;
  index_t count = 3;
  int not_a_member = 5;

  static constexpr auto members =
      std::tuple{nn::member("first", &Everything::first),   nn::member("list", &Everything::list),
                 nn::member("fixed", &Everything::fixed),   nn::member("there", &Everything::there),
                 nn::member("absent", &Everything::absent), nn::member("pair", &Everything::pair),
                 nn::member("scale", &Everything::scale),   nn::member("table", &Everything::table),
                 nn::member("count", &Everything::count)};
};

Everything everything() {
  Random rng(1);
  const auto linear = [&](bool bias = false) { return nn::Linear<float>({.in = 2, .out = 1, .bias = bias}, rng); };
  return {linear(true),
          {linear(), linear()},
          {linear()},
          linear(),
          std::nullopt,
          {linear(), nn::Dropout(0.5, rng)},
          nn::Parameter<float>(Tensor<float>({3}, 1.0F)),
          Tensor<float>({4}, 2.0F)};
}

/// A user's network that writes both passes once.
struct Net {
  nn::Linear<double> linear;
  nn::BatchNorm2d<double> norm;
  static constexpr auto members = std::tuple{nn::member("linear", &Net::linear), nn::member("norm", &Net::norm)};

  template <class Self>
  static Var<double> pass_all(Self& self, const Var<double>& x) {
    return nn::pass(self.norm, nn::pass(self.linear, x));
  }
  Var<double> operator()(const Var<double>& x) const { return pass_all(*this, x); }
  Var<double> training(const Var<double>& x) { return pass_all(*this, x); }
};

struct NoParameters {
  static constexpr std::tuple<> members{};
};
struct NotAModule {
  int x;
};

}  // namespace

TEST_CASE("parameters are found in every kind of member, in order, under dotted names") {
  auto m = everything();
  CHECK(nn::parameter_names(m) == std::vector<std::string>{"first.weight", "first.bias", "list.0.weight",
                                                           "list.1.weight", "fixed.0.weight", "there.weight",
                                                           "pair.0.weight", "scale"});
  CHECK(nn::count_parameters(m) == 3 + 2 + 2 + 2 + 2 + 2 + 3);
  const auto handles = nn::parameters(m);
  REQUIRE(handles.size() == 8);
  CHECK(handles[7].handle() == m.scale.handle());
  static_assert(std::is_same_v<decltype(nn::parameters(m)), std::vector<Var<float>>>);
}

TEST_CASE("buffers, counters, random states and modules are found") {
  auto m = everything();
  std::vector<std::string> names;
  const auto note = [&](const std::string& name, auto&) { names.push_back(name); };
  nn::for_each_buffer(m, note);
  CHECK(names == std::vector<std::string>{"table"});
  names.clear();
  nn::for_each_counter(m, [&](const std::string& name, index_t& n) {
    names.push_back(name);
    n = 4;
  });
  CHECK(names == std::vector<std::string>{"count"});
  CHECK(m.count == 4);
  names.clear();
  nn::for_each_random(m, note);
  CHECK(names == std::vector<std::string>{"pair.1.random"});
  names.clear();
  nn::for_each_module(m, note);
  CHECK(names == std::vector<std::string>{"", "first", "list.0", "list.1", "fixed.0", "there", "pair.0", "pair.1"});
  const auto& fixed = m;
  nn::for_each_parameter(fixed, [](const std::string&, const nn::Parameter<float>&) {});
}

TEST_CASE("the concept and the scalar type") {
  static_assert(nn::Module<Everything> && nn::Module<Net> && nn::Module<NoParameters>);
  static_assert(!nn::Module<NotAModule> && !nn::Module<int>);
  static_assert(std::is_same_v<nn::scalar_t<Net>, double> && std::is_same_v<nn::scalar_t<Everything>, float>);
  static_assert(std::is_same_v<nn::scalar_t<NoParameters>, float>);
  CHECK(nn::parameters(NoParameters{}).empty());
}

TEST_CASE("training passes what is needed down to the layers") {
  Random rng(3);
  Net net{nn::Linear<double>({.in = 3, .out = 2}, rng), nn::BatchNorm2d<double>({.channels = 2})};
  const Var<double> x = normal({8, 3});
  const Var<double> trained = nn::training(net, x);
  CHECK(net.norm.num_batches_tracked == 1);
  const Var<double> evaluated = std::as_const(net)(x);
  CHECK(net.norm.num_batches_tracked == 1);
  CHECK(distance(trained.value(), evaluated.value()) > 1e-3);
  // a layer without a training pass of its own: evaluation
  CHECK(nn::training(net.linear, x).value() == net.linear(x).value());
}

TEST_CASE("a copy of a network is independent") {
  Random rng(4);
  auto a = nn::sequential<float>(rng, nn::linear({.in = 2, .out = 2}), nn::batch_norm2d({.channels = 2}));
  auto b = a;
  nn::parameters(b)[0].set_value(Tensor<float>({2, 2}, 5.0F));
  static_cast<void>(b.training(normal<float>({4, 2})));
  CHECK(distance(a.get<0>().weight.value(), Tensor<float>({2, 2}, 5.0F)) > 0.1);
  CHECK(a.get<1>().num_batches_tracked == 0);
  CHECK(a.get<1>().running_mean == Tensor<float>::zeros({2}));
  a = b;
  CHECK(a.get<0>().weight.value() == b.get<0>().weight.value());
  CHECK(a.get<1>().running_mean == b.get<1>().running_mean);
}

namespace {

/// A user's module may have members of any name; only the list counts.
struct Named {
  nn::Linear<float> fc;
  std::vector<std::string> names{"cat", "dog"};
  static constexpr std::size_t size = 2;
  static constexpr auto members = std::tuple{nn::member("fc", &Named::fc)};
};

}  // namespace

TEST_CASE("a module with members called names and size is no Sequential") {
  Random rng(1);
  const Named net{nn::Linear<float>({.in = 3, .out = 2}, rng)};
  CHECK(net.names.size() == Named::size);
  CHECK(nn::count_parameters(net) == 8);
  CHECK(nn::parameter_names(net) == std::vector<std::string>{"fc.weight", "fc.bias"});
}

namespace {

struct OneOfTwo {
  using value_type = float;
  std::variant<nn::Linear<float>, nn::BatchNorm2d<float>> layer;
  static constexpr auto members = std::tuple{nn::member("layer", &OneOfTwo::layer)};
  [[nodiscard]] Var<float> training(const Var<float>& x) {
    return std::visit([&](auto& l) { return nn::training(l, x); }, layer);
  }
};

}  // namespace

TEST_CASE("of a variant the module that it holds is meant") {
  Random rng{1};
  OneOfTwo m{nn::Linear<float>({.in = 2, .out = 3}, rng)};
  CHECK(nn::parameter_names(m) == std::vector<std::string>{"layer.weight", "layer.bias"});
  const auto dict = nn::state_dict(m);
  CHECK(dict.size() == 2);
  m.layer = nn::BatchNorm2d<float>({.channels = 4});
  CHECK(nn::count_parameters(m) == 8);
  CHECK_THROWS_AS(nn::load_state_dict(m, dict), ValueError);
  static_assert(std::is_same_v<nn::scalar_t<OneOfTwo>, float>);
}
