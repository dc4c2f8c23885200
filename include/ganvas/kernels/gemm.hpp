#pragma once
// Matrix products of dense row-major matrices: B is packed into panels, then blocks of C are computed in parallel by
// the register tiles of cpu/kernels/gemm.inl. How C is cut depends on the shape alone, and k runs in one order, so the
// result has the same bits for any number of threads.

#include <algorithm>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

GANVAS_BEGIN

namespace kernels {

namespace detail {

/// Rows of B at a time: a panel of so many fits the second-level cache (256 KiB of floats with AVX-512).
inline constexpr index_t gemm_depth = 1024;
/// Rows of C that one thread computes against a panel before it takes the next; a multiple of every tile's height.
inline constexpr index_t gemm_block = 192;

/// The epilogue of the columns from j on.
template <class T>
constexpr abi::Epilogue<T> from_column(const abi::Epilogue<T>& epilogue, index_t j) {
  return {epilogue.bias == nullptr ? nullptr : epilogue.bias + j, epilogue.slope};
}
template <class T>
constexpr bool is_empty(const abi::Epilogue<T>& epilogue) {
  return epilogue.bias == nullptr && epilogue.slope == T(1);
}

constexpr index_t divide_up(index_t a, index_t b) { return (a + b - 1) / b; }
constexpr index_t round_up(index_t a, index_t b) { return divide_up(a, b) * b; }

/// The grain for parallel_chunks over items of work: below some microseconds a second thread costs more than it gives.
constexpr index_t work_grain(index_t items, index_t work) { return work < (index_t{1} << 18) ? items : 1; }

/// Numbers of scratch memory for a packed B of k rows and n columns.
template <class T>
index_t packed_size(index_t k, index_t n) {
  return k * round_up(n, cpu::kernels<T>().width);
}

/// Packs op(B)(k,n) into panels that follow each other: panel p starts at p columns k.
template <class T>
void pack_panels(bool transpose, index_t k, index_t n, const T* b, index_t ldb, T* packed) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t panels = divide_up(n, kernel.columns);
  parallel_chunks(panels, work_grain(panels, 4 * k * n), [&](index_t begin, index_t end) {
    for (index_t p = begin; p < end; ++p) {
      const index_t j = p * kernel.columns;
      const index_t columns = std::min(kernel.columns, n - j);
      if (transpose)
        kernel.pack_transposed(k, columns, b + j * ldb, ldb, packed + j * k);
      else
        kernel.pack(k, columns, b + j, ldb, packed + j * k);
    }
  });
}

/// C(m,n) = [itself +] op(A)(m,k) B for a packed B of k <= gemm_depth rows.
template <class T>
void multiply_packed(bool transpose_a, index_t m, index_t n, index_t k, const T* a, index_t lda, const T* packed, T* c,
                     index_t ldc, bool accumulate) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t width = cpu::kernels<T>().width;
  const index_t panels = divide_up(n, kernel.columns);
  const index_t block = std::min(gemm_block, round_up(divide_up(m * panels, 8), kernel.rows));
  const index_t blocks = divide_up(m, block);
  parallel_chunks(panels * blocks, work_grain(panels * blocks, m * n * k), [&](index_t begin, index_t end) {
    for (index_t item = begin; item < end; ++item) {
      const index_t j = item / blocks * kernel.columns;
      const index_t i = item % blocks * block;
      const index_t rows = std::min(block, m - i);
      const index_t columns = std::min(kernel.columns, n - j);
      if (transpose_a) {
        index_t a_rows[gemm_depth];
        index_t b_rows[gemm_depth];
        for (index_t l = 0; l < k; ++l) {
          a_rows[l] = l * lda;
          b_rows[l] = l * round_up(columns, width);
        }
        kernel.outer(rows, columns, k, a + i, a_rows, packed + j * k, b_rows, c + i * ldc + j, ldc, accumulate, {});
      } else {
        index_t a_rows[gemm_block];
        index_t c_rows[gemm_block];
        for (index_t r = 0; r < rows; ++r) {
          a_rows[r] = (i + r) * lda;
          c_rows[r] = (i + r) * ldc;
        }
        const abi::GemmRun run{0, 0, k};
        kernel.product(rows, columns, &run, 1, a, a_rows, packed + j * k, c + j, c_rows,
                       accumulate ? abi::GemmStore::add : abi::GemmStore::overwrite, {});
      }
    }
  });
}

}  // namespace detail

/// C(m,n) = op(A) op(B), plus C before if accumulate. Row-major; lda, ldb, ldc are the row strides as stored:
/// A is (m,k), or (k,m) if transpose_a; B is (k,n), or (n,k) if transpose_b. C overlaps neither A nor B. Sums over k
/// are in T, in pieces of at most gemm_depth terms, term after term and piece after piece: a k in the millions with
/// products of one sign loses places.
template <class T>
void gemm(bool transpose_a, bool transpose_b, index_t m, index_t n, index_t k, const T* a, index_t lda, const T* b,
          index_t ldb, T* c, index_t ldc, bool accumulate = false) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (index_t i = 0; i < m && !accumulate; ++i) std::fill_n(c + i * ldc, n, T(0));
    return;
  }
  const index_t depth = detail::divide_up(k, detail::divide_up(k, detail::gemm_depth));
  const index_t width = 32 * cpu::kernels<T>().gemm.columns;  // columns of B that are packed at a time
  const Buffer<T> packed(detail::packed_size<T>(depth, std::min(n, width)));
  for (index_t j = 0; j < n; j += width)
    for (index_t l = 0; l < k; l += depth) {
      const index_t columns = std::min(width, n - j);
      const index_t rows = std::min(depth, k - l);
      detail::pack_panels(transpose_b, rows, columns, transpose_b ? b + j * ldb + l : b + l * ldb + j, ldb,
                          packed.get());
      detail::multiply_packed(transpose_a, m, columns, rows, transpose_a ? a + l * lda : a + l, lda, packed.get(),
                              c + j, ldc, accumulate || l > 0);
    }
}

}  // namespace kernels

GANVAS_END
