#pragma once
// "Vectors" of one number: the same kernels in plain C++, for machines without wide instructions and for tests.

#include <cmath>

#include "ganvas/cpu/target.hpp"

GANVAS_BEGIN
namespace cpu::scalar {

using vf = float;
using vd = double;

GANVAS_INLINE vf load(const float* p) { return *p; }
GANVAS_INLINE vd load(const double* p) { return *p; }
GANVAS_INLINE void store(float* p, vf v) { *p = v; }
GANVAS_INLINE void store(double* p, vd v) { *p = v; }
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
/// x is NaN ? a : b
GANVAS_INLINE vf if_nan(vf x, vf a, vf b) { return std::isnan(x) ? a : b; }
GANVAS_INLINE vd if_nan(vd x, vd a, vd b) { return std::isnan(x) ? a : b; }
GANVAS_INLINE vf abs(vf a) { return std::fabs(a); }
GANVAS_INLINE vd abs(vd a) { return std::fabs(a); }
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
