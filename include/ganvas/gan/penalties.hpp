#pragma once
// Penalties on the discriminator's gradient by its input. They are what second-order differentiation is for: the
// gradient below becomes part of a loss that is differentiated again, by D's parameters.

#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// What a penalty may look at: x is a variable, so that D(x) can be differentiated by it.
template <class T>
struct PenaltyInput {
  Var<T> x;        ///< data, a variable
  Var<T> d_x;      ///< D(x)
  Tensor<T> fake;  ///< samples G(z)
};

namespace detail {

/// The gradient of sum_i D(x_i) by x as rows (N, everything else), recorded. Samples do not mix in D (no batch norm),
/// so row i is the gradient of D(x_i) by x_i.
template <class T>
[[nodiscard]] Var<T> input_gradient(const Var<T>& d_x, const Var<T>& x) {
  const Var<T> g = grad(sum(d_x), {x}, {.create_graph = true})[0];
  return reshape(g, Shape{x.size(0), x.numel() / x.size(0)});
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
    const Tensor<T>& real = in.x.value();
    require(real.shape() == in.fake.shape(), "gradient_penalty", "data have shape ", real.shape(), " but samples have ",
            in.fake.shape(), "; they must be equal to be mixed.");
    Shape one_each = real.shape();
    for (int axis = 1; axis < real.rank(); ++axis) one_each = one_each.with(axis, 1);
    return at(discriminator, in, rng.uniform<T>(one_each));
  }

  /// The same for a given epsilon of shape (N,1,...,1).
  template <class T, class D>
  [[nodiscard]] Var<T> at(D& discriminator, const PenaltyInput<T>& in, const Tensor<T>& epsilon) const {
    const Var<T> x_hat = [&] {
      const NoRecord values_only;
      const Var<T> e(epsilon);
      return Var<T>::variable((e * Var<T>(in.x.value()) + (T(1) - e) * Var<T>(in.fake)).value());
    }();
    const Var<T> g = detail::input_gradient(discriminator.training(x_hat), x_hat);
    return mean(square(norm(g, {1}, false, static_cast<T>(eps)) - static_cast<T>(target))) *
           static_cast<T>(lambda * static_cast<double>(every));
  }
};

/// R1 [Mescheder et al. 2018, eq. 9]: gamma / 2 E ||grad D(x)||^2 on data. With every = k it is computed each k-th step
/// only and weighs k times as much (lazy regularisation, Karras et al. 2019, sec. 3.1).
struct R1 {
  double gamma = 10;
  index_t every = 1;  ///< 0: never
  static constexpr bool separate_samples = true;

  template <class T, class D>
  [[nodiscard]] Var<T> operator()(D&, const PenaltyInput<T>& in, Random&) const {
    const Var<T> g = detail::input_gradient(in.d_x, in.x);
    return mean(sum(square(g), {1})) * static_cast<T>(gamma / 2 * static_cast<double>(every));
  }
};

GANVAS_END
