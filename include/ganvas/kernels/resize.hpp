#pragma once
// Resizing images by a filter, with antialiasing: where an image becomes smaller the filter becomes as much wider, so
// that every pixel counts. One axis after the other; each is a matrix with few entries a row.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

/// How pixels of the new size are made of those of the old one.
enum class ResizeFilter {
  nearest,   ///< the pixel at the same place: for drawings of few pixels that become larger
  area,      ///< the mean over the area that a new pixel covers
  bilinear,  ///< a triangle
  bicubic,   ///< the cubic of Keys 1981 with a = -1/2, as PIL and torch (antialias=True) have it
  lanczos    ///< sinc(x) sinc(x/3), three lobes
};

namespace kernels {

/// The filter at x, in pixels of the coarser of both sizes; zero beyond resize_support.
inline double resize_filter(ResizeFilter filter, double x) {
  x = std::abs(x);
  const auto sinc = [](double t) { return t == 0 ? 1 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t); };
  switch (filter) {
    case ResizeFilter::bilinear:
      return x < 1 ? 1 - x : 0;
    case ResizeFilter::bicubic:  // [Keys 1981, eq. 4 with a = -1/2]
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    case ResizeFilter::lanczos:
      return x < 3 ? sinc(x) * sinc(x / 3) : 0;
    default:
      return x <= 0.5 ? 1 : 0;
  }
}
inline double resize_support(ResizeFilter filter) {
  return filter == ResizeFilter::bilinear ? 1 : filter == ResizeFilter::bicubic ? 2 : 3;
}

/// The matrix of one axis: new pixel i is the sum over k of weights[i taps + k] times old pixel first[i] + k.
struct ResizeTaps {
  index_t taps = 1;
  std::vector<index_t> first;
  std::vector<double> weights;
};

/// With s = in/out, new pixel i has its centre at c = (i + 1/2) s, and old pixel j the weight f((j + 1/2 -
/// c)/max(s,1)), divided by the sum of the weights inside the image. Area: the length of [i s, (i+1) s] that pixel j
/// covers.
inline ResizeTaps resize_taps(index_t in, index_t out, ResizeFilter filter) {
  const double s = static_cast<double>(in) / static_cast<double>(out), stretch = std::max(s, 1.0);
  const bool boxes = filter == ResizeFilter::area || filter == ResizeFilter::nearest;
  const double reach = boxes ? s / 2 : resize_support(filter) * stretch;
  ResizeTaps t;
  t.taps = filter == ResizeFilter::nearest ? 1 : std::min(in, static_cast<index_t>(std::ceil(2 * reach)) + 1);
  t.first.resize(static_cast<std::size_t>(out));
  t.weights.resize(static_cast<std::size_t>(out * t.taps));
  for (index_t i = 0; i < out; ++i) {
    const double c = (static_cast<double>(i) + 0.5) * s;
    const index_t wanted = static_cast<index_t>(std::floor(filter == ResizeFilter::nearest ? c : c - reach));
    const index_t first = std::clamp<index_t>(wanted, 0, in - t.taps);
    t.first[static_cast<std::size_t>(i)] = first;
    double* const w = &t.weights[static_cast<std::size_t>(i * t.taps)];
    double sum = 0;
    for (index_t k = 0; k < t.taps; ++k) {
      const auto j = static_cast<double>(first + k);
      w[k] = filter == ResizeFilter::nearest ? 1
             : filter == ResizeFilter::area  ? std::max(0.0, std::min(j + 1, c + reach) - std::max(j, c - reach))
                                             : resize_filter(filter, (j + 0.5 - c) / stretch);
      sum += w[k];
    }
    for (index_t k = 0; k < t.taps; ++k) w[k] /= sum;
  }
  return t;
}

/// y = R_h x R_w^T for every channel. x: (h,w,c)  y: (out_h,out_w,c), row-major, all extents at least 1. Sums are made
/// in double. Serial: callers have many images. Filters with negative lobes (bicubic, lanczos) may overshoot the range
/// of the values at edges.
template <class T>
void resize(const T* x, index_t h, index_t w, index_t c, T* y, index_t out_h, index_t out_w, ResizeFilter filter) {
  if (h == out_h && w == out_w) {
    std::copy_n(x, h * w * c, y);
    return;
  }
  const ResizeTaps across = resize_taps(w, out_w, filter), down = resize_taps(h, out_h, filter);
  const index_t row = out_w * c;
  std::vector<T> narrow(static_cast<std::size_t>(h * row));
  std::vector<double> sums(static_cast<std::size_t>(row));
  for (index_t i = 0; i < h; ++i) {
    std::fill(sums.begin(), sums.end(), 0.0);
    double* to = sums.data();
    for (index_t o = 0; o < out_w; ++o, to += c) {
      const T* from = x + (i * w + across.first[static_cast<std::size_t>(o)]) * c;
      const double* const weights = &across.weights[static_cast<std::size_t>(o * across.taps)];
      for (index_t k = 0; k < across.taps; ++k, from += c)
        for (index_t ch = 0; ch < c; ++ch) to[ch] += weights[k] * static_cast<double>(from[ch]);
    }
    std::transform(sums.begin(), sums.end(), narrow.begin() + i * row, [](double v) { return static_cast<T>(v); });
  }
  for (index_t o = 0; o < out_h; ++o) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (index_t k = 0; k < down.taps; ++k) {
      const double weight = down.weights[static_cast<std::size_t>(o * down.taps + k)];
      const T* const from = &narrow[static_cast<std::size_t>((down.first[static_cast<std::size_t>(o)] + k) * row)];
      for (index_t e = 0; e < row; ++e) sums[static_cast<std::size_t>(e)] += weight * static_cast<double>(from[e]);
    }
    std::transform(sums.begin(), sums.end(), y + o * row, [](double v) { return static_cast<T>(v); });
  }
}

}  // namespace kernels

GANVAS_END
