#pragma once
// Sum and maximum over a set of axes, by trees whose form depends on the shape alone: the same bits for any number of
// threads. Leaves are runs of at most 4096 numbers; a tree keeps the rounding error of a long sum near log(n) instead
// of n.

#include <algorithm>
#include <array>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/cpu/dispatch.hpp"

GANVAS_BEGIN

namespace kernels {

using abi::Reduce;

/// over[i] says whether axis i is reduced.
using AxisMask = std::array<bool, Shape::max_rank>;

/// The shape with the reduced axes at 1.
constexpr Shape reduced_shape(const Shape& x, const AxisMask& over) {
  Shape y;
  for (int i = 0; i < x.rank(); ++i) y.append(over[static_cast<std::size_t>(i)] ? 1 : x[i]);
  return y;
}

namespace detail {

inline constexpr index_t reduce_row_block = 4096;    ///< numbers side by side that one leaf of the tree adds
inline constexpr index_t reduce_column_block = 256;  ///< rows that one leaf of the tree adds
inline constexpr index_t reduce_grain = 32768;       ///< numbers read by one thread at a time

/// y[o, i] = fold over k < n of x[o, k, i]; dense.
template <class T>
void reduce_middle(const abi::ReduceKernels<T>& kernels, const T* x, T* y, index_t outer, index_t n, index_t inner) {
  if (outer == 0 || inner == 0) return;

  // Short rows are read several at a time: (n, inner) is seen as (n / group, group * inner), whose result has
  // `group` rows, to be folded at last. Where no group divides n, the rows that are left over join these.
  constexpr index_t lane_target = 64;
  index_t group = inner > 1 && inner < lane_target ? lane_target / inner : 1;
  if (group > 1 && n >= 8 * group) {
    for (index_t g = group; 2 * g > group && n % group != 0; --g)
      if (n % g == 0) group = g;
    const index_t whole = n / group;
    const index_t rest = n % group;
    Tensor<T> partial(Shape{outer, group + rest, inner});
    T* p = partial.mutable_data();
    if (rest == 0) reduce_middle(kernels, x, p, outer, whole, group * inner);
    for (index_t o = 0; rest > 0 && o < outer; ++o) {
      T* po = p + o * (group + rest) * inner;
      const T* xo = x + o * n * inner;
      reduce_middle(kernels, xo, po, 1, whole, group * inner);
      std::copy_n(xo + whole * group * inner, rest * inner, po + group * inner);
    }
    reduce_middle(kernels, partial.data(), y, outer, group + rest, inner);
    return;
  }

  const index_t block = inner == 1 ? reduce_row_block : reduce_column_block;
  const index_t blocks = std::max<index_t>(1, (n + block - 1) / block);
  Tensor<T> partial;
  T* out = y;
  if (blocks > 1) {
    partial = Tensor<T>(Shape{outer, blocks, inner});
    out = partial.mutable_data();
  }
  parallel_chunks(outer * blocks, reduce_grain / (std::min(block, std::max<index_t>(n, 1)) * inner) + 1,
                  [&](index_t begin, index_t end) {
                    for (index_t i = begin; i < end; ++i) {
                      const index_t first = i % blocks * block;
                      const index_t count = std::min(block, n - first);
                      const T* from = x + (i / blocks * n + first) * inner;
                      if (inner == 1)
                        out[i] = kernels.row(from, count);
                      else
                        kernels.columns(from, out + i * inner, count, inner);
                    }
                  });
  if (blocks > 1) reduce_middle(kernels, partial.data(), y, outer, blocks, inner);
}

}  // namespace detail

/// y = fold of x over the axes marked in `over`; y is dense, of reduced_shape(x_shape, over). Neighbouring axes are
/// taken together, the last ones first.
template <class T>
void reduce(const abi::ReduceKernels<T>& kernels, const T* x, const Shape& x_shape, const AxisMask& over, T* y) {
  std::vector<index_t> extents;  // of runs of axes that are all reduced or all kept
  std::vector<bool> reduced;
  for (int i = 0; i < x_shape.rank(); ++i) {
    if (x_shape[i] == 1) continue;
    const bool r = over[static_cast<std::size_t>(i)];
    if (!reduced.empty() && reduced.back() == r) {
      extents.back() *= x_shape[i];
    } else {
      extents.push_back(x_shape[i]);
      reduced.push_back(r);
    }
  }
  const auto product = [&extents](std::size_t first, std::size_t last) {
    index_t n = 1;
    for (std::size_t i = first; i < last; ++i) n *= extents[i];
    return n;
  };
  Tensor<T> held;
  const T* from = x;
  bool done = false;
  for (std::size_t i = extents.size(); i-- > 0;) {
    if (!reduced[i]) continue;
    const index_t outer = product(0, i);
    const index_t inner = product(i + 1, extents.size());
    bool more = false;
    for (std::size_t j = 0; j < i; ++j) more = more || reduced[j];
    Tensor<T> next;
    if (more) next = Tensor<T>(Shape{outer, inner});
    detail::reduce_middle(kernels, from, more ? next.mutable_data() : y, outer, extents[i], inner);
    extents[i] = 1;
    held = next;
    from = held.data();
    done = !more;
  }
  if (!done) std::copy_n(x, x_shape.numel(), y);
}

/// The same by name: reduce<Reduce::sum>(...) compiles that fold alone, reduce(op, ...) all of them.
template <Reduce op, class T>
void reduce(const T* x, const Shape& x_shape, const AxisMask& over, T* y) {
  reduce(cpu::reduce<op, T>(), x, x_shape, over, y);
}
template <class T>
void reduce(Reduce op, const T* x, const Shape& x_shape, const AxisMask& over, T* y) {
  reduce(cpu::pointwise<T>().reduce[static_cast<int>(op)], x, x_shape, over, y);
}

}  // namespace kernels

GANVAS_END
