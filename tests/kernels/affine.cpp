// Sampling at affine places against the formula written out, and the adjoint.
#include "ganvas/kernels/affine.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using kernels::AffineGeometry;
using kernels::Outside;

namespace {

template <class T>
Tensor<T> sampled(const AffineGeometry& g, const Tensor<double>& maps, const Tensor<T>& x) {
  Tensor<T> y(x.shape());
  kernels::affine_sample(g, maps.data(), x.data(), y.mutable_data());
  return y;
}
template <class T>
Tensor<T> scattered(const AffineGeometry& g, const Tensor<double>& maps, const Tensor<T>& y) {
  Tensor<T> x(y.shape());
  kernels::affine_scatter(g, maps.data(), y.data(), x.mutable_data());
  return x;
}

/// x at any whole place: what stands outside is found by walking there step by step.
double pixel(const Tensor<double>& x, index_t n, index_t h, index_t w, index_t c, Outside outside) {
  const auto walk = [&](index_t i, index_t extent) {
    if (outside == Outside::edge) return i < 0 ? 0 : i >= extent ? extent - 1 : i;
    while (i < 0 || i >= extent) i = extent == 1 ? 0 : i < 0 ? -i : 2 * (extent - 1) - i;
    return i;
  };
  if (outside == Outside::zero && (h < 0 || h >= x.size(1) || w < 0 || w >= x.size(2))) return 0;
  return outside == Outside::zero ? x(n, h, w, c) : x(n, walk(h, x.size(1)), walk(w, x.size(2)), c);
}

/// Every pixel of x weighs max(0, 1 - |distance|) along each axis: bilinear interpolation in its other form.
double formula(const Tensor<double>& x, const double* a, index_t n, index_t h, index_t w, index_t c, Outside outside) {
  const double sh = a[0] * static_cast<double>(h) + a[1] * static_cast<double>(w) + a[2];
  const double sw = a[3] * static_cast<double>(h) + a[4] * static_cast<double>(w) + a[5];
  double sum = 0;
  for (index_t i = -40; i < 40; ++i)
    for (index_t j = -40; j < 40; ++j) {
      const double weight = std::max(0.0, 1 - std::abs(sh - static_cast<double>(i))) *
                            std::max(0.0, 1 - std::abs(sw - static_cast<double>(j)));
      if (weight > 0) sum += weight * pixel(x, n, i, j, c, outside);
    }
  return sum;
}

}  // namespace

TEST_CASE("a sampled pixel is the interpolation of the pixels around its place") {
  Random random(3);
  for (const Outside outside : {Outside::zero, Outside::reflect, Outside::edge})
    for (int trial = 0; trial < 12; ++trial) {
      const AffineGeometry g{2, 1 + random.below(6), 1 + random.below(6), 1 + random.below(4), outside};
      const auto x = random.normal<double>({g.batch, g.height, g.width, g.channels});
      const auto maps = random.uniform<double>({2, 2, 3}, -2.0, 2.0);
      const auto y = sampled(g, maps, x);
      double worst = 0;
      for (index_t n = 0; n < g.batch; ++n)
        for (index_t h = 0; h < g.height; ++h)
          for (index_t w = 0; w < g.width; ++w)
            for (index_t c = 0; c < g.channels; ++c)
              worst = std::max(worst, std::abs(y(n, h, w, c) - formula(x, maps.data() + 6 * n, n, h, w, c, outside)));
      CHECK(worst < 1e-13);
    }
}

TEST_CASE("whole moves, mirrors and quarter turns copy pixels exactly") {
  const Tensor<float> x({1, 2, 3, 1}, {0.1F, 2, 3, 4, 5, 6});
  const AffineGeometry g{1, 2, 3, 1, Outside::zero};
  CHECK(sampled(g, Tensor<double>({1, 2, 3}, {1, 0, 0, 0, 1, 0}), x) == x);
  CHECK(sampled(g, Tensor<double>({1, 2, 3}, {1, 0, -1, 0, 1, 1}), x) ==
        Tensor<float>({1, 2, 3, 1}, {0, 0, 0, 2, 3, 0}));  // one down, one to the left
  CHECK(sampled(g, Tensor<double>({1, 2, 3}, {1, 0, 0, 0, -1, 2}), x) ==
        Tensor<float>({1, 2, 3, 1}, {3, 2, 0.1F, 6, 5, 4}));
  const Tensor<float> square({1, 2, 2, 1}, {0.1F, 2, 3, 4});
  CHECK(sampled(AffineGeometry{1, 2, 2, 1, Outside::zero}, Tensor<double>({1, 2, 3}, {0, 1, 0, -1, 0, 1}), square) ==
        Tensor<float>({1, 2, 2, 1}, {2, 4, 0.1F, 3}));  // counter-clockwise
}

TEST_CASE("what is not read does not matter, however far the place") {
  const Tensor<double> x({1, 1, 3, 1}, {1, std::nan(""), 3});
  const AffineGeometry g{1, 1, 3, 1, Outside::zero};
  const auto y = sampled(g, Tensor<double>({1, 2, 3}, {1, 0, 0, 0, 2, 0}), x);  // places 0, 2, 4
  CHECK(y == Tensor<double>({1, 1, 3, 1}, {1, 3, 0}));
  const double far = 0x1p30;
  for (const Outside outside : {Outside::zero, Outside::reflect, Outside::edge}) {
    const AffineGeometry there{1, 1, 3, 1, outside};
    const auto z = sampled(there, Tensor<double>({1, 2, 3}, {0, -far, far, far, far, -far}),
                           Tensor<double>({1, 1, 3, 1}, {1, 2, 3}));
    for (const double v : z.values()) CHECK((v >= 0 && v <= 3));
  }
}

TEST_CASE("scattering is the adjoint of sampling: adjoint_identity") {
  Random random(4);
  for (const Outside outside : {Outside::zero, Outside::reflect, Outside::edge}) {
    const AffineGeometry g{3, 5, 7, 2, outside};
    const auto maps = random.uniform<double>({3, 2, 3}, -2.0, 2.0);
    const auto x = random.normal<double>({3, 5, 7, 2}), y = random.normal<double>({3, 5, 7, 2});
    const auto ax = sampled(g, maps, x), aty = scattered(g, maps, y);
    double left = 0, right = 0;
    for (index_t i = 0; i < x.numel(); ++i) {
      left += ax.data()[i] * y.data()[i];
      right += x.data()[i] * aty.data()[i];
    }
    CHECK(left == Approx(right).epsilon(1e-12));
    CHECK(left != 0);
  }
}

TEST_CASE("sampled and scattered images are equal for any number of threads", "[threads]") {
  Random random(5);
  const AffineGeometry g{40, 17, 19, 3, Outside::reflect};
  const auto maps = random.uniform<double>({40, 2, 3}, -2.0, 2.0);
  const auto x = random.normal<float>({40, 17, 19, 3});
  CHECK(same_for_any_threads([&] { return sampled(g, maps, x); }));
  CHECK(same_for_any_threads([&] { return scattered(g, maps, x); }));
}
