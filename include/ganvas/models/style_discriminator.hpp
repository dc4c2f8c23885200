#pragma once
// The discriminators of StyleGAN2: residual [Karras et al. 2019b, arXiv:1912.04958, fig. 7c], and plain, which
// StyleGAN2-ADA takes for CIFAR-10 ("orig") [Karras et al. 2020, arXiv:2006.06676].

#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/models/style_layers.hpp"
#include "ganvas/models/style_mapping.hpp"
#include "ganvas/nn/equalized.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/minibatch_stddev.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of style_discriminator; image, base, max and channels (coarse to fine) as in StyleGeneratorOptions.
struct StyleDiscriminatorOptions {
  nn::ImageSize image = {32, 32, 3};
  index_t base = 1024;
  index_t max = 128;
  std::vector<index_t> channels = {};
  bool residual = true;        ///< false: "orig", blocks without a way around them
  index_t group = 4;           ///< of the minibatch standard deviation; 0: leave it out
  index_t features = 1;        ///< channels of the same
  index_t classes = 0;         ///< 0: unconditional
  index_t mapping_layers = 2;  ///< of the class embedding
};

/// Two convolutions, the second of which halves the map; with a way around both where it is residual:
/// y = (down conv(conv(x)) + down conv1x1(x)) / sqrt(2)     x (N,H,W,in) -> (N,H/2,W/2,out)
template <class T>
struct StyleDownBlock {
  using value_type = T;

  nn::EqualizedConv2d<T> conv;
  nn::EqualizedConv2d<T> down;
  std::optional<nn::EqualizedConv2d<T>> skip;

  static constexpr auto members =
      std::tuple{nn::member("conv", &StyleDownBlock::conv), nn::member("down", &StyleDownBlock::down),
                 nn::member("skip", &StyleDownBlock::skip)};

  StyleDownBlock(index_t in, index_t out, bool residual, Random& rng)
      : conv({.in = in, .out = in, .activate = true}, rng),
        down({.in = in, .out = out, .down = true, .activate = true, .gain = residual ? std::sqrt(0.5) : 1.0}, rng) {
    if (residual)
      skip.emplace(
          nn::EqualizedConv2dSpec{
              .in = in, .out = out, .kernel = 1, .down = true, .bias = false, .gain = std::sqrt(0.5)},
          rng);
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    const Var<T> y = down(conv(x));
    return skip ? y + (*skip)(x) : y;
  }
};

/// Images (N,H,W,C), N labels if there are classes -> logits (N,1). With classes the logit is a product with the class:
/// D(x, y) = <phi(x), f(y)> / sqrt(length), f the mapping network of the embedded label [Miyato & Koyama 2018; Karras
/// et al. 2020]. The minibatch standard deviation makes D(x_i) depend on its group: N must be a multiple of `group`, or
/// smaller.
template <class T>
struct StyleDiscriminator {
  using value_type = T;

  StyleDiscriminatorOptions options;
  nn::EqualizedConv2d<T> from_image;
  std::vector<StyleDownBlock<T>> blocks;  ///< each halves the map
  nn::EqualizedConv2d<T> last;            ///< on the coarsest map and its statistics
  nn::EqualizedConv2d<T> dense;           ///< a kernel as large as the map: a linear layer on all of it
  nn::EqualizedLinear<T> to_logit;        ///< with classes: phi
  std::optional<StyleMapping<T>> mapping;

  static constexpr auto members = std::tuple{nn::member("from_image", &StyleDiscriminator::from_image),
                                             nn::member("blocks", &StyleDiscriminator::blocks),
                                             nn::member("last", &StyleDiscriminator::last),
                                             nn::member("dense", &StyleDiscriminator::dense),
                                             nn::member("to_logit", &StyleDiscriminator::to_logit),
                                             nn::member("mapping", &StyleDiscriminator::mapping)};

  [[nodiscard]] index_t classes() const { return options.classes; }

  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y = {}) const {
    const Shape image{x.rank() > 0 ? x.size(0) : 0, options.image.h, options.image.w, options.image.c};
    require(x.shape() == image, "style_discriminator", "images of shape (N,", image[1], ",", image[2], ",", image[3],
            ") were expected, but the shape is ", x.shape(), ".");
    detail::check_style_labels("style_discriminator", y, x.size(0), options.classes);
    Var<T> h = from_image(x);
    for (const auto& block : blocks) h = block(h);
    if (options.group > 0) h = minibatch_stddev(h, options.group, options.features);
    h = dense(last(h));
    const Var<T> phi = to_logit(reshape(h, Shape{x.size(0), h.size(3)}));
    if (!mapping) return phi;
    return sum(phi * (*mapping)(y), {1}, true) * static_cast<T>(1 / std::sqrt(static_cast<double>(phi.size(1))));
  }
};

/// A discriminator as it is born: weights N(0, 1) with an equalised learning rate, biases 0.
template <class T = float>
[[nodiscard]] StyleDiscriminator<T> style_discriminator(const StyleDiscriminatorOptions& o, Random& rng) {
  constexpr const char* where = "style_discriminator";
  require<ValueError>(o.image.h == o.image.w && o.image.c > 0, where, "the image must be square, but is ",
                      Shape{o.image.h, o.image.w, o.image.c}, ".");
  require<ValueError>(o.group >= 0 && o.features > 0 && o.classes >= 0, where,
                      "group and classes must be 0 or more and ", "features positive, but are ", o.group, ", ",
                      o.classes, " and ", o.features, ".");
  const auto sides = detail::style_sides(where, o.image.h);
  const auto channels = detail::style_channels(where, sides, o.channels, o.base, o.max);
  const index_t coarsest = channels.front();
  require<ValueError>(o.group == 0 || coarsest % o.features == 0, where, "the ", coarsest, " channels of the coarsest ",
                      "map do not divide into ", o.features, " features.");
  nn::EqualizedConv2d<T> from_image({.in = o.image.c, .out = channels.back(), .kernel = 1, .activate = true}, rng);
  std::vector<StyleDownBlock<T>> blocks;
  for (std::size_t i = sides.size() - 1; i > 0; --i) blocks.emplace_back(channels[i], channels[i - 1], o.residual, rng);
  const index_t statistics = o.group > 0 ? o.features : 0;
  nn::EqualizedConv2d<T> last({.in = coarsest + statistics, .out = coarsest, .activate = true}, rng);
  nn::EqualizedConv2d<T> dense(
      {.in = coarsest, .out = coarsest, .kernel = sides.front(), .activate = true, .pad = false}, rng);
  nn::EqualizedLinear<T> to_logit({.in = coarsest, .out = o.classes > 0 ? coarsest : 1}, rng);
  std::optional<StyleMapping<T>> mapping;
  if (o.classes > 0)
    mapping = style_mapping<T>({.latent = 0, .style = coarsest, .layers = o.mapping_layers, .classes = o.classes}, rng);
  return {o,
          std::move(from_image),
          std::move(blocks),
          std::move(last),
          std::move(dense),
          std::move(to_logit),
          std::move(mapping)};
}

}  // namespace models
GANVAS_END
