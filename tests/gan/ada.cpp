// Adaptive augmentation: what happens how often, how p moves, and that G and R1 differentiate through it.
#include "ganvas/gan/ada.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/nn/state_dict.hpp"

#include "gan/tiny_game.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

static_assert(nn::Module<Ada>);
static_assert(std::is_same_v<nn::scalar_t<Ada>, double>);

namespace {

Tensor<double> pixels(const Shape& shape) { return Random(5).uniform<double>(shape, -1.0, 1.0); }

/// Of n trials with probability p, `count` is within 4 standard deviations.
bool plausible(double count, double n, double p) {
  return std::abs(count - n * p) <= 4 * std::sqrt(n * p * (1 - p)) + 1e-9;
}

}  // namespace

TEST_CASE("at p = 0 every image is itself, bit for bit; at p = 1 none is") {
  Random rng(1);
  const auto x = V::variable(pixels({16, 8, 8, 3}));
  CHECK(Ada{}.augment(x, 0, rng).handle() == x.handle());
  const auto y = Ada{{.p = 1}}.augment(x, 0, rng).value();
  for (index_t n = 0; n < 16; ++n) CHECK(!(y.rows(n, n + 1) == x.value().rows(n, n + 1)));
}

TEST_CASE("images to which nothing happens are exact among others to which something does") {
  const V x(pixels({3, 6, 6, 3}));
  std::vector<PipelineDraw> draws(3);
  draws[1].turn_before = 0.3;
  auto y = AugmentPipeline{}.apply(x, draws).value();
  CHECK(y.rows(0, 1) == x.value().rows(0, 1));
  CHECK(y.rows(2, 3) == x.value().rows(2, 3));
  CHECK(!(y.rows(1, 2) == x.value().rows(1, 2)));
}

TEST_CASE("each transformation happens with probability p") {
  const index_t n = 20000;
  for (const double p : {0.1, 0.5, 1.0}) {
    Random rng(2);
    const auto draws = AugmentPipeline{}.draw({n, 16, 16, 3}, p, rng);
    const auto count = [&](const std::function<bool(const PipelineDraw&)>& f) {
      double c = 0;
      for (const auto& d : draws) c += f(d) ? 1 : 0;
      return c;
    };
    const auto all = static_cast<double>(n);
    CHECK(plausible(count([](auto& d) { return d.flip; }), all, p / 2));
    for (const index_t turns : {1, 2, 3})
      CHECK(plausible(count([=](auto& d) { return d.quarter_turns == turns; }), all, p / 4));
    // U(-2, 2) pixels are rounded: to 0 with probability 1/4 along each axis
    CHECK(plausible(count([](auto& d) { return d.down != 0 || d.right != 0; }), all, p * 15 / 16));
    CHECK(plausible(count([](auto& d) { return d.down == -2; }), all, p / 8));
    CHECK(count([](auto& d) { return std::abs(d.down) > 2 || std::abs(d.right) > 2; }) == 0);
    CHECK(plausible(count([](auto& d) { return d.scale != 1; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.turn_before != 0 || d.turn_after != 0; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.turn_before != 0; }), all, 1 - std::sqrt(1 - p)));
    CHECK(plausible(count([](auto& d) { return d.stretch != 1; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.down_part != 0 && d.right_part != 0; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.brightness != 0; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.contrast != 1; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.luma_flip; }), all, p / 2));
    CHECK(plausible(count([](auto& d) { return d.hue != 0; }), all, p));
    CHECK(plausible(count([](auto& d) { return d.saturation != 1; }), all, p));
    // independent of each other
    CHECK(plausible(count([](auto& d) { return d.scale != 1 && d.hue != 0; }), all, p * p));
  }
}

