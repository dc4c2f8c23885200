#pragma once
// Images moved, turned and scaled: sampled at the places that an affine map gives, and the adjoint of that. Both are
// linear in the image, the maps are constants, so each is the other's rule and they differentiate to any order.

#include <cmath>
#include <utility>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/affine.hpp"

GANVAS_BEGIN

namespace detail {

inline kernels::AffineGeometry affine_geometry(const char* op, const Shape& x, const Tensor<double>& maps,
                                               PadMode outside) {
  require(x.rank() == 4, op, "the input must be images (N,H,W,C), but its shape is ", x, ".");
  require(maps.shape() == Shape{x[0], 2, 3}, op, "images ", x, " need one 2 x 3 map each, shape (", x[0],
          ",2,3), but the maps have shape ", maps.shape(), ".");
  constexpr index_t limit = index_t{1} << 30;
  require<ValueError>(x[1] <= limit && x[2] <= limit, op, "images of ", x[1], " x ", x[2],
                      " pixels are too large (more than 2^30 along an axis); is a size wrong?");
  for (index_t i = 0; i < maps.numel(); ++i)
    require<ValueError>(std::abs(maps.data()[i]) <= static_cast<double>(limit), op, "a map must have finite numbers ",
                        "(of at most 2^30 pixels), but number ", i % 6, " of the map of image ", i / 6, " is ",
                        maps.data()[i], ".");
  return {x[0], x[1], x[2], x[3],
          outside == PadMode::zero      ? kernels::Outside::zero
          : outside == PadMode::reflect ? kernels::Outside::reflect
                                        : kernels::Outside::edge};
}

}  // namespace detail

template <class T>
[[nodiscard]] Var<T> affine_scatter(const Var<T>& y, const Tensor<double>& maps, PadMode outside = PadMode::zero);

/// y(n,h,w,c) = x(n, h', w', c) with (h', w') = A_n (h, w, 1)^T, between pixels by bilinear interpolation
/// gx = affine_scatter(gy)
/// x, y: (N,H,W,C)  maps: (N,2,3), one A_n an image; it says where to READ, so it is the inverse of how the picture
/// moves. Places are in pixels, the centre of pixel (h,w) being (h,w): PyTorch's affine_grid and grid_sample with
/// align_corners = true have the same places, scaled to [-1, 1]. Outside x is what pad(x, outside) puts there.
template <class T>
[[nodiscard]] Var<T> affine_sample(const Var<T>& x, const Tensor<double>& maps, PadMode outside = PadMode::zero) {
  const auto g = detail::affine_geometry("affine_sample", x.shape(), maps, outside);
  Tensor<T> y(x.shape());
  kernels::affine_sample(g, maps.data(), x.value().data(), y.mutable_data());
  return record("affine_sample", std::move(y), {x},
                [maps, outside](const Backward<T>& b) { return affine_scatter(b.gy, maps, outside); });
}

/// x = zeros, then every y(n,h,w,c) is added to the pixels around A_n (h, w, 1)^T with the weights of affine_sample,
/// whose adjoint it is     gy = affine_sample(gx)     Shapes as there.
template <class T>
[[nodiscard]] Var<T> affine_scatter(const Var<T>& y, const Tensor<double>& maps, PadMode outside) {
  const auto g = detail::affine_geometry("affine_scatter", y.shape(), maps, outside);
  Tensor<T> x(y.shape());
  kernels::affine_scatter(g, maps.data(), y.value().data(), x.mutable_data());
  return record("affine_scatter", std::move(x), {y},
                [maps, outside](const Backward<T>& b) { return affine_sample(b.gy, maps, outside); });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> affine_sample(const Var<float>&, const Tensor<double>&, PadMode))
GANVAS_INSTANCE(Var<float> affine_scatter(const Var<float>&, const Tensor<double>&, PadMode))

GANVAS_END
