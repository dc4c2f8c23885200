#pragma once
// What StyleGAN2's synthesis network is made of [Karras et al. 2019b, arXiv:1912.04958, fig. 2 and 7b].

#include <numbers>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/noisy_bias.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/nn/equalized.hpp"
#include "ganvas/nn/modulated_conv.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/noise.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN
namespace models {

namespace detail {

/// The sides of a pyramid, from coarse to fine: side / 2^k, from 4 to 7 on. Throws for a side that has none.
inline std::vector<index_t> style_sides(const char* where, index_t side) {
  std::vector<index_t> sides{side};
  while (sides.front() % 2 == 0 && sides.front() >= 8) sides.insert(sides.begin(), sides.front() / 2);
  require<ValueError>(sides.front() >= 4 && sides.front() <= 7, where, "images of ", side, " x ", side,
                      " pixels can not be halved to 4, 5, 6 or 7; use a side such as 28, 32 or 64.");
  return sides;
}

/// The channels of each of the sides, coarse to fine: as given, or min(base / side, max).
inline std::vector<index_t> style_channels(const char* where, const std::vector<index_t>& sides,
                                           const std::vector<index_t>& given, index_t base, index_t max) {
  require<ValueError>(given.empty() || given.size() == sides.size(), where, "channels must have one entry for each of ",
                      sides.size(), " sizes from ", sides.front(), " to ", sides.back(), ", coarse to fine, but has ",
                      given.size(), ".");
  std::vector<index_t> channels = given;
  if (given.empty())
    for (const index_t side : sides) channels.push_back(base / side < max ? base / side : max);
  for (const index_t c : channels)
    require<ValueError>(c > 0, where, "every size needs channels, but one has ", c, "; use a larger base or max.");
  return channels;
}

}  // namespace detail

/// y = sqrt(2) lrelu(modulated conv(x, w) + strength noise + bias): eq. 1-3, and all that follows in one pass.
/// x (N,H,W,in), w (N,style) -> (N,H,W,out), or (N,2H,2W,out)
template <class T>
struct StyleLayer {
  using value_type = T;

  nn::ModulatedConv2d<T> conv;
  nn::NoiseInjection<T> noise;
  nn::Parameter<T> bias;

  static constexpr auto members =
      std::tuple{nn::member("conv", &StyleLayer::conv), nn::member("noise", &StyleLayer::noise),
                 nn::member("bias", &StyleLayer::bias)};

  StyleLayer(const nn::ModulatedConv2dSpec& o, index_t side, Random& rng)
      : conv(o, rng), noise({.height = side, .width = side}, rng), bias(Tensor<T>::zeros({o.out}), nn::Role::bias) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x, const Var<T>& w) const { return apply(x, w, noise.noise()); }
  [[nodiscard]] Var<T> training(const Var<T>& x, const Var<T>& w) {
    return apply(x, w, noise.training_noise(x.size(0)));
  }

 private:
  /// sqrt(2) goes into the factors of the demodulation, the noise and the bias: lrelu(c z) = c lrelu(z).
  [[nodiscard]] Var<T> apply(const Var<T>& x, const Var<T>& w, const Tensor<T>& added) const {
    constexpr T gain = std::numbers::sqrt2_v<T>;
    const Var<T> s = conv.style(w);
    return noisy_bias<T>(conv.sum(x, s), conv.demodulation(s) * gain, added, mul<T>(noise.strength, gain),
                         mul<T>(bias, gain), static_cast<T>(nn::Equalized::slope));
  }
};

/// Modulated 1x1 convolution to the image's channels, without demodulation or activation.
template <class T>
struct StyleToImage {
  using value_type = T;

  nn::ModulatedConv2d<T> conv;
  nn::Parameter<T> bias;

  static constexpr auto members =
      std::tuple{nn::member("conv", &StyleToImage::conv), nn::member("bias", &StyleToImage::bias)};

  StyleToImage(index_t in, index_t out, index_t style, Random& rng)
      : conv({.in = in, .out = out, .style = style, .kernel = 1, .demodulate = false}, rng),
        bias(Tensor<T>::zeros({out}), nn::Role::bias) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x, const Var<T>& w) const { return conv.sum(x, conv.style(w), bias); }
};

/// The layers of one image size: one that doubles the size (not in the first block), one that keeps it, and what the
/// block adds to the image. The image itself is doubled bilinearly: [1,3,3,1] / 4 behind inserted zeros, but the border
/// is continued where the authors' code has zeros outside.
template <class T>
struct StyleBlock {
  using value_type = T;

  std::optional<StyleLayer<T>> up;
  StyleLayer<T> conv;
  StyleToImage<T> to_image;

  static constexpr auto members = std::tuple{nn::member("up", &StyleBlock::up), nn::member("conv", &StyleBlock::conv),
                                             nn::member("to_image", &StyleBlock::to_image)};

  /// How many of its layers take a w that the next block does not take, too.
  [[nodiscard]] index_t layers() const { return up ? 2 : 1; }

  /// Changes x and the image (undefined before the first block). w(i) is the latent of this block's layer i; that of
  /// to_image is the next block's first.
  template <class Self, class W>
  static void pass_block(Self& self, Var<T>& x, Var<T>& image, const W& w) {
    index_t i = 0;
    if (self.up) x = nn::pass(*self.up, x, w(i++));
    x = nn::pass(self.conv, x, w(i++));
    const Var<T> added = self.to_image(x, w(i));
    image = image.defined() ? upsample(image, 2, UpsampleMode::bilinear) + added : added;
  }
};

}  // namespace models
GANVAS_END
