#pragma once
// BatchNorm2d: batch statistics in training, running ones in evaluation [Ioffe and Szegedy 2015, Algorithms 1 and 2].

#include <string>
#include <tuple>
#include <type_traits>

#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct BatchNorm2d;

namespace detail {

/// running <- (1 - momentum) running + momentum factor batch
template <class T>
void move_running(Tensor<T>& running, const Tensor<T>& batch, double momentum, double factor) {
  const T keep = static_cast<T>(1 - momentum);
  const T take = static_cast<T>(momentum * factor);
  T* r = running.mutable_data();
  for (index_t c = 0; c < running.numel(); ++c) r[c] = keep * r[c] + take * batch.data()[c];
}

/// What a batch of n values a channel does to the running statistics: the variance counts as the unbiased one.
template <class T>
void move_running(Tensor<T>& running_mean, Tensor<T>& running_var, const BatchNormResult<T>& batch, double momentum,
                  index_t n) {
  const double unbiased = static_cast<double>(n) / static_cast<double>(n - 1);
  move_running(running_mean, batch.mean, momentum, 1);
  move_running(running_var, batch.var, momentum, unbiased);
}

}  // namespace detail

/// Options of BatchNorm2d. momentum is the weight of the new batch in the running statistics.
struct BatchNorm2dSpec {
  index_t channels = 0;
  double eps = 1e-5;
  double momentum = 0.1;

  constexpr void check() const {
    require<ValueError>(channels > 0, "batch_norm2d", "channels must be positive, but is ", channels, ".");
    require<ValueError>(eps > 0 && momentum >= 0 && momentum <= 1, "batch_norm2d",
                        "eps must be positive and momentum in [0, 1], but they are ", eps, " and ", momentum, ".");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() < 2) return {Misfit::axes, 4, x.rank()};
    if (x[x.rank() - 1] != channels) return {Misfit::channels, channels, x[x.rank() - 1]};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x;
  }
  [[nodiscard]] std::string describe() const { return "BatchNorm2d " + std::to_string(channels); }
  [[nodiscard]] std::string expects() const {
    return "(N,H,W," + std::to_string(channels) + ") or (N," + std::to_string(channels) + ")";
  }

  template <class T>
  [[nodiscard]] BatchNorm2d<T> make(Random&) const {
    return BatchNorm2d<T>(*this);
  }
};

constexpr BatchNorm2dSpec batch_norm2d(const BatchNorm2dSpec& options) {
  options.check();
  return options;
}

/// y = (x - mu) (var + eps)^(-1/2) weight + bias over all axes but the last; any rank from 2 on.
/// Training: mu and var (biased) of the batch, and running <- (1 - momentum) running + momentum batch, where the
/// running variance takes the unbiased one, as PyTorch does. Evaluation: mu and var are the running ones.
template <class T>
struct BatchNorm2d {
  using value_type = T;

  BatchNorm2dSpec options;
  Parameter<T> weight;  ///< gamma, (channels)
  Parameter<T> bias;    ///< beta, (channels)
  Tensor<T> running_mean;
  Tensor<T> running_var;
  index_t num_batches_tracked = 0;

  static constexpr auto members =
      std::tuple{member("weight", &BatchNorm2d::weight), member("bias", &BatchNorm2d::bias),
                 member("running_mean", &BatchNorm2d::running_mean), member("running_var", &BatchNorm2d::running_var),
                 member("num_batches_tracked", &BatchNorm2d::num_batches_tracked)};

  explicit BatchNorm2d(const BatchNorm2dSpec& o)
      : options(batch_norm2d(o)),
        weight(Tensor<T>::ones({o.channels}), Role::gain),
        bias(Tensor<T>::zeros({o.channels}), Role::shift),
        running_mean(Tensor<T>::zeros({o.channels})),
        running_var(Tensor<T>::ones({o.channels})) {}

  static constexpr bool rectifies = true;

  /// slope: that of a leaky ReLU which is applied in the same pass; 0 is ReLU, 1 none.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, std::type_identity_t<T> slope = T(1)) const {
    return batch_norm_inference<T>(x, weight, bias, running_mean, running_var, static_cast<T>(options.eps), slope);
  }

  [[nodiscard]] Var<T> training(const Var<T>& x, std::type_identity_t<T> slope = T(1)) {
    const index_t n = x.numel() / options.channels;  // values a channel
    require(n > 1, "batch_norm2d", "training needs more than one value a channel to have a variance, but the input is ",
            x.shape(), "; use a larger batch.");
    const BatchNormResult<T> batch = batch_norm<T>(x, weight, bias, static_cast<T>(options.eps), slope);
    detail::move_running(running_mean, running_var, batch, options.momentum, n);
    ++num_batches_tracked;
    return batch.y;
  }
};

/// The same for features (N,C).
template <class T>
using BatchNorm1d = BatchNorm2d<T>;

}  // namespace nn

GANVAS_END
