#pragma once
// The standard convolutional networks of SNGAN [Miyato et al. 2018, Table 3, widths as in the authors' code and in
// compare_gan's sndcgan.py], for sides that divide by 8.

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
  nn::ImageSize image = {32, 32, 3};  ///< height and width divide by 8
  index_t channels = 512;             ///< of the coarsest map; three levels halve them
};

/// Settings of sndcgan_discriminator.
struct SndcganDiscriminatorOptions {
  nn::ImageSize image = {32, 32, 3};  ///< height and width divide by 8
  index_t channels = 512;             ///< of the last map; the first has an eighth of them
  bool spectral_norm = true;          ///< off for gradient penalties. There is no batch norm either way
  double slope = 0.1;                 ///< of the leaky ReLU
};

/// z (N,latent) -> images (N,H,W,C) in (-1,1): a linear layer to H/8 x W/8 x channels, three levels that double the map
/// and halve the channels (kernel 4, stride 2), a 3x3 convolution, tanh. Batch norm behind all but the last; the first
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
    Var<T> x = permute(reshape(flat, Shape{z.size(0), o.channels, o.image.h / 8, o.image.w / 8}), {0, 2, 3, 1});
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

  /// What the last layer sees, (N,H/8,W/8,channels), in evaluation.
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

namespace detail {

inline void check_sndcgan(const char* where, const nn::ImageSize& image, index_t channels) {
  require<ValueError>(image.numel() > 0 && image.h % 8 == 0 && image.w % 8 == 0, where, "height and width of images ",
                      "must divide by 8, but the image is ", Shape{image.h, image.w, image.c},
                      "; pad images of 28 x 28 to 32 x 32, or use dcgan or resnet, which take 28.");
  require<ValueError>(channels > 0 && channels % 8 == 0, where, "channels must be positive and divide by 8, but is ",
                      channels, ".");
}

}  // namespace detail

/// A generator with weights ~ N(0, 0.02^2) as the authors' code draws them.
template <class T = float>
[[nodiscard]] SndcganGenerator<T> sndcgan_generator(const SndcganGeneratorOptions& o, Random& rng) {
  require<ValueError>(o.latent > 0, "sndcgan_generator", "latent must be positive, but is ", o.latent, ".");
  detail::check_sndcgan("sndcgan_generator", o.image, o.channels);
  const index_t bottom = o.image.h / 8 * (o.image.w / 8) * o.channels;
  nn::Linear<T> project({.in = o.latent, .out = bottom, .bias = false}, rng);
  nn::BatchNorm1d<T> norm({.channels = bottom});
  std::vector<UpBlock<T>> levels;
  index_t in = o.channels;
  for (int i = 0; i < 3; ++i, in /= 2)
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
  const index_t c = o.channels;
  std::vector<nn::SpectralNormIf<nn::Conv2d<T>>> levels;
  index_t in = o.image.c;
  bool halve = false;
  for (const index_t out : {c / 8, c / 4, c / 4, c / 2, c / 2, c, c}) {
    const nn::Conv2dSpec spec{.in = in, .out = out, .kernel = halve ? 4 : 3, .stride = halve ? 2 : 1, .padding = 1};
    levels.emplace_back(o.spectral_norm, nn::Conv2d<T>(spec, rng), rng);
    in = out;
    halve = !halve;
  }
  const nn::ImageSize last{o.image.h / 8, o.image.w / 8, c};
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
