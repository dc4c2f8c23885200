// Winograd's transforms, compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.

/// One entry of a matrix, or of its transpose.
template <bool transposed, std::size_t rows, std::size_t columns>
constexpr double winograd_entry(const double (&matrix)[rows][columns], std::size_t i, std::size_t j) {
  if constexpr (transposed)
    return matrix[j][i];
  else
    return matrix[i][j];
}

/// y = M x, vector by vector. Zeros cost nothing and ones are additions: the compiler knows the matrix.
template <class T, bool transposed, std::size_t rows, std::size_t columns, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_multiply(const double (&matrix)[rows][columns], const V (&x)[from], V (&y)[to]) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < to; ++i) {
    V sum = x[0];
    bool empty = true;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < from; ++j) {
      const double c = winograd_entry<transposed>(matrix, i, j);
      if (c == 0) continue;
      if (empty)
        sum = c == 1 ? x[j] : mul(set1(static_cast<T>(c)), x[j]);
      else if (c == 1)
        sum = add(sum, x[j]);
      else if (c == -1)
        sum = sub(sum, x[j]);
      else
        sum = fma(set1(static_cast<T>(c)), x[j], sum);
      empty = false;
    }
    y[i] = sum;
  }
}

/// y = M x for a whole axis, or for a short one, whose M is smaller and whose y begins at y[1] (spread).
template <class T, bool transposed, class Full, class Short, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_spread_axis(bool cut, const Full& full, const Short& small, const V (&x)[from], V (&y)[to]) {
  if (!cut) {
    winograd_multiply<T, transposed>(full, x, y);
    return;
  }
  V short_x[from - 1], short_y[to - 1];
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < from; ++i) short_x[i] = x[i];
  winograd_multiply<T, transposed>(small, short_x, short_y);
  y[0] = x[0];  // not used
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < to; ++i) y[i + 1] = short_y[i];
}
/// The same where a short axis begins at x[1] (collect).
template <class T, bool transposed, class Full, class Short, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_collect_axis(bool cut, const Full& full, const Short& small, const V (&x)[from],
                                         V (&y)[to]) {
  if (!cut) {
    winograd_multiply<T, transposed>(full, x, y);
    return;
  }
  V short_x[from - 1], short_y[to - 1];
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < from; ++i) short_x[i] = x[i + 1];
  winograd_multiply<T, transposed>(small, short_x, short_y);
#pragma GCC unroll 8
  for (std::size_t i = 0; i + 1 < to; ++i) y[i] = short_y[i];
  y[to - 1] = x[0];  // not used
}

/// M X M^T for squares of vectors: M X column by column into `half`, then row by row. The two loops are not unrolled:
/// `half` stays in the first-level cache, and one pass alone fills the registers. A short axis reads what lies after its
/// pixels and does nothing with it: callers have a whole square of pointers.
template <class T, bool transposed, std::size_t from, std::size_t to, class Full, class Short>
GANVAS_INLINE void winograd_spread(const Full& full, const Short& small, const T* const* pixels, index_t row,
                                   index_t column, index_t count, T* planes, index_t plane, abi::WinogradShort cut) {
  constexpr index_t w = width<T>;
  using V = decltype(set1(T(0)));
  const std::size_t first = cut.rows ? 1 : 0, columns = cut.columns ? from - 1 : from;
  for (index_t c = 0; c < count; c += w) {
    V half[to][from], x[from], y[to];
#pragma GCC unroll 1
    for (std::size_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < from; ++i) {
        const T* p = pixels[static_cast<index_t>(i) * row + static_cast<index_t>(j) * column] + c;
        x[i] = count - c >= w ? load(p) : load_n(p, count - c);
      }
      winograd_spread_axis<T, transposed>(cut.rows, full, small, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) half[i][j] = y[i];
    }
    if (columns < from)
      for (std::size_t i = 0; i < to; ++i) half[i][from - 1] = half[i][0];
#pragma GCC unroll 1
    for (std::size_t i = first; i < to; ++i) {
      winograd_spread_axis<T, transposed>(cut.columns, full, small, half[i], y);
      T* out = planes + static_cast<index_t>(i * to) * plane + c;
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j, out += plane)
        if (j > 0 || !cut.columns) store(out, y[j]);
    }
  }
}

