#pragma once
// Residual generator and discriminator of SNGAN [Miyato et al. 2018, Table 4] for any side m 2^k with m = 4 ... 7, with
// or without classes [Miyato and Koyama 2018] and self-attention [Zhang et al. 2019].

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/models/residual.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/self_attention.hpp"
#include "ganvas/nn/spectral_norm.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of resnet_generator.
struct ResnetGeneratorOptions {
  index_t latent = 128;
  nn::ImageSize image = {32, 32, 3};  ///< square, the side is m 2^k with m = 4 ... 7 and k >= 1: 28 = 7 4, 32 = 4 8
  index_t channels = 256;             ///< of all maps
  index_t classes = 0;                ///< > 0: conditional batch norm in the blocks, and calls take labels
  index_t attention = 0;              ///< side of the map behind which self-attention stands; 0: none
  bool spectral_norm = false;         ///< of all convolutions and of the first layer, as SAGAN has it
  UpsampleMode upsampling = UpsampleMode::nearest;
};

/// Settings of resnet_discriminator.
struct ResnetDiscriminatorOptions {
  nn::ImageSize image = {32, 32, 3};  ///< square with an even side
  index_t channels = 128;             ///< of all maps
  index_t flat_blocks = 2;    ///< blocks at the last size, behind those that halve the map until it is 8 or less
  index_t classes = 0;        ///< > 0: the projection term, and calls take labels
  index_t attention = 0;      ///< side of the map behind which self-attention stands; 0: none
  bool spectral_norm = true;  ///< off for gradient penalties
};

namespace detail {

/// The levels of a network, and self-attention behind one of them.
template <class Net, class T, class... Labels>
[[nodiscard]] Var<T> pass_levels(Net& net, Var<T> x, const Labels&... y) {
  for (std::size_t i = 0; i < net.levels.size(); ++i) {
    x = nn::pass(net.levels[i], x, y...);
    if (net.attention && i == net.attention_behind) x = nn::pass(*net.attention, x);
  }
  return x;
}

}  // namespace detail

/// z (N,latent), and with classes N labels -> images (N,H,W,C) in (-1,1).
template <class T>
struct ResnetGenerator {
  using value_type = T;

  ResnetGeneratorOptions options;
  nn::SpectralNormIf<nn::Linear<T>> project;  ///< z -> the coarsest map
  std::vector<ResidualUp<T>> levels;          ///< each doubles the map
  std::optional<nn::SelfAttention<T>> attention;
  nn::BatchNorm2d<T> norm;
  nn::SpectralNormIf<nn::Conv2d<T>> to_image;
  std::size_t attention_behind = 0;  ///< index of the level

  static constexpr auto members =
      std::tuple{nn::member("project", &ResnetGenerator::project), nn::member("levels", &ResnetGenerator::levels),
                 nn::member("attention", &ResnetGenerator::attention), nn::member("norm", &ResnetGenerator::norm),
                 nn::member("to_image", &ResnetGenerator::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] index_t classes() const { return options.classes; }

  [[nodiscard]] Var<T> operator()(const Var<T>& z) const {
    nn::check_unconditional("resnet_generator", options.classes);
    return run(*this, z, {});
  }
  [[nodiscard]] Var<T> training(const Var<T>& z) {
    nn::check_unconditional("resnet_generator", options.classes);
    return run(*this, z, {});
  }
  /// y: N labels in [0, classes).
  [[nodiscard]] Var<T> operator()(const Var<T>& z, const std::vector<index_t>& y) const {
    nn::check_labels("resnet_generator", y, z.size(0), options.classes);
    return run(*this, z, y);
  }
  [[nodiscard]] Var<T> training(const Var<T>& z, const std::vector<index_t>& y) {
    nn::check_labels("resnet_generator", y, z.size(0), options.classes);
    return run(*this, z, y);
  }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z, const std::vector<index_t>& y) {
    const ResnetGeneratorOptions& o = self.options;
    require(z.rank() == 2 && z.size(1) == o.latent, "resnet_generator", "z must have shape (N,", o.latent,
            "), but has ", z.shape(), ".");
    const index_t side = o.image.h >> self.levels.size();
    const Var<T> coarse = reshape(nn::pass(self.project, z), Shape{z.size(0), side, side, o.channels});
    const Var<T> fine = detail::pass_levels(self, coarse, y);
    return tanh(nn::pass(self.to_image, nn::pass(self.norm, fine, T(0))));
  }
};

