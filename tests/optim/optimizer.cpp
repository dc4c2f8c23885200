// What all optimisers share: handles, refusals, state that continues as if nothing had happened, users' own rules.
#include "ganvas/optim/optimizer.hpp"

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/rmsprop.hpp"
#include "ganvas/optim/save.hpp"
#include "ganvas/optim/sgd.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// A rule as a user would write it (the one in optimizer.hpp).
struct Descent {
  double lr = 0.1;
  static constexpr const char* name = "descent";
  static constexpr std::array<const char*, 0> slots{};
  void check() const {}
  template <class T>
  void update(T* w, const T* g, const std::array<T*, 0>&, index_t n, index_t) const {
    for (index_t i = 0; i < n; ++i) w[i] -= static_cast<T>(lr) * g[i];
  }
};

std::vector<Var<float>> variables() {
  return {Var<float>::variable(Tensor<float>({2, 3}, 1.0F)), Var<float>::variable(Tensor<float>({4}, 2.0F))};
}
std::vector<Tensor<float>> gradients(std::uint64_t seed) {
  Random rng(seed);
  return {rng.normal<float>({2, 3}), rng.normal<float>({4})};
}

/// Six steps in one go, and three steps, a stop and three steps from the state that `carry` hands over.
template <class Rule, class Carry>
void check_continues(const Rule& rule, const Carry& carry) {
  const auto straight = variables();
  auto a = optim::make(rule, straight);
  for (std::uint64_t i = 0; i < 6; ++i) {
    a.set_lr(0.01 / static_cast<double>(i + 1));
    a.step(gradients(i));
  }
  const auto before = variables();
  auto b = optim::make(rule, before);
  for (std::uint64_t i = 0; i < 3; ++i) {
    b.set_lr(0.01 / static_cast<double>(i + 1));
    b.step(gradients(i));
  }
  std::vector<Var<float>> after;
  for (const auto& v : before) after.push_back(Var<float>::variable(v.value()));
  auto c = optim::make(rule, after);
  carry(b, c);
  CHECK(c.lr() == b.lr());
  b.step(gradients(9));  // what the first one does from now on is its own business
  for (std::uint64_t i = 3; i < 6; ++i) {
    c.set_lr(0.01 / static_cast<double>(i + 1));
    c.step(gradients(i));
  }
  CHECK(c.steps() == 6);
  for (std::size_t i = 0; i < 2; ++i) CHECK(straight[i].value() == after[i].value());
}

}  // namespace

TEST_CASE("a network learns: gradient descent on a line") {
  Random rng(1);
  auto net = nn::sequential<double>(rng, nn::linear({.in = 1, .out = 1}));
  auto opt = optim::make(optim::SGD{.lr = 0.1, .momentum = 0.9}, nn::parameters(net));
  const Var<double> x(Tensor<double>({4, 1}, {-1, 0, 1, 2})), y(Tensor<double>({4, 1}, {-5, -2, 1, 4}));  // 3 x - 2
  for (int i = 0; i < 300; ++i) {
    const Var<double> error = net.training(x) - y;
    opt.step(grad(mean(error * error), nn::parameters(net)));
  }
  CHECK(net.get<0>().weight.item() == Approx(3.0).epsilon(1e-6));
  CHECK(net.get<0>().bias.item() == Approx(-2.0).epsilon(1e-6));
  CHECK(opt.steps() == 300);
}

TEST_CASE("a user's rule is an optimiser") {
  static_assert(optim::Rule<Descent> && optim::Rule<optim::Adam>);
  const auto w = variables();
  auto opt = optim::make(Descent{.lr = 0.5}, w);
  opt.step(std::vector<Tensor<float>>{Tensor<float>({2, 3}, 1.0F), Tensor<float>({4}, -2.0F)});
  CHECK(w[0].value() == Tensor<float>({2, 3}, 0.5F));
  CHECK(w[1].value() == Tensor<float>({4}, 3.0F));
  CHECK(opt.state().tensors.empty());
}

TEST_CASE("made for a list of variables, or for a whole network") {
  const auto w = variables();
  auto some = optim::make(Descent{.lr = 1}, {w[1]});
  some.step(std::vector<Tensor<float>>{Tensor<float>({4}, 2.0F)});
  CHECK(w[1].value() == Tensor<float>::zeros({4}));
  Random rng(1);
  const nn::Linear<float> net({.in = 3, .out = 2}, rng);
  const auto all = optim::make(optim::Adam{}, net);
  CHECK(all.parameters().size() == 2);
  CHECK(all.parameters()[0].handle() == net.weight.handle());
}

TEST_CASE("gradients may be the parameters' own memory, and snapshots stay") {
  const auto w = variables();
  const Tensor<float> snapshot = w[0].value();
  auto opt = optim::make(Descent{.lr = 1}, w);
  opt.step(std::vector<Var<float>>{w[0].detach(), w[1].detach()});  // w - w
  CHECK(w[0].value() == Tensor<float>::zeros({2, 3}));
  CHECK(snapshot == Tensor<float>({2, 3}, 1.0F));
}

