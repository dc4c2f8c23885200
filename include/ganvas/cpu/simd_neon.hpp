#pragma once
// Vectors of 128 bits on arm64: 4 floats or 2 doubles, 32 registers.

#include "ganvas/cpu/target.hpp"

#if GANVAS_ARM64
GANVAS_BEGIN
namespace cpu::neon {

using vf = float32x4_t;
using vd = float64x2_t;

GANVAS_INLINE vf load(const float* p) { return vld1q_f32(p); }
GANVAS_INLINE vd load(const double* p) { return vld1q_f64(p); }
GANVAS_INLINE void store(float* p, vf v) { vst1q_f32(p, v); }
GANVAS_INLINE void store(double* p, vd v) { vst1q_f64(p, v); }
/// past the caches where the machine has words for it
GANVAS_INLINE void store_far(float* p, vf v) { store(p, v); }
GANVAS_INLINE void store_far(double* p, vd v) { store(p, v); }
GANVAS_INLINE void store_far_end() {}
GANVAS_INLINE vf set1(float a) { return vdupq_n_f32(a); }
GANVAS_INLINE vd set1(double a) { return vdupq_n_f64(a); }
GANVAS_INLINE vf add(vf a, vf b) { return vaddq_f32(a, b); }
GANVAS_INLINE vd add(vd a, vd b) { return vaddq_f64(a, b); }
GANVAS_INLINE vf sub(vf a, vf b) { return vsubq_f32(a, b); }
GANVAS_INLINE vd sub(vd a, vd b) { return vsubq_f64(a, b); }
GANVAS_INLINE vf mul(vf a, vf b) { return vmulq_f32(a, b); }
GANVAS_INLINE vd mul(vd a, vd b) { return vmulq_f64(a, b); }
GANVAS_INLINE vf div(vf a, vf b) { return vdivq_f32(a, b); }
GANVAS_INLINE vd div(vd a, vd b) { return vdivq_f64(a, b); }
/// a b + c, rounded once
GANVAS_INLINE vf fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
GANVAS_INLINE vd fma(vd a, vd b, vd c) { return vfmaq_f64(c, a, b); }
GANVAS_INLINE vf sqrt(vf a) { return vsqrtq_f32(a); }
GANVAS_INLINE vd sqrt(vd a) { return vsqrtq_f64(a); }
/// x > 0 ? a : b in every lane (b where x is NaN)
GANVAS_INLINE vf positive(vf x, vf a, vf b) { return vbslq_f32(vcgtzq_f32(x), a, b); }
GANVAS_INLINE vd positive(vd x, vd a, vd b) { return vbslq_f64(vcgtzq_f64(x), a, b); }
/// a < b ? x : y in every lane (y where one is NaN)
GANVAS_INLINE vf less(vf a, vf b, vf x, vf y) { return vbslq_f32(vcltq_f32(a, b), x, y); }
GANVAS_INLINE vd less(vd a, vd b, vd x, vd y) { return vbslq_f64(vcltq_f64(a, b), x, y); }
/// a > b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf larger(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
GANVAS_INLINE vd larger(vd a, vd b) { return vbslq_f64(vcgtq_f64(a, b), a, b); }
/// a < b ? a : b in every lane (b where one is NaN)
GANVAS_INLINE vf smaller(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
GANVAS_INLINE vd smaller(vd a, vd b) { return vbslq_f64(vcltq_f64(a, b), a, b); }
/// the nearest whole number, the even one of two; an instruction of its own: -ffast-math drops a trick with a large sum
GANVAS_INLINE vf nearest(vf a) { return vrndnq_f32(a); }
/// x is NaN ? a : b in every lane
GANVAS_INLINE vf if_nan(vf x, vf a, vf b) { return vbslq_f32(vceqq_f32(x, x), b, a); }
GANVAS_INLINE vd if_nan(vd x, vd a, vd b) { return vbslq_f64(vceqq_f64(x, x), b, a); }
GANVAS_INLINE vf abs(vf a) { return vabsq_f32(a); }
GANVAS_INLINE vd abs(vd a) { return vabsq_f64(a); }
/// -|a|
GANVAS_INLINE vf minus_abs(vf a) { return vnegq_f32(vabsq_f32(a)); }
GANVAS_INLINE vd minus_abs(vd a) { return vnegq_f64(vabsq_f64(a)); }
/// |a| with the sign of x
GANVAS_INLINE vf with_sign(vf a, vf x) { return vbslq_f32(vdupq_n_u32(0x80000000U), x, a); }
/// a 2^n for whole n, |n| <= 250: in two steps, since 2^n alone may overflow
GANVAS_INLINE vf scale(vf a, vf n) {
  const int32x4_t i = vcvtq_s32_f32(n);
  const int32x4_t half = vshrq_n_s32(i, 1);
  const int32x4_t bias = vdupq_n_s32(127);
  const vf s = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, bias), 23));
  const vf t = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vsubq_s32(i, half), bias), 23));
  return vmulq_f32(vmulq_f32(a, s), t);
}
/// x = m 2^e with sqrt(1/2) <= m < sqrt(2), for positive normal x
GANVAS_INLINE vf split(vf x, vf& e) {
  const int32x4_t bits = vreinterpretq_s32_f32(x);
  const int32x4_t k = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(0x3F3504F3)), 23);
  e = vcvtq_f32_s32(k);
  return vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(k, 23)));
}
/// the first n lanes, zero in the others; 0 <= n <= width
GANVAS_INLINE vf load_n(const float* p, index_t n) {
  float t[4] = {};
  for (index_t i = 0; i < n; ++i) t[i] = p[i];
  return vld1q_f32(t);
}
GANVAS_INLINE vd load_n(const double* p, index_t n) {
  double t[2] = {};
  for (index_t i = 0; i < n; ++i) t[i] = p[i];
  return vld1q_f64(t);
}
GANVAS_INLINE void store_n(float* p, vf v, index_t n) {
  float t[4];
  vst1q_f32(t, v);
  for (index_t i = 0; i < n; ++i) p[i] = t[i];
}
GANVAS_INLINE void store_n(double* p, vd v, index_t n) {
  double t[2];
  vst1q_f64(t, v);
  for (index_t i = 0; i < n; ++i) p[i] = t[i];
}

}  // namespace cpu::neon
GANVAS_END
#endif
