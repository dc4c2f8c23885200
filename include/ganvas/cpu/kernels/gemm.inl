// Register tiles of the matrix product, compiled once for every instruction set. A tile of C stays in registers while
// k runs: every step loads one row of B as vectors and multiplies it by single numbers of A. [Goto & van de Geijn 2008,
// "Anatomy of high-performance matrix multiplication"]

/// The tile: its accumulators, one row of B and one number of A fill the registers of the instruction set.
template <class T>
struct GemmTile {
  static constexpr std::size_t bytes = static_cast<std::size_t>(width<T>) * sizeof(T);
  static constexpr std::size_t rows = bytes >= 32 ? 6 : bytes == 16 ? 8 : 4;
  static constexpr std::size_t vectors = bytes == 64 ? 4 : bytes == 32 ? 2 : 3;
  static constexpr std::size_t across = bytes == 64 ? 1 : 4;  ///< tiles of one row that gemm_outer computes together
  static constexpr std::size_t last = 2;                      ///< steps that are done row by row, see last_steps
};

/// Vectors of a line of the caches, at least one.
template <class T>
inline constexpr std::size_t line_vectors = std::max<std::size_t>(1, 64 / GemmTile<T>::bytes);
/// Only these tiles ask the caches for anything: double checks, and plain numbers are never fast. Each is compiled
/// twice.
template <class T>
inline constexpr bool is_float_vector = (width<T> > 1) && std::is_same_v<T, float>;

/// c[j] = [itself +] sum, the row of a whole tile.
template <class T, std::size_t NV, class Vector>
GANVAS_INLINE void store_row(Vector (&sum)[NV], T* c, bool accumulate) {
  constexpr std::size_t w = width<T>;
  if (accumulate) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < NV; ++v) sum[v] = add(load(c + v * w), sum[v]);
  }
#pragma GCC unroll 8
  for (std::size_t v = 0; v < NV; ++v) store(c + v * w, sum[v]);
}

/// c[row(i) + j] = [itself +] sum, i < MR, j < n. Columns from n on are computed but not stored. (No loop over the sums
/// that stays a loop: an array that is indexed by a variable would have to live in memory.)
template <class T, std::size_t MR, std::size_t NV, class Vector, class Rows>
GANVAS_INLINE void store_tile(Vector (&sum)[MR][NV], T* c, const Rows& row, index_t n, bool accumulate) {
  constexpr std::size_t w = width<T>;
  if (n < static_cast<index_t>(NV * w)) {
    T tile[MR * NV * w];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < MR; ++i)
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; ++v) store(tile + (i * NV + v) * w, sum[i][v]);
#pragma GCC unroll 1
    for (std::size_t i = 0; i < MR; ++i) {
      T* p = c + row(i);
      const T* t = tile + i * NV * w;
      index_t left = n;
#pragma GCC unroll 1
      for (; left >= width<T>; left -= width<T>, p += w, t += w) store(p, accumulate ? add(load(p), load(t)) : load(t));
      if (left > 0) store_n(p, accumulate ? add(load_n(p, left), load(t)) : load(t), left);
    }
    return;
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < MR; ++i) store_row<T>(sum[i], c + row(i), accumulate);
}

/// The last steps of a whole tile, row by row, each row stored as soon as it is done: stores between multiplications
/// cost less than all of them in a row. row[i] is where row i of A goes on, b where B does.
template <class T, std::size_t MR, std::size_t NV, class Vector>
GANVAS_INLINE void last_steps(Vector (&sum)[MR][NV], const T* const (&row)[MR], const T* b, T* c, const index_t* c_rows,
                              bool accumulate) {
  constexpr std::size_t w = width<T>;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < MR; ++i) {
#pragma GCC unroll 8
    for (std::size_t l = 0; l < GemmTile<T>::last; ++l) {
      const Vector s = set1(row[i][l]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; ++v) sum[i][v] = fma(s, load(b + (l * NV + v) * w), sum[i][v]);
    }
    store_row<T>(sum[i], c + c_rows[i], accumulate);
  }
}

