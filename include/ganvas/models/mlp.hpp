#pragma once
// Multilayer perceptrons as generator and discriminator [Goodfellow et al. 2014, sec. 5], for points and small images,
// with or without classes [Mirza and Osindero 2014].

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of mlp_generator.
struct MlpGeneratorOptions {
  index_t latent = 2;
  std::vector<index_t> hidden = {128, 128};
  Shape sample = {2};        ///< of one sample without N: {2} for points, {28,28,1} for images
  bool tanh_output = false;  ///< images lie in (-1,1)
  index_t classes = 0;       ///< > 0: calls take labels, which become one-hot numbers of the input
};

/// Settings of mlp_discriminator.
struct MlpDiscriminatorOptions {
  Shape sample = {2};
  std::vector<index_t> hidden = {128, 128};
  index_t classes = 0;  ///< > 0: calls take labels, which become one-hot numbers of the input
};

/// Linear layers with leaky ReLU (slope 0.2) between them: x (N,...) -> (N, sample...). With classes, each sample's
/// label is joined to its numbers as a one-hot row.
template <class T>
struct Mlp {
  using value_type = T;

  std::vector<nn::Linear<T>> layers;
  Shape sample;
  bool tanh_output = false;
  index_t class_count = 0;

  static constexpr auto members = std::tuple{nn::member("layers", &Mlp::layers)};

  /// How many numbers a sample of the input has, its class not counted.
  [[nodiscard]] index_t latent() const { return layers.front().options.in - class_count; }
  [[nodiscard]] index_t classes() const { return class_count; }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    nn::check_unconditional("mlp", class_count);
    return run(rows(x));
  }
  /// y: N labels in [0, classes).
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y) const {
    return run(nn::with_one_hot("mlp", rows(x), y, class_count));
  }

 private:
  [[nodiscard]] Var<T> rows(const Var<T>& x) const {
    require(x.rank() >= 1 && x.size(0) > 0 && x.numel() == x.size(0) * latent(), "mlp", "the input has shape ",
            x.shape(), " but ", latent(), " numbers a sample are expected.");
    return reshape(x, Shape{x.size(0), latent()});
  }
  [[nodiscard]] Var<T> run(Var<T> y) const {
    for (std::size_t i = 0; i < layers.size(); ++i) y = i == 0 ? layers[i](y) : layers[i](leaky_relu(y, T(0.2)));
    if (tanh_output) y = tanh(y);
    Shape result{y.size(0)};
    for (int axis = 0; axis < sample.rank(); ++axis) result.append(sample[axis]);
    return reshape(y, result);
  }
};

namespace detail {

template <class T>
[[nodiscard]] Mlp<T> mlp(index_t in, const std::vector<index_t>& hidden, const Shape& sample, index_t classes,
                         Random& rng) {
  require<ValueError>(classes >= 0, "mlp", "classes must be 0 (none) or more, but is ", classes, ".");
  Mlp<T> net;
  net.sample = sample;
  net.class_count = classes;
  in += classes;
  for (const index_t width : hidden) {
    net.layers.emplace_back(nn::LinearSpec{.in = in, .out = width}, rng);
    in = width;
  }
  net.layers.emplace_back(nn::LinearSpec{.in = in, .out = sample.numel()}, rng);
  // He et al. 2015, eq. 15 for the slope 0.2 of the leaky ReLU; biases zero.
  nn::init::apply(
      net,
      [](const std::string&, const auto& p, Random& r) {
        return p.role() == nn::Role::weight ? nn::init::kaiming_normal<T>(p.shape(), r, 0.2)
                                            : nn::init::constant<T>(p.shape(), 0);
      },
      rng);
  return net;
}

}  // namespace detail

/// z (N,latent), and with classes N labels -> samples (N, sample...).
template <class T = float>
[[nodiscard]] Mlp<T> mlp_generator(const MlpGeneratorOptions& o, Random& rng) {
  Mlp<T> net = detail::mlp<T>(o.latent, o.hidden, o.sample, o.classes, rng);
  net.tanh_output = o.tanh_output;
  return net;
}

/// Samples (N, sample...), and with classes N labels -> logits (N,1).
template <class T = float>
[[nodiscard]] Mlp<T> mlp_discriminator(const MlpDiscriminatorOptions& o, Random& rng) {
  return detail::mlp<T>(o.sample.numel(), o.hidden, Shape{1}, o.classes, rng);
}

}  // namespace models
GANVAS_END
