#pragma once
// What follows a modulated convolution of StyleGAN2, in one pass over memory: scale, noise, bias, leaky ReLU.

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace detail {

inline void check_noisy_bias(const Shape& x, const Shape& d, const Shape& noise, const Shape& s, const Shape& b) {
  constexpr const char* op = "noisy_bias";
  require(x.rank() == 4, op, "the input must be images (N,H,W,C), but its shape is ", x, ".");
  require(d == Shape{x[0], x[3]} && b == Shape{x[3]}, op, "the scale must have shape (", x[0], ",", x[3],
          ") and the bias (", x[3], ") for input ", x, ", but they have ", d, " and ", b, ".");
  require(noise == Shape{x[0], x[1], x[2], 1} || noise == Shape{1, x[1], x[2], 1}, op, "the noise must have shape (",
          x[0], ",", x[1], ",", x[2], ",1), or 1 in place of ", x[0], ", but has ", noise, ".");
  require(s == Shape{1}, op, "the strength must be one number, shape (1), but has ", s, ".");
}

}  // namespace detail

/// z(n,h,w,c) = x(n,h,w,c) d(n,c) + s noise(n,h,w) + b(c),   y = z where z > 0, slope z elsewhere
/// x (N,H,W,C), d (N,C), noise (N,H,W,1), or (1,H,W,1) for one that all samples share, s (1), b (C), 0 <= slope <= 1
/// gz = gy where y > 0, slope gy elsewhere;  gx = gz d;  gd = sum_hw gz x;  gs = sum gz noise;  gb = sum_nhw gz
template <class T>
[[nodiscard]] Var<T> noisy_bias(const Var<T>& x, const std::type_identity_t<Var<T>>& d, const Tensor<T>& noise,
                                const std::type_identity_t<Var<T>>& strength, const std::type_identity_t<Var<T>>& b,
                                std::type_identity_t<T> slope) {
  const Shape shape = x.shape();
  detail::check_noisy_bias(shape, d.shape(), noise.shape(), strength.shape(), b.shape());
  require<ValueError>(slope >= T(0) && slope <= T(1), "noisy_bias", "the slope must be in [0, 1], but is ", slope, ".");
  const index_t pixels = shape[1] * shape[2], channels = shape[3];
  Tensor<T> y(shape);
  const T *px = x.value().data(), *pd = d.value().data(), *pn = noise.data(), *pb = b.value().data();
  T* py = y.mutable_data();
  const T s = strength.value().data()[0];
  const bool shared = noise.size(0) == 1;
  using Row = Eigen::Array<T, 1, Eigen::Dynamic>;
  using ConstRow = Eigen::Map<const Row, Eigen::Unaligned>;
  const ConstRow bias(pb, channels);
  parallel_chunks(shape[0] * pixels, 16384 / std::max<index_t>(channels, 1), [&](index_t begin, index_t end) {
    for (index_t p = begin; p < end; ++p) {
      Eigen::Map<Row, Eigen::Unaligned> to(py + p * channels, channels);
      const T add_noise = s * pn[shared ? p % pixels : p];
      to = ConstRow(px + p * channels, channels) * ConstRow(pd + p / pixels * channels, channels) + (bias + add_noise);
      if (slope != T(1)) to = to.max(to * slope);  // the leaky ReLU, for slopes of at most 1
    }
  });
  const Tensor<T> signs = y;
  return record_all<T>("noisy_bias", std::move(y), {x, d, strength, b},
                       [signs, noise, slope](const Backward<T>& g, std::size_t i) {
                         return g.joint(i, [&] {
                           const Var<T> gz = slope == T(1) ? g.gy : detail::gate(signs, g.gy, slope);
                           const Shape& to = g[0].shape();
                           const Shape per_sample{to[0], 1, 1, to[3]};
                           std::vector<Var<T>> all(4);
                           if (g.needs(0)) all[0] = gz * reshape(g[1], per_sample);
                           if (g.needs(1)) all[1] = reshape(sum(gz * g[0], {1, 2}), g[1].shape());
                           if (g.needs(2)) all[2] = reshape(sum(sum(gz, {3}, true) * Var<T>(noise)), g[2].shape());
                           if (g.needs(3)) all[3] = sum(gz, {0, 1, 2});
                           return all;
                         });
                       });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> noisy_bias(const Var<float>&, const Var<float>&, const Tensor<float>&, const Var<float>&,
                                      const Var<float>&, float))

GANVAS_END
