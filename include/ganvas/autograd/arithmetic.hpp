#pragma once
// + - * / with broadcasting, and the pair that makes their gradients: broadcast_to and its adjoint sum_to.

#include <type_traits>
#include <utility>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/pointwise.hpp"
#include "ganvas/kernels/reduce.hpp"

GANVAS_BEGIN

namespace detail {

/// A pointwise function of a tensor, without history.
template <kernels::Unary op, class T>
[[nodiscard]] Tensor<T> map(const Tensor<T>& x, T a = T(0), T b = T(0)) {
  Tensor<T> y(x.shape());
  kernels::unary<op>(x.data(), y.mutable_data(), x.numel(), a, b);
  return y;
}

/// A pointwise function of two tensors that broadcast, without history.
template <class T>
[[nodiscard]] Tensor<T> zip(const char* where, abi::BinaryKernel<T> kernel, const Tensor<T>& a, const Tensor<T>& b,
                            T alpha = T(0)) {
  Tensor<T> y(broadcast_shapes(a.shape(), b.shape(), where));
  kernels::binary(kernel, a.data(), a.shape(), b.data(), b.shape(), y.mutable_data(), y.shape(), alpha);
  return y;
}
template <kernels::Binary op, class T>
[[nodiscard]] Tensor<T> zip(const char* where, const Tensor<T>& a, const Tensor<T>& b, T alpha = T(0)) {
  return zip(where, cpu::binary<op, T>(), a, b, alpha);
}

/// The same with one number on the right or on the left.
template <kernels::Binary op, class T>
[[nodiscard]] Tensor<T> zip(const Tensor<T>& a, T b) {
  Tensor<T> y(a.shape());
  kernels::binary<op>(a.data(), a.shape(), &b, Shape{}, y.mutable_data(), y.shape());
  return y;
}
template <kernels::Binary op, class T>
[[nodiscard]] Tensor<T> zip(T a, const Tensor<T>& b) {
  Tensor<T> y(b.shape());
  kernels::binary<op>(&a, Shape{}, b.data(), b.shape(), y.mutable_data(), y.shape());
  return y;
}

/// x stretched to a shape, without history.
template <class T>
[[nodiscard]] Tensor<T> stretch(const Tensor<T>& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Tensor<T> y(shape);
  kernels::binary<kernels::Binary::left>(x.data(), x.shape(), x.data(), x.shape(), y.mutable_data(), shape);
  return y;
}

}  // namespace detail

template <class T>
[[nodiscard]] Var<T> sum_to(const Var<T>& x, const Shape& shape);

/// y[i] = x[i with 0 on the axes that stretch]     x broadcasts to shape
/// gx = sum_to(gy, x.shape)
template <class T>
[[nodiscard]] Var<T> broadcast_to(const Var<T>& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast_shapes(x.shape(), shape, "broadcast_to") == shape, "broadcast_to", "shape ", x.shape(),
          " does not stretch to ", shape, "; extents must be equal or 1, aligned at the last axis.");
  return record("broadcast_to", detail::stretch(x.value(), shape), {x},
                [](const auto& g) { return sum_to(g.gy, g[0].shape()); });
}

/// y = the sum of x over the axes along which `shape` stretches to x.shape: the adjoint of broadcast_to
/// gx = broadcast_to(gy, x.shape)
template <class T>
[[nodiscard]] Var<T> sum_to(const Var<T>& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast_shapes(shape, x.shape(), "sum_to") == x.shape(), "sum_to", "shape ", x.shape(), " is not what ",
          shape, " stretches to; extents must be equal or 1, aligned at the last axis.");
  kernels::AxisMask over{};
  const int lead = x.rank() - shape.rank();
  for (int i = 0; i < x.rank(); ++i)
    over[static_cast<std::size_t>(i)] = i < lead || (shape[i - lead] == 1 && x.shape()[i] != 1);
  Tensor<T> y(shape);
  kernels::reduce<kernels::Reduce::sum>(x.value().data(), x.shape(), over, y.mutable_data());
  return record("sum_to", std::move(y), {x}, [](const auto& g) { return broadcast_to(g.gy, g[0].shape()); });
}

/// y = a + b     ga = gy, gb = gy, each summed to its shape
template <class T>
[[nodiscard]] Var<T> add(const Var<T>& a, const Var<T>& b) {
  return record(
      "add", detail::zip<kernels::Binary::add>("add", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(g.gy, g[0].shape()); },
      [](const auto& g) { return sum_to(g.gy, g[1].shape()); });
}

/// y = -x     gx = -gy
template <class T>
[[nodiscard]] Var<T> neg(const Var<T>& x) {
  return record("neg", detail::map<kernels::Unary::neg>(x.value()), {x}, [](const auto& g) { return neg(g.gy); });
}

/// y = a - b     ga = gy, gb = -gy
template <class T>
[[nodiscard]] Var<T> sub(const Var<T>& a, const Var<T>& b) {
  return record(
      "sub", detail::zip<kernels::Binary::sub>("sub", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(g.gy, g[0].shape()); },
      [](const auto& g) { return neg(sum_to(g.gy, g[1].shape())); });
}

/// y = a b     ga = gy b, gb = gy a     (bilinear: the gradient by one factor is the product with the other)
template <class T>
[[nodiscard]] Var<T> mul(const Var<T>& a, const Var<T>& b) {
  return record(
      "mul", detail::zip<kernels::Binary::mul>("mul", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(mul(g.gy, g[1]), g[0].shape()); },
      [](const auto& g) { return sum_to(mul(g.gy, g[0]), g[1].shape()); });
}