/// What the caches are asked for: at every step of a tile of full height for the line at `from`, which moves by `move`
/// bytes.
struct AskAhead {
  const char* from = nullptr;
  index_t move = 0;

  GANVAS_INLINE void ask() {
    __builtin_prefetch(from, 0, 2);
    from += move;
  }
  /// Where a tile begins that so many steps go before.
  [[nodiscard]] GANVAS_INLINE AskAhead after(index_t steps) const { return {from + steps * move, move}; }
};
/// Spreads what is asked for over all steps of all tiles of full height.
template <class T>
AskAhead spread(abi::Ahead<T> ahead, index_t rows, index_t steps) {
  const index_t all = rows / static_cast<index_t>(GemmTile<T>::rows) * steps;
  if (ahead.count == 0 || all <= 0) return {};
  return {reinterpret_cast<const char*>(ahead.from), (ahead.count * static_cast<index_t>(sizeof(T)) + all - 1) / all};
}

/// MR x NV vectors of C: at every step one row of the panel times one number of each row of A. With `ask` it asks for
/// its share of what is ahead.
template <class T, std::size_t MR, std::size_t NV, bool ask = false>
void product_tile(index_t n, const abi::GemmRun* runs, index_t run_count, const T* a, const index_t* a_rows,
                  const T* panel, T* c, const index_t* c_rows, abi::GemmStore mode, [[maybe_unused]] AskAhead ahead) {
  constexpr std::size_t w = width<T>;
  using Vector = decltype(set1(T(0)));
  if (mode == abi::GemmStore::overwrite_ask_c) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < MR; ++i)
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; v += line_vectors<T>) __builtin_prefetch(c + c_rows[i] + v * w, 1);
  }
  Vector sum[MR][NV];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < MR; ++i)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < NV; ++v) sum[i][v] = set1(T(0));
  // A whole tile leaves its last steps to last_steps.
  constexpr bool whole = MR == GemmTile<T>::rows && NV == GemmTile<T>::vectors;
  constexpr auto last = static_cast<index_t>(GemmTile<T>::last);
  const bool leave = whole && n == static_cast<index_t>(NV * w) && run_count > 0 && runs[run_count - 1].length >= last;
  const T* row[MR];
  const T* b = panel;
  for (index_t r = 0; r < run_count; ++r) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < MR; ++i) row[i] = a + (a_rows[i] + runs[r].a);
    b = panel + runs[r].b * static_cast<index_t>(NV * w);
    index_t length = runs[r].length;
    if (leave && r == run_count - 1) length -= last;
    for (index_t l = 0; l < length; ++l, b += NV * w) {
      if constexpr (ask) ahead.ask();
      Vector bv[NV];
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; ++v) bv[v] = load(b + v * w);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < MR; ++i) {
        const Vector s = set1(*row[i]++);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < NV; ++v) sum[i][v] = fma(s, bv[v], sum[i][v]);
      }
    }
  }
  const bool accumulate = mode == abi::GemmStore::add;
  if constexpr (whole) {
    if (leave) return last_steps<T>(sum, row, b, c, c_rows, accumulate);
  }
  store_tile<T>(
      sum, c, [c_rows](std::size_t i) { return c_rows[i]; }, n, accumulate);
}

template <class T, std::size_t MR, std::size_t NV, bool ask = false>
void outer_tile(index_t n, index_t k, const T* a, const index_t* a_rows, const T* b, const index_t* b_rows, T* c,
                index_t ldc, bool accumulate, [[maybe_unused]] AskAhead ahead = {}) {
  constexpr std::size_t w = width<T>;
  using Vector = decltype(set1(T(0)));
  Vector sum[MR][NV];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < MR; ++i)
