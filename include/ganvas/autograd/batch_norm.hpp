#pragma once
// Batch norm [Ioffe & Szegedy 2015]: fused kernels for the value and the first gradient, and the same in plain
// operations, which is what gets differentiated again.

#include <cmath>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/batch_norm.hpp"

GANVAS_BEGIN

/// What the training form gives: the result, and the batch's mean and biased variance by channel for running averages.
template <class T>
struct BatchNormResult {
  Var<T> y;
  Tensor<T> mean, var;
};

namespace detail {

/// (x - mu) r,  r = (var + eps)^(-1/2),  mu and biased var over the given axes: in plain operations. mu is rounded to T
/// (batch_norm's own is not): where it is far larger than the deviation, layer, instance and group norm lose places.
template <class T>
struct Normalized {
  Var<T> value, r;
};
template <class T>
[[nodiscard]] Normalized<T> normalize(const Var<T>& x, const Axes& axes, T eps) {
  const Var<T> centred = x - mean(x, axes, true);
  const Var<T> r = pow(mean(square(centred), axes, true) + eps, T(-0.5));
  return {centred * r, r};
}

inline Axes all_but_last(int rank) {
  Axes axes(static_cast<std::size_t>(rank - 1));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

template <class T>
void check_affine(const char* op, const Var<T>& x, const Shape& gamma, const Shape& beta, T eps) {
  require(x.rank() >= 2, op, "the input must have a batch and channels, shape (..., C), but has ", x.shape(), ".");
  require(gamma == Shape{x.size(-1)} && beta == gamma, op, "gamma and beta must have shape (", x.size(-1),
          ") like the last axis of the input ", x.shape(), ", but have ", gamma, " and ", beta, ".");
  require<ValueError>(eps > T(0), op, "eps must be positive, but is ", eps, ".");
}

/// The gradients of batch norm by x, gamma and beta in plain operations (the formulas of batch_norm below).
template <class T>
[[nodiscard]] std::vector<Var<T>> batch_norm_gradients(const Var<T>& x, const Var<T>& gamma, const Var<T>& gy, T eps) {
  const Axes rows = all_but_last(x.rank());
  const Normalized<T> xhat = normalize(x, rows, eps);
  const Var<T> gbeta = sum(gy, rows);
  const Var<T> ggamma = sum(gy * xhat.value, rows);
  const T n = static_cast<T>(x.numel()) / static_cast<T>(x.size(-1));
  const Var<T> gx = gamma * xhat.r * (gy - gbeta / n - xhat.value * (ggamma / n));
  return {gx, ggamma, gbeta};
}

/// What the forward pass knows of a batch.
struct BatchNormState {
  kernels::NormMap map;
  std::vector<double> var;
};

/// The same by fused kernels, for a gradient that nobody differentiates again. With r2 = 1 / (var + eps), a = gamma r:
///   gx = a (gz - sum_gz / n - (x - mu) r2 sum_gz_x / n)
template <class T>
[[nodiscard]] std::vector<Var<T>> batch_norm_gradients_fused(const Tensor<T>& x, const Tensor<T>& gy,
                                                             const BatchNormState& batch, T eps, bool need_x) {
  const index_t c = x.size(-1), rows = c == 0 ? 0 : x.numel() / c;
  const auto n = static_cast<double>(rows);
  const kernels::BackwardSums s = kernels::batch_norm_backward_sums(rows, c, x.data(), gy.data(), batch.map);
  const std::vector<double>& a = batch.map.scale;
  std::vector<double> b(a), e(a);
  Tensor<T> ggamma(Shape{c}), gbeta(Shape{c});
  T* out_gamma = ggamma.mutable_data();
  T* out_beta = gbeta.mutable_data();
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double r = 1 / std::sqrt(batch.var[k] + static_cast<double>(eps));
    out_gamma[k] = static_cast<T>(r * s.gz_x[k]);
    out_beta[k] = static_cast<T>(s.gz[k]);
    b[k] = -a[k] * r * r * s.gz_x[k] / n;
    e[k] = -a[k] * s.gz[k] / n;
  }
  Var<T> gx;
  if (need_x) {
    Tensor<T> t(x.shape());
    kernels::batch_norm_backward_apply(rows, c, x.data(), gy.data(), batch.map, a, b, e, t.mutable_data());
    gx = Var<T>(std::move(t));
  }
  return {gx, Var<T>(std::move(ggamma)), Var<T>(std::move(gbeta))};
}

/// y of a map.
template <class T>
[[nodiscard]] Tensor<T> batch_norm_value(const Tensor<T>& x, const kernels::NormMap& map) {
  Tensor<T> y(x.shape());
  const index_t c = x.size(-1);
  if (c > 0) kernels::batch_norm_apply(x.numel() / c, c, x.data(), map, y.mutable_data());
  return y;
}

}  // namespace detail

/// batch_norm in plain operations: the same value, and gradients of any order from their rules.
template <class T>
[[nodiscard]] Var<T> batch_norm_composed(const Var<T>& x, const Var<T>& gamma, const Var<T>& beta,
                                         std::type_identity_t<T> eps = T(1e-5)) {
  detail::check_affine("batch_norm", x, gamma.shape(), beta.shape(), eps);
  return detail::normalize(x, detail::all_but_last(x.rank()), eps).value * gamma + beta;
}

