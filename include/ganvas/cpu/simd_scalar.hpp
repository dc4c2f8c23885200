#pragma once
// "Vectors" of one number: the same kernels in plain C++, for machines without wide instructions and for tests.

#include <bit>
#include <cmath>
#include <cstdint>

#include "ganvas/cpu/target.hpp"

GANVAS_BEGIN
namespace cpu::scalar {

using vf = float;
using vd = double;

GANVAS_INLINE vf load(const float* p) { return *p; }
GANVAS_INLINE vd load(const double* p) { return *p; }
GANVAS_INLINE void store(float* p, vf v) { *p = v; }
GANVAS_INLINE void store(double* p, vd v) { *p = v; }
/// past the caches where the machine has words for it
GANVAS_INLINE void store_far(float* p, vf v) { store(p, v); }
GANVAS_INLINE void store_far(double* p, vd v) { store(p, v); }
GANVAS_INLINE void store_far_end() {}
GANVAS_INLINE vf set1(float a) { return a; }
GANVAS_INLINE vd set1(double a) { return a; }
GANVAS_INLINE vf add(vf a, vf b) { return a + b; }
GANVAS_INLINE vd add(vd a, vd b) { return a + b; }
GANVAS_INLINE vf sub(vf a, vf b) { return a - b; }
GANVAS_INLINE vd sub(vd a, vd b) { return a - b; }
GANVAS_INLINE vf mul(vf a, vf b) { return a * b; }
GANVAS_INLINE vd mul(vd a, vd b) { return a * b; }
GANVAS_INLINE vf div(vf a, vf b) { return a / b; }
GANVAS_INLINE vd div(vd a, vd b) { return a / b; }
/// a b + c; rounded twice where the machine has no fused instruction
GANVAS_INLINE vf fma(vf a, vf b, vf c) { return a * b + c; }
GANVAS_INLINE vd fma(vd a, vd b, vd c) { return a * b + c; }
GANVAS_INLINE vf sqrt(vf a) { return std::sqrt(a); }
GANVAS_INLINE vd sqrt(vd a) { return std::sqrt(a); }
/// x > 0 ? a : b (b where x is NaN)
GANVAS_INLINE vf positive(vf x, vf a, vf b) { return x > float(0) ? a : b; }
GANVAS_INLINE vd positive(vd x, vd a, vd b) { return x > double(0) ? a : b; }
/// a < b ? x : y (y where one is NaN)
GANVAS_INLINE vf less(vf a, vf b, vf x, vf y) { return a < b ? x : y; }
GANVAS_INLINE vd less(vd a, vd b, vd x, vd y) { return a < b ? x : y; }
/// a > b ? a : b (b where one is NaN)
GANVAS_INLINE vf larger(vf a, vf b) { return a > b ? a : b; }
GANVAS_INLINE vd larger(vd a, vd b) { return a > b ? a : b; }
/// a < b ? a : b (b where one is NaN)
GANVAS_INLINE vf smaller(vf a, vf b) { return a < b ? a : b; }
GANVAS_INLINE vd smaller(vd a, vd b) { return a < b ? a : b; }
/// the nearest whole number, the even one of two, for |a| < 2^31; by an instruction of its own: -ffast-math drops a
/// trick with a large sum
GANVAS_INLINE vf nearest(vf a) {
#if defined(__SSE2__)
  return static_cast<float>(_mm_cvtss_si32(_mm_set_ss(a)));
#else
  return std::nearbyint(a);
#endif
}
/// x is NaN ? a : b
GANVAS_INLINE vf if_nan(vf x, vf a, vf b) { return std::isnan(x) ? a : b; }
GANVAS_INLINE vd if_nan(vd x, vd a, vd b) { return std::isnan(x) ? a : b; }
GANVAS_INLINE vf abs(vf a) { return std::fabs(a); }
GANVAS_INLINE vd abs(vd a) { return std::fabs(a); }
/// -|a|
GANVAS_INLINE vf minus_abs(vf a) { return -std::fabs(a); }
GANVAS_INLINE vd minus_abs(vd a) { return -std::fabs(a); }
/// |a| with the sign of x
GANVAS_INLINE vf with_sign(vf a, vf x) { return std::copysign(a, x); }
/// a 2^n for whole n, |n| <= 250: in two steps, since 2^n alone may overflow. Whole numbers are read from the bits of
/// n + 1.5 2^23, which is defined for NaN too.
GANVAS_INLINE vf scale(vf a, vf n) {
  const auto i = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(n + 0x1.8p23F) - 0x4B400000U);
  const std::int32_t half = i >> 1;
  const auto power = [](std::int32_t k) { return std::bit_cast<float>((static_cast<std::uint32_t>(k) + 127U) << 23U); };
  return a * power(half) *
         power(static_cast<std::int32_t>(static_cast<std::uint32_t>(i) - static_cast<std::uint32_t>(half)));
}
/// x = m 2^e with sqrt(1/2) <= m < sqrt(2), for positive normal x
GANVAS_INLINE vf split(vf x, vf& e) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::int32_t k = static_cast<std::int32_t>(bits - 0x3F3504F3U) >> 23;
  e = static_cast<float>(k);
  return std::bit_cast<float>(bits - (static_cast<std::uint32_t>(k) << 23U));
}
/// the first n lanes, zero in the others; 0 <= n <= 1
GANVAS_INLINE vf load_n(const float* p, index_t n) { return n > 0 ? *p : float(0); }
GANVAS_INLINE vd load_n(const double* p, index_t n) { return n > 0 ? *p : double(0); }
GANVAS_INLINE void store_n(float* p, vf v, index_t n) {
  if (n > 0) *p = v;
}
GANVAS_INLINE void store_n(double* p, vd v, index_t n) {
  if (n > 0) *p = v;
}

}  // namespace cpu::scalar
GANVAS_END
