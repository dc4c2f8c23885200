#pragma once
// Batch norm whose gain and shift belong to the class of the sample [Dumoulin et al. 2017, "A learned representation
// for artistic style", eq. 5; in a generator: Miyato and Koyama 2018].

#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/batch_norm.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

/// Options of ConditionalBatchNorm2d. eps and momentum as in BatchNorm2d.
struct ConditionalBatchNorm2dOptions {
  index_t channels = 0;
  index_t classes = 0;
  double eps = 1e-5;
  double momentum = 0.1;

  constexpr void check() const {
    require<ValueError>(classes > 0, "conditional_batch_norm2d", "classes must be positive, but is ", classes, ".");
    norm().check();
  }
  [[nodiscard]] constexpr BatchNorm2dSpec norm() const { return {channels, eps, momentum}; }
};

/// z = (x - mu) (var + eps)^(-1/2) gammas[y] + betas[y]     x, z: (N,...,C), y: N labels, gammas and betas: (classes,C)
/// mu and var over all axes but the last, of all classes together: of the batch in training, the running ones in
/// evaluation, as in BatchNorm2d. gammas start at 1 and betas at 0.
template <class T>
struct ConditionalBatchNorm2d {
  using value_type = T;

  ConditionalBatchNorm2dOptions options;
  Embedding<T> gammas;
  Embedding<T> betas;
  Tensor<T> running_mean;
  Tensor<T> running_var;
  index_t num_batches_tracked = 0;

  static constexpr auto members =
      std::tuple{member("gammas", &ConditionalBatchNorm2d::gammas), member("betas", &ConditionalBatchNorm2d::betas),
                 member("running_mean", &ConditionalBatchNorm2d::running_mean),
                 member("running_var", &ConditionalBatchNorm2d::running_var),
                 member("num_batches_tracked", &ConditionalBatchNorm2d::num_batches_tracked)};

  explicit ConditionalBatchNorm2d(const ConditionalBatchNorm2dOptions& o)
      : options(checked(o)),
        gammas(table(o, 1, Role::gain)),
        betas(table(o, 0, Role::shift)),
        running_mean(Tensor<T>::zeros({o.channels})),
        running_var(Tensor<T>::ones({o.channels})) {}

  /// slope: that of a leaky ReLU which is applied behind it; 0 is ReLU, 1 none.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y,
                                  std::type_identity_t<T> slope = T(1)) const {
    check(x, y);
    return scaled(batch_norm_inference<T>(x, one(), zero(), running_mean, running_var, static_cast<T>(options.eps)), y,
                  slope);
  }

  [[nodiscard]] Var<T> training(const Var<T>& x, const std::vector<index_t>& y, std::type_identity_t<T> slope = T(1)) {
    check(x, y);
    const index_t n = x.numel() / options.channels;  // values a channel
    require(n > 1, "conditional_batch_norm2d", "training needs more than one value a channel to have a variance, but ",
            "the input is ", x.shape(), "; use a larger batch.");
    const BatchNormResult<T> batch = batch_norm<T>(x, one(), zero(), static_cast<T>(options.eps));
    detail::move_running(running_mean, running_var, batch, options.momentum, n);
    ++num_batches_tracked;
    return scaled(batch.y, y, slope);
  }

  [[nodiscard]] index_t classes() const { return options.classes; }
  [[nodiscard]] std::string describe() const {
    return "ConditionalBatchNorm2d " + std::to_string(options.channels) + ", " + std::to_string(options.classes) +
           " classes";
  }

 private:
  static const ConditionalBatchNorm2dOptions& checked(const ConditionalBatchNorm2dOptions& o) {
    o.check();
    return o;
  }
  static Embedding<T> table(const ConditionalBatchNorm2dOptions& o, T value, Role role) {
    Random none;
    Embedding<T> e({.count = o.classes, .features = o.channels}, none);
    e.weight = Parameter<T>(Tensor<T>({o.classes, o.channels}, value), role);
    return e;
  }
  [[nodiscard]] Var<T> one() const { return Tensor<T>::ones({options.channels}); }
  [[nodiscard]] Var<T> zero() const { return Tensor<T>::zeros({options.channels}); }

  void check(const Var<T>& x, const std::vector<index_t>& y) const {
    require(x.rank() >= 2 && x.size(-1) == options.channels, "conditional_batch_norm2d", "the input must be (N,...,",
            options.channels, "), but has shape ", x.shape(), ".");
    check_labels("conditional_batch_norm2d", y, x.size(0), options.classes);
  }
  /// xhat gammas[y] + betas[y], and the leaky ReLU.
  [[nodiscard]] Var<T> scaled(const Var<T>& xhat, const std::vector<index_t>& y, T slope) const {
    Shape one_each = xhat.shape();
    for (int axis = 1; axis + 1 < one_each.rank(); ++axis) one_each = one_each.with(axis, 1);
    const Var<T> z = xhat * reshape(gammas(y), one_each) + reshape(betas(y), one_each);
    if (slope == T(1)) return z;
    return slope == T(0) ? relu(z) : leaky_relu(z, slope);
  }
};

}  // namespace nn

GANVAS_END
