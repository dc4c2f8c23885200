#pragma once
// StyleGAN2-lite: the generator of Karras et al. 2019b ("Analyzing and improving the image quality of StyleGAN",
// arXiv:1912.04958), config F with skip connections, for images that a CPU can train. Its discriminator is in
// models/style_discriminator.hpp, its path length regularisation in gan/path_length.hpp.

#include <optional>
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
#include "ganvas/core/tensor.hpp"
#include "ganvas/models/style_layers.hpp"
#include "ganvas/models/style_mapping.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of style_generator. The side of the image is 4, 5, 6 or 7 times a power of 2. The channels of a map of
/// side s are min(base / s, max), unless `channels` says them all, coarse to fine: {128, 128, 64, 32} for a side of 32.
struct StyleGeneratorOptions {
  index_t latent = 64;  ///< the length of z
  index_t style = 64;   ///< the length of w
  nn::ImageSize image = {32, 32, 3};
  index_t base = 1024;
  index_t max = 128;
  std::vector<index_t> channels = {};
  index_t mapping_layers = 2;
  double mapping_lr_mul = 0.01;
  index_t classes = 0;           ///< 0: unconditional
  double mixing = 0.9;           ///< probability that a batch in training has two w each
  double average_decay = 0.998;  ///< of the mean of w, which truncation needs
};

/// z (N,latent), N labels if there are classes -> images (N,H,W,C). They are what the last layer gives, without tanh,
/// as in the paper: values outside [-1,1] occur and are clamped only where pictures are written.
template <class T>
struct StyleGenerator {
  using value_type = T;

  StyleGeneratorOptions options;
  StyleMapping<T> mapping;
  Tensor<T> w_average;        ///< (style), of the w in training
  nn::Parameter<T> constant;  ///< (h,w,c), the learned map that every image starts from
  std::vector<StyleBlock<T>> blocks;
  Random random;   ///< of style mixing
  double psi = 1;  ///< truncation in evaluation; see with_truncation

  static constexpr auto members =
      std::tuple{nn::member("mapping", &StyleGenerator::mapping), nn::member("w_average", &StyleGenerator::w_average),
                 nn::member("constant", &StyleGenerator::constant), nn::member("blocks", &StyleGenerator::blocks),
                 nn::member("random", &StyleGenerator::random)};

  [[nodiscard]] index_t latent() const { return options.latent; }
  [[nodiscard]] index_t classes() const { return options.classes; }
  /// How many w an image has: one for every convolution, and one for the last map's image.
  [[nodiscard]] index_t levels() const {
    index_t n = 1;
    for (const auto& block : blocks) n += block.layers();
    return n;
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& z, const std::vector<index_t>& y = {}) const {
    return synthesis(styles(z, y));
  }
  [[nodiscard]] Var<T> training(const Var<T>& z, const std::vector<index_t>& y = {}) {
    return synthesis_training(styles_training(z, y));
  }

  /// w = average + psi (f(z) - average) [Karras et al. 2019a, app. B], the same at every level: (N,levels,style). psi <
  /// 1 gives up variety for quality; psi = 0 is the image of the average w.
  [[nodiscard]] Var<T> styles(const Var<T>& z, const std::vector<index_t>& y = {}) const {
    const Var<T> w = mapping(z, y);
    return at_all_levels(psi == 1 ? w : w_average + (w - w_average) * static_cast<T>(psi));
  }
  /// w = f(z), which moves the average, and in a part `mixing` of all batches from a level on that is drawn, w = f(z2)
  /// of new latents z2 ~ N(0, I): style mixing [Karras et al. 2019a, sec. 3.1].
  [[nodiscard]] Var<T> styles_training(const Var<T>& z, const std::vector<index_t>& y = {}) {
    const Var<T> w = mapping(z, y);
    remember(w.value());
    const Var<T> ws = at_all_levels(w);
    if (options.mixing <= 0 || random.uniform<double>({1}).item() >= options.mixing) return ws;
    const index_t cut = 1 + random.below(levels() - 1);
    return mixed(ws, at_all_levels(mapping(Var<T>(random.normal<T>(z.shape())), y)), cut);
  }
  /// The levels [0, cut) of a and the others of b.
  [[nodiscard]] Var<T> mixed(const Var<T>& a, const Var<T>& b, index_t cut) const {
    require(a.shape() == b.shape() && a.rank() == 3 && 0 <= cut && cut <= a.size(1), "style_generator",
            "two latents w (N,levels,style) and a cut in [0, levels] were expected, but the shapes are ", a.shape(),
            " and ", b.shape(), " and the cut is ", cut, ".");
    return concat<T>({slice(a, 1, 0, cut), slice(b, 1, cut, b.size(1))}, 1);
  }

