#pragma once
// Pooling of images. Average pooling is linear and comes with its adjoint; max pooling reads the elements at places
// that it found once, so its gradient puts numbers back to these places.

#include <memory>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/pool.hpp"

GANVAS_BEGIN

namespace detail {

template <class T>
[[nodiscard]] Var<T> sum_pool_adjoint(const char* op, const Var<T>& y, const kernels::PoolGeometry& g, T scale);

/// y = scale * window sums of x   gx = sum_pool_adjoint(gy)
template <class T>
[[nodiscard]] Var<T> sum_pool(const char* op, const Var<T>& x, const kernels::PoolGeometry& g, T scale) {
  Tensor<T> y(g.y());
  kernels::sum_pool(g, scale, x.value().data(), y.mutable_data());
  return record(op, std::move(y), {x}, [=](const Backward<T>& b) { return sum_pool_adjoint(op, b.gy, g, scale); });
}

/// x = scale * every y added to its window   gy = sum_pool(gx)
template <class T>
[[nodiscard]] Var<T> sum_pool_adjoint(const char* op, const Var<T>& y, const kernels::PoolGeometry& g, T scale) {
  Tensor<T> x(g.x());
  kernels::sum_pool_adjoint(g, scale, y.value().data(), x.mutable_data());
  return record(op, std::move(x), {y}, [=](const Backward<T>& b) { return sum_pool(op, b.gy, g, scale); });
}

/// For each element of y its place in the same image of x.
using Places = std::shared_ptr<const std::vector<index_t>>;

template <class T>
[[nodiscard]] Var<T> put(const char* op, const Var<T>& y, const Shape& x, const Places& at);

/// y_i = x[at_i]   gx = put(gy)
template <class T>
[[nodiscard]] Var<T> take(const char* op, const Var<T>& x, const Shape& shape, const Places& at) {
  Tensor<T> y(shape);
  const index_t n = shape[0];
  if (n > 0) kernels::take(n, x.numel() / n, y.numel() / n, at->data(), x.value().data(), y.mutable_data());
  return record(op, std::move(y), {x}, [op, at](const Backward<T>& b) { return put(op, b.gy, b[0].shape(), at); });
}

/// x = zeros(shape), x[at_i] += y_i   gy = take(gx)
template <class T>
[[nodiscard]] Var<T> put(const char* op, const Var<T>& y, const Shape& shape, const Places& at) {
  Tensor<T> x(shape);
  const index_t n = shape[0];
  if (n > 0) kernels::put(n, x.numel() / n, y.numel() / n, at->data(), y.value().data(), x.mutable_data());
  return record(op, std::move(x), {y}, [op, at](const Backward<T>& b) { return take(op, b.gy, b[0].shape(), at); });
}

}  // namespace detail

/// y(n,oh,ow,c) = mean of x(n,h,w,c) over the window (oh,ow); zeros in the padding count, as in PyTorch's default.
/// x (N,H,W,C) -> (N,OH,OW,C), OH = floor((H + 2 padding - kernel) / stride) + 1
/// gx = every gy / kernel^2 added to its window
template <class T>
[[nodiscard]] Var<T> avg_pool2d(const Var<T>& x, const PoolOptions& options = {}) {
  const kernels::PoolGeometry g = kernels::pool_geometry(x.shape(), options, "avg_pool2d");
  return detail::sum_pool("avg_pool2d", x, g, T(1) / (static_cast<T>(g.kernel) * static_cast<T>(g.kernel)));
}

/// y(n,oh,ow,c) = max of x(n,h,w,c) over the window (oh,ow); the padding never wins. Shapes as avg_pool2d.
/// gx = gy added at the place of each window's maximum, the first in reading order if several are equal
template <class T>
[[nodiscard]] Var<T> max_pool2d(const Var<T>& x, const PoolOptions& options = {}) {
  const kernels::PoolGeometry g = kernels::pool_geometry(x.shape(), options, "max_pool2d");
  auto at = std::make_shared<std::vector<index_t>>(static_cast<std::size_t>(g.y().numel()));
  kernels::max_pool_places(g, x.value().data(), at->data());
  return detail::take("max_pool2d", x, g.y(), at);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> avg_pool2d(const Var<float>&, const PoolOptions&))
GANVAS_INSTANCE(Var<float> max_pool2d(const Var<float>&, const PoolOptions&))

GANVAS_END
