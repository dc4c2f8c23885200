#pragma once
// Vectors of 512 bits: 16 floats or 8 doubles, 32 registers.

#include "ganvas/cpu/target.hpp"

#if GANVAS_X86
GANVAS_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
GANVAS_BEGIN
namespace cpu::avx512 {

using vf = __m512;
using vd = __m512d;

GANVAS_INLINE vf load(const float* p) { return _mm512_loadu_ps(p); }
GANVAS_INLINE vd load(const double* p) { return _mm512_loadu_pd(p); }
GANVAS_INLINE void store(float* p, vf v) { _mm512_storeu_ps(p, v); }
GANVAS_INLINE void store(double* p, vd v) { _mm512_storeu_pd(p, v); }
/// past the caches, to a multiple of 64 bytes; store_far_end() before another thread may read it
GANVAS_INLINE void store_far(float* p, vf v) { _mm512_stream_ps(p, v); }
GANVAS_INLINE void store_far(double* p, vd v) { _mm512_stream_pd(p, v); }
GANVAS_INLINE void store_far_end() { _mm_sfence(); }
GANVAS_INLINE vf set1(float a) { return _mm512_set1_ps(a); }
GANVAS_INLINE vd set1(double a) { return _mm512_set1_pd(a); }
GANVAS_INLINE vf add(vf a, vf b) { return _mm512_add_ps(a, b); }
GANVAS_INLINE vd add(vd a, vd b) { return _mm512_add_pd(a, b); }
GANVAS_INLINE vf sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
GANVAS_INLINE vd sub(vd a, vd b) { return _mm512_sub_pd(a, b); }
GANVAS_INLINE vf mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
GANVAS_INLINE vd mul(vd a, vd b) { return _mm512_mul_pd(a, b); }
GANVAS_INLINE vf div(vf a, vf b) { return _mm512_div_ps(a, b); }
GANVAS_INLINE vd div(vd a, vd b) { return _mm512_div_pd(a, b); }
/// a b + c, rounded once
GANVAS_INLINE vf fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
GANVAS_INLINE vd fma(vd a, vd b, vd c) { return _mm512_fmadd_pd(a, b, c); }
// (the form with a mask: g++ 12 warns of the undefined lanes in the other)
GANVAS_INLINE vf sqrt(vf a) { return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(0xFFFFU), a); }
GANVAS_INLINE vd sqrt(vd a) { return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(0xFFU), a); }
/// x > 0 ? a : b in every lane (b where x is NaN)
GANVAS_INLINE vf positive(vf x, vf a, vf b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), b, a);
}
GANVAS_INLINE vd positive(vd x, vd a, vd b) {
  return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_GT_OQ), b, a);
}
/// a < b ? x : y in every lane (y where one is NaN)
GANVAS_INLINE vf less(vf a, vf b, vf x, vf y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
GANVAS_INLINE vd less(vd a, vd b, vd x, vd y) {
  return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_LT_OQ), y, x);
}
/// a > b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf larger(vf a, vf b) { return _mm512_maskz_max_ps(static_cast<__mmask16>(0xFFFFU), a, b); }
GANVAS_INLINE vd larger(vd a, vd b) { return _mm512_maskz_max_pd(static_cast<__mmask8>(0xFFU), a, b); }
/// a < b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf smaller(vf a, vf b) { return _mm512_maskz_min_ps(static_cast<__mmask16>(0xFFFFU), a, b); }
GANVAS_INLINE vd smaller(vd a, vd b) { return _mm512_maskz_min_pd(static_cast<__mmask8>(0xFFU), a, b); }
/// the nearest whole number, the even one of two; an instruction of its own: -ffast-math drops a trick with a large sum
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wsign-conversion"  // in g++'s macro of that name, which -O0 uses
GANVAS_INLINE vf nearest(vf a) { return _mm512_maskz_roundscale_ps(static_cast<__mmask16>(0xFFFFU), a, 0); }
#  pragma GCC diagnostic pop
/// x is NaN ? a : b in every lane
GANVAS_INLINE vf if_nan(vf x, vf a, vf b) { return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), b, a); }
GANVAS_INLINE vd if_nan(vd x, vd a, vd b) { return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q), b, a); }
GANVAS_INLINE vf abs(vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0F), a); }
GANVAS_INLINE vd abs(vd a) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), a); }
/// -|a|
GANVAS_INLINE vf minus_abs(vf a) { return _mm512_or_ps(_mm512_set1_ps(-0.0F), a); }
GANVAS_INLINE vd minus_abs(vd a) { return _mm512_or_pd(_mm512_set1_pd(-0.0), a); }
/// |a| with the sign of x
GANVAS_INLINE vf with_sign(vf a, vf x) { return _mm512_or_ps(abs(a), _mm512_and_ps(_mm512_set1_ps(-0.0F), x)); }
/// a 2^n for whole n, |n| <= 250
GANVAS_INLINE vf scale(vf a, vf n) { return _mm512_maskz_scalef_ps(static_cast<__mmask16>(0xFFFFU), a, n); }
/// x = m 2^e with sqrt(1/2) <= m < sqrt(2), for positive normal x
GANVAS_INLINE vf split(vf x, vf& e) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i k = _mm512_maskz_srai_epi32(static_cast<__mmask16>(0xFFFFU),
                                            _mm512_sub_epi32(bits, _mm512_set1_epi32(0x3F3504F3)), 23);
  e = _mm512_maskz_cvtepi32_ps(static_cast<__mmask16>(0xFFFFU), k);
  return _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_maskz_slli_epi32(static_cast<__mmask16>(0xFFFFU), k, 23)));
}
/// the first n lanes, zero in the others; 0 <= n <= width
GANVAS_INLINE vf load_n(const float* p, index_t n) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U), p);
}
GANVAS_INLINE vd load_n(const double* p, index_t n) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << static_cast<unsigned>(n)) - 1U), p);
}
GANVAS_INLINE void store_n(float* p, vf v, index_t n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U), v);
}
GANVAS_INLINE void store_n(double* p, vd v, index_t n) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1U << static_cast<unsigned>(n)) - 1U), v);
}

}  // namespace cpu::avx512
GANVAS_END
GANVAS_TARGET_END
#endif
