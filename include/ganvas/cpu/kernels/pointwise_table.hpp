#pragma once
// Names and signatures of the pointwise and reduction kernels that are compiled once for every instruction set.

#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_SHARED_BEGIN

/// y = op(x), with up to two numbers a and b.
enum class Unary {
  copy,        ///< x
  neg,         ///< -x
  exp,         ///< e^x
  log,         ///< ln x
  sqrt,        ///< x^(1/2)
  square,      ///< x^2
  pow,         ///< x^a
  abs,         ///< |x|
  sign,        ///< -1, 0 or 1
  clamp,       ///< min(max(x, a), b)
  in_range,    ///< 1 if a <= x <= b, else 0 (also for NaN)
  erf,         ///< the error function
  relu,        ///< max(x, 0)
  leaky_relu,  ///< x if x > 0, else a x
  elu,         ///< x if x > 0, else a (e^x - 1)
  gelu,        ///< x Phi(x), Phi the distribution function of N(0, 1)
  sigmoid,     ///< 1 / (1 + e^-x)
  tanh,        ///< the hyperbolic tangent
  softplus,    ///< ln(1 + e^x)
  last = softplus
};

/// y = op(a, b), with one number alpha.
enum class Binary {
  left,               ///< a
  add,                ///< a + b
  sub,                ///< a - b
  mul,                ///< a b
  div,                ///< a / b
  scaled_add,         ///< a + alpha b
  maximum,            ///< the larger one, NaN if one is NaN
  minimum,            ///< the smaller one, NaN if one is NaN
  step,               ///< 1 if a > b, 1/2 if a = b, 0 if a < b
  equal,              ///< 1 if a = b or both are NaN, else 0
  relu_gate,          ///< b if a > 0 or NaN, else 0
  gate,               ///< b if a > 0, else alpha b
  sigmoid_gradient,   ///< b a (1 - a): a = sigmoid(x), b = gy
  tanh_gradient,      ///< b (1 - a^2): a = tanh(x), b = gy
  softplus_gradient,  ///< b sigmoid(a): a = x, b = gy
  elu_gradient,       ///< b if a > 0, else b (a + alpha): a = elu(x), b = gy
  gelu_gradient,      ///< b (Phi(a) + a phi(a)): a = x, b = gy
  bce_with_logits,    ///< ln(1 + e^a) - a b: no overflow; no cancellation if 0 <= b <= 1
  last = bce_with_logits
};

/// y = fold of all x.
enum class Reduce {
  sum,
  max,  ///< NaN if there is one; -inf of nothing
  last = max
};

/// The element (r, c) of an operand is data[r * row + c * column]; column is 0 (one number for the row) or 1.
template <class T>
struct Operand {
  const T* data;
  std::ptrdiff_t row;
  std::ptrdiff_t column;
};

/// y[i] = op(x[i]), i < n; y may be x. far: y goes past the caches, which do not hold it.
template <class T>
using UnaryKernel = void (*)(const T* x, T* y, std::ptrdiff_t n, T a, T b, bool far);
/// y[r, c] = op(a[r, c], b[r, c]), r < rows, c < columns; y is dense and may be an operand that is dense; far as above
template <class T>
using BinaryKernel = void (*)(Operand<T> a, Operand<T> b, T* y, std::ptrdiff_t rows, std::ptrdiff_t columns, T alpha,
                              bool far);

template <class T>
struct ReduceKernels {
  /// the fold of n numbers side by side
  T (*row)(const T* x, std::ptrdiff_t n);
  /// y[c] = the fold of x[r, c] over r < rows; x is dense
  void (*columns)(const T* x, T* y, std::ptrdiff_t rows, std::ptrdiff_t columns);
};

/// All of them, by the numbers of their names.
template <class T>
struct PointwiseKernels {
  UnaryKernel<T> unary[static_cast<int>(Unary::last) + 1];
  BinaryKernel<T> binary[static_cast<int>(Binary::last) + 1];
  ReduceKernels<T> reduce[static_cast<int>(Reduce::last) + 1];
};

GANVAS_SHARED_END