#pragma GCC unroll 8
    for (std::size_t v = 0; v < NV; ++v) sum[i][v] = set1(T(0));
  if (accumulate) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < MR; ++i)
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; v += line_vectors<T>)
        __builtin_prefetch(c + static_cast<index_t>(i) * ldc + v * w, 1);
  }
  for (index_t l = 0; l < k; ++l) {
    if constexpr (ask) ahead.ask();
    const T* al = a + a_rows[l];
    const T* bl = b + b_rows[l];
    Vector bv[NV];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < NV; ++v) bv[v] = load(bl + v * w);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < MR; ++i) {
      const Vector s = set1(al[i]);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < NV; ++v) sum[i][v] = fma(s, bv[v], sum[i][v]);
    }
  }
  store_tile<T>(
      sum, c, [ldc](std::size_t i) { return static_cast<index_t>(i) * ldc; }, n, accumulate);
}

/// Calls tile.run<MR, NV>(i) for tiles that cover m rows and n columns (at most a panel): whole tiles, and 4, 2 and 1
/// row for the rest. Tiles of 3 and 5 rows would be another third of kernels to compile.
template <class T, std::size_t MR, std::size_t NV, class Tile>
void tiles_of_rest(index_t i, index_t rest, const Tile& tile) {
  if (rest >= static_cast<index_t>(MR)) {
    tile.template run<MR, NV>(i);
    i += static_cast<index_t>(MR);
    rest -= static_cast<index_t>(MR);
  }
  if constexpr (MR > 1) {
    if (rest > 0) tiles_of_rest<T, MR / 2, NV>(i, rest, tile);
  }
}
template <class T, std::size_t NV, class Tile>
void for_each_tile(index_t m, index_t n, const Tile& tile) {
  if constexpr (NV > 1) {
    if (n <= static_cast<index_t>(NV - 1) * width<T>) return for_each_tile<T, NV - 1>(m, n, tile);
  }
  constexpr std::size_t rows = GemmTile<T>::rows;
  index_t i = 0;
  for (; i + static_cast<index_t>(rows) <= m; i += static_cast<index_t>(rows)) tile.template run<rows, NV>(i);
  if (i < m) tiles_of_rest<T, rows == 4 ? 2 : 4, NV>(i, m - i, tile);
}

template <class T>
struct ProductTiles {
  index_t n;
  const abi::GemmRun* runs;
  index_t run_count;
  const T* a;
  const index_t* a_rows;
  const T* panel;
  T* c;
  const index_t* c_rows;
  abi::GemmStore mode;
  AskAhead ahead;
  index_t steps;  ///< of a tile
  template <std::size_t MR, std::size_t NV>
  void run(index_t i) const {
    if constexpr (MR == GemmTile<T>::rows && NV + 1 >= GemmTile<T>::vectors && is_float_vector<T>) {
      if (ahead.from != nullptr) return tile<MR, NV, true>(i, ahead.after(i / static_cast<index_t>(MR) * steps));
    }
    tile<MR, NV, false>(i, {});
  }
  template <std::size_t MR, std::size_t NV, bool ask>
  void tile(index_t i, AskAhead share) const {
    product_tile<T, MR, NV, ask>(n, runs, run_count, a, a_rows + i, panel, c, c_rows + i, mode, share);
  }
};
template <class T>
void gemm_product(index_t m, index_t n, const abi::GemmRun* runs, index_t run_count, const T* a, const index_t* a_rows,
                  const T* panel, T* c, const index_t* c_rows, abi::GemmStore mode, abi::Ahead<T> ahead) {
  index_t steps = -static_cast<index_t>(GemmTile<T>::last);  // which do not ask
  for (index_t r = 0; r < run_count; ++r) steps += runs[r].length;
  for_each_tile<T, GemmTile<T>::vectors>(
      m, n, ProductTiles<T>{n, runs, run_count, a, a_rows, panel, c, c_rows, mode, spread(ahead, m, steps), steps});
}

