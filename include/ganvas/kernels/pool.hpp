#pragma once
// Pooling of images N,H,W,C: sums over windows with their adjoint, and the place of each window's maximum.

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

/// Options of avg_pool2d and max_pool2d, for both directions of the image.
struct PoolOptions {
  index_t kernel = 2;
  index_t stride = 0;   ///< 0: as long as the kernel
  index_t padding = 0;  ///< less than the kernel

  /// Throws ValueError for options that fit no input.
  constexpr void check(const char* where) const {
    constexpr index_t limit = index_t{1} << 30;
    require<ValueError>(
        kernel >= 1 && kernel <= limit && stride >= 0 && stride <= limit && padding >= 0 && padding < kernel, where,
        "kernel ", kernel, ", stride ", stride, " and padding ", padding,
        " do not fit: kernel and stride are at least 1 (stride 0: as the kernel) and at most 2^30, and 0 <= padding < "
        "kernel.");
  }
};

namespace kernels {

/// All extents of a pooling. Window (oh, ow) covers rows oh stride - padding + [0, kernel) and columns likewise.
struct PoolGeometry {
  index_t batch = 0, in_h = 0, in_w = 0, channels = 0, out_h = 0, out_w = 0, kernel = 1, stride = 1, padding = 0;

  [[nodiscard]] constexpr Shape x() const { return {batch, in_h, in_w, channels}; }
  [[nodiscard]] constexpr Shape y() const { return {batch, out_h, out_w, channels}; }
  /// First and last (exclusive) window that cover position i of an axis with `out` windows.
  [[nodiscard]] constexpr index_t first_window(index_t i) const {
    const index_t reach = i + padding - kernel + 1;
    return reach <= 0 ? 0 : (reach + stride - 1) / stride;
  }
  [[nodiscard]] constexpr index_t end_window(index_t i, index_t out) const {
    return std::min(out, (i + padding) / stride + 1);
  }
};

/// out = floor((in + 2 padding - kernel) / stride) + 1.  Throws a sentence where no window fits.
[[nodiscard]] constexpr PoolGeometry pool_geometry(const Shape& x, const PoolOptions& o, const char* where) {
  o.check(where);
  const index_t stride = o.stride == 0 ? o.kernel : o.stride;
  require(x.rank() == 4, where, "the input must be images (N,H,W,C), but its shape is ", x, ".");
  require(x[0] == 0 || (x[1] >= 1 && x[2] >= 1), where, "the images of input ", x, " have no pixel to pool.");
  require(x[1] + 2 * o.padding >= o.kernel && x[2] + 2 * o.padding >= o.kernel, where, "a window of ", o.kernel, " x ",
          o.kernel, " does not fit into the input ", x, " with padding ", o.padding, "; use a smaller kernel.");
  return {x[0],
          x[1],
          x[2],
          x[3],
          (x[1] + 2 * o.padding - o.kernel) / stride + 1,
          (x[2] + 2 * o.padding - o.kernel) / stride + 1,
          o.kernel,
          stride,
          o.padding};
}

namespace detail {

template <class T>
void add_row(const T* x, T* y, index_t n) {
  for (index_t i = 0; i < n; ++i) y[i] += x[i];
}

}  // namespace detail

/// y[n,oh,ow,c] = scale * sum of x[n,h,w,c] over the window; what lies in the padding counts as zero.
template <class T>
void sum_pool(const PoolGeometry& g, T scale, const T* x, T* y) {
  const index_t c = g.channels;
  const index_t x_row = g.in_w * c, y_row = g.out_w * c;
  parallel_chunks(g.batch * g.out_h, 16384 / std::max<index_t>(g.kernel * x_row, 1), [&](index_t begin, index_t end) {
    for (index_t r = begin; r < end; ++r) {
      const index_t top = r % g.out_h * g.stride - g.padding;
      const T* image = x + r / g.out_h * g.in_h * x_row;
      T* to = y + r * y_row;
      std::fill_n(to, y_row, T(0));
      for (index_t h = std::max<index_t>(top, 0); h < std::min(top + g.kernel, g.in_h); ++h)
        for (index_t ow = 0; ow < g.out_w; ++ow) {
          const index_t left = ow * g.stride - g.padding;
          for (index_t w = std::max<index_t>(left, 0); w < std::min(left + g.kernel, g.in_w); ++w)
            detail::add_row(image + h * x_row + w * c, to + ow * c, c);
        }
      for (index_t i = 0; i < y_row; ++i) to[i] *= scale;
    }
  });
}

/// The adjoint of sum_pool:  x[n,h,w,c] = scale * sum of y[n,oh,ow,c] over the windows that cover (h,w).
template <class T>
void sum_pool_adjoint(const PoolGeometry& g, T scale, const T* y, T* x) {
  const index_t c = g.channels;
  const index_t x_row = g.in_w * c, y_row = g.out_w * c;
  parallel_chunks(g.batch * g.in_h, 16384 / std::max<index_t>(x_row, 1), [&](index_t begin, index_t end) {
    for (index_t r = begin; r < end; ++r) {
      const index_t h = r % g.in_h;
      const T* image = y + r / g.in_h * g.out_h * y_row;
      T* to = x + r * x_row;
      std::fill_n(to, x_row, T(0));
      for (index_t oh = g.first_window(h); oh < g.end_window(h, g.out_h); ++oh)
        for (index_t w = 0; w < g.in_w; ++w)
          for (index_t ow = g.first_window(w); ow < g.end_window(w, g.out_w); ++ow)
            detail::add_row(image + oh * y_row + ow * c, to + w * c, c);
      for (index_t i = 0; i < x_row; ++i) to[i] *= scale;
    }
  });
}

/// at[n,oh,ow,c] = the place, counted inside image n of x, of the window's largest element: the first in reading
/// order if several are equal, and a NaN before any number.
template <class T>
void max_pool_places(const PoolGeometry& g, const T* x, index_t* at) {
  const index_t c = g.channels;
  const index_t x_row = g.in_w * c, y_row = g.out_w * c;
  parallel_chunks(g.batch * g.out_h, 16384 / std::max<index_t>(g.kernel * x_row, 1), [&](index_t begin, index_t end) {
    std::vector<index_t> places;  // of a window's pixels in the image
    for (index_t r = begin; r < end; ++r) {
      const index_t top = r % g.out_h * g.stride - g.padding;
      const T* image = x + r / g.out_h * g.in_h * x_row;
      for (index_t ow = 0; ow < g.out_w; ++ow) {
        const index_t left = ow * g.stride - g.padding;
        places.clear();
        for (index_t h = std::max<index_t>(top, 0); h < std::min(top + g.kernel, g.in_h); ++h)
          for (index_t w = std::max<index_t>(left, 0); w < std::min(left + g.kernel, g.in_w); ++w)
            places.push_back(h * x_row + w * c);
        index_t* best = at + r * y_row + ow * c;
        for (index_t k = 0; k < c; ++k) {
          index_t place = places.front();
          T most = image[place + k];
          bool numbers = true;
          // Without branches, for which pixel is larger cannot be foretold: the mask is all ones where it is, else 0.
          for (const index_t here : places) {
            const T pixel = image[here + k];
            place += (here - place) & -static_cast<index_t>(pixel > most);
            most = std::max(most, pixel);
            numbers &= !std::isnan(pixel);
          }
          if (!numbers)
            place = *std::find_if(places.begin(), places.end(), [&](index_t p) { return std::isnan(image[p + k]); });
          best[k] = place + k;
        }
      }
    }
  });
}

/// y[n,i] = x[n, at[n,i]]  for images of x_size and y_size elements.
template <class T>
void take(index_t batch, index_t x_size, index_t y_size, const index_t* at, const T* x, T* y) {
  parallel_chunks(batch * y_size, 16384, [&](index_t begin, index_t end) {
    while (begin < end) {  // image by image
      const index_t n = begin / y_size, stop = std::min(end, (n + 1) * y_size);
      for (; begin < stop; ++begin) y[begin] = x[n * x_size + at[begin]];
    }
  });
}

/// The adjoint of take:  x[n,j] = sum of y[n,i] over all i with at[n,i] = j, in the order of i.
template <class T>
void put(index_t batch, index_t x_size, index_t y_size, const index_t* at, const T* y, T* x) {
  parallel_chunks(batch, 16384 / std::max<index_t>(x_size, 1), [&](index_t begin, index_t end) {
    std::fill_n(x + begin * x_size, (end - begin) * x_size, T(0));
    for (index_t n = begin; n < end; ++n)
      for (index_t i = n * y_size; i < (n + 1) * y_size; ++i) x[n * x_size + at[i]] += y[i];
  });
}

}  // namespace kernels

GANVAS_END
