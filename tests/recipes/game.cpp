#include "ganvas/recipes/game.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/run_report.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/recipes/recipes.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

io::Settings settings_of(const recipes::Recipe& r, const std::vector<std::string>& more = {}) {
  io::Settings s(io::detail::parse_json(std::string(r.settings), "recipe"), "recipe");
  for (const std::string& one : more) s.set(one);
  return s;
}

/// Small networks, whatever the model.
std::vector<std::string> small(const std::string& name) {
  if (name == "infogan")
    return {"generator.hidden_width=16", "generator.width=4", "discriminator.width=2", "discriminator.hidden_width=16"};
  if (name == "style")
    return {"generator.base=32", "generator.max=8", "generator.style=8", "discriminator.base=32",
            "discriminator.max=8"};
  if (name == "gan") return {"generator.hidden=[8]", "discriminator.hidden=[8]"};
  if (name == "sngan" || name == "hinge") return {"generator.width=8", "discriminator.width=8"};
  if (name == "resnet" || name == "sagan" || name == "projection")
    return {"generator.width=8", "discriminator.width=8"};
  if (name == "began") return {"generator.width=2", "discriminator.width=2"};
  return {"generator.channels=[4,2]", "discriminator.channels=[2,4]"};
}

}  // namespace

TEST_CASE("names of recipes are unique, and a wrong one gets the nearest") {
  std::set<std::string> names;
  for (const recipes::Recipe& r : recipes::all()) CHECK(names.emplace(r.name).second);
  CHECK(recipes::find("wgan-gp").title == "Wasserstein GAN with gradient penalty");
  CHECK_THROWS_WITH(recipes::find("wgan_gp"), Contains("wgan-gp"));
}

TEST_CASE("the page on recipes has all of them, with their settings") {
  const std::string page = test::get(std::filesystem::path(GANVAS_TESTS_DIR) / ".." / "docs" / "recipes.md");
  for (const recipes::Recipe& r : recipes::all()) {
    io::Pairs rows;
    detail::flatten_settings(nlohmann::json::parse(r.settings), "", rows);
    std::string settings;
    for (const auto& [name, value] : rows) settings += (settings.empty() ? "" : ", ") + name + "=" + value;
    CHECK(test::says(page, "| `" + std::string(r.name) + "` | `" + settings + "` |"));
  }
}

TEST_CASE("every recipe plays three steps on labelled pictures, and none has a setting that nothing asks for") {
  for (const recipes::Recipe& r : recipes::all()) {
    const std::string name(r.name);
    INFO(name);
    io::Settings s = settings_of(r, small(name));
    const index_t side = 28;
    recipes::Game game(s, {Shape{side, side, 1}, 3}, 1);
    CHECK_NOTHROW(s.refuse_unknown());
    Random rng(2);
    for (int i = 0; i < 3; ++i) {
      Labels y;
      for (int k = 0; k < 4; ++k) y.push_back(rng.below(3));
      const StepReport& report = game.trainer.step({rng.uniform<float>({4, side, side, 1}, -1.0F, 1.0F), y});
      CHECK((std::isfinite(report.loss_d) && std::isfinite(report.terms_d)));
    }
    const auto g_before = game.g.parameters()[0].value();
    const auto d_before = game.d.parameters()[0].value();
    const index_t k = s.get<index_t>("discriminator_steps", 1);
    for (index_t i = 0; i < k; ++i)
      game.trainer.step({rng.uniform<float>({4, side, side, 1}, -1.0F, 1.0F), Labels{0, 1, 2, 0}});
    CHECK(game.trainer.report().generator_stepped == ((3 + k) % k == 0));
    CHECK_FALSE(game.g.parameters()[0].value() == g_before);
    CHECK_FALSE(game.d.parameters()[0].value() == d_before);
    CHECK((std::isfinite(game.trainer.report().loss_g) && std::isfinite(game.trainer.report().terms_g)));
    CHECK(game.trainer.best_generator().sample(2, rng).shape() == Shape{2, side, side, 1});
  }
}

