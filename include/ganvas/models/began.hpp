#pragma once
// BEGAN's networks: a discriminator that is an autoencoder, and a generator built like its second half [Berthelot,
// Schumm and Metz 2017, "BEGAN: Boundary equilibrium generative adversarial networks", Figure 1 and sec. 3.5].

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
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of both networks. The maps have sides side, side/2, ..., `levels` of them: 32, 16, 8 or 28, 14, 7.
struct BeganOptions {
  nn::ImageSize image = {32, 32, 3};  ///< height and width divide by 2^(levels - 1)
  index_t channels = 64;              ///< n of the paper; the encoder's map number k has k n
  index_t latent = 64;                ///< N_h = N_z: length of z and of the embedding h
  index_t levels = 3;
};

/// Two 3x3 convolutions with ELU at their outputs [sec. 3.5].
template <class T>
struct BeganPair {
  using value_type = T;

  nn::Conv2d<T> conv1, conv2;

  static constexpr auto members =
      std::tuple{nn::member("conv1", &BeganPair::conv1), nn::member("conv2", &BeganPair::conv2)};

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return elu(conv2(elu(conv1(x)))); }
};

/// h (N,latent) -> images (N,H,W,C): a linear layer to the coarsest map, pairs of convolutions with nearest-neighbour
/// upsampling between them, a 3x3 convolution. The output is not squashed. Used as the generator, too.
template <class T>
struct BeganDecoder {
  using value_type = T;

  BeganOptions options;
  nn::Linear<T> project;  ///< no ELU behind it
  std::vector<BeganPair<T>> levels;
  nn::Conv2d<T> to_image;

  static constexpr auto members =
      std::tuple{nn::member("project", &BeganDecoder::project), nn::member("levels", &BeganDecoder::levels),
                 nn::member("to_image", &BeganDecoder::to_image)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] Var<T> operator()(const Var<T>& h) const {
    require(h.rank() == 2 && h.size(1) == options.latent, "began_generator", "z must have shape (N,", options.latent,
            "), but has ", h.shape(), ".");
    const nn::ImageSize& s = project.options.out_image;
    Var<T> x = levels[0](reshape(project(h), Shape{h.size(0), s.h, s.w, s.c}));
    for (std::size_t i = 1; i < levels.size(); ++i) x = levels[i](upsample(x, 2));
    return to_image(x);
  }
};

/// Images (N,H,W,C) -> h (N,latent): a 3x3 convolution, pairs of convolutions with 3x3 convolutions of stride 2 between
/// them, a linear layer.
template <class T>
struct BeganEncoder {
  using value_type = T;

  nn::Conv2d<T> from_image;
  std::vector<BeganPair<T>> levels;
  std::vector<nn::Conv2d<T>> down;  ///< between the levels
  nn::Linear<T> to_latent;          ///< no ELU behind it

  static constexpr auto members =
      std::tuple{nn::member("from_image", &BeganEncoder::from_image), nn::member("levels", &BeganEncoder::levels),
                 nn::member("down", &BeganEncoder::down), nn::member("to_latent", &BeganEncoder::to_latent)};

  [[nodiscard]] Var<T> operator()(const Var<T>& images) const {
    Var<T> x = levels[0](elu(from_image(images)));
    for (std::size_t i = 1; i < levels.size(); ++i) x = levels[i](elu(down[i - 1](x)));
    return to_latent(reshape(x, Shape{x.size(0), to_latent.options.in}));
  }
};

/// Images (N,H,W,C) -> L(x) = mean over pixels and channels of |x - D(x)|, (N,1): how badly the autoencoder D
/// reconstructs each sample [eq. 1 with eta = 1, as a mean]. Low is real.
template <class T>
struct BeganDiscriminator {
  using value_type = T;

  BeganOptions options;
  BeganEncoder<T> encoder;
  BeganDecoder<T> decoder;

  static constexpr auto members = std::tuple{nn::member("encoder", &BeganDiscriminator::encoder),
                                             nn::member("decoder", &BeganDiscriminator::decoder)};

  /// D(x), (N,H,W,C).
  [[nodiscard]] Var<T> reconstruct(const Var<T>& x) const {
    const nn::ImageSize& s = options.image;
    require(x.rank() == 4 && x.shape() == Shape{x.size(0), s.h, s.w, s.c}, "began_discriminator",
            "images must have shape (N,", s.h, ",", s.w, ",", s.c, "), but the shape is ", x.shape(), ".");
    return decoder(encoder(x));
  }
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return reshape(mean(abs(x - reconstruct(x)), {1, 2, 3}), Shape{x.size(0), 1});
  }
};

