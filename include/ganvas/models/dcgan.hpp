#pragma once
// Deep convolutional generator and discriminator [Radford et al. 2015] for any image size, number of levels and widths.
// With classes: models/conditional.hpp.

#include <optional>
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
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of dcgan_generator. One entry of `channels` a level, from coarse to fine; each level after the first, and
/// the image itself, doubles height and width, so both must divide by 2^(number of levels).
struct DcganGeneratorOptions {
  index_t latent = 100;
  nn::ImageSize image = {28, 28, 1};
  std::vector<index_t> channels = {256, 128};
};

/// Settings of dcgan_discriminator. One entry of `channels` a level, from fine to coarse; each level halves height and
/// width: kernel 4 where they are even, kernel 3 where one is odd.
struct DcganDiscriminatorOptions {
  nn::ImageSize image = {28, 28, 1};
  std::vector<index_t> channels = {64, 128};
  bool batch_norm = true;  ///< on all levels but the first; must be off with gradient penalties
  double slope = 0.2;      ///< of the leaky ReLU
};

/// Transposed convolution, batch norm, ReLU (by batch norm, in its pass: a leaky one of slope 0).
template <class T>
struct UpBlock {
  using value_type = T;

  nn::ConvTranspose2d<T> conv;
  nn::BatchNorm2d<T> norm;

  static constexpr auto members = std::tuple{nn::member("conv", &UpBlock::conv), nn::member("norm", &UpBlock::norm)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return norm(conv(x), T(0)); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return norm.training(conv(x), T(0)); }
};

/// Convolution, batch norm unless it is left out, leaky ReLU (by the layer before it, in the same pass).
template <class T>
struct DownBlock {
  using value_type = T;

  nn::Conv2d<T> conv;
  std::optional<nn::BatchNorm2d<T>> norm;
  T slope;

  static constexpr auto members =
      std::tuple{nn::member("conv", &DownBlock::conv), nn::member("norm", &DownBlock::norm)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return norm ? (*norm)(conv(x), slope) : conv(x, slope); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return norm ? norm->training(conv(x), slope) : conv(x, slope); }
};

/// z (N,latent) -> images (N,H,W,C) in (-1,1).
template <class T>
struct DcganGenerator {
  using value_type = T;

  DcganGeneratorOptions options;
  UpBlock<T> project;              ///< z as a 1x1 image -> the coarsest map
  std::vector<UpBlock<T>> levels;  ///< each doubles the map
  nn::ConvTranspose2d<T> to_image;

  static constexpr auto members =
      std::tuple{nn::member("project", &DcganGenerator::project), nn::member("levels", &DcganGenerator::levels),
                 nn::member("to_image", &DcganGenerator::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }

  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return run(*this, z); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return run(*this, z); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z) {
    const index_t latent = self.options.latent;
    require(z.rank() == 2 && z.size(1) == latent, "dcgan_generator", "z must have shape (N,", latent, "), but has ",
            z.shape(), ".");
    Var<T> x = nn::pass(self.project, reshape(z, Shape{z.size(0), 1, 1, latent}));
    for (auto& level : self.levels) x = nn::pass(level, x);
    return tanh(self.to_image(x));
  }
};

/// Images (N,H,W,C) -> logits (N,1).
template <class T>
struct DcganDiscriminator {
  using value_type = T;

  DcganDiscriminatorOptions options;
  std::vector<DownBlock<T>> levels;  ///< each halves the map
  nn::Conv2d<T> to_logit;            ///< a kernel as large as the last map

  static constexpr auto members = std::tuple{nn::member("levels", &DcganDiscriminator::levels),
                                             nn::member("to_logit", &DcganDiscriminator::to_logit)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return logit(features(x)); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return logit(training_features(x)); }

  /// What the last layer sees, (N,h,w,channels), and the logit from it: for networks with further heads.
  [[nodiscard]] Var<T> features(const Var<T>& x) const { return last_map(*this, x); }
  [[nodiscard]] Var<T> training_features(const Var<T>& x) { return last_map(*this, x); }
  [[nodiscard]] Var<T> logit(const Var<T>& features) const {
    return reshape(to_logit(features), Shape{features.size(0), 1});
  }

