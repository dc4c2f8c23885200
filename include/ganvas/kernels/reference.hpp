#pragma once
// The plain loops that define the products of this floor. They are the text to read first and the oracle of the tests;
// the fast kernels compute the same sums in another order.

#include <algorithm>

#include "ganvas/core/config.hpp"
#include "ganvas/kernels/conv_geometry.hpp"

GANVAS_BEGIN

namespace kernels::reference {

/// C(m,n) = op(A) op(B), plus C before if accumulate. Row-major; lda, ldb, ldc are the row strides as stored:
/// A is (m,k), or (k,m) if transpose_a; B is (k,n), or (n,k) if transpose_b.
template <class T>
void gemm(bool transpose_a, bool transpose_b, index_t m, index_t n, index_t k, const T* a, index_t lda, const T* b,
          index_t ldb, T* c, index_t ldc, bool accumulate = false) {
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n; ++j) {
      T sum = accumulate ? c[i * ldc + j] : T(0);
      for (index_t l = 0; l < k; ++l)
        sum += (transpose_a ? a[l * lda + i] : a[i * lda + l]) * (transpose_b ? b[j * ldb + l] : b[l * ldb + j]);
      c[i * ldc + j] = sum;
    }
}

/// The one loop nest of the trio: calls body(x, w, y) with the offsets of every three numbers that meet.
template <class Body>
void for_each_tap(const ConvGeometry& g, const Body& body) {
  for (index_t n = 0; n < g.batch; ++n)
    for (index_t oh = 0; oh < g.out_h; ++oh)
      for (index_t ow = 0; ow < g.out_w; ++ow)
        for (index_t kh = 0; kh < g.kernel_h; ++kh)
          for (index_t kw = 0; kw < g.kernel_w; ++kw) {
            const index_t ih = oh * g.stride_h + kh * g.dilation_h - g.padding_h;
            const index_t iw = ow * g.stride_w + kw * g.dilation_w - g.padding_w;
            if (ih < 0 || ih >= g.in_h || iw < 0 || iw >= g.in_w) continue;
            for (index_t o = 0; o < g.out_c; ++o)
              for (index_t i = 0; i < g.in_c; ++i)
                body(((n * g.in_h + ih) * g.in_w + iw) * g.in_c + i,
                     ((o * g.kernel_h + kh) * g.kernel_w + kw) * g.in_c + i,
                     ((n * g.out_h + oh) * g.out_w + ow) * g.out_c + o);
          }
}

/// y(n,oh,ow,o) = sum over kh, kw, i of x(n,ih,iw,i) w(o,kh,kw,i)
template <class T>
void conv(const ConvGeometry& g, const T* x, const T* w, T* y) {
  std::fill_n(y, g.y().numel(), T(0));
  for_each_tap(g, [&](index_t ix, index_t iw, index_t iy) { y[iy] += w[iw] * x[ix]; });
}

/// x(n,ih,iw,i) = sum over all y(n,oh,ow,o) w(o,kh,kw,i) that meet it: the adjoint of conv in x
template <class T>
void conv_transpose(const ConvGeometry& g, const T* y, const T* w, T* x) {
  std::fill_n(x, g.x().numel(), T(0));
  for_each_tap(g, [&](index_t ix, index_t iw, index_t iy) { x[ix] += w[iw] * y[iy]; });
}

/// w(o,kh,kw,i) = sum over n, oh, ow of x(n,ih,iw,i) y(n,oh,ow,o): the adjoint of conv in w
template <class T>
void conv_weight(const ConvGeometry& g, const T* x, const T* y, T* w) {
  std::fill_n(w, g.w().numel(), T(0));
  for_each_tap(g, [&](index_t ix, index_t iw, index_t iy) { w[iw] += y[iy] * x[ix]; });
}

}  // namespace kernels::reference

GANVAS_END
