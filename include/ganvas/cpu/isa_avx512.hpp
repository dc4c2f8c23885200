#pragma once
// The kernels compiled for avx512.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "ganvas/cpu/simd_avx512.hpp"
#include "ganvas/cpu/table.hpp"

#if GANVAS_X86
GANVAS_BEGIN
namespace cpu::avx512 {
inline constexpr char isa_name[] = "avx512";
template <class T>
inline constexpr index_t width = 64 / sizeof(T);
}  // namespace cpu::avx512
GANVAS_END

GANVAS_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
GANVAS_BEGIN
namespace cpu::avx512 {
#  include "ganvas/cpu/kernels/far.inl"
#  include "ganvas/cpu/kernels/gemm.inl"
#  include "ganvas/cpu/kernels/math.inl"
#  include "ganvas/cpu/kernels/norm.inl"
#  include "ganvas/cpu/kernels/optim.inl"
#  include "ganvas/cpu/kernels/pointwise.inl"
#  include "ganvas/cpu/kernels/winograd.inl"
}  // namespace cpu::avx512
GANVAS_END
GANVAS_TARGET_END

GANVAS_BEGIN
namespace cpu::avx512 {
#  include "ganvas/cpu/kernels/table.inl"
}  // namespace cpu::avx512
GANVAS_END
#endif
