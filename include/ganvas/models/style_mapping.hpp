#pragma once
// The mapping network of StyleGAN [Karras et al. 2019a, arXiv:1812.04948, sec. 2]: from latents z, whose distribution
// is given, to latents w, whose distribution is learned.

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/equalized.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// Settings of style_mapping.
struct StyleMappingOptions {
  index_t latent = 64;   ///< the length of z; 0: w is a function of the class alone, as in a discriminator
  index_t style = 64;    ///< the length of w
  index_t layers = 2;    ///< 8 in the papers, 2 for CIFAR-10 [Karras et al. 2020]
  double lr_mul = 0.01;  ///< it learns so much faster than the rest
  index_t classes = 0;   ///< 0: none
};

namespace detail {

/// x / sqrt(mean x^2 + 1e-8), the mean over a row.     x, y: (N,C)
template <class T>
[[nodiscard]] Var<T> unit_second_moment(const Var<T>& x) {
  return x / sqrt(mean(square(x), {1}, true) + T(1e-8));
}

/// n labels in [0, classes) are there where a network takes classes, and none where it does not.
inline void check_style_labels(const char* where, const std::vector<index_t>& labels, index_t n, index_t classes) {
  require<ValueError>(classes > 0 || labels.empty(), where, labels.size(), " labels were given, but the network was ",
                      "made for no classes; set .classes.");
  require<ValueError>(classes == 0 || static_cast<index_t>(labels.size()) == n, where, "the network takes ", classes,
                      " classes, but ", n, " samples came with ", labels.size(),
                      " labels; give each sample its class.");
  for (const index_t label : labels)
    require<ValueError>(label >= 0 && label < classes, where, "there is a label ", label, "; with ", classes,
                        " classes labels go from 0 to ", classes - 1, ".");
}

}  // namespace detail

/// w = layers(concat(z / rms(z), e / rms(e))), e = embedding(label): equalised linear layers with leaky ReLU.
/// z (N,latent), N labels if there are classes -> w (N,style)
template <class T>
struct StyleMapping {
  using value_type = T;

  StyleMappingOptions options;
  std::optional<nn::Embedding<T>> embedding;
  std::vector<nn::EqualizedLinear<T>> layers;

  static constexpr auto members =
      std::tuple{nn::member("embedding", &StyleMapping::embedding), nn::member("layers", &StyleMapping::layers)};

  [[nodiscard]] Var<T> operator()(const Var<T>& z, const std::vector<index_t>& y = {}) const {
    require(options.latent > 0 && z.rank() == 2 && z.size(1) == options.latent, "style_mapping",
            "z must have shape (N,", options.latent, "), but has ", z.shape(), ".");
    detail::check_style_labels("style_mapping", y, z.size(0), options.classes);
    const Var<T> unit = detail::unit_second_moment(z);
    return map(embedding ? concat<T>({unit, detail::unit_second_moment((*embedding)(y))}, 1) : unit);
  }
  /// For a mapping without z.
  [[nodiscard]] Var<T> operator()(const std::vector<index_t>& y) const {
    require<ValueError>(options.latent == 0, "style_mapping", "z of length ", options.latent, " is missing.");
    detail::check_style_labels("style_mapping", y, static_cast<index_t>(y.size()), options.classes);
    return map(detail::unit_second_moment((*embedding)(y)));
  }

 private:
  [[nodiscard]] Var<T> map(Var<T> x) const {
    for (const auto& layer : layers) x = layer(x);
    return x;
  }
};

template <class T = float>
[[nodiscard]] StyleMapping<T> style_mapping(const StyleMappingOptions& o, Random& rng) {
  require<ValueError>(o.latent >= 0 && o.style > 0 && o.layers > 0 && o.classes >= 0 && o.latent + o.classes > 0,
                      "style_mapping", "style and layers must be positive, and latent or classes, but latent is ",
                      o.latent, ", style ", o.style, ", layers ", o.layers, " and classes ", o.classes, ".");
  StyleMapping<T> m{o, {}, {}};
  if (o.classes > 0) m.embedding.emplace(nn::EmbeddingOptions{.count = o.classes, .features = o.style}, rng);
  index_t in = o.latent + (o.classes > 0 ? o.style : 0);
  for (index_t i = 0; i < o.layers; ++i, in = o.style)
    m.layers.push_back(nn::EqualizedLinear<T>({.in = in, .out = o.style, .activate = true, .lr_mul = o.lr_mul}, rng));
  return m;
}

}  // namespace models
GANVAS_END