TEST_CASE("each recipe has the loss and the parts that it is named after, and they do something") {
  struct Expected {
    std::size_t loss;  // which of loss::Any's
    std::set<std::string> parts;
  };
  enum : std::size_t { non_saturating, minimax, least_squares, hinge, wasserstein, paired, average, began };
  const std::map<std::string, Expected> expected{{"minimax", {minimax, {}}},
                                                 {"lsgan", {least_squares, {}}},
                                                 {"wgan", {wasserstein, {"clip"}}},
                                                 {"wgan-gp", {wasserstein, {}}},
                                                 {"r3gan", {paired, {}}},
                                                 {"ragan", {average, {}}},
                                                 {"hinge", {hinge, {}}},
                                                 {"sngan", {hinge, {}}},
                                                 {"resnet", {hinge, {}}},
                                                 {"sagan", {hinge, {}}},
                                                 {"projection", {hinge, {}}},
                                                 {"began", {began, {}}},
                                                 {"unrolled", {non_saturating, {"unrolled"}}},
                                                 {"diffaugment", {non_saturating, {"diff"}}},
                                                 {"ada", {non_saturating, {"ada"}}},
                                                 {"top-k", {non_saturating, {"top_k"}}},
                                                 {"feature-matching", {non_saturating, {"matching"}}},
                                                 {"historical", {non_saturating, {"historical"}}},
                                                 {"instance-noise", {non_saturating, {"noise"}}},
                                                 {"acgan", {non_saturating, {"auxiliary"}}},
                                                 {"infogan", {non_saturating, {"information"}}}};
  for (const recipes::Recipe& r : recipes::all()) {
    const std::string name(r.name);
    INFO(name);
    io::Settings s = settings_of(r, small(name));
    recipes::Game game(s, {Shape{28, 28, 1}, 3}, 1);
    std::set<std::string> parts;
    const auto look = [&]<class P>(const char* part, std::type_identity<P>) {
      if (std::get<std::optional<P>>(game.trainer.parts())) parts.insert(part);
    };
    look("diff", std::type_identity<DiffAugment>{});
    look("ada", std::type_identity<Ada>{});
    look("noise", std::type_identity<InstanceNoise>{});
    look("top_k", std::type_identity<TopK>{});
    look("clip", std::type_identity<ClipWeights>{});
    look("auxiliary", std::type_identity<AuxiliaryClassifier>{});
    look("information", std::type_identity<MutualInformation>{});
    look("matching", std::type_identity<FeatureMatching>{});
    look("historical", std::type_identity<HistoricalAveraging<float>>{});
    look("path_length", std::type_identity<PathLength>{});
    look("unrolled", std::type_identity<Unrolled>{});
    const auto found = expected.find(name);
    const Expected wanted = found == expected.end() ? Expected{non_saturating, {}} : found->second;
    CHECK(parts == wanted.parts);
    CHECK(game.trainer.loss().chosen.index() == wanted.loss);

    Random rng(2);
    for (int i = 0; i < 2; ++i)
      game.trainer.step({rng.uniform<float>({4, 28, 28, 1}, -1.0F, 1.0F), Labels{0, 1, 2, 0}});
    const StepReport& report = game.trainer.report();
    const bool both = parts.contains("auxiliary") || parts.contains("information") || parts.contains("historical");
    CHECK((report.terms_d != 0) == both);
    if (report.generator_stepped) CHECK((report.terms_g != 0) == (both || parts.contains("matching")));
    if (parts.contains("clip"))
      for (const auto& w : game.d.parameters())
        for (const float v : w.value().values()) CHECK(std::abs(v) <= 0.01F);
  }
}

TEST_CASE("the style recipe plays with style mixing and path length regularisation, and neither does nothing") {
  struct Played {
    std::vector<double> terms_g;
    Tensor<float> w;
  };
  const auto play = [](const std::vector<std::string>& more) {
    io::Settings s = settings_of(recipes::find("style"), small("style"));
    for (const std::string& one : more) s.set(one);
    recipes::Game game(s, {Shape{28, 28, 1}, 0}, 1);
    CHECK_NOTHROW(s.refuse_unknown());
    Random rng(2);
    Played played;
    for (int i = 0; i < 3; ++i) {
      const StepReport& report = game.trainer.step(rng.uniform<float>({4, 28, 28, 1}, -1.0F, 1.0F));
      CHECK((std::isfinite(report.loss_d) && std::isfinite(report.loss_g)));
      played.terms_g.push_back(report.terms_g);
    }
    played.w = game.g.parameters()[0].value();
    for (const float w : played.w.values()) CHECK(std::isfinite(w));
    return played;
  };
  const std::vector<std::string> path{"path_length.weight=2", "path_length.every=2"};
  const Played plain = play({}), mixed = play({"generator.mixing=1"}), with_path = play(path),
               both = play({"generator.mixing=1", path[0], path[1]});
  CHECK(plain.terms_g == std::vector<double>{0, 0, 0});
  CHECK(mixed.terms_g == std::vector<double>{0, 0, 0});
  for (const Played& p : {with_path, both}) CHECK((p.terms_g[0] > 0 && p.terms_g[1] == 0 && p.terms_g[2] > 0));
  CHECK_FALSE(mixed.w == plain.w);
  CHECK_FALSE(with_path.w == plain.w);
  CHECK_FALSE(both.w == mixed.w);
  CHECK_FALSE(both.w == with_path.w);
}

