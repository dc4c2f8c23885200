#pragma once
// The convolution trio as operations. T(x, w, y) = sum x(n,ih,iw,i) w(o,kh,kw,i) y(n,oh,ow,o) is linear in each slot,
// so the gradient of any of the three is one of the other two:
//   y = conv(x, w)            gx = conv_transpose(gy, w)   gw = conv_weight(x, gy)
//   x = conv_transpose(y, w)  gy = conv(gx, w)             gw = conv_weight(gx, y)
//   w = conv_weight(x, y)     gx = conv_transpose(y, gw)   gy = conv(x, gw)

#include <type_traits>
#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/conv.hpp"
#include "ganvas/kernels/conv_geometry.hpp"

GANVAS_BEGIN

template <class T>
[[nodiscard]] Var<T> conv_weight(const Var<T>& x, const Var<T>& y, const ConvGeometry& g);

namespace detail {

template <class T>
[[nodiscard]] Var<T> conv(const Var<T>& x, const Var<T>& w, const ConvGeometry& g);
template <class T>
[[nodiscard]] Var<T> conv_transpose(const Var<T>& y, const Var<T>& w, const ConvGeometry& g);

template <class T>
Var<T> conv(const Var<T>& x, const Var<T>& w, const ConvGeometry& g) {
  Tensor<T> y(g.y());
  kernels::conv(g, x.value().data(), w.value().data(), y.mutable_data());
  return record(
      "conv2d", std::move(y), {x, w}, [g](const Backward<T>& b) { return conv_transpose(b.gy, b[1], g); },
      [g](const Backward<T>& b) { return conv_weight(b[0], b.gy, g); });
}

template <class T>
Var<T> conv_transpose(const Var<T>& y, const Var<T>& w, const ConvGeometry& g) {
  Tensor<T> x(g.x());
  kernels::conv_transpose(g, y.value().data(), w.value().data(), x.mutable_data());
  return record(
      "conv_transpose2d", std::move(x), {y, w}, [g](const Backward<T>& b) { return conv(b.gy, b[1], g); },
      [g](const Backward<T>& b) { return conv_weight(b.gy, b[0], g); });
}

/// y + b for every pixel; an undefined b is none.
template <class T>
[[nodiscard]] Var<T> add_bias(const char* op, const Var<T>& y, const Var<T>& b) {
  if (!b.defined()) return y;
  require(b.shape() == Shape{y.size(-1)}, op, "the bias must have one number a channel, shape (", y.size(-1),
          "), but has ", b.shape(), ": the result without it is ", y.shape(), ".");
  return add(y, b);
}

}  // namespace detail

/// y(n,oh,ow,o) = b(o) + sum_{kh,kw,i} x(n, oh stride + kh dilation - padding, .., i) w(o,kh,kw,i), zeros outside x
/// x (N,H,W,I), w (O,kh,kw,I), b (O) or none -> (N,OH,OW,O)   gb = sum of gy over n, oh, ow
template <class T>
[[nodiscard]] Var<T> conv2d(const Var<T>& x, const Var<T>& w, const std::type_identity_t<Var<T>>& b = {},
                            const ConvOptions& options = {}) {
  return detail::add_bias("conv2d", detail::conv(x, w, conv_geometry(x.shape(), w.shape(), options)), b);
}

/// The adjoint of conv2d in x, plus a bias: every element of y adds its multiple of the kernel to x.
/// y (N,H,W,O), w (O,kh,kw,I), b (I) or none -> (N,XH,XW,I), XH = (H-1) stride - 2 padding + dilation (kh-1) +
/// output_padding + 1   gb = sum of gx over n, h, w
template <class T>
[[nodiscard]] Var<T> conv_transpose2d(const Var<T>& y, const Var<T>& w, const std::type_identity_t<Var<T>>& b = {},
                                      const ConvTransposeOptions& options = {}) {
  return detail::add_bias("conv_transpose2d",
                          detail::conv_transpose(y, w, conv_transpose_geometry(y.shape(), w.shape(), options)), b);
}

/// The adjoint of conv2d in w: w(o,kh,kw,i) = sum_{n,oh,ow} x(n, ih, iw, i) y(n,oh,ow,o). x and y have the shapes of
/// the geometry.
template <class T>
Var<T> conv_weight(const Var<T>& x, const Var<T>& y, const ConvGeometry& g) {
  require(x.shape() == g.x() && y.shape() == g.y(), "conv_weight", "x ", x.shape(), " and y ", y.shape(),
          " do not have the shapes of the geometry, ", g.x(), " and ", g.y(), ".");
  Tensor<T> w(g.w());
  kernels::conv_weight(g, x.value().data(), y.value().data(), w.mutable_data());
  return record(
      "conv_weight", std::move(w), {x, y}, [g](const Backward<T>& b) { return detail::conv_transpose(b[1], b.gy, g); },
      [g](const Backward<T>& b) { return detail::conv(b[0], b.gy, g); });
}

GANVAS_END
