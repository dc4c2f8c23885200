#pragma once
// The standard convolutional networks of SNGAN [Miyato et al. 2018, Table 3, widths as in the authors' code and in
// compare_gan's sndcgan.py], for sides that divide by 4.

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
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/spectral_norm.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of sndcgan_generator.
struct SndcganGeneratorOptions {
  index_t latent = 128;
  nn::ImageSize image = {32, 32, 3};  ///< height and width divide by 8, or by 4: then without the coarsest map
  index_t channels = 512;             ///< of the map of H/8 x W/8; each level halves them
};

/// Settings of sndcgan_discriminator.
struct SndcganDiscriminatorOptions {
  nn::ImageSize image = {32, 32, 3};  ///< height and width divide by 8, or by 4: then without the coarsest map
  index_t channels = 512;             ///< of the map of H/8 x W/8; the first one has an eighth of them
  bool spectral_norm = true;          ///< off for gradient penalties. There is no batch norm either way
  double slope = 0.1;                 ///< of the leaky ReLU
};

namespace detail {

inline void check_sndcgan(const char* where, const nn::ImageSize& image, index_t channels) {
  require<ValueError>(image.numel() > 0 && image.h % 4 == 0 && image.w % 4 == 0, where, "height and width of images ",
                      "must divide by 4, but the image is ", Shape{image.h, image.w, image.c}, "; pad them.");
  require<ValueError>(channels > 0 && channels % 8 == 0, where, "channels must be positive and divide by 8, but is ",
                      channels, ".");
}

/// How often the map halves: 3 times, or twice where the sides do not divide by 8.
inline int sndcgan_levels(const nn::ImageSize& image) { return image.h % 8 == 0 && image.w % 8 == 0 ? 3 : 2; }
/// The coarsest map.
inline nn::ImageSize sndcgan_coarsest(const nn::ImageSize& image, index_t channels) {
  return sndcgan_levels(image) == 3 ? nn::ImageSize{image.h / 8, image.w / 8, channels}
                                    : nn::ImageSize{image.h / 4, image.w / 4, channels / 2};
}

}  // namespace detail

/// z (N,latent) -> images (N,H,W,C) in (-1,1): a linear layer to H/8 x W/8 x channels, three levels that double the map
/// and halve the channels (kernel 4, stride 2), a 3x3 convolution, tanh. Sides that divide by 4 alone (28) start at
/// H/4 x W/4 x channels/2. Batch norm behind all but the last; the first
/// one is of each number of the map by itself, as in the authors' code. The linear layer's numbers are ordered C,H,W,
/// as PyTorch has them, so that this norm can be exchanged as well.
template <class T>
struct SndcganGenerator {
  using value_type = T;

  SndcganGeneratorOptions options;
  nn::Linear<T> project;
  nn::BatchNorm1d<T> norm;
  std::vector<UpBlock<T>> levels;
  nn::ConvTranspose2d<T> to_image;

  static constexpr auto members =
      std::tuple{nn::member("project", &SndcganGenerator::project), nn::member("norm", &SndcganGenerator::norm),
                 nn::member("levels", &SndcganGenerator::levels), nn::member("to_image", &SndcganGenerator::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return run(*this, z); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return run(*this, z); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z) {
    const SndcganGeneratorOptions& o = self.options;
    require(z.rank() == 2 && z.size(1) == o.latent, "sndcgan_generator", "z must have shape (N,", o.latent,
            "), but has ", z.shape(), ".");
    const Var<T> flat = nn::pass(self.norm, nn::pass(self.project, z), T(0));
    const auto [h, w, c] = detail::sndcgan_coarsest(o.image, o.channels);
    Var<T> x = permute(reshape(flat, Shape{z.size(0), c, h, w}), {0, 2, 3, 1});
    for (auto& level : self.levels) x = nn::pass(level, x);
    return tanh(self.to_image(x));
  }
};

/// Images (N,H,W,C) -> logits (N,1): convolutions 3x3 and 4x4 with stride 2 in turn, then a linear layer; with channels
/// 512 they have 64, 128, 128, 256, 256, 512 and 512 channels. Leaky ReLU behind each.
template <class T>
struct SndcganDiscriminator {
  using value_type = T;

