// Defects that recipes of GANs are known to have had elsewhere, each with a test that fails where it is. Which defect
// is found by which test, also by those of other files, is said at the head of tests/gan/known_defects.cpp.

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/io/parse_json.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conditional_batch_norm.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/recipes/game.hpp"
#include "ganvas/recipes/recipes.hpp"

#include "support/catch.hpp"

using namespace ganvas;

namespace {

/// A recipe's game on small pictures with 3 classes, small networks.
struct Played {
  io::Settings settings;
  index_t side = 16, pack = 1;
  Random rng{2};
  std::unique_ptr<recipes::Game> game;

  explicit Played(const std::string& name)
      : settings(io::detail::parse_json(std::string(recipes::find(name).settings), "recipe"), "recipe") {
    for (const char* one : {"generator.channels=[4,3]", "discriminator.channels=[3,4]", "generator.width=8",
                            "discriminator.width=8", "generator.hidden=[8]", "discriminator.hidden=[8]",
                            "generator.hidden_width=8", "discriminator.hidden_width=8", "generator.base=32",
                            "generator.max=8", "generator.style=8", "discriminator.base=32", "discriminator.max=8"})
      settings.set(one);
    if (settings.get<std::string>("model", "") == "unrolled") side = 28;
    pack = settings.get<index_t>("pack", 1);
    game = std::make_unique<recipes::Game>(settings, recipes::SampleShape{Shape{side, side, 1}, 3}, 1);
  }

  const StepReport& step() {
    return game->trainer.step({rng.uniform<float>({4, side, side, 1}, -1.0F, 1.0F), Labels{0, 1, 2, 1}});
  }
  /// All steps until G has moved, too.
  void round() {
    while (!step().generator_stepped) {
    }
  }
};

template <class Loss>
bool has_loss(const std::string& name) {
  return std::holds_alternative<Loss>(Played(name).game->trainer.loss().chosen);
}

template <class M>
bool same_state(const M& net, const nn::StateDict<float>& before) {
  const auto now = nn::state_dict(net);
  return std::equal(now.begin(), now.end(), before.begin(), before.end(),
                    [](const auto& a, const auto& b) { return a.name == b.name && a.value == b.value; });
}

/// Largest difference between a row and the same one alone.
double distance(const Tensor<float>& row, const Tensor<float>& alone) {
  double worst = 0;
  for (index_t i = 0; i < row.numel(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(row.data()[i]) - static_cast<double>(alone.data()[i])));
  return row.numel() == alone.numel() ? worst : HUGE_VAL;
}

}  // namespace

TEST_CASE("a recipe has the loss of its own paper") {
  CHECK(has_loss<loss::Minimax>("minimax"));
  for (const char* logistic : {"gan", "dcgan", "cgan", "acgan", "infogan", "dragan", "pacgan"}) {  // not least squares
    INFO(logistic);
    CHECK(has_loss<loss::NonSaturating>(logistic));
  }
  CHECK(has_loss<loss::LeastSquares>("lsgan"));
  for (const char* critic : {"wgan", "wgan-gp"}) CHECK(has_loss<loss::Wasserstein>(critic));
  for (const char* hinge : {"hinge", "sngan", "resnet", "sagan", "projection"}) CHECK(has_loss<loss::Hinge>(hinge));
  CHECK(has_loss<loss::RelativisticPaired>("r3gan"));
  CHECK(has_loss<loss::RelativisticAverage>("ragan"));
  CHECK(has_loss<loss::Began>("began"));
  for (const char* penalised : {"wgan-gp", "dragan", "r1", "r2", "r3gan", "style"})
    CHECK(Played(penalised).step().penalty > 0);
}

