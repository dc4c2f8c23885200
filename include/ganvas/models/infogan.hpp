#pragma once
// The networks of InfoGAN for MNIST [Chen et al. 2016, "InfoGAN", Appendix C.1, Table 1], for any side that divides
// by 4.

#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/models/auxiliary.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of infogan_generator.
struct InfoganGeneratorOptions {
  index_t latent = 74;                ///< noise and codes together: 62 numbers, ten categories, two uniform codes
  nn::ImageSize image = {28, 28, 1};  ///< height and width divide by 4
  index_t hidden = 1024;              ///< width of the first layer
  index_t channels = 128;             ///< of the coarsest map; the next has half of them
};

/// Settings of infogan_discriminator.
struct InfoganDiscriminatorOptions {
  nn::ImageSize image = {28, 28, 1};  ///< height and width divide by 4
  index_t outputs = 12;               ///< of Q: ten logits of a category and two means of uniform codes
  index_t channels = 64;              ///< of the first map; the second has twice as many
  index_t hidden = 1024;              ///< what both heads see
  index_t code_hidden = 128;          ///< of Q's own layer
  double slope = 0.1;                 ///< of the leaky ReLU; the paper says 0.1, the authors' code has 0.01
};

/// z (N,latent) -> images (N,H,W,C) in (-1,1): two linear layers and two transposed convolutions, batch norm and ReLU
/// behind all but the last, which has tanh (the paper's images lie in [0,1] and end in a sigmoid).
template <class T>
struct InfoganGenerator {
  using value_type = T;

  InfoganGeneratorOptions options;
  std::array<DenseBlock<T>, 2> dense;
  UpBlock<T> level;
  nn::ConvTranspose2d<T> to_image;

  static constexpr auto members =
      std::tuple{nn::member("dense", &InfoganGenerator::dense), nn::member("level", &InfoganGenerator::level),
                 nn::member("to_image", &InfoganGenerator::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return run(*this, z); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return run(*this, z); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z) {
    const InfoganGeneratorOptions& o = self.options;
    require(z.rank() == 2 && z.size(1) == o.latent, "infogan_generator", "z must have shape (N,", o.latent,
            "), but has ", z.shape(), ".");
    const Var<T> flat = nn::pass(self.dense[1], nn::pass(self.dense[0], z));
    // ordered C,H,W, as PyTorch has it, so that the batch norm can be exchanged with it
    const Var<T> map = permute(reshape(flat, Shape{z.size(0), o.channels, o.image.h / 4, o.image.w / 4}), {0, 2, 3, 1});
    return tanh(self.to_image(nn::pass(self.level, map)));
  }
};

/// Images (N,H,W,C) -> Verdict of the logit of D (N,1), the outputs of Q (N,outputs) and the features (N,hidden) from
/// which both come: D and Q share all but their last layers (sec. 5).
template <class T>
struct InfoganDiscriminator {
  using value_type = T;

  InfoganDiscriminatorOptions options;
  std::array<DownBlock<T>, 2> levels;
  DenseBlock<T> dense;
  nn::Linear<T> to_logit;
  AuxiliaryHead<T> q;

  static constexpr auto members =
      std::tuple{nn::member("levels", &InfoganDiscriminator::levels), nn::member("dense", &InfoganDiscriminator::dense),
                 nn::member("to_logit", &InfoganDiscriminator::to_logit), nn::member("q", &InfoganDiscriminator::q)};

  [[nodiscard]] Verdict<T> operator()(const Var<T>& x) const { return run(*this, x); }
  [[nodiscard]] Verdict<T> training(const Var<T>& x) { return run(*this, x); }

