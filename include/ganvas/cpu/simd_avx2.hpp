#pragma once
// Vectors of 256 bits: 8 floats or 4 doubles, 16 registers.

#include "ganvas/cpu/target.hpp"

#if GANVAS_X86
GANVAS_TARGET_BEGIN("avx2,fma")
GANVAS_BEGIN
namespace cpu::avx2 {

using vf = __m256;
using vd = __m256d;

GANVAS_INLINE vf load(const float* p) { return _mm256_loadu_ps(p); }
GANVAS_INLINE vd load(const double* p) { return _mm256_loadu_pd(p); }
GANVAS_INLINE void store(float* p, vf v) { _mm256_storeu_ps(p, v); }
GANVAS_INLINE void store(double* p, vd v) { _mm256_storeu_pd(p, v); }
/// past the caches, to a multiple of 32 bytes; store_far_end() before another thread may read it
GANVAS_INLINE void store_far(float* p, vf v) { _mm256_stream_ps(p, v); }
GANVAS_INLINE void store_far(double* p, vd v) { _mm256_stream_pd(p, v); }
GANVAS_INLINE void store_far_end() { _mm_sfence(); }
GANVAS_INLINE vf set1(float a) { return _mm256_set1_ps(a); }
GANVAS_INLINE vd set1(double a) { return _mm256_set1_pd(a); }
GANVAS_INLINE vf add(vf a, vf b) { return _mm256_add_ps(a, b); }
GANVAS_INLINE vd add(vd a, vd b) { return _mm256_add_pd(a, b); }
GANVAS_INLINE vf sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
GANVAS_INLINE vd sub(vd a, vd b) { return _mm256_sub_pd(a, b); }
GANVAS_INLINE vf mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
GANVAS_INLINE vd mul(vd a, vd b) { return _mm256_mul_pd(a, b); }
GANVAS_INLINE vf div(vf a, vf b) { return _mm256_div_ps(a, b); }
GANVAS_INLINE vd div(vd a, vd b) { return _mm256_div_pd(a, b); }
/// a b + c, rounded once
GANVAS_INLINE vf fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
GANVAS_INLINE vd fma(vd a, vd b, vd c) { return _mm256_fmadd_pd(a, b, c); }
GANVAS_INLINE vf sqrt(vf a) { return _mm256_sqrt_ps(a); }
GANVAS_INLINE vd sqrt(vd a) { return _mm256_sqrt_pd(a); }
/// x > 0 ? a : b in every lane (b where x is NaN)
GANVAS_INLINE vf positive(vf x, vf a, vf b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
}
GANVAS_INLINE vd positive(vd x, vd a, vd b) {
  return _mm256_blendv_pd(b, a, _mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_GT_OQ));
}
/// a < b ? x : y in every lane (y where one is NaN)
GANVAS_INLINE vf less(vf a, vf b, vf x, vf y) { return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
GANVAS_INLINE vd less(vd a, vd b, vd x, vd y) { return _mm256_blendv_pd(y, x, _mm256_cmp_pd(a, b, _CMP_LT_OQ)); }
/// a > b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf larger(vf a, vf b) { return _mm256_max_ps(a, b); }
GANVAS_INLINE vd larger(vd a, vd b) { return _mm256_max_pd(a, b); }
/// a < b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf smaller(vf a, vf b) { return _mm256_min_ps(a, b); }
GANVAS_INLINE vd smaller(vd a, vd b) { return _mm256_min_pd(a, b); }
/// the nearest whole number, the even one of two; an instruction of its own: -ffast-math drops a trick with a large sum
GANVAS_INLINE vf nearest(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// x is NaN ? a : b in every lane
GANVAS_INLINE vf if_nan(vf x, vf a, vf b) { return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, x, _CMP_UNORD_Q)); }
GANVAS_INLINE vd if_nan(vd x, vd a, vd b) { return _mm256_blendv_pd(b, a, _mm256_cmp_pd(x, x, _CMP_UNORD_Q)); }
GANVAS_INLINE vf abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a); }
GANVAS_INLINE vd abs(vd a) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a); }
/// -|a|
GANVAS_INLINE vf minus_abs(vf a) { return _mm256_or_ps(_mm256_set1_ps(-0.0F), a); }
GANVAS_INLINE vd minus_abs(vd a) { return _mm256_or_pd(_mm256_set1_pd(-0.0), a); }
/// |a| with the sign of x
GANVAS_INLINE vf with_sign(vf a, vf x) { return _mm256_or_ps(abs(a), _mm256_and_ps(_mm256_set1_ps(-0.0F), x)); }
/// a 2^n for whole n, |n| <= 250: in two steps, since 2^n alone may overflow
GANVAS_INLINE vf scale(vf a, vf n) {
  const __m256i i = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(i, 1);
  const __m256i bias = _mm256_set1_epi32(127);
  const vf s = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  const vf t = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(i, half), bias), 23));
  return _mm256_mul_ps(_mm256_mul_ps(a, s), t);
}
/// x = m 2^e with sqrt(1/2) <= m < sqrt(2), for positive normal x
GANVAS_INLINE vf split(vf x, vf& e) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i k = _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3F3504F3)), 23);
  e = _mm256_cvtepi32_ps(k);
  return _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(k, 23)));
}
/// the first n lanes, zero in the others; 0 <= n <= width. Through a small array: masked stores are slow on AMD.
GANVAS_INLINE vf load_n(const float* p, index_t n) {
  alignas(32) float t[8] = {};
  for (index_t i = 0; i < n; ++i) t[i] = p[i];
  return _mm256_load_ps(t);
}
GANVAS_INLINE vd load_n(const double* p, index_t n) {
  alignas(32) double t[4] = {};
  for (index_t i = 0; i < n; ++i) t[i] = p[i];
  return _mm256_load_pd(t);
}
GANVAS_INLINE void store_n(float* p, vf v, index_t n) {
  alignas(32) float t[8];
  _mm256_store_ps(t, v);
  for (index_t i = 0; i < n; ++i) p[i] = t[i];
}
GANVAS_INLINE void store_n(double* p, vd v, index_t n) {
  alignas(32) double t[4];
  _mm256_store_pd(t, v);
  for (index_t i = 0; i < n; ++i) p[i] = t[i];
}

}  // namespace cpu::avx2
GANVAS_END
GANVAS_TARGET_END
#endif
