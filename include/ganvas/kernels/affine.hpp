#pragma once
// Images read at places that an affine map gives, between pixels by bilinear interpolation, and the adjoint.

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

namespace kernels {

/// What stands outside an image:  zero: 0 0 | a b c | 0 0    reflect: c b | a b c | b a    edge: a a | a b c | c c
enum class Outside { zero, reflect, edge };

/// Images N,H,W,C, each with a map of its own: pixel (h,w) of y shows the place (a0 h + a1 w + a2, a3 h + a4 w + a5) of
/// x. Places are counted in pixels; the centre of the first pixel is (0,0).
struct AffineGeometry {
  index_t batch = 0, height = 0, width = 0, channels = 0;
  Outside outside = Outside::zero;

  [[nodiscard]] constexpr index_t row() const { return width * channels; }
  [[nodiscard]] constexpr index_t image() const { return height * row(); }
};

namespace detail {

/// The pixel that stands at place i of an axis of n pixels that has no end; -1: none.
[[nodiscard]] constexpr index_t pixel_at(index_t i, index_t n, Outside outside) {
  if (0 <= i && i < n) return i;
  if (outside == Outside::zero) return -1;
  if (outside == Outside::edge || n == 1) return i < 0 ? 0 : n - 1;
  const index_t period = 2 * (n - 1);
  const index_t at = (i % period + period) % period;
  return at < n ? at : period - at;
}

/// The two pixels around place s of an axis:  x(s) = (1 - t) x(floor(s)) + t x(floor(s) + 1),  t = s - floor(s).
struct Neighbours {
  index_t at[2];
  double weight[2];
};
[[nodiscard]] inline Neighbours neighbours(double s, index_t n, Outside outside) {
  const double low = std::floor(s);
  const double t = s - low;
  const auto i = static_cast<index_t>(low);
  return {{pixel_at(i, n, outside), t > 0 ? pixel_at(i + 1, n, outside) : -1}, {1 - t, t}};
}

/// Calls body(offset in the image, weight) for the four pixels or fewer that make up pixel (h,w) of y.
template <class Body>
void for_each_source(const AffineGeometry& g, const double* a, index_t h, index_t w, const Body& body) {
  const auto y = static_cast<double>(h), x = static_cast<double>(w);
  const Neighbours rows = neighbours(a[0] * y + a[1] * x + a[2], g.height, g.outside);
  const Neighbours columns = neighbours(a[3] * y + a[4] * x + a[5], g.width, g.outside);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      if (rows.at[i] >= 0 && columns.at[j] >= 0)
        body(rows.at[i] * g.row() + columns.at[j] * g.channels, rows.weight[i] * columns.weight[j]);
}

}  // namespace detail

/// y(n,h,w,c) = x_n at A_n (h,w).  maps: six numbers an image, at most 2^30 each, extents likewise.
template <class T>
void affine_sample(const AffineGeometry& g, const double* maps, const T* x, T* y) {
  parallel_chunks(g.batch * g.height, 4096 / std::max<index_t>(g.row(), 1), [&](index_t begin, index_t end) {
    for (index_t r = begin; r < end; ++r) {
      const index_t n = r / g.height;
      const T* image = x + n * g.image();
      T* to = y + r * g.row();
      std::fill_n(to, g.row(), T(0));
      for (index_t w = 0; w < g.width; ++w, to += g.channels)
        detail::for_each_source(g, maps + 6 * n, r % g.height, w, [&](index_t at, double weight) {
          const T f = static_cast<T>(weight);
          for (index_t c = 0; c < g.channels; ++c) to[c] += f * image[at + c];
        });
    }
  });
}

/// The adjoint:  x_n at A_n (h,w) += y(n,h,w,c), shared out by the same weights. An image is one chunk's, so sums have
/// one order.
template <class T>
void affine_scatter(const AffineGeometry& g, const double* maps, const T* y, T* x) {
  parallel_chunks(g.batch, 4096 / std::max<index_t>(g.image(), 1), [&](index_t begin, index_t end) {
    std::fill_n(x + begin * g.image(), (end - begin) * g.image(), T(0));
    for (index_t n = begin; n < end; ++n) {
      T* image = x + n * g.image();
      const T* from = y + n * g.image();
      for (index_t h = 0; h < g.height; ++h)
        for (index_t w = 0; w < g.width; ++w, from += g.channels)
          detail::for_each_source(g, maps + 6 * n, h, w, [&](index_t at, double weight) {
            const T f = static_cast<T>(weight);
            for (index_t c = 0; c < g.channels; ++c) image[at + c] += f * from[c];
          });
    }
  });
}

}  // namespace kernels

GANVAS_END
