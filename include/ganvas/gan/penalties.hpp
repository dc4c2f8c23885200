#pragma once
// Penalties on the discriminator's gradient by its input. They are what second-order differentiation is for: the
// gradient below becomes part of a loss that is differentiated again, by D's parameters.

#include <functional>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/verdict.hpp"

GANVAS_BEGIN

/// What a penalty may look at. x and fake are variables, so that D's answers can be differentiated by them.
template <class T>
struct PenaltyInput {
  Var<T> x;         ///< data
  Var<T> d_x;       ///< D(x)
  Var<T> fake;      ///< samples G(z); no gradient goes on to G
  Var<T> d_fake{};  ///< D(G(z))
  Labels y{};       ///< the classes of x, if the game has some
  /// D's score of other inputs, as the game asks for it: with the classes y and augmented. Empty: D alone.
  std::function<Var<T>(const Var<T>&)> score{};
};

namespace detail {

/// The gradient of sum_i D(x_i) by x as rows (N, everything else), recorded. Samples do not mix in D (no batch norm),
/// so row i is the gradient of D(x_i) by x_i.
template <class T>
[[nodiscard]] Var<T> input_gradient(const Var<T>& d_x, const Var<T>& x) {
  const Var<T> g = grad(sum(d_x), {x}, {.create_graph = true})[0];
  return reshape(g, Shape{x.size(0), x.numel() / x.size(0)});
}

/// The gradient of D at inputs of the penalty's own, as rows.
template <class T, class D>
[[nodiscard]] Var<T> gradient_at(D& discriminator, const PenaltyInput<T>& in, const Tensor<T>& at) {
  const auto x_hat = Var<T>::variable(at);
  return input_gradient(in.score ? in.score(x_hat) : judge(discriminator, x_hat, in.y).score, x_hat);
}

/// (N,1,...,1) for samples of shape (N,...): one number a sample.
inline Shape one_each(Shape samples) {
  for (int axis = 1; axis < samples.rank(); ++axis) samples = samples.with(axis, 1);
  return samples;
}

/// factor E (||g_i||_2 - target)^2 over the rows of g; eps is added under the root, whose slope at 0 is infinite.
template <class T>
[[nodiscard]] Var<T> distance_from_norm(const Var<T>& g, double target, double eps, double factor) {
  return mean(square(norm(g, {1}, false, static_cast<T>(eps)) - static_cast<T>(target))) * static_cast<T>(factor);
}

/// gamma / 2 E ||g_i||^2 over the rows of g, `every` times.
template <class T>
[[nodiscard]] Var<T> half_square(const Var<T>& g, double gamma, index_t every) {
  return mean(sum(square(g), {1})) * static_cast<T>(gamma / 2 * static_cast<double>(every));
}

}  // namespace detail

/// No penalty.
struct NoPenalty {
  static constexpr index_t every = 0;
  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D&, const PenaltyInput<T>&, Random&) const {
    return {};
  }
};

/// Gradient penalty [Gulrajani et al. 2017, eq. 3]: lambda E (||grad D(x_hat)||_2 - 1)^2 at x_hat = epsilon x +
/// (1 - epsilon) G(z), with its own epsilon ~ U[0, 1) for every sample. D must not have batch norm. With every = k it
/// is computed each k-th step only and weighs k times as much, like R1.
struct GradientPenalty {
  double lambda = 10;
  double target = 1;                              ///< the norm that is wanted
  double eps = 1e-12;                             ///< added under the root, whose slope at 0 is infinite
  index_t every = 1;                              ///< 0: never
  static constexpr bool separate_samples = true;  ///< D must not mix them by batch norm: the trainer checks it

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D& discriminator, const PenaltyInput<T>& in, Random& rng) const {
    require(in.x.shape() == in.fake.shape(), "gradient_penalty", "data have shape ", in.x.shape(), " but samples have ",
            in.fake.shape(), "; they must be equal to be mixed.");
    return at(discriminator, in, rng.uniform<T>(detail::one_each(in.x.shape())));
  }

  /// The same for a given epsilon of shape (N,1,...,1).
  template <class T, class D>
  [[nodiscard]] Var<T> at(D& discriminator, const PenaltyInput<T>& in, const Tensor<T>& epsilon) const {
    const Tensor<T> x_hat = [&] {
      const NoRecord values_only;
      const Var<T> e(epsilon);
      return (e * in.x + (T(1) - e) * in.fake).value();
    }();
    return detail::distance_from_norm(detail::gradient_at(discriminator, in, x_hat), target, eps,
                                      lambda * static_cast<double>(every));
  }
};

/// DRAGAN [Kodali et al. 2017, sec. 2.3 and Algorithm 1, with the noise of the authors' code]: lambda E (||grad
/// D(x_hat)||_2 - 1)^2 around the data alone, x_hat = x + alpha k std(x) u with alpha ~ U[0, 1) for every sample and u
/// ~ U[0, 1) for every number; std(x) is that of all numbers of the batch. D gives logits here, not probabilities.
struct Dragan {
  double lambda = 10;
  double target = 1;
  double k = 0.5;  ///< how far around the data
  double eps = 1e-12;
  index_t every = 1;  ///< 0: never
  static constexpr bool separate_samples = true;

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D& discriminator, const PenaltyInput<T>& in, Random& rng) const {
    const Tensor<T> alpha = rng.uniform<T>(detail::one_each(in.x.shape()));
    return at(discriminator, in, alpha, rng.uniform<T>(in.x.shape()));
  }

  /// The same for given alpha (N,1,...,1) and u of x's shape.
  template <class T, class D>
  [[nodiscard]] Var<T> at(D& discriminator, const PenaltyInput<T>& in, const Tensor<T>& alpha,
                          const Tensor<T>& u) const {
    const Tensor<T> x_hat = [&] {
      const NoRecord values_only;
      const Var<T> spread = sqrt(var(in.x));
      return (in.x + Var<T>(alpha) * Var<T>(u) * spread * static_cast<T>(k)).value();
    }();
    return detail::distance_from_norm(detail::gradient_at(discriminator, in, x_hat), target, eps,
                                      lambda * static_cast<double>(every));
  }
};

/// R1 [Mescheder et al. 2018, eq. 9]: gamma / 2 E ||grad D(x)||^2 on data. With every = k it is computed each k-th step
/// only and weighs k times as much (lazy regularisation, Karras et al. 2019b, sec. 3.1).
struct R1 {
  double gamma = 10;
  index_t every = 1;  ///< 0: never
  static constexpr bool separate_samples = true;

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D&, const PenaltyInput<T>& in, Random&) const {
    return detail::half_square(detail::input_gradient(in.d_x, in.x), gamma, every);
  }
};

/// R2 [Mescheder et al. 2018, eq. 10]: gamma / 2 E ||grad D(G(z))||^2 on samples.
struct R2 {
  double gamma = 10;
  index_t every = 1;  ///< 0: never
  static constexpr bool separate_samples = true;

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D&, const PenaltyInput<T>& in, Random&) const {
    return detail::half_square(detail::input_gradient(in.d_fake, in.fake), gamma, every);
  }
};

/// Both, with one gamma [Huang et al. 2024, R3GAN, eq. 3].
struct R1R2 {
  double gamma = 1;
  index_t every = 1;  ///< 0: never
  static constexpr bool separate_samples = true;

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D& d, const PenaltyInput<T>& in, Random& rng) const {
    return R1{gamma, every}(d, in, rng) + R2{gamma, every}(d, in, rng);
  }
};

GANVAS_END
