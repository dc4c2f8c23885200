// DiffAugment and instance noise: what they draw, what they do to images, and that G learns through them.
#include "ganvas/gan/augment.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "ganvas/autograd/check.hpp"

#include "gan/tiny_game.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

const Shape images{4, 8, 6, 3};
Tensor<double> pixels(const Shape& shape = images) { return Random(5).uniform<double>(shape, -1.0, 1.0); }

}  // namespace

TEST_CASE("DiffAugment draws within its strengths, for each sample by itself") {
  Random rng(1);
  const DiffAugment t{.flip = true};
  const index_t n = 4000;
  const auto draws = t.draw({n, 16, 9, 3}, rng);
  REQUIRE(static_cast<index_t>(draws.size()) == n);
  double low_b = 1, high_b = -1, low_s = 9, high_s = -9, low_k = 9, high_k = -9, flips = 0;
  std::set<index_t> down, right, rows, columns;
  for (const auto& d : draws) {
    low_b = std::min(low_b, d.brightness), high_b = std::max(high_b, d.brightness);
    low_s = std::min(low_s, d.saturation), high_s = std::max(high_s, d.saturation);
    low_k = std::min(low_k, d.contrast), high_k = std::max(high_k, d.contrast);
    flips += d.flip ? 1 : 0;
    down.insert(d.down), right.insert(d.right), rows.insert(d.cut_row), columns.insert(d.cut_column);
  }
  CHECK((low_b >= -0.5 && low_b < -0.49 && high_b < 0.5 && high_b > 0.49));
  CHECK((low_s >= 0 && low_s < 0.02 && high_s < 2 && high_s > 1.98));
  CHECK((low_k >= 0.5 && low_k < 0.51 && high_k < 1.5 && high_k > 1.49));
  CHECK(std::abs(flips - 2000) < 4 * std::sqrt(1000.0));
  CHECK(down == std::set<index_t>{-2, -1, 0, 1, 2});                                // 12.5 % of 16
  CHECK(right == std::set<index_t>{-1, 0, 1});                                      // of 9: 1.125
  CHECK((*rows.begin() == 0 && *rows.rbegin() == 16 && rows.size() == 17));         // a hole of 8: even
  CHECK((*columns.begin() == 0 && *columns.rbegin() == 8 && columns.size() == 9));  // of 5: odd
}

TEST_CASE("translation brings zeros in, a mirrored image is moved after it was mirrored, and the cut is zero") {
  const V x(Tensor<double>({1, 2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8}));
  const DiffAugment move{.color = false, .cutout = false, .flip = true};
  CHECK(move.apply(x, {{.down = 1, .right = -1}}).value() == Tensor<double>({1, 2, 4, 1}, {0, 0, 0, 0, 2, 3, 4, 0}));
  CHECK(move.apply(x, {{.flip = true, .right = 1}}).value() == Tensor<double>({1, 2, 4, 1}, {0, 4, 3, 2, 0, 8, 7, 6}));
  const DiffAugment cut{.color = false, .translation = false};
  CHECK(cut.apply(x, {{.cut_row = 0, .cut_column = 2}}).value() ==
        Tensor<double>({1, 2, 4, 1}, {1, 0, 0, 4, 5, 6, 7, 8}));
  CHECK(cut.apply(x, {{.cut_row = 1, .cut_column = 4}}).value() ==
        Tensor<double>({1, 2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 0}));
}

TEST_CASE("colours change as the three formulas say, and grey images have no saturation") {
  const DiffAugment t{.translation = false, .cutout = false};
  const V x(Tensor<double>({1, 1, 2, 2}, {0, 0.5, 0.25, 0.25}));
  CHECK(t.apply(x, {{.brightness = 0.25}}).value() == Tensor<double>({1, 1, 2, 2}, {0.25, 0.75, 0.5, 0.5}));
  CHECK(t.apply(x, {{.saturation = 2}}).value() == Tensor<double>({1, 1, 2, 2}, {-0.25, 0.75, 0.25, 0.25}));
  CHECK(t.apply(x, {{.contrast = 2}}).value() == Tensor<double>({1, 1, 2, 2}, {-0.25, 0.75, 0.25, 0.25}));
  const V grey(pixels({2, 3, 3, 1}));
  const auto a = t.apply(grey, {{.saturation = 0}, {.saturation = 1.5}}).value();
  for (index_t i = 0; i < a.numel(); ++i) CHECK(a.data()[i] == Approx(grey.value().data()[i]).margin(1e-15));
}