TEST_CASE("a recipe has the betas and rates of its own paper, and each player its own") {
  const auto adam = [](const optim::Any& any) { return std::get<optim::Adam>(any.rule); };
  for (const recipes::Recipe& r : recipes::all()) {
    INFO(r.name);
    const Played played{std::string(r.name)};
    for (const optim::Any& any : {played.game->trainer.generator_optimizer().options(),
                                  played.game->trainer.discriminator_optimizer().options()})
      if (std::holds_alternative<optim::Adam>(any.rule)) {
        CHECK(adam(any).beta2 >= 0.9);  // (0.5, 0.5) is known
        CHECK(adam(any).beta1 <= 0.5);
        CHECK(adam(any).eps == 1e-8);
      }
  }
  for (const char* name : {"dcgan", "cgan", "lsgan"}) {
    const Played played{name};
    for (const optim::Any& any : {played.game->trainer.generator_optimizer().options(),
                                  played.game->trainer.discriminator_optimizer().options()})
      CHECK((adam(any).beta1 == 0.5 && adam(any).beta2 == 0.999 && any.lr == 2e-4));
  }
  struct Rates {
    const char* name;
    double lr_g, lr_d, beta1, beta2;
  };
  for (const Rates& r : {Rates{"infogan", 1e-3, 2e-4, 0.5, 0.999}, Rates{"sagan", 1e-4, 4e-4, 0, 0.9},
                         Rates{"hinge", 1e-4, 4e-4, 0, 0.9}, Rates{"wgan-gp", 1e-4, 1e-4, 0.5, 0.9},
                         Rates{"dragan", 1e-4, 1e-4, 0.5, 0.9}, Rates{"sngan", 2e-4, 2e-4, 0.5, 0.999},
                         Rates{"resnet", 2e-4, 2e-4, 0, 0.9}, Rates{"projection", 2e-4, 2e-4, 0, 0.9},
                         Rates{"style", 2.5e-3, 2.5e-3, 0, 0.99}, Rates{"began", 1e-4, 1e-4, 0.5, 0.999}}) {
    INFO(r.name);
    const Played played{r.name};
    const optim::Any& g = played.game->trainer.generator_optimizer().options();
    const optim::Any& d = played.game->trainer.discriminator_optimizer().options();
    CHECK((g.lr == r.lr_g && d.lr == r.lr_d));
    for (const optim::Any* any : {&g, &d}) CHECK((adam(*any).beta1 == r.beta1 && adam(*any).beta2 == r.beta2));
  }
  const Played clipped{"wgan"};
  for (const optim::Any& any : {clipped.game->trainer.generator_optimizer().options(),
                                clipped.game->trainer.discriminator_optimizer().options()})
    CHECK((std::holds_alternative<optim::RMSProp>(any.rule) && any.lr == 5e-5));
}

TEST_CASE("G moves once for so many steps of D as the paper says, never twice for one") {
  for (const recipes::Recipe& r : recipes::all()) {
    const std::string name(r.name);
    INFO(name);
    Played played{name};
    const index_t k =
        name == "wgan" || name == "wgan-gp" || name == "resnet" || name == "projection" ? index_t{5} : index_t{1};
    for (index_t i = 0; i < 2 * k; ++i) played.step();
    CHECK(played.game->trainer.discriminator_optimizer().steps() == 2 * k);
    CHECK(played.game->trainer.generator_optimizer().steps() == 2);
  }
}

TEST_CASE("every batch norm of every recipe has eps 1e-5 and momentum 0.1") {  // a second argument of 0.8 sets eps
  // How many there are in G and D. None in D where it has a penalty, spectral norm, or steps that are unrolled.
  const std::map<std::string_view, std::pair<int, int>> how_many{{"gan", {0, 0}},         {"minimax", {2, 1}},
                                                                 {"dcgan", {2, 1}},       {"smooth", {2, 1}},
                                                                 {"lsgan", {2, 1}},       {"wgan", {2, 1}},
                                                                 {"wgan-gp", {2, 0}},     {"dragan", {2, 0}},
                                                                 {"r1", {2, 0}},          {"r2", {2, 0}},
                                                                 {"r3gan", {2, 0}},       {"ragan", {2, 1}},
                                                                 {"hinge", {4, 0}},       {"sngan", {4, 0}},
                                                                 {"resnet", {5, 0}},      {"sagan", {5, 0}},
                                                                 {"style", {0, 0}},       {"cgan", {2, 1}},
                                                                 {"acgan", {2, 1}},       {"projection", {5, 0}},
                                                                 {"infogan", {3, 3}},     {"began", {0, 0}},
                                                                 {"pacgan", {2, 1}},      {"unrolled", {2, 0}},
                                                                 {"diffaugment", {2, 0}}, {"ada", {2, 0}},
                                                                 {"top-k", {2, 1}},       {"feature-matching", {2, 1}},
                                                                 {"historical", {2, 1}},  {"instance-noise", {2, 0}}};
  for (const recipes::Recipe& r : recipes::all()) {
    INFO(r.name);
    const Played played{std::string(r.name)};
    int norms = 0;
    const auto look = [&]<class M>(const std::string& name, const M& m) {
      if constexpr (std::is_same_v<M, nn::BatchNorm2d<float>> || std::is_same_v<M, nn::ConditionalBatchNorm2d<float>>) {
        INFO(name);
        CHECK((m.options.eps == 1e-5 && m.options.momentum == 0.1));
        ++norms;
      }
    };
    REQUIRE(how_many.contains(r.name));
    nn::for_each_module(played.game->g, look);
    CHECK(norms == how_many.at(r.name).first);
    norms = 0;
    nn::for_each_module(played.game->d, look);
    CHECK(norms == how_many.at(r.name).second);
  }
}