  /// Images from latents w (N,levels,style), with the constant noise.
  [[nodiscard]] Var<T> synthesis(const Var<T>& w) const { return synthesize(*this, w); }
  /// With new noise.
  [[nodiscard]] Var<T> synthesis_training(const Var<T>& w) { return synthesize(*this, w); }

  /// A copy that truncates with psi in evaluation: what a Generator samples from.
  [[nodiscard]] StyleGenerator with_truncation(double truncation) const {
    StyleGenerator g = *this;
    g.psi = truncation;
    return g;
  }
  /// Images of given z, truncated, without history.
  [[nodiscard]] Tensor<T> sample(const Tensor<T>& z, double truncation, const std::vector<index_t>& y = {}) const {
    const NoRecord values_only;
    return with_truncation(truncation)(Var<T>(z), y).value();
  }

 private:
  [[nodiscard]] Var<T> at_all_levels(const Var<T>& w) const {
    return broadcast_to(reshape(w, Shape{w.size(0), 1, w.size(1)}), Shape{w.size(0), levels(), w.size(1)});
  }

  /// average <- decay average + (1 - decay) mean of w
  void remember(const Tensor<T>& w) {
    if (w.size(0) == 0) return;
    const NoRecord values_only;
    const T keep = static_cast<T>(options.average_decay), take = static_cast<T>(1 - options.average_decay);
    w_average = (Var<T>(w_average) * keep + mean(Var<T>(w), {0}) * take).value();
  }

  template <class Self>
  [[nodiscard]] static Var<T> synthesize(Self& self, const Var<T>& w) {
    const index_t n = w.rank() == 3 ? w.size(0) : 0, style = self.options.style;
    require(w.shape() == Shape{n, self.levels(), style}, "style_generator", "latents w must have shape (N,",
            self.levels(), ",", style, "), one for each level, but have ", w.shape(), ".");
    Var<T> image;
    const Shape& start = self.constant.shape();
    Var<T> x = broadcast_to<T>(self.constant, Shape{n, start[0], start[1], start[2]});
    index_t level = 0;
    for (auto& block : self.blocks) {
      StyleBlock<T>::pass_block(block, x, image, [&](index_t i) {
        return reshape(slice(w, 1, level + i, level + i + 1), Shape{n, style});
      });
      level += block.layers();
    }
    return image;
  }
};

/// A generator as it is born: weights N(0, 1) with an equalised learning rate, biases and noise strengths 0.
template <class T = float>
[[nodiscard]] StyleGenerator<T> style_generator(const StyleGeneratorOptions& o, Random& rng) {
  constexpr const char* where = "style_generator";
  require<ValueError>(o.image.h == o.image.w && o.image.c > 0 && o.latent > 0 && o.style > 0, where,
                      "the image must be ", "square and latent and style positive, but the image is ",
                      Shape{o.image.h, o.image.w, o.image.c}, ", latent ", o.latent, " and style ", o.style, ".");
  require<ValueError>(o.mixing >= 0 && o.mixing <= 1 && o.average_decay >= 0 && o.average_decay <= 1, where,
                      "mixing and average_decay must be in [0, 1], but are ", o.mixing, " and ", o.average_decay, ".");
  const auto sides = detail::style_sides(where, o.image.h);
  const auto channels = detail::style_channels(where, sides, o.channels, o.base, o.max);
  auto mapping = style_mapping<T>({.latent = o.latent,
                                   .style = o.style,
                                   .layers = o.mapping_layers,
                                   .lr_mul = o.mapping_lr_mul,
                                   .classes = o.classes},
                                  rng);
  std::vector<StyleBlock<T>> blocks;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    std::optional<StyleLayer<T>> up;
    if (i > 0)
      up.emplace(nn::ModulatedConv2dSpec{.in = channels[i - 1], .out = channels[i], .style = o.style, .up = true},
                 sides[i], rng);
    StyleLayer<T> conv({.in = channels[i], .out = channels[i], .style = o.style}, sides[i], rng);
    blocks.push_back({std::move(up), std::move(conv), StyleToImage<T>(channels[i], o.image.c, o.style, rng)});
  }
  nn::Parameter<T> constant(rng.normal<T>({sides[0], sides[0], channels[0]}), nn::Role::bias);
  return {o, std::move(mapping), Tensor<T>::zeros({o.style}), std::move(constant), std::move(blocks), rng.split()};
}

}  // namespace models
GANVAS_END
