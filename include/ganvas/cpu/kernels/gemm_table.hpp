#pragma once
// Signatures of the matrix product kernels that are compiled once for every instruction set.

#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_SHARED_BEGIN

/// Numbers that lie side by side in a row of A and meet rows of B that follow each other.
struct GemmRun {
  std::ptrdiff_t a;       ///< from the start of the row of A
  std::ptrdiff_t b;       ///< first row of B
  std::ptrdiff_t length;  ///< how many
};

/// Numbers of a line of the caches, which bring memory by 64 bytes.
template <class T>
inline constexpr std::ptrdiff_t line_numbers = 64 / static_cast<std::ptrdiff_t>(sizeof(T));

/// What a product does with C.
enum class GemmStore {
  overwrite,
  overwrite_ask_c,  ///< C is in no near cache: its lines are asked for before the sums begin, so that storing need not
                    ///< wait
  add
};

/// Numbers that are needed soon and lie in no near cache: the caches are asked for them on the way, in equal shares by
/// tiles of full height. (None if count is 0. Products ask for float alone, tiles of full width or a vector less; outer
/// products in tiles of full width.)
template <class T>
struct Ahead {
  const T* from = nullptr;
  std::ptrdiff_t count = 0;
};

/// What becomes of finished sums: z = sum + bias by column (none if null), and of that z if z > 0, else slope z.
template <class T>
struct Epilogue {
  const T* bias = nullptr;
  T slope = 1;
};

/// C is computed in tiles of rows x columns that stay in registers. B comes in panels of at most `columns` columns:
/// row l of a panel with n columns starts at l * round_up(n, vector width), the columns from n on are zero.
template <class T>
struct GemmKernels {
  std::ptrdiff_t rows, columns;
  std::ptrdiff_t wide;  ///< columns that outer takes, and that others should have ready together: some panels where
                        ///< tiles are narrow

  /// panel(l, j) = b[l ldb + j], l < k, j < n
  void (*pack)(std::ptrdiff_t k, std::ptrdiff_t n, const T* b, std::ptrdiff_t ldb, T* panel);
  /// panel(l, j) = b[j ldb + l], l < k, j < n
  void (*pack_transposed)(std::ptrdiff_t k, std::ptrdiff_t n, const T* b, std::ptrdiff_t ldb, T* panel);

  /// c[c_rows[i] + j] = [itself, to add, +] sum over runs r and l < r.length of a[a_rows[i] + r.a + l] panel(r.b + l,
  /// j); i < m, j < n <= columns
  void (*product)(std::ptrdiff_t m, std::ptrdiff_t n, const GemmRun* runs, std::ptrdiff_t run_count, const T* a,
                  const std::ptrdiff_t* a_rows, const T* panel, T* c, const std::ptrdiff_t* c_rows, GemmStore mode,
                  Ahead<T> ahead);
  /// c[i ldc + j] = [itself +] sum over l < k of a[a_rows[l] + i] b[b_rows[l] + j]; i < m, j < n <= wide. Reads the
  /// rows of b up to the next multiple of the vector width.
  void (*outer)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, const T* a, const std::ptrdiff_t* a_rows,
                const T* b, const std::ptrdiff_t* b_rows, T* c, std::ptrdiff_t ldc, bool accumulate, Ahead<T> ahead);

  /// The epilogue of c[c_rows[i] + j], i < m, j < n.
  void (*finish)(std::ptrdiff_t m, std::ptrdiff_t n, const Epilogue<T>& epilogue, T* c, const std::ptrdiff_t* c_rows);

  /// c[i c_step + j] = sum over t < terms of a[offsets[t] + i step + j]; i < m, j < n. Reads and writes up to a vector
  /// more.
  void (*fold)(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t terms, const T* a, const std::ptrdiff_t* offsets,
               std::ptrdiff_t step, T* c, std::ptrdiff_t c_step);
};

GANVAS_SHARED_END