TEST_CASE("what does not fit the data is said") {
  const auto play = [](const std::string& name, const recipes::SampleShape& data,
                       const std::vector<std::string>& more = {}) {
    io::Settings s = settings_of(recipes::find(name), more);
    recipes::Game game(s, data, 1);
  };
  CHECK_THROWS_WITH(play("cgan", {Shape{28, 28, 1}, 0}), Contains("the data have none"));
  CHECK_THROWS_WITH(play("style", {Shape{2}, 0}), Contains("points"));
  CHECK_THROWS_WITH(play("dcgan", {Shape{32, 32, 3}, 0}, {"model=unrolled"}), Contains("28 x 28"));
  CHECK_NOTHROW(play("dcgan", {Shape{28, 28, 3}, 0}, {"model=unrolled"}));
  CHECK_THROWS_WITH(play("acgan", {Shape{28, 28, 1}, 10}, {"model=sndcgan"}),
                    Contains("takes no classes") || Contains("second head"));
  for (const char* model : {"dcgan", "style", "began", "infogan"})
    CHECK_THROWS_WITH(play("dcgan", {Shape{28, 28, 1}, 0},
                           {"model=" + std::string(model), "generator.channels=[4,2]", "generator.base=32",
                            "generator.width=4", "generator.hidden_width=8", "discriminator.spectral_norm=true"}),
                      Contains("spectral norm is known for the models sndcgan and resnet"));
  // Classes in a way that the network does not know, and BEGAN's error taken for an opinion.
  const recipes::SampleShape digits{Shape{28, 28, 1}, 10}, points{Shape{2}, 3};
  CHECK_THROWS_WITH(play("gan", points, {"classes=projection"}), Contains("\"input\" or \"none\", but are"));
  CHECK_THROWS_WITH(play("resnet", digits, {"classes=input", "generator.width=8"}), Contains("\"projection\" or"));
  CHECK_THROWS_WITH(play("style", digits, {"classes=input"}), Contains("\"projection\" or"));
  CHECK_THROWS_WITH(play("dcgan", digits, {"classes=projection"}), Contains("resnet and style"));
  CHECK_THROWS_WITH(play("dcgan", digits, {"loss=began"}), Contains("belong together"));
  const std::vector<std::string> narrow{"generator.width=2", "discriminator.width=2"};
  const auto began = [&](std::string one) {
    std::vector<std::string> more = narrow;
    more.push_back(std::move(one));
    play("began", digits, more);
  };
  CHECK_THROWS_WITH(began("loss=hinge"), Contains("belong together"));
  CHECK_THROWS_WITH(began("top_k=0.5"), Contains("use top_k=1"));
  CHECK_THROWS_WITH(began("augment=ada"), Contains("ADA looks at D's sign"));
  CHECK_NOTHROW(began("augment=diff"));
  CHECK_THROWS_WITH(play("ada", digits, {"pack=2"}), Contains("single samples"));
  CHECK_NOTHROW(play("diffaugment", digits, {"pack=2"}));
  CHECK_THROWS_WITH(play("dcgan", digits, {"ema=1"}), Contains("[0, 1)"));
  io::Settings s = settings_of(recipes::find("dcgan"),
                               {"generator.channels=[4,2]", "discriminator.channels=[2,4]", "path_length.weight=1"});
  recipes::Game game(s, {Shape{28, 28, 1}, 0}, 1);
  Random rng(1);
  CHECK_THROWS_WITH(game.trainer.step(rng.uniform<float>({4, 28, 28, 1})), Contains("\"style\""));
}

TEST_CASE("a setting changes what it says: the rule, the penalty, the pack, the class input") {
  io::Settings s = settings_of(recipes::find("dcgan"), {"generator.channels=[4,2]", "discriminator.channels=[2,4]",
                                                        "optimizer.rule=rmsprop", "optimizer.lr=0.5", "pack=3"});
  recipes::Game game(s, {Shape{28, 28, 1}, 0}, 1);
  CHECK(game.trainer.generator_optimizer().lr() == 0.5);
  CHECK(std::holds_alternative<optim::RMSProp>(game.trainer.generator_optimizer().options().rule));
  CHECK(std::get<models::DcganDiscriminator<float>>(game.d.net.chosen).options.image.c == 3);
  Random rng(1);
  CHECK_THROWS_WITH(game.trainer.step(rng.uniform<float>({4, 28, 28, 1})), Contains("packs of 3"));
}

