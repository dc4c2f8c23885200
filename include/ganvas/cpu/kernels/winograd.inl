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

/// M X M^T for squares of vectors: M X column by column into `half`, then row by row. The two loops are not unrolled:
/// `half` stays in the first-level cache, and one pass alone fills the registers.
template <class T, bool transposed, std::size_t from, std::size_t to, std::size_t rows, std::size_t columns>
GANVAS_INLINE void winograd_spread(const double (&matrix)[rows][columns], const T* const* pixels, index_t row,
                                   index_t column, index_t count, T* planes, index_t plane) {
  constexpr index_t w = width<T>;
  using V = decltype(set1(T(0)));
  for (index_t c = 0; c < count; c += w) {
    V half[to][from], x[from], y[to];
#pragma GCC unroll 1
    for (std::size_t j = 0; j < from; ++j) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < from; ++i) {
        const T* p = pixels[static_cast<index_t>(i) * row + static_cast<index_t>(j) * column] + c;
        x[i] = count - c >= w ? load(p) : load_n(p, count - c);
      }
      winograd_multiply<T, transposed>(matrix, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) half[i][j] = y[i];
    }
    T* out = planes + c;
#pragma GCC unroll 1
    for (std::size_t i = 0; i < to; ++i) {
      winograd_multiply<T, transposed>(matrix, half[i], y);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j, out += plane) store(out, y[j]);
    }
  }
}

template <class T, bool transposed, std::size_t from, std::size_t to, std::size_t rows, std::size_t columns>
GANVAS_INLINE void winograd_collect(const double (&matrix)[rows][columns], const T* planes, index_t plane,
                                    index_t count, T* const* pixels, index_t row, index_t column) {
  constexpr index_t w = width<T>;
  using V = decltype(set1(T(0)));
  for (index_t c = 0; c < count; c += w) {
    V half[from][to], x[from], y[to];
    const T* in = planes + c;
#pragma GCC unroll 1
    for (std::size_t i = 0; i < from; ++i) {
#pragma GCC unroll 8
      for (std::size_t j = 0; j < from; ++j, in += plane) x[j] = load(in);
      winograd_multiply<T, transposed>(matrix, x, y);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < to; ++j) half[i][j] = y[j];
    }
#pragma GCC unroll 1
    for (std::size_t j = 0; j < to; ++j) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < from; ++i) x[i] = half[i][j];
      winograd_multiply<T, transposed>(matrix, x, y);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < to; ++i) {
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
void winograd_input(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, false, W::n, W::n>(W::bt, pixels, row, column, count, planes, plane);
}
template <abi::WinogradTile tile, class T>
void winograd_filter(const T* const* pixels, index_t row, index_t column, index_t count, T* planes, index_t plane) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, false, W::r, W::n>(W::g, pixels, row, column, count, planes, plane);
}
template <abi::WinogradTile tile, class T>
void winograd_output_gradient(const T* const* pixels, index_t row, index_t column, index_t count, T* planes,
                              index_t plane) {
  using W = abi::Winograd<tile>;
  winograd_spread<T, true, W::m, W::n>(W::at, pixels, row, column, count, planes, plane);
}
template <abi::WinogradTile tile, class T>
void winograd_output(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row, index_t column) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, false, W::n, W::m>(W::at, planes, plane, count, pixels, row, column);
}
template <abi::WinogradTile tile, class T>
void winograd_filter_gradient(const T* planes, index_t plane, index_t count, T* const* pixels, index_t row,
                              index_t column) {
  using W = abi::Winograd<tile>;
  winograd_collect<T, true, W::n, W::r>(W::g, planes, plane, count, pixels, row, column);
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