 private:
  template <class Self>
  static Verdict<T> run(Self& self, const Var<T>& x) {
    const nn::ImageSize& s = self.options.image;
    require(x.rank() == 4 && x.shape() == Shape{x.size(0), s.h, s.w, s.c}, "infogan_discriminator",
            "images must have shape (N,", s.h, ",", s.w, ",", s.c, "), but the shape is ", x.shape(), ".");
    const Var<T> map = nn::pass(self.levels[1], nn::pass(self.levels[0], x));
    const Var<T> features = nn::pass(self.dense, reshape(map, Shape{x.size(0), self.dense.linear.options.in}));
    return {self.to_logit(features), nn::pass(self.q, features), features};
  }
};

namespace detail {

inline void check_infogan(const char* where, const nn::ImageSize& image) {
  require<ValueError>(image.numel() > 0 && image.h % 4 == 0 && image.w % 4 == 0, where, "height and width of images ",
                      "must divide by 4, but the image is ", Shape{image.h, image.w, image.c},
                      "; pad or resize images.");
}

}  // namespace detail

/// A generator with weights ~ N(0, 0.02^2), as the authors' code draws them.
template <class T = float>
[[nodiscard]] InfoganGenerator<T> infogan_generator(const InfoganGeneratorOptions& o, Random& rng) {
  detail::check_infogan("infogan_generator", o.image);
  require<ValueError>(o.latent > 0 && o.hidden > 0 && o.channels > 0 && o.channels % 2 == 0, "infogan_generator",
                      "latent, hidden and channels must be positive and channels even, but they are ", o.latent, ", ",
                      o.hidden, " and ", o.channels, ".");
  auto first = detail::dense_block<T>({.in = o.latent, .out = o.hidden}, true, 0, rng);
  auto second =
      detail::dense_block<T>({.in = o.hidden, .out = o.channels * (o.image.h / 4) * (o.image.w / 4)}, true, 0, rng);
  UpBlock<T> level{
      nn::ConvTranspose2d<T>(
          {.in = o.channels, .out = o.channels / 2, .kernel = 4, .stride = 2, .padding = 1, .bias = false}, rng),
      nn::BatchNorm2d<T>({.channels = o.channels / 2})};
  InfoganGenerator<T> g{
      o,
      {std::move(first), std::move(second)},
      std::move(level),
      nn::ConvTranspose2d<T>({.in = o.channels / 2, .out = o.image.c, .kernel = 4, .stride = 2, .padding = 1}, rng)};
  nn::init::apply(g, nn::init::dcgan, rng);
  return g;
}

/// A discriminator with Q's head, with weights ~ N(0, 0.02^2).
template <class T = float>
[[nodiscard]] InfoganDiscriminator<T> infogan_discriminator(const InfoganDiscriminatorOptions& o, Random& rng) {
  detail::check_infogan("infogan_discriminator", o.image);
  require<ValueError>(o.hidden > 0 && o.channels > 0, "infogan_discriminator", "hidden and channels must be positive, ",
                      "but they are ", o.hidden, " and ", o.channels, ".");
  const index_t c = o.channels;
  const auto slope = static_cast<T>(o.slope);
  DownBlock<T> first{nn::Conv2d<T>({.in = o.image.c, .out = c, .kernel = 4, .stride = 2, .padding = 1}, rng),
                     std::nullopt, slope};
  DownBlock<T> second{
      nn::Conv2d<T>({.in = c, .out = 2 * c, .kernel = 4, .stride = 2, .padding = 1, .bias = false}, rng),
      nn::BatchNorm2d<T>({.channels = 2 * c}), slope};
  const nn::ImageSize last{o.image.h / 4, o.image.w / 4, 2 * c};
  auto dense = detail::dense_block<T>({.in = last.numel(), .out = o.hidden, .in_image = last}, true, o.slope, rng);
  nn::Linear<T> to_logit({.in = o.hidden, .out = 1}, rng);
  InfoganDiscriminator<T> d{o,
                            {std::move(first), std::move(second)},
                            std::move(dense),
                            std::move(to_logit),
                            detail::auxiliary_head<T>("infogan_discriminator", {1, 1, o.hidden}, o.outputs,
                                                      o.code_hidden, true, o.slope, rng)};
  nn::init::apply(d, nn::init::dcgan, rng);
  return d;
}

}  // namespace models
GANVAS_END
