#pragma once
// The small networks with which Metz et al. 2017 (appendix, stacked MNIST) and Lin et al. 2018 (sec. 4.2) count modes:
// a discriminator of a quarter or half of the generator's widths can not hold all of them apart.

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
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of unrolled_generator.
struct UnrolledGeneratorOptions {
  index_t latent = 256;
  nn::ImageSize image = {28, 28, 3};  ///< height and width are 28
  index_t width = 64;                 ///< of the 4 x 4 map; three levels halve it
};

/// Settings of unrolled_discriminator.
struct UnrolledDiscriminatorOptions {
  nn::ImageSize image = {28, 28, 3};  ///< height and width are 28; m times the channels where m samples are packed
  index_t width = 2;                  ///< of the first level; two levels double it. 2: "1/4 of G", 4: "1/2 of G"
  bool batch_norm = true;             ///< on all levels, as the paper has it; must be off with gradient penalties
  double slope = 0.3;                 ///< of the leaky ReLU
};

/// z (N,latent) -> images (N,28,28,C) in (-1,1): z as a 4 x 4 map, 3x3 transposed convolutions with stride 2 to
/// 7, 14 and 28, all with batch norm and ReLU, then a 3x3 convolution and tanh.
template <class T>
struct UnrolledGenerator {
  using value_type = T;

  UnrolledGeneratorOptions options;
  UpBlock<T> project;
  std::vector<UpBlock<T>> levels;
  nn::Conv2d<T> to_image;

  static constexpr auto members =
      std::tuple{nn::member("project", &UnrolledGenerator::project), nn::member("levels", &UnrolledGenerator::levels),
                 nn::member("to_image", &UnrolledGenerator::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return run(*this, z); }
  [[nodiscard]] Var<T> training(const Var<T>& z) { return run(*this, z); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z) {
    require(z.rank() == 2 && z.size(1) == self.options.latent, "unrolled_generator", "z must have shape (N,",
            self.options.latent, "), but has ", z.shape(), ".");
    Var<T> x = nn::pass(self.project, reshape(z, Shape{z.size(0), 1, 1, z.size(1)}));
    for (auto& level : self.levels) x = nn::pass(level, x);
    return tanh(self.to_image(x));
  }
};

namespace detail {

inline void check_unrolled(const char* where, const nn::ImageSize& image) {
  require<ValueError>(image.h == 28 && image.w == 28 && image.c > 0, where,
                      "it is made for images of 28 x 28, but the ", "image is ", Shape{image.h, image.w, image.c},
                      "; use dcgan, resnet or style.");
}

}  // namespace detail

/// A generator with weights ~ N(0, 0.02^2), as the papers' code draws them. No biases before batch norm.
template <class T = float>
[[nodiscard]] UnrolledGenerator<T> unrolled_generator(const UnrolledGeneratorOptions& o, Random& rng) {
  detail::check_unrolled("unrolled_generator", o.image);
  require<ValueError>(o.latent > 0 && o.width >= 8 && o.width % 8 == 0, "unrolled_generator",
                      "latent must be positive and width a multiple of 8, but they are ", o.latent, " and ", o.width,
                      ".");
  const auto block = [&](const nn::ConvTranspose2dSpec& spec) {
    return UpBlock<T>{nn::ConvTranspose2d<T>(spec, rng), nn::BatchNorm2d<T>({.channels = spec.out})};
  };
  auto project = block({.in = o.latent, .out = o.width, .kernel = 4, .bias = false});
  std::vector<UpBlock<T>> levels;
  index_t in = o.width;
  for (const index_t further : {0, 1, 1}) {  // rows behind the last: 4 -> 7, 7 -> 14, 14 -> 28
    levels.push_back(block(
        {.in = in, .out = in / 2, .kernel = 3, .stride = 2, .padding = 1, .output_padding = further, .bias = false}));
    in /= 2;
  }
  UnrolledGenerator<T> g{o, std::move(project), std::move(levels),
                         nn::Conv2d<T>({.in = in, .out = o.image.c, .kernel = 3, .padding = 1}, rng)};
  nn::init::apply(g, nn::init::dcgan, rng);
  return g;
}

/// A discriminator for images (N,28,28,C): three 3x3 convolutions with stride 2, to 14, 7 and 4, and a linear layer.
/// Its parts are those of DCGAN's. The weights are ~ N(0, 0.02^2); without batch norm, where nothing else sets the size
/// of what flows through it, He et al. 2015, eq. 15 for the slope.
template <class T = float>
[[nodiscard]] DcganDiscriminator<T> unrolled_discriminator(const UnrolledDiscriminatorOptions& o, Random& rng) {
  detail::check_unrolled("unrolled_discriminator", o.image);
  require<ValueError>(o.width > 0, "unrolled_discriminator", "width must be positive, but is ", o.width, ".");
  std::vector<DownBlock<T>> levels;
  index_t in = o.image.c;
  for (const index_t out : {o.width, 2 * o.width, 4 * o.width}) {
    levels.push_back(
        {nn::Conv2d<T>({.in = in, .out = out, .kernel = 3, .stride = 2, .padding = 1, .bias = !o.batch_norm}, rng),
         o.batch_norm ? std::optional(nn::BatchNorm2d<T>({.channels = out})) : std::nullopt, static_cast<T>(o.slope)});
    in = out;
  }
  DcganDiscriminatorOptions as_dcgan{
      .image = o.image, .channels = {o.width, 2 * o.width, 4 * o.width}, .batch_norm = o.batch_norm, .slope = o.slope};
  DcganDiscriminator<T> d{std::move(as_dcgan), std::move(levels),
                          nn::Conv2d<T>({.in = in, .out = 1, .kernel = 4}, rng)};
  if (o.batch_norm)
    nn::init::apply(d, nn::init::dcgan, rng);
  else
    nn::init::apply(
        d,
        [&o](const std::string&, const auto& p, Random& r) {
          return p.role() == nn::Role::weight ? nn::init::kaiming_normal<T>(p.shape(), r, o.slope)
                                              : nn::init::constant<T>(p.shape(), 0);
        },
        rng);
  return d;
}

}  // namespace models
GANVAS_END