namespace detail {

/// Sides of the coarsest map and its channels in a decoder; throws a sentence for what cannot be built.
inline nn::ImageSize began_bottom(const char* where, const BeganOptions& o) {
  require<ValueError>(o.image.numel() > 0 && o.channels > 0 && o.latent > 0 && o.levels >= 1 && o.levels < 16, where,
                      "image, channels and latent must be positive and levels 1 to 15, but they are ",
                      Shape{o.image.h, o.image.w, o.image.c}, ", ", o.channels, ", ", o.latent, " and ", o.levels, ".");
  const index_t scale = index_t{1} << (o.levels - 1);
  require<ValueError>(o.image.h % scale == 0 && o.image.w % scale == 0, where, "an image of ", o.image.h, " x ",
                      o.image.w, " can not be halved ", o.levels - 1, " times: height and width must divide by ", scale,
                      "; use another number of levels.");
  return {o.image.h / scale, o.image.w / scale, o.channels};
}

template <class T>
[[nodiscard]] nn::Conv2d<T> began_conv(index_t in, index_t out, Random& rng, index_t stride = 1) {
  return nn::Conv2d<T>({.in = in, .out = out, .kernel = 3, .stride = stride, .padding = 1}, rng);
}

template <class T>
[[nodiscard]] BeganDecoder<T> began_decoder(const char* where, const BeganOptions& o, Random& rng) {
  const nn::ImageSize bottom = began_bottom(where, o);
  nn::Linear<T> project({.in = o.latent, .out = bottom.numel(), .out_image = bottom}, rng);
  std::vector<BeganPair<T>> levels;
  for (index_t i = 0; i < o.levels; ++i) {
    auto conv1 = began_conv<T>(o.channels, o.channels, rng);
    levels.push_back({std::move(conv1), began_conv<T>(o.channels, o.channels, rng)});
  }
  return {o, std::move(project), std::move(levels), began_conv<T>(o.channels, o.image.c, rng)};
}

/// Weights uniform [Glorot and Bengio 2010, eq. 16], biases 0.
inline constexpr auto began_init = []<class T>(const std::string&, const nn::Parameter<T>& p, Random& rng) {
  return p.role() == nn::Role::weight ? nn::init::xavier_uniform<T>(p.shape(), rng)
                                      : nn::init::constant<T>(p.shape(), 0);
};

}  // namespace detail

/// z (N,latent) -> images (N,H,W,C), with weights uniform as Glorot and Bengio have them. The paper draws z ~ U(-1,1).
template <class T = float>
[[nodiscard]] BeganDecoder<T> began_generator(const BeganOptions& o, Random& rng) {
  auto g = detail::began_decoder<T>("began_generator", o, rng);
  nn::init::apply(g, detail::began_init, rng);
  return g;
}

/// The autoencoder, with weights drawn likewise.
template <class T = float>
[[nodiscard]] BeganDiscriminator<T> began_discriminator(const BeganOptions& o, Random& rng) {
  nn::ImageSize bottom = detail::began_bottom("began_discriminator", o);
  auto from_image = detail::began_conv<T>(o.image.c, o.channels, rng);
  std::vector<BeganPair<T>> levels;
  std::vector<nn::Conv2d<T>> down;
  index_t in = o.channels;
  for (index_t i = 1; i <= o.levels; ++i) {
    const index_t out = i * o.channels;
    if (i > 1) {
      down.push_back(detail::began_conv<T>(in, in, rng, 2));
    }
    auto conv1 = detail::began_conv<T>(in, out, rng);
    levels.push_back({std::move(conv1), detail::began_conv<T>(out, out, rng)});
    in = out;
  }
  bottom.c = in;
  nn::Linear<T> to_latent({.in = bottom.numel(), .out = o.latent, .in_image = bottom}, rng);
  BeganEncoder<T> encoder{std::move(from_image), std::move(levels), std::move(down), std::move(to_latent)};
  BeganDiscriminator<T> d{o, std::move(encoder), detail::began_decoder<T>("began_discriminator", o, rng)};
  nn::init::apply(d, detail::began_init, rng);
  return d;
}

}  // namespace models
GANVAS_END
