#pragma once
// Functions of every element: one input (unary) or two with broadcasting (binary). Parallel drivers of the kernels in
// cpu/kernels/pointwise.inl; the names of the functions are in cpu/kernels/pointwise_table.hpp.

#include <algorithm>
#include <array>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/far.hpp"

GANVAS_BEGIN

namespace kernels {

using abi::Binary;
using abi::Unary;

/// Elements that one thread takes at a time: 64 KiB of floats. Smaller tensors stay on one thread.
inline constexpr index_t pointwise_grain = 16384;

/// y[i] = op(x[i]) for i < n, with the numbers a and b where the function has some. y may be x.
template <class T>
void unary(abi::UnaryKernel<T> kernel, const T* x, T* y, index_t n, T a = T(0), T b = T(0)) {
  const bool far = is_far<T>(n) && x != y;
  parallel_chunks(n, pointwise_grain,
                  [&](index_t begin, index_t end) { kernel(x + begin, y + begin, end - begin, a, b, far); });
}

/// The same by name: unary<Unary::exp>(...) compiles that function alone, unary(op, ...) all of them.
template <Unary op, class T>
void unary(const T* x, T* y, index_t n, T a = T(0), T b = T(0)) {
  unary(cpu::unary<op, T>(), x, y, n, a, b);
}
template <class T>
void unary(Unary op, const T* x, T* y, index_t n, T a = T(0), T b = T(0)) {
  unary(cpu::pointwise<T>().unary[static_cast<int>(op)], x, y, n, a, b);
}

/// How a and b are read to fill y: at most five nested loops over y, the last two of which a kernel takes at once.
/// Strides are 0 where an operand stretches. Neighbouring axes that both operands walk alike are one loop.
struct BroadcastPlan {
  int rank = 0;
  std::array<index_t, Shape::max_rank> extents{};
  std::array<index_t, Shape::max_rank> a{};  ///< strides of a
  std::array<index_t, Shape::max_rank> b{};  ///< strides of b
};

/// Requires that a and b broadcast to y.
constexpr BroadcastPlan broadcast_plan(const Shape& a, const Shape& b, const Shape& y) {
  const auto strides_a = row_major_strides(a);
  const auto strides_b = row_major_strides(b);
  const auto stride = [&y](const Shape& s, const auto& strides, int axis) {
    const int i = axis - (y.rank() - s.rank());
    return i < 0 || s[i] == 1 ? index_t{0} : strides[static_cast<std::size_t>(i)];
  };
  BroadcastPlan p;
  for (int axis = 0; axis < y.rank(); ++axis) {
    const index_t n = y[axis];
    if (n == 1) continue;
    const index_t sa = stride(a, strides_a, axis);
    const index_t sb = stride(b, strides_b, axis);
    const auto last = static_cast<std::size_t>(p.rank - 1);
    const bool joins = p.rank > 0 && p.a[last] == sa * n && p.b[last] == sb * n;
    const std::size_t at = joins ? last : static_cast<std::size_t>(p.rank++);
    p.extents[at] = joins ? p.extents[at] * n : n;
    p.a[at] = sa;
    p.b[at] = sb;
  }
  return p;
}

/// y = op(a, b), y of shape y_shape, to which a and b broadcast; alpha is the number of the functions that have one.
/// y may be an operand that has its shape.
template <class T>
void binary(abi::BinaryKernel<T> kernel, const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, T* y,
            const Shape& y_shape, T alpha = T(0)) {
  if (y_shape.numel() == 0) return;
  const BroadcastPlan p = broadcast_plan(a_shape, b_shape, y_shape);
  const int inner = p.rank - 1;
  const auto extent = [&p](int axis) { return axis < 0 ? index_t{1} : p.extents[static_cast<std::size_t>(axis)]; };
  const auto operand = [inner](const T* data, const auto& strides) {
    return abi::Operand<T>{data, inner < 1 ? 0 : strides[static_cast<std::size_t>(inner - 1)],
                           inner < 0 ? 0 : strides[static_cast<std::size_t>(inner)]};
  };
  const index_t columns = extent(inner);
  const index_t rows = extent(inner - 1);
  const index_t all_rows = y_shape.numel() / columns;
  const bool far = is_far<T>(y_shape.numel()) && a != y && b != y;
  const abi::Operand<T> base_a = operand(a, p.a);
  const abi::Operand<T> base_b = operand(b, p.b);

  // Rows [first, last) within one block of `rows`, columns [from, to).
  const auto run = [&](index_t first, index_t last, index_t from, index_t to) {
    abi::Operand<T> at_a = base_a;
    abi::Operand<T> at_b = base_b;
    index_t block = first / rows;
    at_a.data += first % rows * at_a.row + from * at_a.column;
    at_b.data += first % rows * at_b.row + from * at_b.column;
    for (int axis = inner - 2; axis >= 0; --axis) {
      const index_t i = block % extent(axis);
      block /= extent(axis);
      at_a.data += i * p.a[static_cast<std::size_t>(axis)];
      at_b.data += i * p.b[static_cast<std::size_t>(axis)];
    }
    kernel(at_a, at_b, y + first * columns + from, last - first, to - from, alpha, far);
  };

  if (columns > pointwise_grain) {  // long rows: each is cut
    const index_t cuts = (columns + pointwise_grain - 1) / pointwise_grain;
    parallel_chunks(all_rows * cuts, 1, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) {
        const index_t from = i % cuts * pointwise_grain;
        run(i / cuts, i / cuts + 1, from, std::min(columns, from + pointwise_grain));
      }
    });
    return;
  }
  parallel_chunks(all_rows, pointwise_grain / columns, [&](index_t begin, index_t end) {
    while (begin < end) {
      const index_t last = std::min(end, (begin / rows + 1) * rows);
      run(begin, last, 0, columns);
      begin = last;
    }
  });
}

/// The same by name: binary<Binary::add>(...) compiles that function alone, binary(op, ...) all of them.
template <Binary op, class T>
void binary(const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, T* y, const Shape& y_shape,
            T alpha = T(0)) {
  binary(cpu::binary<op, T>(), a, a_shape, b, b_shape, y, y_shape, alpha);
}
template <class T>
void binary(Binary op, const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, T* y, const Shape& y_shape,
            T alpha = T(0)) {
  binary(cpu::pointwise<T>().binary[static_cast<int>(op)], a, a_shape, b, b_shape, y, y_shape, alpha);
}

}  // namespace kernels

GANVAS_END