 private:
  template <class Self>
  static Var<T> last_map(Self& self, const Var<T>& x) {
    const auto& [h, w, c] = self.options.image;
    require(x.rank() == 4 && x.shape() == Shape{x.size(0), h, w, c}, "dcgan_discriminator",
            "images must have shape (N,", h, ',', w, ',', c, "), but the shape is ", x.shape(), ".");
    Var<T> y = x;
    for (auto& level : self.levels) y = nn::pass(level, y);
    return y;
  }
};

/// A generator with weights drawn as the paper does, N(0, 0.02^2). Biases only where no batch norm follows.
template <class T = float>
[[nodiscard]] DcganGenerator<T> dcgan_generator(const DcganGeneratorOptions& o, Random& rng) {
  require<ValueError>(o.latent > 0 && !o.channels.empty() && o.channels.size() < 16 && o.image.numel() > 0,
                      "dcgan_generator", "latent and image must be positive and channels have 1 to 15 entries, but ",
                      "latent is ", o.latent, ", the image ", Shape{o.image.h, o.image.w, o.image.c}, " and there are ",
                      o.channels.size(), " channels.");
  const index_t scale = index_t{1} << o.channels.size();
  require<ValueError>(o.image.h % scale == 0 && o.image.w == o.image.h, "dcgan_generator", "an image of ", o.image.h,
                      " x ", o.image.w, " can not be reached from ", o.channels.size(), " levels: it must be square, ",
                      "with a side that divides by ", scale, "; use another number of channels entries.");
  const auto block = [&](const nn::ConvTranspose2dSpec& spec) {
    return UpBlock<T>{nn::ConvTranspose2d<T>(spec, rng), nn::BatchNorm2d<T>({.channels = spec.out})};
  };
  auto project = block({.in = o.latent, .out = o.channels[0], .kernel = o.image.h / scale, .bias = false});
  std::vector<UpBlock<T>> levels;
  for (std::size_t i = 0; i + 1 < o.channels.size(); ++i)
    levels.push_back(
        block({.in = o.channels[i], .out = o.channels[i + 1], .kernel = 4, .stride = 2, .padding = 1, .bias = false}));
  DcganGenerator<T> g{
      o, std::move(project), std::move(levels),
      nn::ConvTranspose2d<T>({.in = o.channels.back(), .out = o.image.c, .kernel = 4, .stride = 2, .padding = 1}, rng)};
  nn::init::apply(g, nn::init::dcgan, rng);
  return g;
}

/// A discriminator with weights drawn as the paper does. Biases only where no batch norm follows.
template <class T = float>
[[nodiscard]] DcganDiscriminator<T> dcgan_discriminator(const DcganDiscriminatorOptions& o, Random& rng) {
  require<ValueError>(!o.channels.empty() && o.image.numel() > 0 && o.image.h == o.image.w, "dcgan_discriminator",
                      "the image must be square and channels must not be empty, but the image is ",
                      Shape{o.image.h, o.image.w, o.image.c}, " and there are ", o.channels.size(), " channels.");
  std::vector<DownBlock<T>> levels;
  index_t in = o.image.c;
  index_t side = o.image.h;
  for (const index_t out : o.channels) {
    require<ValueError>(side >= 2, "dcgan_discriminator", "a ", o.image.h, " x ", o.image.w, " image has fewer than ",
                        o.channels.size(), " levels; leave entries of channels out.");
    const bool norm = o.batch_norm && !levels.empty();
    const index_t kernel = side % 2 == 0 ? 4 : 3;
    levels.push_back(
        {nn::Conv2d<T>({.in = in, .out = out, .kernel = kernel, .stride = 2, .padding = 1, .bias = !norm}, rng),
         norm ? std::optional(nn::BatchNorm2d<T>({.channels = out})) : std::nullopt, static_cast<T>(o.slope)});
    in = out;
    side = (side + 2 - kernel) / 2 + 1;
  }
  DcganDiscriminator<T> d{o, std::move(levels), nn::Conv2d<T>({.in = in, .out = 1, .kernel = side}, rng)};
  nn::init::apply(d, nn::init::dcgan, rng);
  return d;
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(DcganGenerator<float> dcgan_generator(const DcganGeneratorOptions&, Random&))
GANVAS_INSTANCE(DcganDiscriminator<float> dcgan_discriminator(const DcganDiscriminatorOptions&, Random&))

}  // namespace models
GANVAS_END