template <class T>
struct OuterTiles {
  index_t n, k;
  const T* a;
  const index_t* a_rows;
  const T* b;
  const index_t* b_rows;
  T* c;
  index_t ldc;
  bool accumulate;
  AskAhead ahead;
  template <std::size_t MR, std::size_t NV>
  void run(index_t i) const {
    if constexpr (MR == GemmTile<T>::rows && NV == GemmTile<T>::vectors && is_float_vector<T>) {
      if (ahead.from != nullptr) return tile<MR, NV, true>(i, ahead.after(i / static_cast<index_t>(MR) * k));
    }
    tile<MR, NV, false>(i, {});
  }
  template <std::size_t MR, std::size_t NV, bool ask>
  void tile(index_t i, AskAhead share) const {
    outer_tile<T, MR, NV, ask>(n, k, a + i, a_rows, b, b_rows, c + i * ldc, ldc, accumulate, share);
  }
};
/// Narrow tiles side by side share their rows of A, which are read once: one row of tiles after the other. The first of
/// them does the asking.
template <class T>
void gemm_outer(index_t m, index_t n, index_t k, const T* a, const index_t* a_rows, const T* b, const index_t* b_rows,
                T* c, index_t ldc, bool accumulate, abi::Ahead<T> ahead) {
  constexpr std::size_t vectors = GemmTile<T>::vectors;
  const AskAhead all = spread(ahead, m, k);
  if constexpr (GemmTile<T>::across == 1) {
    for_each_tile<T, vectors>(m, n, OuterTiles<T>{n, k, a, a_rows, b, b_rows, c, ldc, accumulate, all});
  } else {
    constexpr auto rows = static_cast<index_t>(GemmTile<T>::rows), columns = static_cast<index_t>(vectors) * width<T>;
    for (index_t i = 0; i < m; i += rows)
      for (index_t j = 0; j < n; j += columns) {
        const AskAhead share = j == 0 && ahead.count > 0 ? all.after(i / rows * k) : AskAhead{};
        const OuterTiles<T> tiles{std::min(columns, n - j), k,   a + i,      a_rows, b + j, b_rows,
                                  c + i * ldc + j,          ldc, accumulate, share};
        for_each_tile<T, vectors>(std::min(rows, m - i), tiles.n, tiles);
      }
  }
}

/// panel(l, j) = b[l ldb + j]: rows of a row-major B
template <class T>
void gemm_pack(index_t k, index_t n, const T* b, index_t ldb, T* panel) {
  constexpr index_t w = width<T>;
  for (index_t l = 0; l < k; ++l, b += ldb) {
    index_t j = 0;
    for (; j + w <= n; j += w, panel += w) store(panel, load(b + j));
    if (j < n) {
      store(panel, load_n(b + j, n - j));
      panel += w;
    }
  }
}

/// The vectors a and b, number by number in turn: the first halves (half = 0) or the second (half = 1).
template <std::size_t half, class Vector, std::size_t... I>
GANVAS_INLINE Vector interleave(Vector a, Vector b, std::index_sequence<I...>) {
  constexpr std::size_t w = sizeof...(I);
  return __builtin_shufflevector(a, b, static_cast<int>(half * (w / 2) + I / 2 + (I % 2) * w)...);
}

/// panel(l, j) = b[j ldb + l]: columns of B^T, by w x w blocks transposed in registers. Interleaving vector i with
/// vector i + w/2 for all i, log2(w) times, is a transposition.
template <class T>
void gemm_pack_transposed(index_t k, index_t n, const T* b, index_t ldb, T* panel) {
  constexpr std::size_t w = width<T>;
  constexpr auto lanes = std::make_index_sequence<w>{};
  constexpr auto step = static_cast<index_t>(w);
  const index_t stride = (n + step - 1) / step * step;
  for (index_t j = 0; j < n; j += step)
    for (index_t l = 0; l < k; l += step) {
      const index_t columns = std::min(step, n - j);
      const index_t rows = std::min(step, k - l);
      decltype(set1(T(0))) v[w], u[w];
#pragma GCC unroll 16
      for (std::size_t i = 0; i < w; ++i) {
        const T* p = b + (j + static_cast<index_t>(i)) * ldb + l;
        v[i] = static_cast<index_t>(i) >= columns ? set1(T(0)) : rows == step ? load(p) : load_n(p, rows);
      }
      if constexpr (w > 1) {
        for (std::size_t pass = 1; pass < w; pass *= 2) {
#pragma GCC unroll 8
          for (std::size_t i = 0; i < w / 2; ++i) {
            u[2 * i] = interleave<0>(v[i], v[i + w / 2], lanes);
            u[2 * i + 1] = interleave<1>(v[i], v[i + w / 2], lanes);
          }
#pragma GCC unroll 16
          for (std::size_t i = 0; i < w; ++i) v[i] = u[i];
        }
      }
      for (index_t i = 0; i < rows; ++i) store(panel + (l + i) * stride + j, v[static_cast<std::size_t>(i)]);
    }
}