TEST_CASE("in evaluation a sample is what it is alone, and nothing moves: no batch norm stays in training") {
  for (const recipes::Recipe& r : recipes::all()) {
    INFO(r.name);
    Played played{std::string(r.name)};
    played.round();
    const recipes::Game& game = *played.game;
    const auto g_before = nn::state_dict(game.g), d_before = nn::state_dict(game.d);
    const Labels y{0, 1, 2};

    const auto z = game.g.noise(3, played.rng);
    const auto all = game.g.sample(z, y), alone = game.g.sample(z.rows(1, 2), {1});
    CHECK(distance(all.rows(1, 2), alone) < 1e-4);

    const auto x = played.rng.uniform<float>({3, played.side, played.side, played.pack}, -1.0F, 1.0F);
    const auto judged = game.d(Var<float>(x), y), one = game.d(Var<float>(x.rows(1, 2)), {1});
    if (r.name != "style")  // its minibatch deviation is meant to see the others
      CHECK(distance(judged.score.value().rows(1, 2), one.score.value()) < 1e-4);
    if (judged.classes.defined()) CHECK(distance(judged.classes.value().rows(1, 2), one.classes.value()) < 1e-4);

    CHECK(same_state(game.g, g_before));
    CHECK(same_state(game.d, d_before));
  }
}

TEST_CASE("DCGAN's weights start from N(0, 0.02^2), not from the layers' defaults") {
  for (const char* name : {"dcgan", "lsgan", "cgan", "acgan", "wgan-gp", "pacgan", "sngan", "infogan", "unrolled"}) {
    INFO(name);
    const Played played{name};
    double squares = 0;
    index_t count = 0;
    const auto look = [&](const std::string&, const auto& p) {
      if (p.role() != nn::Role::weight) return;
      for (const float v : p.value().values()) squares += static_cast<double>(v) * static_cast<double>(v);
      count += p.numel();
    };
    nn::for_each_parameter(played.game->g, look);
    nn::for_each_parameter(played.game->d, look);
    CHECK(count > 1000);
    CHECK(std::sqrt(squares / static_cast<double>(count)) == Approx(0.02).epsilon(0.1));
  }
}

TEST_CASE("samples fill the range of the data, from -1 to 1") {  // a sigmoid would leave the lower half out
  for (const recipes::Recipe& r : recipes::all()) {
    INFO(r.name);
    Played played{std::string(r.name)};
    nn::for_each_parameter(played.game->g, [](const std::string&, auto& p) {
      Tensor<float> larger = p.value();
      for (index_t i = 0; i < larger.numel(); ++i) larger.mutable_data()[i] *= 30;
      p.set_value(larger);
    });
    const auto z = played.game->g.noise(8, played.rng);
    const Labels y{0, 1, 2, 0, 1, 2, 0, 1};
    static_cast<void>(played.game->g.training(Var<float>(z), y));
    const auto samples = played.game->g.sample(z, y);
    const auto [least, most] = std::minmax_element(samples.values().begin(), samples.values().end());
    CHECK(*least < -0.95F);
    CHECK(*most > 0.95F);
    const bool squashed = r.name != "style" && r.name != "began";  // whose images are a layer's sums as they are
    CHECK((*least >= -1 && *most <= 1) == squashed);
  }
}
