// Winograd's transforms, compiled once for every instruction set; included inside its namespace by cpu/isa_*.hpp.

/// A matrix, or its transpose, and where the sum of each row of M x begins: at a one, which costs no multiplication, or
/// else at the first number but zero.
template <std::size_t rows, std::size_t columns>
struct WinogradMatrix {
  double entry[rows][columns] = {};
  std::size_t start[rows] = {};
};
template <const auto& matrix, bool transposed>
constexpr auto winograd_matrix() {
  constexpr std::size_t m = std::extent_v<std::remove_reference_t<decltype(matrix)>, 0>;
  constexpr std::size_t n = std::extent_v<std::remove_reference_t<decltype(matrix)>, 1>;
  constexpr std::size_t rows = transposed ? n : m, columns = transposed ? m : n;
  WinogradMatrix<rows, columns> result;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = columns; j-- > 0;) {
      result.entry[i][j] = transposed ? matrix[j][i] : matrix[i][j];
      if (result.entry[i][j] != 0) result.start[i] = j;
    }
    for (std::size_t j = columns; j-- > 0;)
      if (result.entry[i][j] == 1) result.start[i] = j;
  }
  return result;
}

/// y = M x, vector by vector. Zeros cost nothing and ones are additions: the compiler knows the matrix.
template <class T, const auto& matrix, bool transposed, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_multiply(const V (&x)[from], V (&y)[to]) {
  constexpr WinogradMatrix<to, from> m = winograd_matrix<matrix, transposed>();
#pragma GCC unroll 8
  for (std::size_t i = 0; i < to; ++i) {
    const double first = m.entry[i][m.start[i]];
    V sum = first == 1 ? x[m.start[i]] : mul(set1(static_cast<T>(first)), x[m.start[i]]);
#pragma GCC unroll 8
    for (std::size_t j = 0; j < from; ++j) {
      const double c = m.entry[i][j];
      if (c == 0 || j == m.start[i]) continue;
      if (c == 1)
        sum = add(sum, x[j]);
      else if (c == -1)
        sum = sub(sum, x[j]);
      else
        sum = fma(set1(static_cast<T>(c)), x[j], sum);
    }
    y[i] = sum;
  }
}

/// y = M x for a whole axis, or for a short one, whose M is smaller and whose y begins at y[1] (spread). Filters have
/// no short axes: for them `small` is `full`.
template <class T, const auto& full, const auto& small, bool transposed, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_spread_axis(bool cut, const V (&x)[from], V (&y)[to]) {
  if constexpr (!std::is_same_v<decltype(full), decltype(small)>) {
    if (cut) {
      V short_x[from - 1], short_y[to - 1];
#pragma GCC unroll 8
      for (std::size_t i = 0; i + 1 < from; ++i) short_x[i] = x[i];
      winograd_multiply<T, small, transposed>(short_x, short_y);
      y[0] = x[0];  // not used
#pragma GCC unroll 8
      for (std::size_t i = 0; i + 1 < to; ++i) y[i + 1] = short_y[i];
      return;
    }
  }
  winograd_multiply<T, full, transposed>(x, y);
}
/// The same where a short axis begins at x[1] (collect).
template <class T, const auto& full, const auto& small, bool transposed, class V, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_collect_axis(bool cut, const V (&x)[from], V (&y)[to]) {
  if constexpr (!std::is_same_v<decltype(full), decltype(small)>) {
    if (cut) {
      V short_x[from - 1], short_y[to - 1];
#pragma GCC unroll 8
      for (std::size_t i = 0; i + 1 < from; ++i) short_x[i] = x[i + 1];
      winograd_multiply<T, small, transposed>(short_x, short_y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i + 1 < to; ++i) y[i] = short_y[i];
      y[to - 1] = x[0];  // not used
      return;
    }
  }
  winograd_multiply<T, full, transposed>(x, y);
}

/// M X M^T for squares of vectors: M X column by column into `half`, then row by row. The two loops are not unrolled:
/// `half` stays in the first-level cache, and one pass alone fills the registers. A short axis reads what lies after
/// its pixels and does nothing with it: callers have a whole square of pointers.
template <class T, const auto& full, const auto& small, bool transposed, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_spread(const T* const* pixels, index_t row, index_t column, index_t count, T* planes,
                                   index_t plane, abi::WinogradShort cut) {
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
      winograd_spread_axis<T, full, small, transposed>(cut.rows, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) half[i][j] = y[i];
    }
    if (columns < from)
      for (std::size_t i = 0; i < to; ++i) half[i][from - 1] = half[i][0];
#pragma GCC unroll 1
    for (std::size_t i = first; i < to; ++i) {
      winograd_spread_axis<T, full, small, transposed>(cut.columns, half[i], y);
      T* out = planes + static_cast<index_t>(i * to) * plane + c;
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j, out += plane) {
        if (j > 0 || !cut.columns) store(out, y[j]);
      }
    }
  }
}

template <class T, const auto& full, const auto& small, bool transposed, std::size_t from, std::size_t to>
GANVAS_INLINE void winograd_collect(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row,
                                    index_t column, abi::WinogradShort cut, const abi::Epilogue<T>& epilogue) {
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
      winograd_collect_axis<T, full, small, transposed>(cut.columns, x, y);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j) half[i][j] = y[j];
    }
    if (first > 0)
      for (std::size_t j = 0; j < to; ++j) half[0][j] = half[1][j];
#pragma GCC unroll 1
    for (std::size_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < from; ++i) x[i] = half[i][j];
      winograd_collect_axis<T, full, small, transposed>(cut.rows, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) {
        if (i + 1 == to && cut.rows) continue;
        T* p = pixels[static_cast<index_t>(i) * row + static_cast<index_t>(j) * column] + c;
        const V z = finished(y[i], epilogue, c, count - c);
        if (count - c >= w)
          store(p, z);
        else
          store_n(p, z, count - c);
      }
    }
  }
}

template <abi::WinogradTile tile, class T>
void winograd_input(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane,
                    abi::WinogradShort cut) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, W::bt, W::short_bt, false, W::n, W::n>(pixels, row, column, count, planes, plane, cut);
}
template <abi::WinogradTile tile, class T>
void winograd_output_gradient(const T* const* pixels, index_t row, index_t column, index_t count, T* planes,
                              index_t plane, abi::WinogradShort cut) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, W::at, W::short_at, true, W::m, W::n>(pixels, row, column, count, planes, plane, cut);
}
template <abi::WinogradTile tile, class T>
void winograd_output(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row, index_t column,
                     abi::WinogradShort cut, const abi::Epilogue<T>& epilogue) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, W::at, W::short_at, false, W::n, W::m>(planes, plane, count, pixels, row, column, cut, epilogue);
}
/// Filters are whole: their square is that of the taps.
template <abi::WinogradTile tile, class T>
void winograd_filter(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane,
                     abi::WinogradShort /*cut*/) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, W::g, W::g, false, W::r, W::n>(pixels, row, column, count, planes, plane, {false, false});
}
template <abi::WinogradTile tile, class T>
void winograd_filter_gradient(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row,
                              index_t column, abi::WinogradShort /*cut*/, const abi::Epilogue<T>& epilogue) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, W::g, W::g, true, W::n, W::r>(planes, plane, count, pixels, row, column, {false, false},
                                                    epilogue);
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
