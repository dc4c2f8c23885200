// Three steps of a small WGAN-GP against PyTorch, everything compared: once with the steps written out, once by
// AdversarialTrainer. Networks and steps are at the head of generators/wgan_gp.py.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/players.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/reshape.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

constexpr optim::Adam adam{.lr = 1e-4, .beta1 = 0.5, .beta2 = 0.9};

constexpr auto generator_plan =
    nn::plan(nn::linear({.in = 6, .out = 64}), nn::reshape({4, 4, 4}), nn::batch_norm2d({.channels = 4}), nn::relu(),
             nn::conv_transpose2d({.in = 4, .out = 1, .kernel = 4, .stride = 2, .padding = 1}), nn::tanh());
constexpr auto critic_plan =
    nn::plan(nn::conv2d({.in = 1, .out = 4, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
             nn::conv2d({.in = 4, .out = 8, .kernel = 4, .stride = 2, .padding = 1}), nn::leaky_relu(0.2),
             nn::flatten(), nn::linear({.in = 32, .out = 1}));
static_assert(generator_plan.output_shape({4, 6}) == Shape{4, 8, 8, 1});
static_assert(critic_plan.output_shape({4, 8, 8, 1}) == Shape{4, 1});

/// Names of the parameters in the order in which the networks list them.
const std::vector<std::string> names_g{"G.linear.weight", "G.linear.bias",   "G.bn.weight",
                                       "G.bn.bias",       "G.deconv.weight", "G.deconv.bias"};
const std::vector<std::string> names_d{"D.conv1.weight", "D.conv1.bias",    "D.conv2.weight",
                                       "D.conv2.bias",   "D.linear.weight", "D.linear.bias"};

/// Relative to the largest number of a tensor; updates (now - at the start) relative in the Euclidean norm. They are as
/// small as 1e-4, and the file has 13 digits of numbers about 1.
struct Tolerance {
  double number, gradient, parameter, update;
};
template <class T>
constexpr Tolerance tolerance = sizeof(T) == 8 ? Tolerance{1e-11, 1e-11, 1e-11, 1e-8}
                                               : Tolerance{1e-5, 1e-5, 1e-6, 1e-3};

template <class T>
struct Game {
  using NetG = decltype(nn::sequential<T>(generator_plan, std::declval<Random&>()));
  using NetD = decltype(nn::sequential<T>(critic_plan, std::declval<Random&>()));

  Random rng{1};
  Generator<NetG> g{nn::sequential<T>(generator_plan, rng), 6};
  Discriminator<NetD> d{nn::sequential<T>(critic_plan, rng)};
  const Json& cases = golden::cases("wgan_gp");
  const Json& start = golden::find(cases, "start").at("parameters");

  Game() {
    const auto give = [&](const std::vector<std::string>& names, std::vector<Var<T>> parameters) {
      for (std::size_t i = 0; i < names.size(); ++i) parameters.at(i).set_value(golden::tensor<T>(start.at(names[i])));
    };
    give(names_g, g.parameters());
    give(names_d, d.parameters());
  }

  void check_parameters(const Json& expected, const std::vector<std::string>& names,
                        const std::vector<Var<T>>& parameters) const {
    REQUIRE(parameters.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      INFO("parameter " << names[i]);
      const Tensor<T>& now = parameters[i].value();
      CHECK(golden::distance(now, expected.at(names[i])) <= tolerance<T>.parameter);
      Json update = expected.at(names[i]);
      Tensor<T> moved = now;
      for (index_t k = 0; k < now.numel(); ++k) {
        const double before = start.at(names[i]).at("data").at(static_cast<std::size_t>(k));
        Json& number = update["data"][static_cast<std::size_t>(k)];
        number = number.get<double>() - before;
        moved.mutable_data()[k] = static_cast<T>(static_cast<double>(now.data()[k]) - before);
      }
      CHECK(golden::relative_distance(moved, update) <= tolerance<T>.update);
    }
  }
  void check_running(const Json& expected) {
    const nn::BatchNorm2d<T>& bn = g.net.template get<2>();
    CHECK(golden::distance(bn.running_mean, expected.at("running_mean")) <= tolerance<T>.parameter);
    CHECK(golden::distance(bn.running_var, expected.at("running_var")) <= tolerance<T>.parameter);
  }
};

template <class T>
void check_gradients(const Json& expected, const std::vector<std::string>& names,
                     const std::vector<Var<T>>& gradients) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("gradient by " << names[i]);
    CHECK(golden::distance(gradients[i].value(), expected.at("gradients").at(names[i]), 1e-3) <= tolerance<T>.gradient);
  }
}

