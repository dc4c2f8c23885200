#pragma once
// One strided copy. Permutations, slices, flips, padding and concatenation are all "read through a view" or "write
// through a view"; what a view is, is said once here.

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

namespace kernels {

/// Where the elements of a block lie in memory: element i at  offset + sum_a i[a] strides[a].  Strides may be negative
/// (flipped) or 0 (repeated). The members below make one view from another; they trust their arguments.
struct View {
  Shape extents;
  std::array<index_t, Shape::max_rank> strides{};
  index_t offset = 0;

  /// Axis a of the result is axis axes[a] of this view.
  [[nodiscard]] constexpr View permute(std::span<const int> axes) const {
    View v;
    v.offset = offset;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      v.extents.append(extents[axes[a]]);
      v.strides[a] = strides[static_cast<std::size_t>(axes[a])];
    }
    return v;
  }
  /// The elements begin, begin + step, ... (count of them) of one axis.
  [[nodiscard]] constexpr View slice(int axis, index_t begin, index_t count, index_t step = 1) const {
    View v = *this;
    index_t& stride = v.strides[static_cast<std::size_t>(axis)];
    v.extents = extents.with(axis, count);
    v.offset += begin * stride;
    stride *= step;
    return v;
  }
  /// One axis backwards.
  [[nodiscard]] constexpr View flip(int axis) const {
    return extents[axis] == 0 ? *this : slice(axis, extents[axis] - 1, extents[axis], -1);
  }
};

/// The view of a whole row-major tensor.
[[nodiscard]] constexpr View dense(const Shape& shape) { return {shape, row_major_strides(shape), 0}; }

namespace detail {

struct CopyAxis {
  index_t n, x_stride, y_stride;
};

/// The axes of a copy in the order of its loops; axes that are one run in both memories are one axis.
struct CopyLoops {
  std::array<CopyAxis, Shape::max_rank + 1> axes{};
  int rank = 0;

  void append(CopyAxis axis) { axes[static_cast<std::size_t>(rank++)] = axis; }
  CopyAxis& operator[](int a) { return axes[static_cast<std::size_t>(a)]; }
  const CopyAxis& operator[](int a) const { return axes[static_cast<std::size_t>(a)]; }

  [[nodiscard]] index_t count() const {
    index_t n = 1;
    for (int a = 0; a < rank; ++a) n *= (*this)[a].n;
    return n;
  }

  /// body(x offset, y offset, index of the last axis) for the steps [begin, end) of all loops.
  template <class Body>
  void run(index_t begin, index_t end, const Body& body) const {
    std::array<index_t, Shape::max_rank + 1> index{};
    index_t x = 0, y = 0, rest = begin;
    for (int a = rank - 1; a >= 0; --a) {
      const CopyAxis& axis = (*this)[a];
      index[static_cast<std::size_t>(a)] = rest % axis.n;
      x += rest % axis.n * axis.x_stride;
      y += rest % axis.n * axis.y_stride;
      rest /= axis.n;
    }
    for (index_t step = begin; step < end; ++step) {
      body(x, y, index[static_cast<std::size_t>(rank - 1)]);
      for (int a = rank - 1; a >= 0; --a) {
        const CopyAxis& axis = (*this)[a];
        x += axis.x_stride;
        y += axis.y_stride;
        if (++index[static_cast<std::size_t>(a)] < axis.n) break;
        x -= axis.n * axis.x_stride;
        y -= axis.n * axis.y_stride;
        index[static_cast<std::size_t>(a)] = 0;
      }
    }
  }
};

inline index_t magnitude(index_t stride) { return stride < 0 ? -stride : stride; }

/// Orders the axes by y's strides, the longest first, and merges neighbours that are one run in both memories.
inline CopyLoops copy_loops(const View& x, const View& y) {
  CopyLoops sorted;
  for (int a = 0; a < x.extents.rank(); ++a) {
    const auto i = static_cast<std::size_t>(a);
    if (x.extents[a] == 1) continue;
    sorted.append({x.extents[a], x.strides[i], y.strides[i]});
    for (int b = sorted.rank - 1; b > 0; --b) {
      if (magnitude(sorted[b - 1].y_stride) >= magnitude(sorted[b].y_stride)) break;
      std::swap(sorted[b - 1], sorted[b]);
    }
  }
  CopyLoops loops;
  for (int a = 0; a < sorted.rank; ++a) {
    const CopyAxis& inner = sorted[a];
    if (loops.rank > 0) {
      CopyAxis& outer = loops[loops.rank - 1];
      if (outer.x_stride == inner.x_stride * inner.n && outer.y_stride == inner.y_stride * inner.n) {
        outer = {outer.n * inner.n, inner.x_stride, inner.y_stride};
        continue;
      }
    }
    loops.append(inner);
  }
  if (loops.rank == 0) loops.append({1, 1, 1});
  return loops;
}

template <class T>
void copy_row(const T* x, index_t x_stride, T* y, index_t y_stride, index_t n) {
  if (x_stride == 1 && y_stride == 1 && n >= 16)
    std::copy_n(x, n, y);
  else
    for (index_t i = 0; i < n; ++i) y[i * y_stride] = x[i * x_stride];
}

}  // namespace detail

/// y[vy, i] = x[vx, i] for all i.  vx and vy have equal extents; no two elements of vy are one memory; x and y do not
/// overlap. Where neighbours in y are far apart in x (a transposition), it goes by 32 x 32 tiles that stay in cache.
template <class T>
void copy(const T* x, const View& vx, T* y, const View& vy) {
  if (vx.extents.numel() == 0) return;
  x += vx.offset;
  y += vy.offset;
  detail::CopyLoops loops = detail::copy_loops(vx, vy);
  const detail::CopyAxis row = loops[--loops.rank];  // the axis that is innermost in y

  int column = -1;  // the axis that is innermost in x, if it is another one and both are long
  for (int a = 0; a < loops.rank; ++a)
    if (detail::magnitude(row.x_stride) > 1 && detail::magnitude(loops[a].x_stride) == 1 && loops[a].n >= 8 &&
        row.n >= 8)
      column = a;

  // One more loop at the end: over pieces of the long axis, so that there is work for all threads.
  const bool tiled = column >= 0;
  const detail::CopyAxis split = tiled ? loops[column] : row;
  const index_t piece = tiled ? 32 : 8192;
  if (tiled) loops[column] = loops[--loops.rank];
  loops.append({(split.n + piece - 1) / piece, piece * split.x_stride, piece * split.y_stride});

  const index_t elements = std::min(split.n, piece) * (tiled ? row.n : 1);
  parallel_chunks(loops.count(), 32768 / elements, [&](index_t begin, index_t end) {
    loops.run(begin, end, [&](index_t at_x, index_t at_y, index_t part) {
      const T* from = x + at_x;
      T* to = y + at_y;
      const index_t n = std::min(piece, split.n - part * piece);
      if (!tiled) {
        detail::copy_row(from, row.x_stride, to, row.y_stride, n);
        return;
      }
      for (index_t tile = 0; tile < row.n; tile += 32)
        for (index_t j = 0; j < n; ++j)
          detail::copy_row(from + j * split.x_stride + tile * row.x_stride, row.x_stride,
                           to + j * split.y_stride + tile * row.y_stride, row.y_stride,
                           std::min<index_t>(32, row.n - tile));
    });
  });
}

}  // namespace kernels

GANVAS_END
