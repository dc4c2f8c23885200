#pragma once
// Products of matrices. y = a b is linear in each slot, so the gradient for one slot is the product of the other two:
//   y = a b     ga = gy b^T     gb = a^T gy
// With a flag for each transposition the gradients are products of the same kind, and nothing is ever copied to
// transpose it.

#include <type_traits>
#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN

/// y = op(a) op(b), op transposing the last two axes where its flag is set. op(a) (m,k) and op(b) (k,n) -> (m,n), or
/// with a batch, (B,m,k) and (B,k,n) -> (B,m,n).
///   ga = gy op(b)^T, or op(b) gy^T if a was transposed;   gb = op(a)^T gy, or gy^T op(a) if b was
template <class T>
[[nodiscard]] Var<T> matmul(const Var<T>& a, const Var<T>& b, bool transpose_a = false, bool transpose_b = false) {
  const Shape& sa = a.shape();
  const Shape& sb = b.shape();
  const char* hint = transpose_a || transpose_b ? " (after transposing as asked for)" : "";
  require((sa.rank() == 2 || sa.rank() == 3) && sb.rank() == sa.rank(), "matmul",
          "two matrices or two batches of matrices were expected, but the shapes are ", sa, " and ", sb,
          "; reshape or broadcast_to one of them.");
  const index_t batch = sa.rank() == 3 ? sa[0] : 1;
  require(sa.rank() == 2 || sb[0] == batch, "matmul", "the batches differ: ", sa, " has ", batch, " matrices but ", sb,
          " has ", sb[0], ".");
  const index_t m = sa.size(transpose_a ? -1 : -2), k = sa.size(transpose_a ? -2 : -1);
  const index_t n = sb.size(transpose_b ? -2 : -1), kb = sb.size(transpose_b ? -1 : -2);
  require(k == kb, "matmul", "the inner extents differ", hint, ": ", sa, " gives ", k, " columns but ", sb, " gives ",
          kb, " rows.");
  Tensor<T> y(sa.rank() == 3 ? Shape{batch, m, n} : Shape{m, n});
  const T* pa = a.value().data();
  const T* pb = b.value().data();
  T* py = y.mutable_data();
  const auto products = [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i)
      kernels::gemm(transpose_a, transpose_b, m, n, k, pa + i * m * k, transpose_a ? m : k, pb + i * k * n,
                    transpose_b ? k : n, py + i * m * n, n);
  };
  // Many small products share the threads; few or large ones are parallel inside.
  if (batch >= 8 && m * n < 65536 && m * n * k < (index_t{1} << 21))
    parallel_chunks(batch, 1, products);
  else
    products(0, batch);
  return record(
      "matmul", std::move(y), {a, b},
      [=](const Backward<T>& g) {
        return transpose_a ? matmul(g[1], g.gy, transpose_b, true) : matmul(g.gy, g[1], false, !transpose_b);
      },
      [=](const Backward<T>& g) {
        return transpose_b ? matmul(g.gy, g[0], true, transpose_a) : matmul(g[0], g.gy, !transpose_a, false);
      });
}

/// y = x w^T + b.  x (..., in), w (out, in), b (out) or none -> (..., out)
///   gx = gy w     gw = gy^T x     gb = sum of gy over all rows
template <class T>
[[nodiscard]] Var<T> linear(const Var<T>& x, const Var<T>& w, const std::type_identity_t<Var<T>>& b = {}) {
  require(x.rank() >= 1 && w.rank() == 2 && x.size(-1) == w.shape()[1], "linear",
          "the last axis of x and of w must be equal, x (..., in) and w (out, in), but the shapes are ", x.shape(),
          " and ", w.shape(), ".");
  const index_t out = w.shape()[0];
  require(!b.defined() || b.shape() == Shape{out}, "linear", "the bias must have shape (", out, ") like the rows of w ",
          w.shape(), ", but has ", b.defined() ? b.shape() : Shape{}, ".");
  const Shape result = x.shape().with(-1, out);
  index_t rows = 1;
  for (int i = 0; i + 1 < x.rank(); ++i) rows *= x.shape()[i];
  Var<T> y = matmul(x.rank() == 2 ? x : reshape(x, Shape{rows, x.size(-1)}), w, false, true);
  if (b.defined()) y = add(y, b);
  return x.rank() == 2 ? y : reshape(y, result);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> matmul(const Var<float>&, const Var<float>&, bool, bool))
GANVAS_INSTANCE(Var<float> linear(const Var<float>&, const Var<float>&, const Var<float>&))

GANVAS_END