/// y = a / b     ga = gy / b, gb = -gy y / b
template <class T>
[[nodiscard]] Var<T> div(const Var<T>& a, const Var<T>& b) {
  return record(
      "div", detail::zip<kernels::Binary::div>("div", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(div(g.gy, g[1]), g[0].shape()); },
      [](const auto& g) { return neg(sum_to(div(mul(g.gy, g.y), g[1]), g[1].shape())); });
}

/// The same with a number c on one side.
/// x + c: gx = gy     c - x: gx = -gy     c x: gx = c gy     x / c: gx = gy / c     c / x: gx = -gy y / x
template <class T>
[[nodiscard]] Var<T> add(const Var<T>& x, std::type_identity_t<T> c) {
  return record("add", detail::zip<kernels::Binary::add>(x.value(), c), {x}, [](const auto& g) { return g.gy; });
}
template <class T>
[[nodiscard]] Var<T> sub(const Var<T>& x, std::type_identity_t<T> c) {
  return record("sub", detail::zip<kernels::Binary::sub>(x.value(), c), {x}, [](const auto& g) { return g.gy; });
}
template <class T>
[[nodiscard]] Var<T> sub(std::type_identity_t<T> c, const Var<T>& x) {
  return record("sub", detail::zip<kernels::Binary::sub>(c, x.value()), {x}, [](const auto& g) { return neg(g.gy); });
}
template <class T>
[[nodiscard]] Var<T> mul(const Var<T>& x, std::type_identity_t<T> c) {
  return record("mul", detail::zip<kernels::Binary::mul>(x.value(), c), {x},
                [c](const auto& g) { return mul(g.gy, c); });
}
template <class T>
[[nodiscard]] Var<T> div(const Var<T>& x, std::type_identity_t<T> c) {
  return record("div", detail::zip<kernels::Binary::div>(x.value(), c), {x},
                [c](const auto& g) { return div(g.gy, c); });
}
template <class T>
[[nodiscard]] Var<T> div(std::type_identity_t<T> c, const Var<T>& x) {
  return record("div", detail::zip<kernels::Binary::div>(c, x.value()), {x},
                [](const auto& g) { return neg(div(mul(g.gy, g.y), g[0])); });
}

template <class T>
[[nodiscard]] Var<T> operator-(const Var<T>& x) {
  return neg(x);
}
template <class T>
[[nodiscard]] Var<T> operator+(const Var<T>& a, const Var<T>& b) {
  return add(a, b);
}
template <class T>
[[nodiscard]] Var<T> operator-(const Var<T>& a, const Var<T>& b) {
  return sub(a, b);
}
template <class T>
[[nodiscard]] Var<T> operator*(const Var<T>& a, const Var<T>& b) {
  return mul(a, b);
}
template <class T>
[[nodiscard]] Var<T> operator/(const Var<T>& a, const Var<T>& b) {
  return div(a, b);
}
template <class T>
[[nodiscard]] Var<T> operator+(const Var<T>& x, std::type_identity_t<T> c) {
  return add(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator+(std::type_identity_t<T> c, const Var<T>& x) {
  return add(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator-(const Var<T>& x, std::type_identity_t<T> c) {
  return sub(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator-(std::type_identity_t<T> c, const Var<T>& x) {
  return sub(c, x);
}
template <class T>
[[nodiscard]] Var<T> operator*(const Var<T>& x, std::type_identity_t<T> c) {
  return mul(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator*(std::type_identity_t<T> c, const Var<T>& x) {
  return mul(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator/(const Var<T>& x, std::type_identity_t<T> c) {
  return div(x, c);
}
template <class T>
[[nodiscard]] Var<T> operator/(std::type_identity_t<T> c, const Var<T>& x) {
  return div(c, x);
}

/// A tensor on one side is a constant: x * mask.
template <class T>
[[nodiscard]] Var<T> operator+(const Var<T>& a, const Tensor<T>& b) {
  return add(a, Var<T>(b));
}
template <class T>
[[nodiscard]] Var<T> operator+(const Tensor<T>& a, const Var<T>& b) {
  return add(Var<T>(a), b);
}
template <class T>
[[nodiscard]] Var<T> operator-(const Var<T>& a, const Tensor<T>& b) {
  return sub(a, Var<T>(b));
}
template <class T>
[[nodiscard]] Var<T> operator-(const Tensor<T>& a, const Var<T>& b) {
  return sub(Var<T>(a), b);
}
template <class T>
[[nodiscard]] Var<T> operator*(const Var<T>& a, const Tensor<T>& b) {
  return mul(a, Var<T>(b));
}
template <class T>
[[nodiscard]] Var<T> operator*(const Tensor<T>& a, const Var<T>& b) {
  return mul(Var<T>(a), b);
}
template <class T>
[[nodiscard]] Var<T> operator/(const Var<T>& a, const Tensor<T>& b) {
  return div(a, Var<T>(b));
}
template <class T>
[[nodiscard]] Var<T> operator/(const Tensor<T>& a, const Var<T>& b) {
  return div(Var<T>(a), b);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> broadcast_to(const Var<float>&, const Shape&))
GANVAS_INSTANCE(Var<float> sum_to(const Var<float>&, const Shape&))
GANVAS_INSTANCE(Var<float> add(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> neg(const Var<float>&))
GANVAS_INSTANCE(Var<float> sub(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> mul(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> div(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> add(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> sub(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> sub(float, const Var<float>&))
GANVAS_INSTANCE(Var<float> mul(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> div(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> div(float, const Var<float>&))

GANVAS_END
