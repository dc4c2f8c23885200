// Three steps of a small StyleGAN2 with R1 and path length regularisation against PyTorch, everything compared. The
// networks and steps are at the head of generators/style.py.

#include "ganvas/models/style.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/path_length.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/models/style_discriminator.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/golden.hpp"

namespace {

using namespace ganvas;
using golden::Json;

template <class T>
struct Game {
  Random rng{1};
  models::StyleGenerator<T> g = models::style_generator<T>(
      {.latent = 5, .style = 5, .image = {8, 8, 2}, .channels = {6, 5}, .mapping_lr_mul = 0.1, .mixing = 0}, rng);
  models::StyleDiscriminator<T> d =
      models::style_discriminator<T>({.image = {8, 8, 2}, .channels = {6, 4}, .group = 2}, rng);

  Game() {
    const Json& start = golden::find(golden::cases("style"), "start");
    std::size_t constants = 0;
    give(g, start.at("generator"));
    give(d, start.at("discriminator"));
    nn::for_each_buffer(g, [&](const std::string& name, Tensor<T>& buffer) {
      if (name != "w_average") buffer = golden::tensor<T>(start.at("noise").at(name)), ++constants;
    });
    REQUIRE(constants == start.at("noise").size());
    nn::for_each_module(g, []<class M>(const std::string&, M& m) {
      if constexpr (std::is_same_v<M, nn::NoiseInjection<T>>) m.options.fresh = false;
    });
  }

  template <class Net>
  static void give(Net& net, const Json& values) {
    REQUIRE(nn::parameters(net).size() == values.size());
    nn::for_each_parameter(net, [&](const std::string& name, auto& p) {
      REQUIRE(golden::shape(values.at(name).at("shape")) == p.shape());
      p.set_value(golden::tensor<T>(values.at(name)));
    });
  }
};

template <class T>
constexpr double allowed = sizeof(T) == 8 ? 1e-11 : 2e-5;

template <class T>
void check_number(double found, const Json& expected) {
  CHECK(golden::relative(found, expected) <= allowed<T>);
}

template <class Net, class T>
void check_gradients(const Net& net, const std::vector<Var<T>>& gradients, const Json& expected) {
  const auto names = nn::parameter_names(net);
  REQUIRE(names.size() == gradients.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("gradient by " << names[i]);
    CHECK(golden::distance(gradients[i].value(), expected.at(names[i]), 1e-3) <= allowed<T>);
  }
}

template <class Net>
void check_parameters(const Net& net, const Json& expected) {
  nn::for_each_parameter(net, [&]<class P>(const std::string& name, const P& p) {
    INFO("parameter " << name);
    CHECK(golden::distance(p.value(), expected.at(name)) <= allowed<nn::scalar_t<Net>>);
  });
}

}  // namespace

TEMPLATE_TEST_CASE("golden: three steps of StyleGAN2 with R1 and path length", "[golden][style]", double, float) {
  using T = TestType;
  Game<T> game;
  auto& g = game.g;
  auto& d = game.d;
  constexpr optim::Adam adam{.lr = 2.5e-3, .beta1 = 0, .beta2 = 0.99};
  auto adam_g = optim::make(adam, nn::parameters(g));
  auto adam_d = optim::make(adam, nn::parameters(d));
  const loss::NonSaturating game_loss;
  PathLength path{.weight = 2, .decay = 0.01, .every = 2};
  int steps = 0, paths = 0, mixes = 0;
  for (const Json& step : golden::cases("style")) {
    const std::string name = step.at("name");
    INFO(name);
    if (name.starts_with("discriminator")) {
      const Var<T> fake = g.training(golden::tensor<T>(step.at("z"))).detach();
      const auto x = golden::variable<T>(step.at("x"));
      const Var<T> d_x = d(x);
      const Var<T> loss_d = game_loss.discriminator(d_x, d(fake));
      const Var<T> r1 = R1{.gamma = 2}(d, PenaltyInput<T>{x, d_x, fake.value()}, game.rng);
      const auto gradients = grad(loss_d + r1, nn::parameters(d));
      check_number<T>(static_cast<double>(loss_d.item()), step.at("loss_d"));
      check_number<T>(static_cast<double>(r1.item()), step.at("r1"));
      check_gradients(d, gradients, step.at("gradients"));
      adam_d.step(gradients);
    } else if (name.starts_with("generator")) {
      Var<T> w = g.styles_training(golden::tensor<T>(step.at("z")));
      if (step.contains("z2")) w = g.mixed(w, g.styles(golden::tensor<T>(step.at("z2"))), 2), ++mixes;
      const Var<T> loss_g = game_loss.generator(d(g.synthesis_training(w)));
      Var<T> objective = loss_g;
      if (step.contains("path")) {
        const Var<T> w_path = g.styles_training(golden::tensor<T>(step.at("z_path")));
        const Var<T> term = path.at(g.synthesis_training(w_path), w_path, golden::tensor<T>(step.at("y")));
        check_number<T>(static_cast<double>(term.item()), step.at("path"));
        check_number<T>(path.average.item(), step.at("a"));
        objective = objective + term;
        ++paths;
      }
      const auto gradients = grad(objective, nn::parameters(g));
      check_number<T>(static_cast<double>(loss_g.item()), step.at("loss_g"));
      check_gradients(g, gradients, step.at("gradients"));
      adam_g.step(gradients);
      ++steps;
    } else if (name == "end") {
      check_parameters(g, step.at("generator"));
      check_parameters(d, step.at("discriminator"));
    }
    if (step.contains("w_average")) CHECK(golden::distance(g.w_average, step.at("w_average")) <= allowed<T>);
  }
  CHECK(steps == 3);
  CHECK(paths == 2);
  CHECK(mixes == 1);
}