/// The training form, over all axes but the last; n is the number of rows (N H W for images) and at least 2.
/// z = gamma xhat + beta,  xhat = (x - mu) r,  r = (var + eps)^(-1/2),  mu, biased var over the rows
/// y = z if z > 0, else slope z: an activation in the same pass, slope 0 for ReLU, 1 for none
/// x, y (..., C), gamma, beta (C)     gz = gy if z > 0, else slope gy,  gbeta = sum gz,  ggamma = sum gz xhat,
/// gx = gamma r (gz - mean(gz) - xhat mean(gz xhat))                    [Ioffe & Szegedy 2015, Algorithm 1 and sec. 3]
template <class T>
[[nodiscard]] BatchNormResult<T> batch_norm(const Var<T>& x, const Var<T>& gamma, const Var<T>& beta,
                                            std::type_identity_t<T> eps = T(1e-5),
                                            std::type_identity_t<T> slope = T(1)) {
  detail::check_affine("batch_norm", x, gamma.shape(), beta.shape(), eps);
  detail::check_slope("batch_norm", slope);
  const index_t c = x.size(-1);
  index_t rows = 1;
  for (int i = 0; i + 1 < x.rank(); ++i) rows *= x.shape()[i];
  require(rows >= 2, "batch_norm", "training needs at least 2 values a channel to estimate a variance, but the input ",
          x.shape(), " has ", rows, "; use a larger batch or the evaluation form.");
  kernels::Moments m = kernels::moments(rows, c, x.value().data());
  std::vector<double> scale(m.mean.size()), shift(scale);
  BatchNormResult<T> result{{}, Tensor<T>(Shape{c}), Tensor<T>(Shape{c})};
  T* mean = result.mean.mutable_data();
  T* var = result.var.mutable_data();
  for (std::size_t k = 0; k < scale.size(); ++k) {
    mean[k] = static_cast<T>(m.mean[k]);
    var[k] = static_cast<T>(m.var[k]);
    scale[k] = static_cast<double>(gamma.value().data()[k]) / std::sqrt(m.var[k] + static_cast<double>(eps));
    shift[k] = static_cast<double>(beta.value().data()[k]);
  }
  const auto batch = std::make_shared<const detail::BatchNormState>(detail::BatchNormState{
      {std::move(m.mean), std::move(scale), std::move(shift), static_cast<double>(slope)}, std::move(m.var)});
  result.y = record_all<T>(
      "batch_norm", detail::batch_norm_value(x.value(), batch->map), {x, gamma, beta},
      [batch, eps, slope](const Backward<T>& g, std::size_t i) {
        return g.joint(i, [&] {
          if (!recording())
            return detail::batch_norm_gradients_fused(g[0].value(), g.gy.value(), *batch, eps, g.needs(0));
          const Var<T> gz =
              slope == T(1) ? g.gy : detail::gate(detail::batch_norm_value(g[0].value(), batch->map), g.gy, slope);
          return detail::batch_norm_gradients(g[0], g[1], gz, eps);
        });
      });
  return result;
}

/// The evaluation form with given statistics, which are constants:  z = (x - mean) s + beta,  s = gamma r,
/// r = (var + eps)^(-1/2);  y and gz from z as in batch_norm.   x, y (..., C), the others (C)
/// gx = gz s,  ggamma = sum gz (x - mean) r,  gbeta = sum gz
template <class T>
[[nodiscard]] Var<T> batch_norm_inference(const Var<T>& x, const Var<T>& gamma, const Var<T>& beta,
                                          const Tensor<T>& mean, const Tensor<T>& var,
                                          std::type_identity_t<T> eps = T(1e-5), std::type_identity_t<T> slope = T(1)) {
  detail::check_affine("batch_norm", x, gamma.shape(), beta.shape(), eps);
  detail::check_slope("batch_norm", slope);
  require(mean.shape() == gamma.shape() && var.shape() == gamma.shape(), "batch_norm", "mean and variance must have ",
          "shape ", gamma.shape(), " like gamma, but have ", mean.shape(), " and ", var.shape(), ".");
  const index_t c = x.size(-1);
  std::vector<double> mu(static_cast<std::size_t>(c)), scale(mu), shift(mu);
  Tensor<T> r(var.shape());
  T* out = r.mutable_data();
  for (std::size_t k = 0; k < mu.size(); ++k) {
    const double rk = 1 / std::sqrt(static_cast<double>(var.data()[k]) + static_cast<double>(eps));
    out[k] = static_cast<T>(rk);
    mu[k] = static_cast<double>(mean.data()[k]);
    scale[k] = static_cast<double>(gamma.value().data()[k]) * rk;
    shift[k] = static_cast<double>(beta.value().data()[k]);
  }
  const Tensor<T> y = detail::batch_norm_value(
      x.value(), {std::move(mu), std::move(scale), std::move(shift), static_cast<double>(slope)});
  const auto gz = [signs = slope == T(1) ? Tensor<T>() : y, slope](const Var<T>& gy) {
    return slope == T(1) ? gy : detail::gate(signs, gy, slope);
  };
  return record(
      "batch_norm_inference", y, {x, gamma, beta},
      [r, gz](const Backward<T>& g) { return gz(g.gy) * (g[1] * Var<T>(r)); },
      [r, mean, gz](const Backward<T>& g) {
        return sum(gz(g.gy) * (g[0] - Var<T>(mean)), detail::all_but_last(g.gy.rank())) * Var<T>(r);
      },
      [gz](const Backward<T>& g) { return sum(gz(g.gy), detail::all_but_last(g.gy.rank())); });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> batch_norm_composed(const Var<float>&, const Var<float>&, const Var<float>&, float))
GANVAS_INSTANCE(BatchNormResult<float> batch_norm(const Var<float>&, const Var<float>&, const Var<float>&, float,
                                                  float))
GANVAS_INSTANCE(Var<float> batch_norm_inference(const Var<float>&, const Var<float>&, const Var<float>&,
                                                const Tensor<float>&, const Tensor<float>&, float, float))

GANVAS_END
