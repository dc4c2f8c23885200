// Upsampling and pixels from channels.
#include "ganvas/autograd/upsample.hpp"

#include <vector>

#include "ganvas/autograd/check.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using V = Var<double>;

namespace {

Tensor<double> normal(const Shape& shape, std::uint64_t seed = 1) { return Random(seed).normal<double>(shape); }

/// PyTorch's bilinear formula (align_corners = false) for one pixel.
double bilinear(const Tensor<double>& x, index_t n, index_t oh, index_t ow, index_t c, index_t factor) {
  const auto source = [&](index_t o) {
    return std::max(0.0, (static_cast<double>(o) + 0.5) / static_cast<double>(factor) - 0.5);
  };
  const double sh = source(oh), sw = source(ow);
  const auto h0 = static_cast<index_t>(sh), w0 = static_cast<index_t>(sw);
  const index_t h1 = std::min(h0 + 1, x.size(1) - 1), w1 = std::min(w0 + 1, x.size(2) - 1);
  const double th = sh - static_cast<double>(h0), tw = sw - static_cast<double>(w0);
  return (1 - th) * ((1 - tw) * x(n, h0, w0, c) + tw * x(n, h0, w1, c)) +
         th * ((1 - tw) * x(n, h1, w0, c) + tw * x(n, h1, w1, c));
}

}  // namespace

TEST_CASE("nearest neighbours") {
  const V x(Tensor<double>({1, 1, 2, 2}, {1, 2, 3, 4}));
  CHECK(upsample(x, 2).value() == Tensor<double>({1, 2, 4, 2}, {1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}));
  const Tensor<double> t = normal({2, 3, 4, 5});
  for (const index_t f : {1, 2, 3}) {
    const Tensor<double> y = upsample(V(t), f).value();
    REQUIRE(y.shape() == Shape{2, 3 * f, 4 * f, 5});
    bool right = true;
    for (index_t h = 0; h < 3 * f; ++h)
      for (index_t w = 0; w < 4 * f; ++w)
        for (index_t c = 0; c < 5; ++c) right = right && y(1, h, w, c) == t(1, h / f, w / f, c);
    CHECK(right);
  }
}

TEST_CASE("bilinear interpolation") {
  const V x(Tensor<double>({1, 1, 2, 1}, {0, 4}));
  CHECK(upsample(x, 2, UpsampleMode::bilinear).value() == Tensor<double>({1, 2, 4, 1}, {0, 1, 3, 4, 0, 1, 3, 4}));
  for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 2}, Shape{1, 4, 1, 3}})
    for (const index_t f : {1, 2, 3, 4}) {
      const Tensor<double> t = normal(s), y = upsample(V(t), f, UpsampleMode::bilinear).value();
      double worst = 0;
      for (index_t n = 0; n < s[0]; ++n)
        for (index_t h = 0; h < s[1] * f; ++h)
          for (index_t w = 0; w < s[2] * f; ++w)
            for (index_t c = 0; c < s[3]; ++c)
              worst = std::max(worst, std::abs(y(n, h, w, c) - bilinear(t, n, h, w, c, f)));
      CHECK(worst < 1e-14);
    }
}

TEST_CASE("pixel_shuffle makes pixels of channels in PyTorch's order") {
  // one pixel with C r^2 = 2 * 4 channels -> 2 x 2 pixels with 2 channels
  const V x(Tensor<double>({1, 1, 1, 8}, {0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK(pixel_shuffle(x, 2).value() == Tensor<double>({1, 2, 2, 2}, {0, 4, 1, 5, 2, 6, 3, 7}));
  const index_t r = 3;
  const Tensor<double> t = normal({2, 2, 4, 2 * r * r}), y = pixel_shuffle(V(t), r).value();
  REQUIRE(y.shape() == Shape{2, 2 * r, 4 * r, 2});
  bool right = true;
  for (index_t n = 0; n < 2; ++n)
    for (index_t h = 0; h < 2; ++h)
      for (index_t w = 0; w < 4; ++w)
        for (index_t i = 0; i < r; ++i)
          for (index_t j = 0; j < r; ++j)
            for (index_t c = 0; c < 2; ++c)
              right = right && y(n, h * r + i, w * r + j, c) == t(n, h, w, c * r * r + i * r + j);
  CHECK(right);
}

TEST_CASE("first and second order of upsampling", "[gradients]") {
  for (const index_t f : {1, 2, 3})
    for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{2, 2, 3, 2}})
      for (const UpsampleMode mode : {UpsampleMode::nearest, UpsampleMode::bilinear}) {
        const auto cubic = [&](const auto& v) {
          const V y = upsample(v[0], f, mode);
          return y * y * y;
        };
        CHECK(check::gradients(cubic, {normal(s)}));
        CHECK(check::second_gradients(cubic, {normal(s)}));
      }
  const auto shuffled = [](const auto& v) {
    const V y = pixel_shuffle(v[0], 2);
    return y * y * y;
  };
  CHECK(check::gradients(shuffled, {normal({2, 2, 1, 8})}));
  CHECK(check::second_gradients(shuffled, {normal({2, 2, 1, 8})}));
}

TEST_CASE("what cannot be enlarged is refused") {
  CHECK_THROWS_WITH(upsample(V(normal({4, 4, 3})), 2), Contains("(4,4,3)"));
  CHECK_THROWS_AS(upsample(V(normal({1, 4, 4, 3})), 0), ValueError);
  CHECK_THROWS_AS(upsample(V(normal({1, 4, 4, 3})), index_t{1} << 50, UpsampleMode::bilinear), ValueError);
  const V wide(Tensor<double>({0, 1, index_t{1} << 20, 1}));
  CHECK_THROWS_WITH(upsample(wide, index_t{1} << 19, UpsampleMode::bilinear), Contains("2^31"));
  CHECK_THROWS_AS(upsample(V(normal({1, 1, 1, 1})), index_t{1} << 39, UpsampleMode::bilinear), ValueError);
  CHECK_THROWS_WITH(pixel_shuffle(V(normal({1, 4, 4, 6})), 2), Contains("6 channels") && Contains("(1,4,4,6)"));
  CHECK_THROWS_AS(pixel_shuffle(V(normal({1, 4, 4, 4})), 0), ValueError);
  CHECK_THROWS_WITH(pixel_shuffle(V(normal({1, 4, 4, 4})), index_t{1} << 32), Contains("at most 2^20"));
  CHECK_THROWS_WITH(upsample(V(Tensor<double>({0, index_t{1} << 30, 1, 1})), 1 << 20), Contains("too large"));
  CHECK(upsample(V(normal({0, 4, 4, 3})), 2).shape() == Shape{0, 8, 8, 3});
  CHECK(upsample(V(normal({2, 0, 4, 3})), 2, UpsampleMode::bilinear).shape() == Shape{2, 0, 8, 3});
}

TEST_CASE("upsampling and its gradient are equal for any number of threads", "[threads]") {
  const Tensor<float> x = Random(5).normal<float>({4, 20, 21, 12});
  CHECK(same_for_any_threads([&] {
    const auto v = Var<float>::variable(x);
    const auto a = upsample(v, 2), b = upsample(v, 2, UpsampleMode::bilinear);
    return std::vector<Tensor<float>>{a.value(), b.value(), grad(a, {v}, {.output = a.detach()})[0].value(),
                                      grad(b, {v}, {.output = b.detach()})[0].value()};
  }));
}
