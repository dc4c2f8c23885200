#pragma once
// Discriminators that say more than how real a sample looks: a second head on the same features, whose logits are of
// classes [ACGAN, Odena et al. 2017] or of codes [InfoGAN, Chen et al. 2016], and the features themselves.

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// A linear layer, batch norm unless it is left out, leaky ReLU: (N,in) -> (N,out).
template <class T>
struct DenseBlock {
  using value_type = T;

  nn::Linear<T> linear;
  std::optional<nn::BatchNorm1d<T>> norm;
  T slope;

  static constexpr auto members =
      std::tuple{nn::member("linear", &DenseBlock::linear), nn::member("norm", &DenseBlock::norm)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return norm ? (*norm)(linear(x), slope) : activate(linear(x));
  }
  [[nodiscard]] Var<T> training(const Var<T>& x) {
    return norm ? norm->training(linear(x), slope) : activate(linear(x));
  }

 private:
  [[nodiscard]] Var<T> activate(const Var<T>& x) const { return slope == T(0) ? relu(x) : leaky_relu(x, slope); }
};

namespace detail {

template <class T>
[[nodiscard]] DenseBlock<T> dense_block(nn::LinearSpec spec, bool batch_norm, double slope, Random& rng) {
  spec.bias = !batch_norm;
  return {nn::Linear<T>(spec, rng),
          batch_norm ? std::optional(nn::BatchNorm1d<T>({.channels = spec.out})) : std::nullopt, static_cast<T>(slope)};
}

}  // namespace detail

/// Features (N,...) -> logits (N,outputs), with a hidden layer or without. They are logits: a loss takes the softmax.
template <class T>
struct AuxiliaryHead {
  using value_type = T;

  std::optional<DenseBlock<T>> hidden;
  nn::Linear<T> to_logits;

  static constexpr auto members =
      std::tuple{nn::member("hidden", &AuxiliaryHead::hidden), nn::member("to_logits", &AuxiliaryHead::to_logits)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return run(*this, x); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return run(*this, x); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x) {
    const index_t in = self.hidden ? self.hidden->linear.options.in : self.to_logits.options.in;
    const Var<T> rows = reshape(x, Shape{x.size(0), in});
    return self.to_logits(self.hidden ? nn::pass(*self.hidden, rows) : rows);
  }
};

/// Settings of auxiliary_discriminator: those of dcgan_discriminator and of the second head.
struct AuxiliaryDiscriminatorOptions {
  nn::ImageSize image = {28, 28, 1};
  std::vector<index_t> channels = {64, 128};
  bool batch_norm = true;
  double slope = 0.2;
  index_t outputs = 0;      ///< K of the second head; 0: none, the verdict has score and features alone
  index_t hidden = 0;       ///< width of the second head's hidden layer; 0: none
  double code_slope = 0.1;  ///< of the leaky ReLU behind it
};

/// DCGAN's discriminator with a second head: images (N,H,W,C) -> Verdict of score (N,1), logits `classes` (N,K) and
/// features (N,h,w,channels), which are what both heads see. The names of its first part are those of
/// DcganDiscriminator.
template <class T>
struct AuxiliaryDiscriminator {
  using value_type = T;

  DcganDiscriminator<T> body;
  std::optional<AuxiliaryHead<T>> auxiliary;

  static constexpr auto members = std::tuple{nn::member("", &AuxiliaryDiscriminator::body),
                                             nn::member("auxiliary", &AuxiliaryDiscriminator::auxiliary)};

  [[nodiscard]] Verdict<T> operator()(const Var<T>& x) const { return judge(*this, body.features(x)); }
  [[nodiscard]] Verdict<T> training(const Var<T>& x) { return judge(*this, body.training_features(x)); }

 private:
  template <class Self>
  static Verdict<T> judge(Self& self, const Var<T>& features) {
    return {self.body.logit(features), self.auxiliary ? nn::pass(*self.auxiliary, features) : Var<T>(), features};
  }
};

namespace detail {

template <class T>
[[nodiscard]] AuxiliaryHead<T> auxiliary_head(const char* where, const nn::ImageSize& in, index_t outputs,
                                              index_t hidden, bool batch_norm, double slope, Random& rng) {
  require<ValueError>(outputs > 0 && hidden >= 0, where,
                      "the second head needs 1 output or more and a hidden layer of ",
                      "0 (none) or more, but they are ", outputs, " and ", hidden, ".");
  if (hidden == 0) return {std::nullopt, nn::Linear<T>({.in = in.numel(), .out = outputs, .in_image = in}, rng)};
  auto block = dense_block<T>({.in = in.numel(), .out = hidden, .in_image = in}, batch_norm, slope, rng);
  return {std::move(block), nn::Linear<T>({.in = hidden, .out = outputs}, rng)};
}

}  // namespace detail

/// A discriminator with weights drawn as dcgan_discriminator draws them.
template <class T = float>
[[nodiscard]] AuxiliaryDiscriminator<T> auxiliary_discriminator(const AuxiliaryDiscriminatorOptions& o, Random& rng) {
  AuxiliaryDiscriminator<T> d{
      dcgan_discriminator<T>({.image = o.image, .channels = o.channels, .batch_norm = o.batch_norm, .slope = o.slope},
                             rng),
      std::nullopt};
  if (o.outputs == 0) {
    require<ValueError>(o.hidden == 0, "auxiliary_discriminator", "hidden is ", o.hidden, ", but there is no second ",
                        "head: outputs is 0.");
    return d;
  }
  const nn::Conv2dSpec& last = d.body.to_logit.options;
  d.auxiliary = detail::auxiliary_head<T>("auxiliary_discriminator", {last.kernel, last.kernel, last.in}, o.outputs,
                                          o.hidden, o.batch_norm, o.code_slope, rng);
  nn::init::apply(*d.auxiliary, nn::init::dcgan, rng);
  return d;
}

}  // namespace models
GANVAS_END