/// Images (N,H,W,C), and with classes N labels -> logits (N,1):
///   D(x, y) = embed(y)^T phi(x) + psi(phi(x))   [Miyato and Koyama 2018, eq. 3]
/// phi: the last map behind a ReLU, summed over its pixels, (N,channels);  psi: to_logit;  embed: V, with spectral norm
template <class T>
struct ResnetDiscriminator {
  using value_type = T;

  ResnetDiscriminatorOptions options;
  std::vector<ResidualDown<T>> levels;
  std::optional<nn::SelfAttention<T>> attention;
  nn::SpectralNormIf<nn::Linear<T>> to_logit;
  std::optional<nn::SpectralNormIf<nn::Embedding<T>>> embed;
  std::size_t attention_behind = 0;  ///< index of the level

  static constexpr auto members = std::tuple{
      nn::member("levels", &ResnetDiscriminator::levels), nn::member("attention", &ResnetDiscriminator::attention),
      nn::member("to_logit", &ResnetDiscriminator::to_logit), nn::member("embed", &ResnetDiscriminator::embed)};

  [[nodiscard]] index_t classes() const { return options.classes; }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    nn::check_unconditional("resnet_discriminator", options.classes);
    return run(*this, x, {});
  }
  [[nodiscard]] Var<T> training(const Var<T>& x) {
    nn::check_unconditional("resnet_discriminator", options.classes);
    return run(*this, x, {});
  }
  /// y: N labels in [0, classes).
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y) const {
    nn::check_labels("resnet_discriminator", y, x.size(0), options.classes);
    return run(*this, x, y);
  }
  [[nodiscard]] Var<T> training(const Var<T>& x, const std::vector<index_t>& y) {
    nn::check_labels("resnet_discriminator", y, x.size(0), options.classes);
    return run(*this, x, y);
  }

  /// phi(x), (N,channels), in evaluation.
  [[nodiscard]] Var<T> features(const Var<T>& x) const { return phi(*this, x); }

 private:
  template <class Self>
  static Var<T> phi(Self& self, const Var<T>& x) {
    const nn::ImageSize& s = self.options.image;
    require(x.rank() == 4 && x.shape() == Shape{x.size(0), s.h, s.w, s.c}, "resnet_discriminator",
            "images must have shape (N,", s.h, ",", s.w, ",", s.c, "), but the shape is ", x.shape(), ".");
    return sum(relu(detail::pass_levels(self, x)), {1, 2});
  }
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x, const std::vector<index_t>& y) {
    const Var<T> f = phi(self, x);
    const Var<T> psi = nn::pass(self.to_logit, f);
    return self.embed ? psi + sum(nn::pass(*self.embed, y) * f, {1}, true) : psi;
  }
};

namespace detail {

/// Where self-attention goes in a network whose levels have maps of these sides; throws a sentence if nowhere.
inline std::size_t attention_index(const char* where, index_t attention, const std::vector<index_t>& sides) {
  std::string list;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (sides[i] == attention) return i;
    list += (i == 0 ? "" : ", ") + std::to_string(sides[i]);
  }
  fail<ValueError>(where, "attention is ", attention, ", but the levels' maps have the sides ", list,
                   "; choose one of them, or 0 for none.");
}

template <class T>
[[nodiscard]] nn::Linear<T> xavier_linear(const nn::LinearSpec& spec, Random& rng) {
  nn::Linear<T> layer(spec, rng);
  layer.weight.set_value(nn::init::xavier_uniform<T>(layer.weight.shape(), rng));
  if (spec.bias) layer.bias.set_value(Tensor<T>::zeros({spec.out}));
  return layer;
}

}  // namespace detail

