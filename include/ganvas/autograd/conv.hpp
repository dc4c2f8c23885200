#pragma once
// The convolution trio as operations. T(x, w, y) = sum x(n,ih,iw,i) w(o,kh,kw,i) y(n,oh,ow,o) is linear in each slot,
// so the gradient of any of the three is one of the other two:
//   y = conv(x, w)            gx = conv_transpose(gy, w)   gw = conv_weight(x, gy)
//   x = conv_transpose(y, w)  gy = conv(gx, w)             gw = conv_weight(gx, y)
//   w = conv_weight(x, y)     gx = conv_transpose(y, gw)   gy = conv(x, gw)

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
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

/// conv or conv_transpose of x with w, and in the same pass a bias (an undefined b is none) and a leaky ReLU (a slope
/// of 1 is none): z = conv(x, w) + b,  y = z if z > 0, else slope z gz = gy if y > 0, else slope gy;  gx and gw as
/// above with gz for gy;  gb = sum of gz over all axes but the last
template <class T>
[[nodiscard]] Var<T> conv_with_epilogue(const char* op, bool transposed, const Var<T>& x, const Var<T>& w,
                                        const Var<T>& b, const ConvGeometry& g, T slope) {
  if (!b.defined() && slope == T(1)) return transposed ? conv_transpose(x, w, g) : conv(x, w, g);
  const Shape result = transposed ? g.x() : g.y();
  require(!b.defined() || b.shape() == Shape{result[3]}, op, "the bias must have one number a channel, shape (",
          result[3], "), but has ", b.defined() ? b.shape() : Shape{}, ": the result without it is ", result, ".");
  check_slope(op, slope);
  Tensor<T> y(result);
  const kernels::Epilogue<T> epilogue{b.defined() ? b.value().data() : nullptr, slope};
  if (transposed)
    kernels::conv_transpose(g, x.value().data(), w.value().data(), y.mutable_data(), epilogue);
  else
    kernels::conv(g, x.value().data(), w.value().data(), y.mutable_data(), epilogue);
  std::vector<Var<T>> inputs{x, w};
  if (b.defined()) inputs.push_back(b);
  const bool biased = b.defined();
  const Tensor<T> signs = slope == T(1) ? Tensor<T>() : y;
  return record_all<T>(op, std::move(y), inputs, [=](const Backward<T>& back, std::size_t i) {
    return back.joint(i, [&] {
      const Var<T> gz = slope == T(1) ? back.gy : gate(signs, back.gy, slope);
      std::vector<Var<T>> all(3);
      if (back.needs(0)) all[0] = transposed ? conv(gz, back[1], g) : conv_transpose(gz, back[1], g);
      if (back.needs(1)) all[1] = transposed ? conv_weight(gz, back[0], g) : conv_weight(back[0], gz, g);
      if (biased && back.needs(2)) all[2] = sum(gz, {0, 1, 2});
      return all;
    });
  });
}

}  // namespace detail

/// y(n,oh,ow,o) = b(o) + sum_{kh,kw,i} x(n, oh stride + kh dilation - padding, .., i) w(o,kh,kw,i), zeros outside x
/// x (N,H,W,I), w (O,kh,kw,I), b (O) or none -> (N,OH,OW,O)   gb = sum of gy over n, oh, ow
/// slope: that of a leaky ReLU which is applied in the same pass; 0 is ReLU, 1 none.
template <class T>
[[nodiscard]] Var<T> conv2d(const Var<T>& x, const Var<T>& w, const std::type_identity_t<Var<T>>& b = {},
                            const ConvOptions& options = {}, std::type_identity_t<T> slope = T(1)) {
  return detail::conv_with_epilogue("conv2d", false, x, w, b, conv_geometry(x.shape(), w.shape(), options), slope);
}

/// The adjoint of conv2d in x, plus a bias: every element of y adds its multiple of the kernel to x.
/// y (N,H,W,O), w (O,kh,kw,I), b (I) or none -> (N,XH,XW,I), XH = (H-1) stride - 2 padding + dilation (kh-1) +
/// output_padding + 1   gb = sum of gx over n, h, w   slope: as in conv2d
template <class T>
[[nodiscard]] Var<T> conv_transpose2d(const Var<T>& y, const Var<T>& w, const std::type_identity_t<Var<T>>& b = {},
                                      const ConvTransposeOptions& options = {}, std::type_identity_t<T> slope = T(1)) {
  return detail::conv_with_epilogue("conv_transpose2d", true, y, w, b,
                                    conv_transpose_geometry(y.shape(), w.shape(), options), slope);
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

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> conv2d(const Var<float>&, const Var<float>&, const Var<float>&, const ConvOptions&, float))
GANVAS_INSTANCE(Var<float> conv_transpose2d(const Var<float>&, const Var<float>&, const Var<float>&,
                                            const ConvTransposeOptions&, float))
GANVAS_INSTANCE(Var<float> conv_weight(const Var<float>&, const Var<float>&, const ConvGeometry&))

GANVAS_END