template <class T, bool transposed, std::size_t from, std::size_t to, class Full, class Short>
GANVAS_INLINE void winograd_collect(const Full& full, const Short& small, const T* planes, index_t plane, index_t count,
                                    T* const* pixels, index_t row, index_t column, abi::WinogradShort cut) {
  constexpr index_t w = width<T>;
  using V = decltype(set1(T(0)));
  const std::size_t first = cut.rows ? 1 : 0, columns = cut.columns ? to - 1 : to;
  for (index_t c = 0; c < count; c += w) {
    V half[from][to], x[from], y[to];
#pragma GCC unroll 1
    for (std::size_t i = first; i < from; ++i) {
      const T* in = planes + static_cast<index_t>(i * from) * plane + c;
#pragma GCC unroll 8
      for (std::size_t j = 0; j < from; ++j, in += plane) x[j] = j > 0 || !cut.columns ? load(in) : set1(T(0));
      winograd_collect_axis<T, transposed>(cut.columns, full, small, x, y);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j) half[i][j] = y[j];
    }
    if (first > 0)
      for (std::size_t j = 0; j < to; ++j) half[0][j] = half[1][j];
#pragma GCC unroll 1
    for (std::size_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < from; ++i) x[i] = half[i][j];
      winograd_collect_axis<T, transposed>(cut.rows, full, small, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) {
        if (i + 1 == to && cut.rows) continue;
        T* p = pixels[static_cast<index_t>(i) * row + static_cast<index_t>(j) * column] + c;
        if (count - c >= w)
          store(p, y[i]);
        else
          store_n(p, y[i], count - c);
      }
    }
  }
}

template <abi::WinogradTile tile, class T>
void winograd_input(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane,
                    abi::WinogradShort cut) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, false, W::n, W::n>(W::bt, W::short_bt, pixels, row, column, count, planes, plane, cut);
}
template <abi::WinogradTile tile, class T>
void winograd_output_gradient(const T* const* pixels, index_t row, index_t column, index_t count, T* planes,
                              index_t plane, abi::WinogradShort cut) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, true, W::m, W::n>(W::at, W::short_at, pixels, row, column, count, planes, plane, cut);
}
template <abi::WinogradTile tile, class T>
void winograd_output(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row, index_t column,
                     abi::WinogradShort cut) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, false, W::n, W::m>(W::at, W::short_at, planes, plane, count, pixels, row, column, cut);
}
/// Filters are whole: their square is that of the taps.
template <abi::WinogradTile tile, class T>
void winograd_filter(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane,
                     abi::WinogradShort /*cut*/) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, false, W::r, W::n>(W::g, W::g, pixels, row, column, count, planes, plane, {false, false});
}
template <abi::WinogradTile tile, class T>
void winograd_filter_gradient(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row,
                              index_t column, abi::WinogradShort /*cut*/) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, true, W::n, W::r>(W::g, W::g, planes, plane, count, pixels, row, column, {false, false});
}

template <abi::WinogradTile tile, class T>
constexpr abi::WinogradTransforms<T> winograd_transforms() {
  using W = abi::Winograd<tile>;
  return {static_cast<index_t>(W::m),        static_cast<index_t>(W::r),         &winograd_input<tile, T>,
          &winograd_filter<tile, T>,         &winograd_output_gradient<tile, T>, &winograd_output<tile, T>,
          &winograd_filter_gradient<tile, T>};
}
template <class T>
constexpr abi::WinogradKernels<T> winograd_kernels() {
  using enum abi::WinogradTile;
  return {{winograd_transforms<f4x2, T>(), winograd_transforms<f4x3, T>()}};
}