TEST_CASE("gradients that do not fit are refused and nothing moves") {
  const auto w = variables();
  auto opt = optim::make(optim::Adam{.lr = 1}, w);
  const auto refuse = [&](const auto& g) {
    const std::string text = sentence<Error>([&] { opt.step(g); });
    CHECK(w[0].value() == Tensor<float>({2, 3}, 1.0F));
    CHECK(opt.steps() == 0);
    return text;
  };
  CHECK_THAT(refuse(std::vector<Tensor<float>>{Tensor<float>({2, 3}, 1.0F)}),
             Contains("[adam] step got 1 gradients for 2 parameters"));
  CHECK_THAT(refuse(std::vector<Tensor<float>>{Tensor<float>({2, 3}, 1.0F), Tensor<float>({5}, 1.0F)}),
             Contains("gradient 1 has shape (5) but its parameter has (4)"));
  CHECK_THAT(refuse(std::vector<Var<float>>{Var<float>(Tensor<float>({2, 3}, 1.0F)), Var<float>()}),
             Contains("gradient 1 is undefined"));
  CHECK_THAT(sentence<ValueError>([] {
               static_cast<void>(optim::make(optim::Adam{}, std::vector<Var<float>>{Var<float>(Tensor<float>({2}))}));
             }),
             Contains("[adam] parameter 0 is no variable"));
  CHECK_THAT(sentence<ValueError>([&] {
               static_cast<void>(optim::make(optim::Adam{}, {w[0], w[1], w[0]}));
             }),
             Contains("[adam] parameters 0 and 2 are the same variable") && Contains("give each once"));
  CHECK_THAT(sentence<ValueError>([&] { opt.set_lr(-1); }), Contains("lr"));
  CHECK(opt.lr() == 1.0);
}

TEST_CASE("a restored optimiser goes on bit for bit") {
  const auto state = [](auto& from, auto& to) { to.load_state(from.state()); };
  check_continues(optim::Adam{.beta1 = 0.5}, state);
  check_continues(optim::AdamW{}, state);
  check_continues(optim::RMSProp{.momentum = 0.5, .centered = true}, state);
  check_continues(optim::SGD{.momentum = 0.9, .dampening = 0.5}, state);
  check_continues(optim::SGD{}, state);
}

TEST_CASE("a file carries the state bit for bit") {
  const test::Folder folder;
  const auto file = [&](auto& from, auto& to) {
    optim::save(folder / "state.safetensors", from);
    optim::load(folder / "state.safetensors", to);
  };
  check_continues(optim::Adam{.beta1 = 0.5}, file);
  check_continues(optim::RMSProp{.momentum = 0.5}, file);
  check_continues(optim::SGD{}, file);
}

TEST_CASE("a state that does not fit is refused and nothing moves") {
  const auto w = variables();
  auto opt = optim::make(optim::Adam{}, w);
  opt.step(gradients(1));
  const auto good = opt.state();
  const auto refuse = [&](const auto& s) {
    const std::string text = sentence<Error>([&] { opt.load_state(s); });
    CHECK(opt.steps() == 1);
    CHECK(opt.state().tensors[0].value == good.tensors[0].value);
    return text;
  };
  auto bad = good;
  bad.tensors.pop_back();
  CHECK_THAT(refuse(bad), Contains("[adam] the saved state has 3 tensors, but this optimiser remembers 4"));
  bad = good;
  bad.tensors[1].name = "0.momentum_buffer";
  CHECK_THAT(refuse(bad), Contains("has no \"0.exp_avg_sq\""));
  bad = good;
  bad.tensors[2].value = Tensor<float>({5});
  CHECK_THAT(refuse(bad), Contains("\"1.exp_avg\" has shape (5) but the parameter has (4)"));
  bad = good;
  bad.step = -1;
  CHECK_THAT(refuse(bad), Contains("-1 steps"));
  bad = good;
  bad.lr = -1;
  CHECK_THAT(refuse(bad), Contains("lr"));
}

TEST_CASE("a file of another rule, or of something else, is refused") {
  const test::Folder folder;
  auto adam = optim::make(optim::Adam{}, variables());
  auto sgd = optim::make(optim::SGD{}, variables());
  optim::save(folder / "adam.safetensors", adam);
  CHECK(
      test::says(test::sentence([&] { optim::load(folder / "adam.safetensors", sgd); }), "state of adam, not of sgd"));
  io::write_safetensors(folder / "other.safetensors", {});
  CHECK(test::says(test::sentence([&] { optim::load(folder / "other.safetensors", sgd); }), "no metadata \"rule\""));
  io::write_safetensors(folder / "odd.safetensors", {}, {{"rule", "sgd"}, {"step", "one"}, {"lr", "0x1p-3"}});
  CHECK(test::says(test::sentence([&] { optim::load(folder / "odd.safetensors", sgd); }), "no number"));
}
