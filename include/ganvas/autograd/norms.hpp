#pragma once
// Norms over other axes than batch norm's, in plain operations: y = gamma xhat + beta, xhat = (x - mu) (var +
// eps)^(-1/2) with mu and biased var over the features of a sample, so training and evaluation are the same. gamma and
// beta are by channel (the last axis) and may both be left out. Gradients follow from the rules of the operations used.

#include <type_traits>

#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/shape_ops.hpp"

GANVAS_BEGIN

namespace detail {

template <class T>
[[nodiscard]] Var<T> affine(const char* op, const Var<T>& xhat, const Var<T>& gamma, const Var<T>& beta) {
  require<ValueError>(gamma.defined() == beta.defined(), op, "give gamma and beta both or neither.");
  if (!gamma.defined()) return xhat;
  require(gamma.shape() == Shape{xhat.size(-1)} && beta.shape() == gamma.shape(), op,
          "gamma and beta must have shape (", xhat.size(-1), ") like the last axis of the input ", xhat.shape(),
          ", but have ", gamma.shape(), " and ", beta.shape(), ".");
  return xhat * gamma + beta;
}

template <class T>
void check_images(const char* op, const Var<T>& x, T eps) {
  require(x.rank() == 4, op, "the input must be images (N,H,W,C), but its shape is ", x.shape(), ".");
  require(x.shape()[1] * x.shape()[2] * x.shape()[3] > 0, op, "there is nothing to take a mean of in shape ", x.shape(),
          ".");
  require<ValueError>(eps > T(0), op, "eps must be positive, but is ", eps, ".");
}

}  // namespace detail

/// mu, var over the last axis.  x (..., C), gamma, beta (C)                                 [Ba, Kiros & Hinton 2016]
template <class T>
[[nodiscard]] Var<T> layer_norm(const Var<T>& x, const std::type_identity_t<Var<T>>& gamma = {},
                                const std::type_identity_t<Var<T>>& beta = {}, std::type_identity_t<T> eps = T(1e-5)) {
  require(x.rank() >= 1 && x.size(-1) > 0, "layer_norm", "there is nothing to take a mean of in shape ", x.shape(),
          ".");
  require<ValueError>(eps > T(0), "layer_norm", "eps must be positive, but is ", eps, ".");
  return detail::affine("layer_norm", detail::normalize(x, Axes{-1}, eps).value, gamma, beta);
}

/// mu, var over h, w of every sample and channel.  x (N,H,W,C)                     [Ulyanov, Vedaldi & Lempitsky 2016]
template <class T>
[[nodiscard]] Var<T> instance_norm(const Var<T>& x, const std::type_identity_t<Var<T>>& gamma = {},
                                   const std::type_identity_t<Var<T>>& beta = {},
                                   std::type_identity_t<T> eps = T(1e-5)) {
  detail::check_images("instance_norm", x, eps);
  require(x.shape()[1] * x.shape()[2] > 1, "instance_norm", "a variance needs more than one pixel a channel, but the ",
          "input is ", x.shape(), ".");
  return detail::affine("instance_norm", detail::normalize(x, Axes{1, 2}, eps).value, gamma, beta);
}

/// mu, var over h, w and the channels of a group of every sample; groups are neighbouring channels.  x (N,H,W,C), C a
/// multiple of the number of groups                                                                  [Wu & He 2018]
template <class T>
[[nodiscard]] Var<T> group_norm(const Var<T>& x, index_t groups, const std::type_identity_t<Var<T>>& gamma = {},
                                const std::type_identity_t<Var<T>>& beta = {}, std::type_identity_t<T> eps = T(1e-5)) {
  detail::check_images("group_norm", x, eps);
  const Shape& s = x.shape();
  require(groups >= 1 && s[3] % groups == 0, "group_norm", "the ", s[3], " channels of the input ", s,
          " do not divide into ", groups, " groups.");
  const Var<T> grouped = reshape(x, Shape{s[0], s[1] * s[2], groups, s[3] / groups});
  return detail::affine("group_norm", reshape(detail::normalize(grouped, Axes{1, 3}, eps).value, s), gamma, beta);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> layer_norm(const Var<float>&, const Var<float>&, const Var<float>&, float))
GANVAS_INSTANCE(Var<float> instance_norm(const Var<float>&, const Var<float>&, const Var<float>&, float))
GANVAS_INSTANCE(Var<float> group_norm(const Var<float>&, index_t, const Var<float>&, const Var<float>&, float))

GANVAS_END