TEST_CASE("strengths are the paper's deviations and ranges") {
  Random rng(3);
  const index_t n = 20000;
  const auto draws = AugmentPipeline{}.draw({n, 16, 16, 3}, 1, rng);
  const auto deviation = [&](const std::function<double(const PipelineDraw&)>& f) {
    double s = 0;
    for (const auto& d : draws) s += f(d) * f(d);
    return std::sqrt(s / static_cast<double>(n));
  };
  CHECK(deviation([](auto& d) { return std::log2(d.scale); }) == Approx(0.2).epsilon(0.03));
  CHECK(deviation([](auto& d) { return std::log2(d.stretch); }) == Approx(0.2).epsilon(0.03));
  CHECK(deviation([](auto& d) { return d.down_part; }) == Approx(0.125).epsilon(0.03));
  CHECK(deviation([](auto& d) { return d.right_part; }) == Approx(0.125).epsilon(0.03));
  CHECK(deviation([](auto& d) { return d.brightness; }) == Approx(0.2).epsilon(0.03));
  CHECK(deviation([](auto& d) { return std::log2(d.contrast); }) == Approx(0.5).epsilon(0.03));
  CHECK(deviation([](auto& d) { return std::log2(d.saturation); }) == Approx(1).epsilon(0.03));
  for (const auto angle : {&PipelineDraw::turn_before, &PipelineDraw::turn_after, &PipelineDraw::hue}) {
    CHECK(deviation([&](auto& d) { return d.*angle; }) == Approx(std::numbers::pi / std::sqrt(3.0)).epsilon(0.03));
    double most = 0;  // uniform: all within half a turn, and some near to it
    for (const auto& d : draws) most = std::max(most, std::abs(d.*angle));
    CHECK((most <= std::numbers::pi && most > 0.99 * std::numbers::pi));
  }
}

TEST_CASE("categories can be switched off, and grey images change in brightness and contrast alone") {
  Random rng(4);
  const auto still = [](const PipelineDraw& d) { return d.source(8, 8) == AffineMap{}; };
  const auto same_color = [](const PipelineDraw& d) {
    return d.brightness == 0 && d.contrast == 1 && !d.luma_flip && d.hue == 0 && d.saturation == 1;
  };
  for (const auto& d : AugmentPipeline{.color = false}.draw({50, 8, 8, 2}, 1, rng)) CHECK((same_color(d) && !still(d)));
  for (const auto& d : AugmentPipeline{.blit = false, .geometry = false}.draw({50, 8, 8, 3}, 1, rng))
    CHECK((!same_color(d) && still(d)));
  for (const auto& d : AugmentPipeline{.geometry = false}.draw({50, 8, 6, 1}, 1, rng)) {
    CHECK((!d.luma_flip && d.hue == 0 && d.saturation == 1 && d.brightness != 0 && d.contrast != 1));
    CHECK(d.quarter_turns % 2 == 0);  // not square
    CHECK((d.scale == 1 && d.turn_before == 0 && d.stretch == 1 && d.turn_after == 0 && d.down_part == 0));
  }
}

TEST_CASE("blitting moves pixels without changing them") {
  Random rng(5);
  const AugmentPipeline blit{.geometry = false, .color = false};
  const V x(pixels({64, 6, 6, 1}));
  const auto y = blit.apply(x, blit.draw(x.shape(), 1, rng)).value();
  for (index_t n = 0; n < 64; ++n) {
    const auto from = x.value().rows(n, n + 1);
    bool found = true;
    const Tensor<double> sample = y.rows(n, n + 1);
    for (const double v : sample.values())
      found = found && std::find(from.values().begin(), from.values().end(), v) != from.values().end();
    CHECK(found);
  }
}

TEST_CASE("p goes up while r_t is above the target, at the stated rate, and down below it") {
  Ada ada{{.speed = 1000, .interval = 4}};
  const Tensor<float> sure({50, 1}, 3.0F), wrong({50, 1}, -3.0F);
  for (int i = 0; i < 3; ++i) ada.observe_real(sure);
  CHECK(ada.probability() == 0);  // not before the fourth minibatch
  ada.observe_real(sure);
  CHECK(ada.probability() == Approx(0.2));  // 4 * 50 images of 1000
  for (int i = 0; i < 4 * 4; ++i) ada.observe_real(sure);
  CHECK(ada.probability() == Approx(1.0));
  for (int i = 0; i < 4; ++i) ada.observe_real(sure);
  CHECK(ada.probability() == 1);  // and no further
  for (int i = 0; i < 4; ++i) ada.observe_real(wrong);
  CHECK(ada.probability() == Approx(0.8));
  for (int i = 0; i < 5 * 4; ++i) ada.observe_real(wrong);
  CHECK(ada.probability() == 0);
}

