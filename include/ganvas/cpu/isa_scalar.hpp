#pragma once
// The kernels compiled for scalar.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "ganvas/cpu/simd_scalar.hpp"
#include "ganvas/cpu/table.hpp"

GANVAS_BEGIN
namespace cpu::scalar {
inline constexpr char isa_name[] = "scalar";
template <class T>
inline constexpr index_t width = 1;
}  // namespace cpu::scalar
GANVAS_END

GANVAS_BEGIN
namespace cpu::scalar {
#include "ganvas/cpu/kernels/far.inl"
#include "ganvas/cpu/kernels/gemm.inl"
#include "ganvas/cpu/kernels/math.inl"
#include "ganvas/cpu/kernels/norm.inl"
#include "ganvas/cpu/kernels/optim.inl"
#include "ganvas/cpu/kernels/pointwise.inl"
#include "ganvas/cpu/kernels/winograd.inl"
}  // namespace cpu::scalar
GANVAS_END

GANVAS_BEGIN
namespace cpu::scalar {
#include "ganvas/cpu/kernels/table.inl"
}  // namespace cpu::scalar
GANVAS_END
