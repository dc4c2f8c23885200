#pragma once
// The kernels compiled for avx2.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "ganvas/cpu/simd_avx2.hpp"
#include "ganvas/cpu/table.hpp"

#if GANVAS_X86
GANVAS_BEGIN
namespace cpu::avx2 {
inline constexpr char isa_name[] = "avx2";
template <class T>
inline constexpr index_t width = 32 / sizeof(T);
}  // namespace cpu::avx2
GANVAS_END

GANVAS_TARGET_BEGIN("avx2,fma")
GANVAS_BEGIN
namespace cpu::avx2 {
#  include "ganvas/cpu/kernels/far.inl"
#  include "ganvas/cpu/kernels/gemm.inl"
#  include "ganvas/cpu/kernels/math.inl"
#  include "ganvas/cpu/kernels/norm.inl"
#  include "ganvas/cpu/kernels/optim.inl"
#  include "ganvas/cpu/kernels/pointwise.inl"
#  include "ganvas/cpu/kernels/winograd.inl"
}  // namespace cpu::avx2
GANVAS_END
GANVAS_TARGET_END

GANVAS_BEGIN
namespace cpu::avx2 {
#  include "ganvas/cpu/kernels/table.inl"
}  // namespace cpu::avx2
GANVAS_END
#endif
