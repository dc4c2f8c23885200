#pragma once
// Sparse linear maps along one axis: every row of the result is a weighted sum of a few rows of the input. Selecting
// rows by index is such a map, adding rows into places is its transpose, and so are bilinear interpolation and the
// reflecting and repeating kinds of padding.

#include <algorithm>
#include <span>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"

GANVAS_BEGIN

namespace kernels {

/// y_j = sum_{t in [begin[j], begin[j+1])} weight[t] x_{index[t]}:  a matrix (outputs, inputs) in compressed rows.
template <class T>
struct AxisMap {
  index_t inputs = 0;
  std::vector<index_t> begin{0};
  std::vector<index_t> index;
  std::vector<T> weight;

  [[nodiscard]] index_t outputs() const { return static_cast<index_t>(begin.size()) - 1; }

  /// Makes room for so many rows of so many entries in all. Throws MemoryError where there is none.
  void reserve(index_t rows, index_t entries) {
    ganvas::detail::reserve(begin, rows + 1);
    ganvas::detail::reserve(index, entries);
    ganvas::detail::reserve(weight, entries);
  }

  /// Adds weight * (input row i) to the output row that is being made.
  void add(index_t i, T w) {
    index.push_back(i);
    weight.push_back(w);
  }
  /// Ends the output row that is being made.
  void end_row() { begin.push_back(static_cast<index_t>(index.size())); }
};

/// y_j = x_{indices[j]},  0 <= indices[j] < inputs.
template <class T>
[[nodiscard]] AxisMap<T> selection(std::span<const index_t> indices, index_t inputs) {
  AxisMap<T> map;
  map.inputs = inputs;
  const auto n = static_cast<index_t>(indices.size());
  map.reserve(n, n);
  for (const index_t i : indices) {
    map.add(i, T(1));
    map.end_row();
  }
  return map;
}

/// The transposed matrix. Its rows keep their entries in the order of j, so sums of duplicates have one order. They are
/// sums in T one after the other: an index that is used very often loses places.
template <class T>
[[nodiscard]] AxisMap<T> transposed(const AxisMap<T>& map) {
  AxisMap<T> t;
  t.inputs = map.outputs();
  t.reserve(map.inputs, static_cast<index_t>(map.index.size()));
  t.begin.assign(static_cast<std::size_t>(map.inputs) + 1, 0);
  for (const index_t i : map.index) ++t.begin[static_cast<std::size_t>(i) + 1];
  for (std::size_t i = 1; i < t.begin.size(); ++i) t.begin[i] += t.begin[i - 1];
  std::vector<index_t> next;
  ganvas::detail::reserve(next, map.inputs);
  next.assign(t.begin.begin(), t.begin.end() - 1);
  t.index.resize(map.index.size());
  t.weight.resize(map.index.size());
  for (index_t j = 0; j < map.outputs(); ++j) {
    const auto row = static_cast<std::size_t>(j);
    for (auto k = static_cast<std::size_t>(map.begin[row]); k < static_cast<std::size_t>(map.begin[row + 1]); ++k) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(map.index[k])]++);
      t.index[at] = j;
      t.weight[at] = map.weight[k];
    }
  }
  return t;
}

/// y (outer, outputs, inner) = the map applied to the middle axis of x (outer, inputs, inner).
template <class T>
void map_axis(const AxisMap<T>& map, index_t outer, index_t inner, const T* x, T* y) {
  const index_t outputs = map.outputs();
  const index_t grain = 16384 / std::max<index_t>(inner, 1);
  parallel_chunks(outer * outputs, grain, [&](index_t first, index_t last) {
    for (index_t r = first; r < last; ++r) {
      const auto j = static_cast<std::size_t>(r % outputs);
      const T* from = x + r / outputs * map.inputs * inner;
      T* to = y + r * inner;
      const auto begin = static_cast<std::size_t>(map.begin[j]);
      const auto end = static_cast<std::size_t>(map.begin[j + 1]);
      if (begin == end) std::fill_n(to, inner, T(0));
      for (std::size_t t = begin; t < end; ++t) {
        const T* row = from + map.index[t] * inner;
        const T w = map.weight[t];
        if (t > begin)
          for (index_t i = 0; i < inner; ++i) to[i] += w * row[i];
        else if (w == T(1))
          std::copy_n(row, inner, to);
        else
          for (index_t i = 0; i < inner; ++i) to[i] = w * row[i];
      }
    }
  });
}

}  // namespace kernels

GANVAS_END