TEST_CASE("r_t is the mean sign, whatever the sizes: the target 0.6 is 80 % of data on the right side") {
  const auto after = [](index_t right, index_t of, double scale) {
    Ada ada{{.p = 0.5, .speed = 1000, .interval = 1}};
    Tensor<double> d({of, 1}, -1e-3);
    for (index_t i = 0; i < right; ++i) d.set({i, 0}, scale);
    ada.observe_real(d);
    return ada.probability();
  };
  CHECK(after(81, 100, 1e-6) == Approx(0.6));  // r_t = 0.62
  CHECK(after(79, 100, 1e6) == Approx(0.4));   // r_t = 0.58
  Ada patches{{.p = 0.5, .speed = 100, .interval = 1}};
  patches.observe_real(Tensor<double>({10, 3, 3, 1}, 1.0));  // 10 images, not 90
  CHECK(patches.probability() == Approx(0.6));
  Ada halves{{.p = 0.5, .speed = 100, .interval = 2}};  // 0.75 sure, but of all images of both minibatches
  halves.observe_real(Tensor<double>({14}, 1.0));
  halves.observe_real(Tensor<double>({2}, -1.0));
  CHECK(halves.probability() == Approx(0.66));
}

TEST_CASE("without a target p stays") {
  Ada ada{{.p = 0.3, .target = 0, .speed = 10, .interval = 1}};
  for (int i = 0; i < 9; ++i) ada.observe_real(Tensor<float>({8, 1}, 1.0F));
  CHECK(ada.probability() == 0.3);
}

TEST_CASE("a checkpoint keeps p and the sums between two changes") {
  Ada ada{{.p = 0.25, .speed = 1000}}, other{{.speed = 1000}};
  ada.observe_real(Tensor<float>({50, 1}, 1.0F));
  ada.observe_real(Tensor<float>({50, 1}, 0.0F));
  const test::Folder folder;
  const auto path = folder / "ada.safetensors";
  nn::save(path, ada);
  nn::load(path, other);
  CHECK(other.probability() == 0.25);
  CHECK(other.sign_sum.item() == 50);
  CHECK(other.images == 100);
  CHECK(other.minibatches == 2);
  for (Ada* a : {&ada, &other})
    for (int i = 0; i < 2; ++i) a->observe_real(Tensor<float>({50, 1}, 1.0F));
  CHECK(other.probability() == ada.probability());
  CHECK(ada.probability() == Approx(0.45));
  CHECK(nn::state_dict(ada).size() == 4);
}

TEST_CASE("the generator's gradient and R1 go through the pipeline as differences say", "[gradients]") {
  Random rng(6);
  for (const Shape& shape : {Shape{4, 8, 8, 3}, Shape{4, 8, 6, 1}}) {
    const AugmentPipeline pipeline{};
    const auto draws = pipeline.draw(shape, 1, rng);
    const auto through = tiny::gradients_through([&](const V& x) { return pipeline.apply(x, draws); }, shape);
    CHECK(through.size > 1e-3);
    CHECK(through.first < 1e-6);
    CHECK(through.second < 1e-6);
    CHECK(check::gradients([&](const auto& v) { return pipeline.apply(v[0], draws); }, {pixels(shape)}));
  }
}

TEST_CASE("options, shapes and numbers that do not fit are refused") {
  Random rng(7);
  CHECK_THROWS_WITH((Ada{{.p = 1.5}}), Contains("[ada]") && Contains("1.5"));
  CHECK_THROWS_AS((Ada{{.target = 1}}), ValueError);
  CHECK_THROWS_AS((Ada{{.speed = 0}}), ValueError);
  CHECK_THROWS_AS((Ada{{.interval = 0}}), ValueError);
  CHECK_THROWS_AS((Ada{{.pipeline = {.scale = std::nan("")}}}), ValueError);
  Ada ada{{.p = 0.5}};
  CHECK_THROWS_WITH(ada.augment(V(pixels({2, 4, 4, 2})), 0, rng), Contains("(2,4,4,2)") && Contains("color = false"));
  CHECK_THROWS_AS(ada.augment(V(pixels({2, 4})), 0, rng), ShapeError);
  CHECK_THROWS_AS(AugmentPipeline{}.apply(V(pixels({2, 4, 4, 3})), {}), ShapeError);
  CHECK_THROWS_AS(AugmentPipeline{}.apply(V(pixels({1, 4, 4, 3})), {{.scale = 0}}), ValueError);
  CHECK_THROWS_AS(AugmentPipeline{}.apply(V(pixels({1, 4, 4, 2})), {{.brightness = 1}}), ShapeError);
  CHECK_THROWS_AS(ada.observe_real(Tensor<float>({2, 1}, NAN)), NumericError);
  CHECK_THROWS_AS(ada.observe_real(Tensor<float>({0, 1})), ShapeError);
  ada.p = Tensor<double>::scalar(7);  // a checkpoint of another make
  CHECK_THROWS_WITH(ada.augment(V(pixels({2, 4, 4, 3})), 0, rng), Contains("7"));
}
