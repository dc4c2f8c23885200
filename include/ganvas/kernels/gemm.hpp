#pragma once
// Matrix products of dense row-major matrices.

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"

GANVAS_BEGIN

namespace kernels {

/// C(m,n) = op(A) op(B), plus C before if accumulate. Row-major; lda, ldb, ldc are the row strides as stored:
/// A is (m,k), or (k,m) if transpose_a; B is (k,n), or (n,k) if transpose_b. C overlaps neither A nor B.
template <class T>
void gemm(bool transpose_a, bool transpose_b, index_t m, index_t n, index_t k, const T* a, index_t lda, const T* b,
          index_t ldb, T* c, index_t ldc, bool accumulate = false) {
  parallel_chunks(m, 6, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      T* row = c + i * ldc;
      if (!accumulate)
        for (index_t j = 0; j < n; ++j) row[j] = T(0);
      for (index_t l = 0; l < k; ++l) {
        const T s = transpose_a ? a[l * lda + i] : a[i * lda + l];
        for (index_t j = 0; j < n; ++j) row[j] += s * (transpose_b ? b[j * ldb + l] : b[l * ldb + j]);
      }
    }
  });
}

}  // namespace kernels

GANVAS_END
