#pragma once
// The kernels of the best instruction set of this machine, which is chosen once: kernels<T>() and what follows it here.
// They are asked for one by one or in small tables, so a program compiles what it uses and no more. The environment
// variable GANVAS_ISA=scalar|avx2|avx512|neon overrides the choice.

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/cpu/table.hpp"

#if defined(GANVAS_COMPILED)
// The library's object holds the tables (CMake target ganvas::compiled); this file only names them.
extern "C" {
const void* ganvas_v0_1_kernel_table_float();
const void* ganvas_v0_1_kernel_table_double();
}
#else
#  include "ganvas/cpu/isa_avx2.hpp"
#  include "ganvas/cpu/isa_avx512.hpp"
#  include "ganvas/cpu/isa_neon.hpp"
#  include "ganvas/cpu/isa_scalar.hpp"
#endif

GANVAS_BEGIN

namespace cpu {

#if !defined(GANVAS_COMPILED)

#  if GANVAS_X86
inline bool has_avx2() { return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0; }
inline bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}
#  endif

/// Instruction sets and their kernels. Every member is a list in the order of the sets, compiled if it is used.
template <class... Isa>
struct IsaList {
  static constexpr const char* names[] = {Isa::name...};
  template <class T>
  static constexpr const abi::KernelTable<T>* table[] = {&Isa::template table<T>...};
  template <class T>
  static constexpr const abi::NormKernels<T>* norm[] = {&Isa::template norm_table<T>...};
  template <class T>
  static constexpr const abi::WinogradKernels<T>* winograd[] = {&Isa::template winograd_table<T>...};
  template <class T>
  static constexpr const abi::PointwiseKernels<T>* pointwise[] = {&Isa::template pointwise_table<T>...};
  template <abi::Unary op, class T>
  static constexpr abi::UnaryKernel<T> unary[] = {Isa::template unary_kernel<op, T>...};
  template <abi::Binary op, class T>
  static constexpr abi::BinaryKernel<T> binary[] = {Isa::template binary_kernel<op, T>...};
  template <abi::Reduce op, class T>
  static constexpr abi::ReduceKernels<T> reduce[] = {Isa::template reduce_kernels<op, T>...};
  template <class T>
  static constexpr abi::AdamKernel<T> adam[] = {Isa::template adam_kernel<T>...};
  template <class T>
  static constexpr abi::RmsPropKernel<T> rmsprop[] = {Isa::template rmsprop_kernel<T>...};
  template <class T>
  static constexpr abi::SgdKernel<T> sgd[] = {Isa::template sgd_kernel<T>...};
  template <class T>
  static constexpr abi::LerpKernel<T> lerp[] = {Isa::template lerp_kernel<T>...};
};

// From the widest to the narrowest, and which of them this machine can run.
#  if GANVAS_X86
using Isas = IsaList<avx512::Isa, avx2::Isa, scalar::Isa>;
inline std::array<bool, 3> usable() { return {has_avx512(), has_avx2(), true}; }
#  elif GANVAS_ARM64
using Isas = IsaList<neon::Isa, scalar::Isa>;
inline std::array<bool, 2> usable() { return {true, true}; }
#  else
using Isas = IsaList<scalar::Isa>;
inline std::array<bool, 1> usable() { return {true}; }
#  endif

/// The set named by GANVAS_ISA, or the widest that this machine can run. Throws ValueError for a name that is unknown
/// or asks for more than the machine has.
inline std::size_t choose() {
  const auto can_run = usable();
  const char* forced = std::getenv("GANVAS_ISA");
  for (std::size_t i = 0; i < can_run.size(); ++i) {
    if (forced != nullptr && *forced != '\0' && std::string_view(forced) != Isas::names[i]) continue;
    if (can_run[i]) return i;
  }
  fail<ValueError>(
      "cpu", "GANVAS_ISA=", forced,
      " names no instruction set that this machine can run; unset it or use scalar, avx2, avx512 or neon.");
}
inline std::size_t chosen() {
  static const std::size_t best = choose();
  return best;
}

template <class T>
const abi::KernelTable<T>& kernels() {
  return *Isas::table<T>[chosen()];
}
template <class T>
const abi::NormKernels<T>& norm() {
  return *Isas::norm<T>[chosen()];
}
template <class T>
const abi::WinogradKernels<T>& winograd() {
  return *Isas::winograd<T>[chosen()];
}
/// All pointwise kernels, for who asks for them by numbers; the functions below compile one alone.
template <class T>
const abi::PointwiseKernels<T>& pointwise() {
  return *Isas::pointwise<T>[chosen()];
}
template <abi::Unary op, class T>
abi::UnaryKernel<T> unary() {
  return Isas::unary<op, T>[chosen()];
}
template <abi::Binary op, class T>
abi::BinaryKernel<T> binary() {
  return Isas::binary<op, T>[chosen()];
}
template <abi::Reduce op, class T>
abi::ReduceKernels<T> reduce() {
  return Isas::reduce<op, T>[chosen()];
}
template <class T>
abi::AdamKernel<T> adam() {
  return Isas::adam<T>[chosen()];
}
template <class T>
abi::RmsPropKernel<T> rmsprop() {
  return Isas::rmsprop<T>[chosen()];
}
template <class T>
abi::SgdKernel<T> sgd() {
  return Isas::sgd<T>[chosen()];
}
template <class T>
abi::LerpKernel<T> lerp() {
  return Isas::lerp<T>[chosen()];
}

#else

template <class T>
const abi::LibraryTable<T>& library();
template <>
inline const abi::LibraryTable<float>& library<float>() {
  static const auto& best = *static_cast<const abi::LibraryTable<float>*>(ganvas_v0_1_kernel_table_float());
  return best;
}
template <>
inline const abi::LibraryTable<double>& library<double>() {
  static const auto& best = *static_cast<const abi::LibraryTable<double>*>(ganvas_v0_1_kernel_table_double());
  return best;
}

template <class T>
const abi::KernelTable<T>& kernels() {
  return library<T>().common;
}
template <class T>
const abi::NormKernels<T>& norm() {
  return library<T>().norm;
}
template <class T>
const abi::WinogradKernels<T>& winograd() {
  return library<T>().winograd;
}
template <class T>
const abi::PointwiseKernels<T>& pointwise() {
  return library<T>().pointwise;
}
template <abi::Unary op, class T>
abi::UnaryKernel<T> unary() {
  return pointwise<T>().unary[static_cast<int>(op)];
}
template <abi::Binary op, class T>
abi::BinaryKernel<T> binary() {
  return pointwise<T>().binary[static_cast<int>(op)];
}
template <abi::Reduce op, class T>
abi::ReduceKernels<T> reduce() {
  return pointwise<T>().reduce[static_cast<int>(op)];
}
template <class T>
abi::AdamKernel<T> adam() {
  return library<T>().optim.adam;
}
template <class T>
abi::RmsPropKernel<T> rmsprop() {
  return library<T>().optim.rmsprop;
}
template <class T>
abi::SgdKernel<T> sgd() {
  return library<T>().optim.sgd;
}
template <class T>
abi::LerpKernel<T> lerp() {
  return library<T>().optim.lerp;
}

#endif

}  // namespace cpu

GANVAS_END