/// The epilogue of one vector, n of whose numbers count, in columns that begin at `column`.
template <class T, class V>
GANVAS_INLINE V finished(V z, const abi::Epilogue<T>& epilogue, index_t column, index_t n) {
  if (epilogue.bias != nullptr)
    z = add(z, n >= width<T> ? load(epilogue.bias + column) : load_n(epilogue.bias + column, n));
  return positive(z, z, mul(set1(epilogue.slope), z));
}

template <class T>
void gemm_finish(index_t m, index_t n, const abi::Epilogue<T>& epilogue, T* c, const index_t* c_rows) {
  constexpr index_t w = width<T>;
  for (index_t i = 0; i < m; ++i) {
    T* row = c + c_rows[i];
    index_t j = 0;
    for (; j + w <= n; j += w) store(row + j, finished(load(row + j), epilogue, j, w));
    if (j < n) store_n(row + j, finished(load_n(row + j, n - j), epilogue, j, n - j), n - j);
  }
}

/// The sum of `terms` vectors, the first at a + offsets[0]; few terms are no loop.
template <class T, std::size_t terms>
GANVAS_INLINE auto fold_sum(const T* a, const index_t* offsets) {
  auto sum = load(a + offsets[0]);
#pragma GCC unroll 4
  for (std::size_t t = 1; t < terms; ++t) sum = add(sum, load(a + offsets[t]));
  return sum;
}
template <class T, std::size_t terms>
GANVAS_INLINE void fold_terms(index_t m, index_t n, const T* a, const index_t* offsets, index_t step, T* c,
                              index_t c_step) {
  for (index_t i = 0; i < m; ++i, a += step, c += c_step)
    for (index_t j = 0; j < n; j += width<T>) store(c + j, fold_sum<T, terms>(a + j, offsets));
}

/// c[i c_step + j] = sum over t < terms of a[offsets[t] + i step + j]. Whole vectors are stored: what is too much, the
/// next i overwrites.
template <class T>
void gemm_fold(index_t m, index_t n, index_t terms, const T* a, const index_t* offsets, index_t step, T* c,
               index_t c_step) {
  if (terms == 1) return fold_terms<T, 1>(m, n, a, offsets, step, c, c_step);
  if (terms == 2) return fold_terms<T, 2>(m, n, a, offsets, step, c, c_step);
  if (terms == 4) return fold_terms<T, 4>(m, n, a, offsets, step, c, c_step);
  for (index_t i = 0; i < m; ++i, a += step, c += c_step)
    for (index_t j = 0; j < n; j += width<T>) {
      auto sum = set1(T(0));
      for (index_t t = 0; t < terms; ++t) sum = add(sum, load(a + offsets[t] + j));
      store(c + j, sum);
    }
}

template <class T>
constexpr abi::GemmKernels<T> gemm_kernels() {
  return {static_cast<index_t>(GemmTile<T>::rows),
          static_cast<index_t>(GemmTile<T>::vectors) * width<T>,
          static_cast<index_t>(GemmTile<T>::vectors * GemmTile<T>::across) * width<T>,
          &gemm_pack<T>,
          &gemm_pack_transposed<T>,
          &gemm_product<T>,
          &gemm_outer<T>,
          &gemm_finish<T>,
          &gemm_fold<T>};
}