TEST_CASE("a game says what its schedule makes of the rates") {
  const auto rate = [](const std::string& schedule) {
    io::Settings s = settings_of(recipes::find("dcgan"), {"generator.channels=[4,2]", "discriminator.channels=[2,4]",
                                                          "schedule=" + schedule, "schedule_end=0.25"});
    const recipes::Game game(s, {Shape{28, 28, 1}, 0}, 1);
    return game.rate(100);
  };
  CHECK_FALSE(rate("constant"));
  for (const char* schedule : {"linear", "cosine"}) {
    const auto factor = rate(schedule);
    CHECK((factor(0) == 1 && factor(50) == Approx(0.625) && factor(100) == Approx(0.25)));
  }
}

TEST_CASE("ADA's probability can be fixed: p, and a target of 0") {
  io::Settings s = settings_of(
      recipes::find("ada"), {"generator.channels=[4,2]", "discriminator.channels=[2,4]", "ada.p=0.25", "ada.target=0"});
  recipes::Game game(s, {Shape{28, 28, 1}, 0}, 1);
  const auto& ada = std::get<std::optional<Ada>>(game.trainer.parts());
  REQUIRE(ada.has_value());
  CHECK(ada->probability() == 0.25);
  Random rng(1);
  for (int i = 0; i < 8; ++i) game.trainer.step(rng.uniform<float>({4, 28, 28, 1}, -1.0F, 1.0F));
  CHECK(ada->probability() == 0.25);
}

TEST_CASE("one seed, one game, bit for bit") {
  const auto play = [] {
    io::Settings s =
        settings_of(recipes::find("diffaugment"), {"generator.channels=[4,2]", "discriminator.channels=[2,4]"});
    recipes::Game game(s, {Shape{28, 28, 1}, 0}, 5);
    Random rng(2);
    for (int i = 0; i < 2; ++i) game.trainer.step(rng.uniform<float>({4, 28, 28, 1}, -1.0F, 1.0F));
    return game.g.parameters()[0].value();
  };
  CHECK(play() == play());
}

TEST_CASE("every recipe goes on from a checkpoint with the same bits") {
  const test::Folder folder;
  for (const recipes::Recipe& r : recipes::all()) {
    const std::string name(r.name);
    INFO(name);
    const index_t side = 28;
    const auto make = [&] {
      std::vector<std::string> more = small(name);
      if (name == "style")
        more.insert(more.end(), {"generator.mixing=0.9", "path_length.weight=2", "path_length.every=2"});
      io::Settings s = settings_of(r, more);
      return std::make_unique<recipes::Game>(s, recipes::SampleShape{Shape{side, side, 1}, 3}, 1);
    };
    const auto run = [&](recipes::Game& game, int from, int to) {
      for (int i = from; i < to; ++i) {
        Random rng(40, static_cast<std::uint64_t>(2 * i));
        game.trainer.step({rng.uniform<float>({4, side, side, 1}, -1.0F, 1.0F), Labels{0, 1, 2, 1}});
      }
    };
    const auto bytes = [&](recipes::Game& game) {
      save_checkpoint(folder / "state", game.trainer);
      return test::get(folder / "state");
    };
    const auto whole = make(), first = make(), second = make();
    run(*whole, 0, 6);
    run(*first, 0, 3);
    save_checkpoint(folder / "half", first->trainer);
    load_checkpoint(folder / "half", second->trainer);
    run(*second, 3, 6);
    CHECK(bytes(*second) == bytes(*whole));
  }
}

TEST_CASE("path length comes by the generator's own steps, with classes too") {
  io::Settings s = settings_of(recipes::find("style"), small("style"));
  for (const char* one : {"path_length.weight=2", "path_length.every=2", "discriminator_steps=2", "classes=projection"})
    s.set(one);
  recipes::Game game(s, {Shape{28, 28, 1}, 3}, 1);
  Random rng(3);
  std::vector<bool> came;
  for (int i = 0; i < 8; ++i) {
    const StepReport& r = game.trainer.step({rng.uniform<float>({4, 28, 28, 1}, -1.0F, 1.0F), Labels{0, 1, 2, 1}});
    if (r.generator_stepped) came.push_back(r.terms_g != 0);
  }
  CHECK(came == std::vector<bool>{true, false, true, false});
}
