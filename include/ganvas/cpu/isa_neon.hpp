#pragma once
// The kernels compiled for neon.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "ganvas/cpu/simd_neon.hpp"
#include "ganvas/cpu/table.hpp"

#if GANVAS_ARM64
GANVAS_BEGIN
namespace cpu::neon {
inline constexpr char isa_name[] = "neon";
template <class T>
inline constexpr index_t width = 16 / sizeof(T);
}  // namespace cpu::neon
GANVAS_END

GANVAS_BEGIN
namespace cpu::neon {
#  include "ganvas/cpu/kernels/far.inl"
#  include "ganvas/cpu/kernels/gemm.inl"
#  include "ganvas/cpu/kernels/math.inl"
#  include "ganvas/cpu/kernels/norm.inl"
#  include "ganvas/cpu/kernels/optim.inl"
#  include "ganvas/cpu/kernels/pointwise.inl"
#  include "ganvas/cpu/kernels/winograd.inl"
}  // namespace cpu::neon
GANVAS_END

GANVAS_BEGIN
namespace cpu::neon {
#  include "ganvas/cpu/kernels/table.inl"
}  // namespace cpu::neon
GANVAS_END
#endif