  SndcganDiscriminatorOptions options;
  std::vector<nn::SpectralNormIf<nn::Conv2d<T>>> levels;
  nn::SpectralNormIf<nn::Linear<T>> to_logit;

  static constexpr auto members = std::tuple{nn::member("levels", &SndcganDiscriminator::levels),
                                             nn::member("to_logit", &SndcganDiscriminator::to_logit)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return run(*this, x); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return run(*this, x); }

  /// What the last layer sees, in evaluation: (N,H/8,W/8,channels), or (N,H/4,W/4,channels/2).
  [[nodiscard]] Var<T> features(const Var<T>& x) const { return last_map(*this, x); }

 private:
  template <class Self>
  static Var<T> last_map(Self& self, const Var<T>& x) {
    const nn::ImageSize& s = self.options.image;
    require(x.rank() == 4 && x.shape() == Shape{x.size(0), s.h, s.w, s.c}, "sndcgan_discriminator",
            "images must have shape (N,", s.h, ",", s.w, ",", s.c, "), but the shape is ", x.shape(), ".");
    Var<T> y = x;
    for (auto& level : self.levels) y = nn::pass(level, y, static_cast<T>(self.options.slope));
    return y;
  }
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x) {
    const Var<T> y = last_map(self, x);
    return nn::pass(self.to_logit, reshape(y, Shape{y.size(0), y.size(1) * y.size(2) * y.size(3)}));
  }
};

/// A generator with weights ~ N(0, 0.02^2) as the authors' code draws them.
template <class T = float>
[[nodiscard]] SndcganGenerator<T> sndcgan_generator(const SndcganGeneratorOptions& o, Random& rng) {
  require<ValueError>(o.latent > 0, "sndcgan_generator", "latent must be positive, but is ", o.latent, ".");
  detail::check_sndcgan("sndcgan_generator", o.image, o.channels);
  const nn::ImageSize coarsest = detail::sndcgan_coarsest(o.image, o.channels);
  nn::Linear<T> project({.in = o.latent, .out = coarsest.numel(), .bias = false}, rng);
  nn::BatchNorm1d<T> norm({.channels = coarsest.numel()});
  std::vector<UpBlock<T>> levels;
  index_t in = coarsest.c;
  for (int i = 0; i < detail::sndcgan_levels(o.image); ++i, in /= 2)
    levels.push_back(
        {nn::ConvTranspose2d<T>({.in = in, .out = in / 2, .kernel = 4, .stride = 2, .padding = 1, .bias = false}, rng),
         nn::BatchNorm2d<T>({.channels = in / 2})});
  SndcganGenerator<T> g{o, std::move(project), std::move(norm), std::move(levels),
                        nn::ConvTranspose2d<T>({.in = in, .out = o.image.c, .kernel = 3, .padding = 1}, rng)};
  nn::init::apply(g, nn::init::dcgan, rng);
  return g;
}

/// A discriminator with weights ~ N(0, 0.02^2).
template <class T = float>
[[nodiscard]] SndcganDiscriminator<T> sndcgan_discriminator(const SndcganDiscriminatorOptions& o, Random& rng) {
  detail::check_sndcgan("sndcgan_discriminator", o.image, o.channels);
  std::vector<nn::SpectralNormIf<nn::Conv2d<T>>> levels;
  const auto add = [&](index_t in, index_t out, index_t kernel, index_t stride) {
    const nn::Conv2dSpec spec{.in = in, .out = out, .kernel = kernel, .stride = stride, .padding = 1};
    levels.emplace_back(o.spectral_norm, nn::Conv2d<T>(spec, rng), rng);
  };
  index_t c = o.channels / 8;
  add(o.image.c, c, 3, 1);
  for (int i = 0; i < detail::sndcgan_levels(o.image); ++i, c *= 2) {
    add(c, 2 * c, 4, 2);
    add(2 * c, 2 * c, 3, 1);
  }
  const nn::ImageSize last = detail::sndcgan_coarsest(o.image, o.channels);
  SndcganDiscriminator<T> d{
      o,
      std::move(levels),
      {o.spectral_norm, nn::Linear<T>({.in = last.numel(), .out = 1, .in_image = last}, rng), rng}};
  nn::init::apply(d, nn::init::dcgan, rng);
  nn::warm_up(d);
  return d;
}

}  // namespace models
GANVAS_END