template <class T>
void check_number(T found, const Json& expected) {
  CHECK(golden::relative(static_cast<double>(found), expected) <= tolerance<T>.number);
}

/// The gradient penalty with an epsilon that is given instead of drawn: a user's own penalty.
template <class T>
struct GivenEpsilon {
  std::shared_ptr<Tensor<T>> epsilon = std::make_shared<Tensor<T>>();
  index_t every = 1;

  template <class D>
  [[nodiscard]] Var<T> operator()(D& d, const PenaltyInput<T>& in, Random&) const {
    return GradientPenalty{.lambda = 10}.at(d, in, *epsilon);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("golden: three steps of WGAN-GP, written out", "[golden][wgan_gp]", double, float) {
  using T = TestType;
  Game<T> game;
  auto& g = game.g;
  auto& d = game.d;
  auto adam_g = optim::make(adam, g.parameters());
  auto adam_d = optim::make(adam, d.parameters());
  int critics = 0, generators = 0;
  for (const Json& step : game.cases) {
    const std::string name = step.at("name");
    INFO(name);
    if (name.starts_with("critic")) {
      const Var<T> x = golden::tensor<T>(step.at("x"));
      const Var<T> epsilon = golden::tensor<T>(step.at("epsilon"));
      const Var<T> fake = g.training(golden::tensor<T>(step.at("z"))).detach();
      const Var<T> loss = mean(d.training(fake)) - mean(d.training(x));
      const auto x_hat = Var<T>::variable((epsilon * x + (T(1) - epsilon) * fake).value());
      const Var<T> slope = grad(sum(d.training(x_hat)), {x_hat}, {.create_graph = true})[0];
      const Var<T> length = norm(reshape(slope, {x.size(0), -1}), {1}, false, T(1e-12));
      const Var<T> penalty = mean(square(length - T(1))) * T(10);
      const auto gradients = grad(loss + penalty, d.parameters());
      check_number(loss.item(), step.at("loss_d"));
      check_number(penalty.item(), step.at("penalty"));
      check_gradients(step, names_d, gradients);
      adam_d.step(gradients);
      game.check_parameters(step.at("parameters"), names_d, d.parameters());
      ++critics;
    } else if (name.starts_with("generator")) {
      const Var<T> loss = -mean(d.training(g.training(golden::tensor<T>(step.at("z")))));
      const auto gradients = grad(loss, g.parameters());
      check_number(loss.item(), step.at("loss_g"));
      check_gradients(step, names_g, gradients);
      adam_g.step(gradients);
      game.check_parameters(step.at("parameters"), names_g, g.parameters());
      game.check_running(step);
      ++generators;
    }
  }
  CHECK(critics == 6);
  CHECK(generators == 3);
}

TEMPLATE_TEST_CASE("golden: three steps of WGAN-GP by AdversarialTrainer", "[golden][wgan_gp]", double, float) {
  using T = TestType;
  Game<T> game;
  const GivenEpsilon<T> penalty;
  AdversarialTrainer trainer{game.g, game.d, loss::Wasserstein{}, adam, penalty, {.discriminator_steps = 2}};
  for (const Json& step : game.cases) {
    const std::string name = step.at("name");
    INFO(name);
    if (name.starts_with("critic")) {
      *penalty.epsilon = golden::tensor<T>(step.at("epsilon"));
      trainer.update_discriminator(golden::tensor<T>(step.at("x")), golden::tensor<T>(step.at("z")));
      check_number(static_cast<T>(trainer.report().loss_d), step.at("loss_d"));
      check_number(static_cast<T>(trainer.report().penalty), step.at("penalty"));
      game.check_parameters(step.at("parameters"), names_d, game.d.parameters());
    } else if (name.starts_with("generator")) {
      trainer.update_generator(golden::tensor<T>(step.at("z")));
      check_number(static_cast<T>(trainer.report().loss_g), step.at("loss_g"));
      game.check_parameters(step.at("parameters"), names_g, game.g.parameters());
      game.check_running(step);
    }
  }
}
