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
#include "ganvas/gan/latent.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace detail {

/// A network that takes classes beside its input, and says how many there are.
template <class Net, class T>
concept TakesClasses = requires(const Net& net, const Var<T>& x, const Labels& y) {
  net(x, y);
  { net.classes() } -> std::convertible_to<index_t>;
};

/// How many classes a network was made for; 0 if it takes none. One that can take them may have been made without.
template <class T, class Net>
[[nodiscard]] index_t classes_of(const Net& net) {
  if constexpr (TakesClasses<Net, T>)
    return static_cast<index_t>(net.classes());
  else
    return 0;
}

}  // namespace detail

/// G(z), or G(z, y) for a network that takes classes: a network from noise z ~ p_z to samples. A value: a copy is an
/// independent generator.
template <class Net>
class Generator {
 public:
  using value_type = typename Net::value_type;
  using T = value_type;

  Net net;
  static constexpr auto members = std::tuple{nn::member("", &Generator::net)};

  /// z ~ N(0, I) of the length that the network states itself (`net.latent()`).
  explicit Generator(Net network) requires requires(const Net& n) {
    { n.latent() } -> std::convertible_to<index_t>;
  } : net(std::move(network)), latent_{.noise = static_cast<index_t>(net.latent())} {
    latent_.check();
  }
  /// z ~ N(0, I) of the given length.
  Generator(Net network, index_t latent) : Generator(std::move(network), Latent{.noise = latent}) {}
  /// Another p_z.
  Generator(Net network, Latent latent) : net(std::move(network)), latent_(std::move(latent)) {
    latent_.check();
    if constexpr (requires { net.latent(); })
      require<ValueError>(static_cast<index_t>(net.latent()) == latent_.size(), "generator", "the network takes z of ",
                          "length ", net.latent(), ", but p_z draws ", latent_.size(), " numbers; make them equal.");
  }

  /// The length of z.
  [[nodiscard]] index_t latent() const { return latent_.size(); }
  [[nodiscard]] const Latent& prior() const { return latent_; }
  /// The number of classes, 0 for a generator without.
  [[nodiscard]] index_t classes() const { return detail::classes_of<T>(net); }

  /// n draws of z ~ p_z, shape (n, latent).
  [[nodiscard]] Tensor<T> noise(index_t n, Random& rng) const { return latent_.draw<T>(n, rng); }
  /// n classes, all equally likely; none for a generator without classes.
  [[nodiscard]] Labels labels(index_t n, Random& rng) const {
    return classes() > 0 ? rng.integers(n, 0, classes()) : Labels{};
  }

  /// G(z) or G(z, y) as in training: batch statistics, which also move the running ones. A generator without classes
  /// leaves y alone.
  [[nodiscard]] Var<T> training(const Var<T>& z, const Labels& y = {}) { return run(*this, z, y); }
  /// The same in evaluation: a fixed function of z and y, each sample by itself.
  [[nodiscard]] Var<T> operator()(const Var<T>& z, const Labels& y = {}) const { return run(*this, z, y); }
  [[nodiscard]] std::vector<Var<T>> parameters() { return nn::parameters(net); }

  /// n samples in evaluation, of classes drawn evenly, computed in portions of at most 256, without a history.
  [[nodiscard]] Tensor<T> sample(index_t n, Random& rng) const {
    const Tensor<T> z = noise(n, rng);
    return sample(z, labels(n, rng));
  }
  /// The samples G(z) for given z (n, latent), or G(z, y).
  [[nodiscard]] Tensor<T> sample(const Tensor<T>& z, const Labels& y = {}) const {
    require(z.rank() == 2 && z.size(1) == latent() && z.size(0) > 0, "generator", "z must have shape (n, ", latent(),
            ") with n > 0, but has ", z.shape(), ".");
    if (classes() > 0) nn::check_labels("generator", y, z.size(0), classes());
    const NoRecord values_only;
    constexpr index_t portion = 256;
    std::vector<Var<T>> parts;
    for (index_t i = 0; i < z.size(0); i += portion) {
      const index_t end = std::min(i + portion, z.size(0));
      const Labels some = classes() > 0 ? Labels(y.begin() + i, y.begin() + end) : Labels{};
      parts.push_back((*this)(Var<T>(z.rows(i, end)), some));
    }
    return parts.size() == 1 ? parts[0].value() : concat(parts, 0).value();
  }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& z, const Labels& y) {
    if constexpr (detail::TakesClasses<Net, T>)
      if (self.classes() > 0) {
        nn::check_labels("generator", y, z.size(0), self.classes());
        return nn::pass(self.net, z, y);
      }
    if constexpr (requires { std::as_const(self.net)(z); })
      return nn::pass(self.net, z);
    else
      fail<ValueError>("generator", "the network takes classes but was made for none.");
  }

  Latent latent_;
};

/// D(x), or D(x, y) for a network that takes classes: from samples (N,...) to one number each, of shape (N,1) or (N),
/// or to a Verdict.
template <class Net>
class Discriminator {
 public:
  using value_type = typename Net::value_type;
  using T = value_type;

  Net net;
  static constexpr auto members = std::tuple{nn::member("", &Discriminator::net)};

  explicit Discriminator(Net network) : net(std::move(network)) {}

  /// The number of classes, 0 for a discriminator without.
  [[nodiscard]] index_t classes() const { return detail::classes_of<T>(net); }

  [[nodiscard]] auto training(const Var<T>& x, const Labels& y = {}) { return run(*this, x, y); }
  [[nodiscard]] auto operator()(const Var<T>& x, const Labels& y = {}) const { return run(*this, x, y); }
  [[nodiscard]] std::vector<Var<T>> parameters() { return nn::parameters(net); }

 private:
  template <class Self>
  static auto run(Self& self, const Var<T>& x, const Labels& y) {
    if constexpr (detail::TakesClasses<Net, T>)
      if (self.classes() > 0) {
        nn::check_labels("discriminator", y, x.size(0), self.classes());
        return nn::pass(self.net, x, y);
      }
    if constexpr (requires { std::as_const(self.net)(x); })
      return nn::pass(self.net, x);
    else
      fail<ValueError>("discriminator", "the network takes classes but was made for none.");
  }
};

GANVAS_END