TEST_CASE("a policy without parts is the identity; each call draws anew, and the seed decides") {
  const V x(pixels());
  Random rng(2), again(2);
  CHECK(DiffAugment{.color = false, .translation = false, .cutout = false}.augment(x, 0, rng).handle() == x.handle());
  CHECK(rng.state() == again.state());
  const DiffAugment t{};
  const auto first = t.augment(x, 0, rng).value(), second = t.augment(x, 0, rng).value();
  CHECK(!(first == second));
  CHECK(t.augment(x, 7, again).value() == first);
  CHECK(t.augment(V(Tensor<double>({0, 8, 6, 3})), 0, rng).shape() == Shape{0, 8, 6, 3});
}

TEST_CASE("the generator's gradient and R1 go through DiffAugment as differences say", "[gradients]") {
  const DiffAugment t{.flip = true};
  Random rng(3);
  for (const index_t channels : {1, 3}) {
    const Shape shape = images.with(3, channels);
    const auto draws = t.draw(shape, rng);
    const auto through = tiny::gradients_through([&](const V& x) { return t.apply(x, draws); }, shape);
    CHECK(through.size > 1e-3);
    CHECK(through.first < 1e-6);
    CHECK(through.second < 1e-6);
    CHECK(check::gradients([&](const auto& v) { return t.apply(v[0], draws); }, {pixels(shape)}));
  }
}

TEST_CASE("instance noise has the deviation of its step and lets the gradient pass") {
  const InstanceNoise noise{.sigma = 0.5, .steps = 100};
  CHECK(noise.deviation(0) == 0.5);
  CHECK(noise.deviation(25) == 0.375);
  CHECK(noise.deviation(100) == 0);
  CHECK(noise.deviation(1000) == 0);
  CHECK(InstanceNoise{.sigma = 0.5}.deviation(1'000'000) == 0.5);

  Random rng(4);
  const auto x = V::variable(Random(9).normal<double>({20000, 2}));
  const V y = noise.augment(x, 50, rng);
  const V e = y - x;
  CHECK(std::abs(mean(e).item()) < 4 * 0.25 / 200);
  CHECK(std::sqrt(var(e).item()) == Approx(0.25).epsilon(0.02));
  CHECK(grad(sum(y), {x})[0].value() == Tensor<double>(x.shape(), 1.0));
  CHECK(!(noise.augment(x, 50, rng).value() == y.value()));
  CHECK(noise.augment(x, 100, rng).handle() == x.handle());
}

TEST_CASE("strengths, shapes and draws that do not fit are refused") {
  Random rng(1);
  const V x(pixels());
  CHECK_THROWS_WITH((DiffAugment{.brightness = -1}.augment(x, 0, rng)), Contains("brightness") && Contains("-1"));
  CHECK_THROWS_AS((DiffAugment{.saturation = std::nan("")}.augment(x, 0, rng)), ValueError);
  CHECK_THROWS_AS((DiffAugment{.shift = 1.5}.augment(x, 0, rng)), ValueError);
  CHECK_THROWS_AS((DiffAugment{.hole = 2}.apply(x, {})), ValueError);
  CHECK_THROWS_WITH(DiffAugment{}.augment(V(Tensor<double>({4, 2})), 0, rng), Contains("(4,2)"));
  CHECK_THROWS_WITH(DiffAugment{}.apply(x, {DiffAugment::Draw{}}), Contains("1 draws") && Contains("(4,8,6,3)"));
  CHECK_THROWS_AS((InstanceNoise{.sigma = -1}.augment(x, 0, rng)), ValueError);
  CHECK_THROWS_AS((InstanceNoise{.steps = -1}.augment(x, 0, rng)), ValueError);
  CHECK_THROWS_AS(InstanceNoise{}.augment(x, -1, rng), ValueError);
}
