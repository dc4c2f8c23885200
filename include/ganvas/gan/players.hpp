#pragma once
// Generator and Discriminator: a network together with its role in the game.

#include <algorithm>
#include <concepts>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

/// G(z): a network from noise z ~ N(0, I) to samples. A value: a copy is an independent generator.
template <class Net>
class Generator {
 public:
  using value_type = typename Net::value_type;
  using T = value_type;

  Net net;
  static constexpr auto members = std::tuple{nn::member("", &Generator::net)};

  /// latent: length of z. A network that states it itself (`net.latent()`) needs no second argument.
  explicit Generator(Net network) requires requires(const Net& n) {
    { n.latent() } -> std::convertible_to<index_t>;
  } : net(std::move(network)), latent_(net.latent()) {
  }
  Generator(Net network, index_t latent) : net(std::move(network)), latent_(latent) {
    require<ValueError>(latent > 0, "generator", "the length of z must be positive, but is ", latent, ".");
  }

  [[nodiscard]] index_t latent() const { return latent_; }

  /// n draws of z ~ N(0, I), shape (n, latent).
  [[nodiscard]] Tensor<T> noise(index_t n, Random& rng) const { return rng.normal<T>(Shape{n, latent_}); }

  /// G(z) as in training: batch statistics, which also move the running ones.
  [[nodiscard]] Var<T> training(const Var<T>& z) { return nn::training(net, z); }
  /// G(z) in evaluation: a fixed function of z, each sample by itself.
  [[nodiscard]] Var<T> operator()(const Var<T>& z) const { return net(z); }
  [[nodiscard]] std::vector<Var<T>> parameters() { return nn::parameters(net); }

  /// n samples in evaluation, computed in portions of at most 256, without a history.
  [[nodiscard]] Tensor<T> sample(index_t n, Random& rng) const { return sample(noise(n, rng)); }
  /// The samples G(z) for given z (n, latent).
  [[nodiscard]] Tensor<T> sample(const Tensor<T>& z) const {
    require(z.rank() == 2 && z.size(1) == latent_ && z.size(0) > 0, "generator", "z must have shape (n, ", latent_,
            ") with n > 0, but has ", z.shape(), ".");
    const NoRecord values_only;
    constexpr index_t portion = 256;
    std::vector<Var<T>> parts;
    for (index_t i = 0; i < z.size(0); i += portion)
      parts.push_back(net(Var<T>(z.rows(i, std::min(i + portion, z.size(0))))));
    return parts.size() == 1 ? parts[0].value() : concat(parts, 0).value();
  }

 private:
  index_t latent_;
};

/// D(x): a network from samples (N,...) to one number each, of shape (N,1) or (N).
template <class Net>
class Discriminator {
 public:
  using value_type = typename Net::value_type;
  using T = value_type;

  Net net;
  static constexpr auto members = std::tuple{nn::member("", &Discriminator::net)};

  explicit Discriminator(Net network) : net(std::move(network)) {}

  [[nodiscard]] Var<T> training(const Var<T>& x) { return nn::training(net, x); }
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return net(x); }
  [[nodiscard]] std::vector<Var<T>> parameters() { return nn::parameters(net); }
};

GANVAS_END
