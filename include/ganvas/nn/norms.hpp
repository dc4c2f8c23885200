#pragma once
// Normalisations that look at each sample alone: the same in training and evaluation.

#include <string>
#include <tuple>

#include "ganvas/autograd/norms.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct LayerNorm;
template <class T>
struct InstanceNorm2d;
template <class T>
struct GroupNorm;

/// Options of LayerNorm, over the last axis.
struct LayerNormSpec {
  index_t features = 0;
  double eps = 1e-5;

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() < 1) return {Misfit::axes, 2, x.rank()};
    if (x[x.rank() - 1] != features) return {Misfit::features, features, x[x.rank() - 1]};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x;
  }
  [[nodiscard]] std::string describe() const { return "LayerNorm " + std::to_string(features); }
  [[nodiscard]] std::string expects() const { return "(...," + std::to_string(features) + ")"; }
  template <class T>
  [[nodiscard]] LayerNorm<T> make(Random&) const {
    return LayerNorm<T>(*this);
  }
};

/// Options of InstanceNorm2d; affine: with learned gain and shift (PyTorch's default is without).
struct InstanceNorm2dSpec {
  index_t channels = 0;
  double eps = 1e-5;
  bool affine = false;

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const { return detail::misfit_image(x, channels); }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x;
  }
  [[nodiscard]] std::string describe() const {
    return "InstanceNorm2d " + std::to_string(channels) + (affine ? ", affine" : "");
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W," + std::to_string(channels) + ")"; }
  template <class T>
  [[nodiscard]] InstanceNorm2d<T> make(Random&) const {
    return InstanceNorm2d<T>(*this);
  }
};

/// Options of GroupNorm: the channels are split into groups of neighbours.
struct GroupNormSpec {
  index_t groups = 0;
  index_t channels = 0;
  double eps = 1e-5;

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const { return detail::misfit_image(x, channels); }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x;
  }
  [[nodiscard]] std::string describe() const {
    return "GroupNorm " + std::to_string(channels) + " in " + std::to_string(groups) + " groups";
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W," + std::to_string(channels) + ")"; }
  template <class T>
  [[nodiscard]] GroupNorm<T> make(Random&) const {
    return GroupNorm<T>(*this);
  }
};

constexpr LayerNormSpec layer_norm(const LayerNormSpec& o) {
  require<ValueError>(o.features > 0 && o.eps > 0, "layer_norm", "features and eps must be positive, but are ",
                      o.features, " and ", o.eps, ".");
  return o;
}
constexpr InstanceNorm2dSpec instance_norm2d(const InstanceNorm2dSpec& o) {
  require<ValueError>(o.channels > 0 && o.eps > 0, "instance_norm2d", "channels and eps must be positive, but are ",
                      o.channels, " and ", o.eps, ".");
  return o;
}
constexpr GroupNormSpec group_norm(const GroupNormSpec& o) {
  require<ValueError>(o.groups > 0 && o.channels > 0 && o.eps > 0 && o.channels % o.groups == 0, "group_norm",
                      "groups must divide channels, both and eps positive, but they are ", o.groups, ", ", o.channels,
                      " and ", o.eps, ".");
  return o;
}

/// y = (x - mu) (var + eps)^(-1/2) weight + bias, mu and var (biased) over the last axis     [Ba et al. 2016]
template <class T>
struct LayerNorm {
  using value_type = T;

  LayerNormSpec options;
  Parameter<T> weight;
  Parameter<T> bias;

  static constexpr auto members = std::tuple{member("weight", &LayerNorm::weight), member("bias", &LayerNorm::bias)};

  explicit LayerNorm(const LayerNormSpec& o)
      : options(layer_norm(o)),
        weight(Tensor<T>::ones({o.features}), Role::gain),
        bias(Tensor<T>::zeros({o.features}), Role::shift) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::layer_norm<T>(x, weight, bias, static_cast<T>(options.eps));
  }
};

/// The same with mu and var over the rows and columns of each channel of each image     [Ulyanov et al. 2016]
template <class T>
struct InstanceNorm2d {
  using value_type = T;

  InstanceNorm2dSpec options;
  Parameter<T> weight;  ///< undefined if not affine
  Parameter<T> bias;

  static constexpr auto members =
      std::tuple{member("weight", &InstanceNorm2d::weight), member("bias", &InstanceNorm2d::bias)};

  explicit InstanceNorm2d(const InstanceNorm2dSpec& o) : options(instance_norm2d(o)) {
    if (!o.affine) return;
    weight = Parameter<T>(Tensor<T>::ones({o.channels}), Role::gain);
    bias = Parameter<T>(Tensor<T>::zeros({o.channels}), Role::shift);
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return instance_norm<T>(x, weight, bias, static_cast<T>(options.eps));
  }
};

/// The same with mu and var over the rows, columns and channels of each group of each image     [Wu and He 2018]
template <class T>
struct GroupNorm {
  using value_type = T;

  GroupNormSpec options;
  Parameter<T> weight;
  Parameter<T> bias;

  static constexpr auto members = std::tuple{member("weight", &GroupNorm::weight), member("bias", &GroupNorm::bias)};

  explicit GroupNorm(const GroupNormSpec& o)
      : options(group_norm(o)),
        weight(Tensor<T>::ones({o.channels}), Role::gain),
        bias(Tensor<T>::zeros({o.channels}), Role::shift) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::group_norm<T>(x, options.groups, weight, bias, static_cast<T>(options.eps));
  }
};

}  // namespace nn

GANVAS_END