/// A generator with weights drawn as the authors do (see residual_conv).
template <class T = float>
[[nodiscard]] ResnetGenerator<T> resnet_generator(const ResnetGeneratorOptions& o, Random& rng) {
  require<ValueError>(o.latent > 0 && o.channels > 0 && o.image.numel() > 0 && o.classes >= 0, "resnet_generator",
                      "latent, channels and image must be positive, classes 0 or more, but they are ", o.latent, ", ",
                      o.channels, ", ", Shape{o.image.h, o.image.w, o.image.c}, " and ", o.classes, ".");
  index_t bottom = o.image.h;
  std::vector<index_t> sides;  // from fine to coarse
  for (; bottom % 2 == 0 && bottom > 7; bottom /= 2) sides.insert(sides.begin(), bottom);
  require<ValueError>(o.image.w == o.image.h && bottom >= 4 && bottom <= 7 && !sides.empty(), "resnet_generator",
                      "an image of ", o.image.h, " x ", o.image.w, " can not be reached by doubling a map of 4 to 7 ",
                      "rows: it must be square with a side like 28 = 7 4, 32 = 4 8 or 48 = 6 8; pad or resize images.");
  nn::SpectralNormIf<nn::Linear<T>> project(
      o.spectral_norm,
      detail::xavier_linear<T>(
          {.in = o.latent, .out = bottom * bottom * o.channels, .out_image = {bottom, bottom, o.channels}}, rng),
      rng);
  std::vector<ResidualUp<T>> levels;
  for (std::size_t i = 0; i < sides.size(); ++i)
    levels.emplace_back(ResidualUpOptions{.in = o.channels,
                                          .out = o.channels,
                                          .upsampling = o.upsampling,
                                          .classes = o.classes,
                                          .spectral_norm = o.spectral_norm},
                        rng);
  ResnetGenerator<T> g{o,
                       std::move(project),
                       std::move(levels),
                       {},
                       nn::BatchNorm2d<T>({.channels = o.channels}),
                       detail::residual_conv<T>(o.channels, o.image.c, 3, 1, o.spectral_norm, rng)};
  if (o.attention != 0) {
    g.attention_behind = detail::attention_index("resnet_generator", o.attention, sides);
    g.attention.emplace(nn::self_attention({.channels = o.channels, .spectral_norm = o.spectral_norm}), rng);
  }
  return g;
}

/// A discriminator with weights drawn as the authors do.
template <class T = float>
[[nodiscard]] ResnetDiscriminator<T> resnet_discriminator(const ResnetDiscriminatorOptions& o, Random& rng) {
  require<ValueError>(
      o.channels > 0 && o.image.numel() > 0 && o.flat_blocks >= 0 && o.classes >= 0, "resnet_discriminator",
      "channels and image must be positive, flat_blocks and classes 0 or more, ", "but they are ", o.channels, ", ",
      Shape{o.image.h, o.image.w, o.image.c}, ", ", o.flat_blocks, " and ", o.classes, ".");
  require<ValueError>(o.image.w == o.image.h && o.image.h % 2 == 0, "resnet_discriminator", "the image must be square ",
                      "with an even side, but is ", o.image.h, " x ", o.image.w, "; pad or resize images.");
  std::vector<ResidualDown<T>> levels;
  std::vector<index_t> sides;
  const auto add = [&](index_t side, bool down) {
    const bool first = levels.empty();
    levels.emplace_back(ResidualDownOptions{.in = first ? o.image.c : o.channels,
                                            .out = o.channels,
                                            .down = down,
                                            .first = first,
                                            .spectral_norm = o.spectral_norm},
                        rng);
    sides.push_back(side);
  };
  index_t side = o.image.h / 2;
  add(side, true);
  for (; side > 8 && side % 2 == 0; side /= 2) add(side / 2, true);
  for (index_t i = 0; i < o.flat_blocks; ++i) add(side, false);
  ResnetDiscriminator<T> d{o,
                           std::move(levels),
                           {},
                           {o.spectral_norm, detail::xavier_linear<T>({.in = o.channels, .out = 1}, rng), rng},
                           {}};
  if (o.attention != 0) {
    d.attention_behind = detail::attention_index("resnet_discriminator", o.attention, sides);
    d.attention.emplace(nn::self_attention({.channels = o.channels, .spectral_norm = o.spectral_norm}), rng);
  }
  if (o.classes > 0) {
    nn::Embedding<T> embed({.count = o.classes, .features = o.channels}, rng);
    embed.weight.set_value(nn::init::xavier_uniform<T>(embed.weight.shape(), rng));
    d.embed.emplace(o.spectral_norm, std::move(embed), rng);
  }
  return d;
}

}  // namespace models
GANVAS_END
