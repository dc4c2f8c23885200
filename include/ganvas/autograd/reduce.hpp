#pragma once
// sum, mean, var, max and norm over a set of axes. Negative axes count from the last; keepdim leaves the reduced axes
// at extent 1. Results do not depend on the number of threads.

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/pointwise.hpp"
#include "ganvas/kernels/reduce.hpp"

GANVAS_BEGIN

/// The axes of a reduction, in any order; none: nothing is reduced.
using Axes = std::vector<int>;

namespace detail {

/// What a reduction does to a shape.
struct Reduction {
  kernels::AxisMask over{};
  Shape kept;         ///< with the reduced axes at 1
  Shape result;       ///< without them, or `kept` if keepdim
  index_t count = 1;  ///< elements behind one element of the result
};

/// Throws ShapeError for an axis outside x or named twice.
inline Reduction reduction(const char* where, const Shape& x, const Axes& axes, bool keepdim) {
  Reduction r;
  for (const int axis : axes) {
    require(-x.rank() <= axis && axis < x.rank(), where, "axis ", axis, " is outside shape ", x, "; axes go from ",
            -x.rank(), " to ", x.rank() - 1, ".");
    const auto i = static_cast<std::size_t>(x.normalize_axis(axis));
    require(!r.over[i], where, "axis ", axis, " of shape ", x, " is named twice.");
    r.over[i] = true;
    r.count *= x[static_cast<int>(i)];
  }
  r.kept = kernels::reduced_shape(x, r.over);
  for (int i = 0; i < x.rank(); ++i)
    if (keepdim || !r.over[static_cast<std::size_t>(i)]) r.result.append(r.kept[i]);
  return r;
}

/// All axes of a shape.
inline Axes all_axes(const Shape& x) {
  Axes axes;
  for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

/// A fold of a tensor over axes, without history; shape r.kept.
template <kernels::Reduce op, class T>
[[nodiscard]] Tensor<T> fold(const Tensor<T>& x, const Reduction& r) {
  Tensor<T> y(r.kept);
  kernels::reduce<op>(x.data(), x.shape(), r.over, y.mutable_data());
  return y;
}

}  // namespace detail

/// y = the sum of x over axes     gx = gy stretched to x.shape
template <class T>
[[nodiscard]] Var<T> sum(const Var<T>& x, const Axes& axes, bool keepdim = false) {
  const auto r = detail::reduction("sum", x.shape(), axes, keepdim);
  return record("sum", detail::fold<kernels::Reduce::sum>(x.value(), r).reshape(r.result), {x},
                [kept = r.kept](const auto& g) { return broadcast_to(reshape(g.gy, kept), g[0].shape()); });
}
/// The sum of all elements, a scalar (0 of nothing).
template <class T>
[[nodiscard]] Var<T> sum(const Var<T>& x) {
  return sum(x, detail::all_axes(x.shape()));
}

/// y = the mean of x over axes     gx = gy / count stretched to x.shape
template <class T>
[[nodiscard]] Var<T> mean(const Var<T>& x, const Axes& axes, bool keepdim = false) {
  const auto r = detail::reduction("mean", x.shape(), axes, keepdim);
  require(r.count > 0, "mean", "shape ", x.shape(), " has no elements to average; is the batch empty?");
  return sum(x, axes, keepdim) / static_cast<T>(r.count);
}
/// The mean of all elements, a scalar.
template <class T>
[[nodiscard]] Var<T> mean(const Var<T>& x) {
  return mean(x, detail::all_axes(x.shape()));
}

/// y = sum (x - mean)^2 / (count - correction) over axes; correction 0 is the biased variance that batch norm divides
/// by, 1 the unbiased one     gx = gy 2 (x - mean) / (count - correction)
template <class T>
[[nodiscard]] Var<T> var(const Var<T>& x, const Axes& axes, bool keepdim = false, int correction = 0) {
  const auto r = detail::reduction("var", x.shape(), axes, keepdim);
  require(r.count > correction && r.count > 0, "var", "shape ", x.shape(), " has ", r.count,
          " elements for each variance, but a variance with correction ", correction, " needs more than ", correction,
          ".");
  return sum(square(x - mean(x, axes, true)), axes, keepdim) / static_cast<T>(r.count - correction);
}
/// The biased variance of all elements, a scalar.
template <class T>
[[nodiscard]] Var<T> var(const Var<T>& x) {
  return var(x, detail::all_axes(x.shape()));
}

/// y = the maximum of x over axes, NaN if there is one     gx = gy at the maximum (at the NaN); elements that tie for
/// it share gy equally
template <class T>
[[nodiscard]] Var<T> max(const Var<T>& x, const Axes& axes, bool keepdim = false) {
  const auto r = detail::reduction("max", x.shape(), axes, keepdim);
  require(r.count > 0, "max", "shape ", x.shape(), " has no elements to choose from; is the batch empty?");
  return record("max", detail::fold<kernels::Reduce::max>(x.value(), r).reshape(r.result), {x}, [r](const auto& g) {
    const Tensor<T> best = g.y.value().reshape(r.kept);
    const Tensor<T> at = detail::zip<kernels::Binary::equal>("max", g[0].value(), best);
    const Var<T> share(detail::fold<kernels::Reduce::sum>(at, r));
    return Var<T>(at) * (reshape(g.gy, r.kept) / share);
  });
}
/// The largest element, a scalar.
template <class T>
[[nodiscard]] Var<T> max(const Var<T>& x) {
  return max(x, detail::all_axes(x.shape()));
}

/// y = (sum of x^2 over axes + eps)^(1/2)     gx = gy x / y, and 0 where y = 0
/// Squares too small for a full mantissa count as zero: in float those of |x| < 1.1e-19, below 1.2e-38.
template <class T>
[[nodiscard]] Var<T> norm(const Var<T>& x, const Axes& axes, bool keepdim = false, std::type_identity_t<T> eps = T(0)) {
  require<ValueError>(eps >= T(0), "norm", "needs eps >= 0, but eps is ", eps, ".");
  if (eps > T(0)) return sqrt(sum(square(x), axes, keepdim) + eps);
  const auto r = detail::reduction("norm", x.shape(), axes, keepdim);
  const Tensor<T> squares = detail::fold<kernels::Reduce::sum>(detail::map<kernels::Unary::square>(x.value()), r);
  return record("norm", detail::map<kernels::Unary::sqrt>(squares).reshape(r.result), {x},
                [kept = r.kept](const auto& g) {
                  const Var<T> y = reshape(g.y, kept);
                  const Var<T> zero(detail::zip<kernels::Binary::equal>(y.value(), T(0)));
                  return detail::gate(y.value(), reshape(g.gy, kept), T(0)) / (y + zero) * g[0];  // 0 / 1 * x for y = 0
                });
}
/// The norm of all elements, a scalar.
template <class T>
[[nodiscard]] Var<T> norm(const Var<T>& x) {
  return norm(x, detail::all_axes(x.shape()));
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> sum(const Var<float>&, const Axes&, bool))
GANVAS_INSTANCE(Var<float> sum(const Var<float>&))
GANVAS_INSTANCE(Var<float> mean(const Var<float>&, const Axes&, bool))
GANVAS_INSTANCE(Var<float> mean(const Var<float>&))
GANVAS_INSTANCE(Var<float> var(const Var<float>&, const Axes&, bool, int))
GANVAS_INSTANCE(Var<float> var(const Var<float>&))
GANVAS_INSTANCE(Var<float> max(const Var<float>&, const Axes&, bool))
GANVAS_INSTANCE(Var<float> max(const Var<float>&))
GANVAS_INSTANCE(Var<float> norm(const Var<float>&, const Axes&, bool, float))
GANVAS_INSTANCE(Var<float> norm(const Var<float>&))

GANVAS_END
