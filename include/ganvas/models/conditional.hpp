#pragma once
// Classes for networks that know nothing of them [Mirza and Osindero 2014, sec. 3.2]: G(z | y) and D(x | y) see the
// label joined to their input.

#include <optional>
#include <tuple>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace models {

/// How a network takes a class in: as a one-hot row behind z (planes behind an image's channels), or by multiplying z
/// with a learned vector of the class (not in the paper; Keras' example of ACGAN does so).
enum class ClassInput { one_hot, embedding };

/// Settings of conditional networks.
struct ClassOptions {
  index_t classes = 10;
  ClassInput input = ClassInput::one_hot;
};

/// A network whose calls take labels: (x (N,F) or (N,H,W,C), N labels in [0, classes)) -> what `net` makes of both.
template <class Net>
struct Conditional {
  using value_type = typename Net::value_type;
  using T = value_type;

  ClassOptions options;
  Net net;  ///< its input has `classes` further numbers (channels) where they are one-hot
  std::optional<nn::Embedding<T>> embed = {};  ///< what z is multiplied by, for ClassInput::embedding

  static constexpr auto members =
      std::tuple{nn::member("", &Conditional::net), nn::member("embed", &Conditional::embed)};

  /// The length of z, the class not counted.
  [[nodiscard]] index_t latent() const requires requires(const Net& n) { n.latent(); }
  { return embed ? net.latent() : net.latent() - options.classes; }
  [[nodiscard]] index_t classes() const { return options.classes; }

  [[nodiscard]] auto operator()(const Var<T>& x, const std::vector<index_t>& y) const { return net(joined(x, y)); }
  [[nodiscard]] auto training(const Var<T>& x, const std::vector<index_t>& y) { return nn::pass(net, joined(x, y)); }

 private:
  [[nodiscard]] Var<T> joined(const Var<T>& x, const std::vector<index_t>& y) const {
    if constexpr (requires { net.latent(); })
      require(x.rank() == 2 && x.size(1) == latent(), "conditional", "z must have shape (N,", latent(), "), but has ",
              x.shape(), ".");
    if (!embed) return nn::with_one_hot("conditional", x, y, options.classes);
    nn::check_labels("conditional", y, x.size(0), options.classes);
    return x * (*embed)(y);
  }
};

namespace detail {
inline void check_classes(const char* where, index_t classes) {
  require<ValueError>(classes > 0, where, "classes must be positive, but is ", classes, ".");
}
}  // namespace detail

/// (z (N, o.latent), N labels) -> images. The weights are drawn as dcgan_generator's; the vectors of the embedding are
/// N(0, 1), or z would lose its size.
template <class T = float>
[[nodiscard]] Conditional<DcganGenerator<T>> conditional_dcgan_generator(DcganGeneratorOptions o, const ClassOptions& c,
                                                                         Random& rng) {
  detail::check_classes("conditional_dcgan_generator", c.classes);
  require<ValueError>(o.latent > 0, "conditional_dcgan_generator", "latent must be positive, but is ", o.latent, ".");
  const index_t latent = o.latent;
  if (c.input == ClassInput::one_hot) o.latent += c.classes;
  Conditional<DcganGenerator<T>> g{c, dcgan_generator<T>(o, rng)};
  if (c.input == ClassInput::embedding)
    g.embed.emplace(nn::EmbeddingOptions{.count = c.classes, .features = latent}, rng);
  return g;
}

/// (Images, N labels) -> logits (N,1); labels become one-hot planes of the image.
template <class T = float>
[[nodiscard]] Conditional<DcganDiscriminator<T>> conditional_dcgan_discriminator(DcganDiscriminatorOptions o,
                                                                                 index_t classes, Random& rng) {
  detail::check_classes("conditional_dcgan_discriminator", classes);
  o.image.c += classes;
  return {{.classes = classes}, dcgan_discriminator<T>(o, rng)};
}

}  // namespace models
GANVAS_END
