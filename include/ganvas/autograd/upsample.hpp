#pragma once
// Larger images: nearest neighbours, bilinear interpolation, and pixels made from channels.

#include <algorithm>
#include <cmath>
#include <memory>

#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

enum class UpsampleMode { nearest, bilinear };

namespace detail {

/// Factors up to 2^20 have squares that multiply with the number of channels without overflow.
constexpr void check_factor(const char* where, index_t factor) {
  require<ValueError>(factor >= 1 && factor <= (index_t{1} << 20), where,
                      "the factor must be at least 1 (and at most 2^20), but is ", factor, ".");
}

/// Throws a sentence unless x is images that can be made `factor` times as high and wide without overflow.
constexpr void check_enlarged(const char* where, const Shape& x, index_t factor) {
  check_factor(where, factor);
  require(x.rank() == 4, where, "the input must be images (N,H,W,C), but its shape is ", x, ".");
  const index_t limit = (index_t{1} << 40) / factor;
  require<ValueError>(x[1] <= limit && x[2] <= limit, where, "a factor of ", factor, " for input ", x,
                      " is too large; is a size wrong?");
}

/// (N,H,W,C) -> (N, H factor, W factor, C)
constexpr Shape upsample_shape(const Shape& x, index_t factor) {
  check_enlarged("upsample", x, factor);
  return {x[0], x[1] * factor, x[2] * factor, x[3]};
}

/// (N,H,W,C r^2) -> (N, H r, W r, C)
constexpr Shape pixel_shuffle_shape(const Shape& x, index_t r) {
  check_enlarged("pixel_shuffle", x, r);
  require(x[3] % (r * r) == 0, "pixel_shuffle", "the ", x[3], " channels of input ", x,
          " are no multiple of factor^2 with factor ", r, ".");
  return {x[0], x[1] * r, x[2] * r, x[3] / (r * r)};
}

/// The interpolation of one axis of n points to n factor points: output point j lies at s = (j + 1/2) / factor - 1/2,
/// not below 0, between the inputs floor(s) and floor(s) + 1 (the last one where that is outside). This is PyTorch's
/// formula for align_corners = false.
template <class T>
[[nodiscard]] kernels::AxisMap<T> linear_interpolation(index_t n, index_t factor) {
  kernels::AxisMap<T> map;
  map.inputs = n;
  map.reserve(n * factor, 2 * n * factor);
  for (index_t j = 0; j < n * factor; ++j) {
    const double s = std::max(0.0, (static_cast<double>(j) + 0.5) / static_cast<double>(factor) - 0.5);
    const index_t low = std::min(static_cast<index_t>(std::floor(s)), n - 1);
    const double t = low == n - 1 ? 0.0 : s - static_cast<double>(low);
    map.add(low, static_cast<T>(1 - t));
    if (t > 0) map.add(low + 1, static_cast<T>(t));
    map.end_row();
  }
  return map;
}

}  // namespace detail

/// x (N,H,W,C) -> (N, H factor, W factor, C).
/// nearest:  y(n,h,w,c) = x(n, h div factor, w div factor, c)     gx = sum of gy over each factor x factor block
/// bilinear: interpolation along h, then along w, M_w M_h x     gx = M_h^T M_w^T gy
template <class T>
[[nodiscard]] Var<T> upsample(const Var<T>& x, index_t factor, UpsampleMode mode = UpsampleMode::nearest) {
  const Shape& s = x.shape();
  const Shape large = detail::upsample_shape(s, factor);
  if (mode == UpsampleMode::nearest) {  // the adjoint of summing blocks
    const kernels::PoolGeometry g{s[0], large[1], large[2], s[3], s[1], s[2], factor, factor, 0};
    return detail::sum_pool_adjoint("upsample", x, g, T(1));
  }
  for (const int axis : {1, 2}) detail::check_extent("upsample", large[axis], s);
  Var<T> y = x;
  for (const int axis : {1, 2})
    y = detail::map_axis<T>(
        "upsample", y, axis,
        std::make_shared<const kernels::AxisMap<T>>(detail::linear_interpolation<T>(s[axis], factor)));
  return y;
}

/// Channels become pixels: y(n, h r + i, w r + j, c) = x(n, h, w, c r^2 + i r + j)              [Shi et al. 2016, eq.
/// 4] x (N,H,W,C r^2) -> (N, H r, W r, C), the order of channels as in PyTorch     gx = the same moves backwards
template <class T>
[[nodiscard]] Var<T> pixel_shuffle(const Var<T>& x, index_t factor) {
  const index_t r = factor;
  const Shape& s = x.shape();
  const Shape large = detail::pixel_shuffle_shape(s, r);
  const Var<T> parts = reshape(x, Shape{s[0] * s[1], s[2], large[3], r, r});  // (n h, w, c, i, j)
  return reshape(permute(parts, {0, 3, 1, 4, 2}), large);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> upsample(const Var<float>&, index_t, UpsampleMode))
GANVAS_INSTANCE(Var<float> pixel_shuffle(const Var<float>&, index_t))

GANVAS_END
