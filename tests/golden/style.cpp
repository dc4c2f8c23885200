// StyleGAN2-lite against PyTorch: both discriminators, and three steps of the recipe's game with each of them, played
// by AdversarialTrainer with lazy R1, path length regularisation, style mixing and the average of G. Networks and steps
// are at the head of generators/style.py.

#include "ganvas/models/style.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/gan/losses.hpp"
#include "ganvas/gan/path_length.hpp"
#include "ganvas/gan/penalties.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/style_discriminator.hpp"
#include "ganvas/optim/adam.hpp"

#include "golden/given.hpp"
#include "golden/golden.hpp"
#include "golden/split_game.hpp"
#include "golden/watched.hpp"

namespace {

using namespace ganvas;
using golden::Json;
using golden::Watched;

constexpr index_t latent = 4;

/// The generator with given style mixing in place of what it draws.
template <class T>
struct GivenStyle : models::StyleGenerator<T> {
  golden::SharedDraws mixes = std::make_shared<golden::Draws>();

  explicit GivenStyle(Random& rng)
      : models::StyleGenerator<T>(models::style_generator<T>(
            {.latent = latent, .style = 4, .image = {8, 8, 2}, .channels = {4, 3}, .mapping_lr_mul = 0.1, .mixing = 0},
            rng)) {}

  [[nodiscard]] Var<T> styles_training(const Var<T>& z, const Labels& y = {}) {
    const Var<T> w = models::StyleGenerator<T>::styles_training(z, y);
    const Json& mix = mixes->take();
    if (mix.is_null()) return w;
    return this->mixed(w, this->styles(Var<T>(golden::tensor<T>(mix.at("z2")))), mix.at("cut").get<index_t>());
  }
  [[nodiscard]] Var<T> training(const Var<T>& z, const Labels& y = {}) {
    return this->synthesis_training(styles_training(z, y));
  }
};

/// Path length regularisation along the pictures of the file.
struct GivenPath {
  PathLength path;
  std::shared_ptr<Json> step = std::make_shared<Json>();

  template <class G, class T>
  [[nodiscard]] Var<T> generator_term(G& g, const Tensor<T>& z, index_t number, Random&, const Labels&) {
    return path.term_along(g, z, number, [&](const Shape&) { return golden::tensor<T>(step->at("picture")); });
  }
};

template <class T>
models::StyleDiscriminator<T> discriminator(bool residual, Random& rng) {
  return models::style_discriminator<T>({.image = {8, 8, 2}, .channels = {4, 3}, .residual = residual, .group = 2},
                                        rng);
}

template <class T>
constexpr double allowed = sizeof(T) == 8 ? 1e-11 : 2e-5;

template <class T>
void check_discriminator(const std::string& name, bool residual) {
  Random rng{1};
  const auto d = discriminator<T>(residual, rng);
  const Json& cases = golden::cases("style");
  const Json& start = golden::find(cases, name + "/start").at("parameters");
  const Json& c = golden::find(cases, name + "/discriminator");
  auto names = nn::parameter_names(d);
  auto targets = nn::parameters(d);
  for (std::size_t i = 0; i < names.size(); ++i) targets[i].set_value(golden::tensor<T>(start.at("D." + names[i])));
  const auto x = golden::variable<T>(c.at("x"));
  names.emplace_back("x");
  targets.push_back(x);
  REQUIRE(names.size() == c.at("gradients").size());

  const Var<T> y = d(x);
  CHECK(golden::distance(y.value(), c.at("y")) <= allowed<T>);
  const auto first = grad(y, targets, {.create_graph = true, .output = Var<T>(golden::tensor<T>(c.at("gy")))});
  Var<T> s = Tensor<T>::scalar(T(0));
  for (const Var<T>& g : first) s = s + sum(square(g));
  const auto second = grad(s, targets);
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("by " << names[i]);
    CHECK(golden::distance(first[i].value(), c.at("gradients").at(names[i]), 1e-3) <= allowed<T>);
    CHECK(golden::distance(second[i].value(), c.at("second").at(names[i]), 1e-2) <= 5 * allowed<T>);
  }
}

template <class T>
void play(const std::string& name, bool residual) {
  Random rng{1};
  golden::Game game("style", name, GivenStyle<T>(rng), discriminator<T>(residual, rng), {.noise = latent});
  std::size_t constants = 0;
  nn::for_each_buffer(game.g.net, [&](const std::string& buffer, Tensor<T>& values) {
    if (buffer != "w_average") values = golden::tensor<T>(game.start().at("noise").at(buffer)), ++constants;
  });
  REQUIRE(constants == game.start().at("noise").size());
  nn::for_each_module(game.g.net, []<class M>(const std::string&, M& m) {
    if constexpr (std::is_same_v<M, nn::NoiseInjection<T>>) m.options.fresh = false;
  });

  constexpr optim::Adam adam{.lr = 2.5e-3, .beta1 = 0, .beta2 = 0.99};
  const Watched<optim::Adam> rule_g{adam}, rule_d{adam};
  const GivenPath path{.path = {.weight = 2, .decay = 0.01, .every = 2}};
  AdversarialTrainer trainer{game.g,
                             game.d,
                             loss::NonSaturating{},
                             Optimizers{rule_g, rule_d},
                             R1{.gamma = 2, .every = 2},
                             TrainerOptions{.ema = 0.998, .ema_warm_up = true},
                             path};
  bool averaged = false;
  game.play(
      trainer, *rule_g.seen, *rule_d.seen,
      [&](const Json& step) {
        *path.step = step;
        *game.g.net.mixes = {step.at("mixes"), 0};
      },
      [&](const Json& step) {
        CHECK(game.g.net.mixes->used_up());
        CHECK(golden::distance(game.g.net.w_average, step.at("w_average")) <= allowed<T>);
        CHECK(golden::relative(std::get<0>(trainer.parts()).path.average.item(), step.at("a")) <= allowed<T>);
        if (!step.contains("ema")) return;
        nn::for_each_parameter(trainer.best_generator().net, [&](const std::string& parameter, const auto& p) {
          INFO("average of " << parameter);
          CHECK(golden::distance(p.value(), step.at("ema").at(parameter)) <= golden::Tolerance<T>::parameter);
        });
        averaged = true;
      });
  CHECK(averaged);
}

}  // namespace

TEMPLATE_TEST_CASE("golden: StyleGAN2's discriminators, residual and plain", "[golden][style]", double, float) {
  check_discriminator<TestType>("residual", true);
  check_discriminator<TestType>("plain", false);
}

TEMPLATE_TEST_CASE("golden: StyleGAN2's game with lazy R1, path length and style mixing", "[golden][style]", double,
                   float) {
  play<TestType>("residual", true);
  play<TestType>("plain", false);
}
