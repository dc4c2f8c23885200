#pragma once
// softmax and log_softmax along one axis.

#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/pointwise.hpp"
#include "ganvas/kernels/reduce.hpp"

GANVAS_BEGIN

namespace detail {

/// x minus its maximum along an axis: e^ of it cannot overflow.
template <class T>
[[nodiscard]] Tensor<T> below_maximum(const char* where, const Tensor<T>& x, const Reduction& r) {
  require(r.count > 0, where, "shape ", x.shape(), " has no elements along the axis.");
  return zip<kernels::Binary::sub>(where, x, fold<kernels::Reduce::max>(x, r));
}

}  // namespace detail

/// y = e^x / sum(e^x)     gx = y (gy - sum(gy y)), sums along the axis
template <class T>
[[nodiscard]] Var<T> softmax(const Var<T>& x, int axis = -1) {
  const auto r = detail::reduction("softmax", x.shape(), {axis}, true);
  const Tensor<T> e = detail::map<kernels::Unary::exp>(detail::below_maximum("softmax", x.value(), r));
  return record("softmax", detail::zip<kernels::Binary::div>("softmax", e, detail::fold<kernels::Reduce::sum>(e, r)),
                {x}, [axis](const auto& g) { return g.y * (g.gy - sum(g.gy * g.y, {axis}, true)); });
}

/// y = x - ln sum(e^x)     gx = gy - e^y sum(gy), sums along the axis
template <class T>
[[nodiscard]] Var<T> log_softmax(const Var<T>& x, int axis = -1) {
  const auto r = detail::reduction("log_softmax", x.shape(), {axis}, true);
  const Tensor<T> z = detail::below_maximum("log_softmax", x.value(), r);
  const Tensor<T> total =
      detail::map<kernels::Unary::log>(detail::fold<kernels::Reduce::sum>(detail::map<kernels::Unary::exp>(z), r));
  return record("log_softmax", detail::zip<kernels::Binary::sub>("log_softmax", z, total), {x},
                [axis](const auto& g) { return g.gy - exp(g.y) * sum(g.gy, {axis}, true); });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> softmax(const Var<float>&, int))
GANVAS_INSTANCE(Var<float> log_softmax(const Var<float>&, int))

GANVAS_END
