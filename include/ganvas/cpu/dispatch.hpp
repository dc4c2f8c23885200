#pragma once
// kernels<T>(): the table of the best instruction set of this machine, chosen once.
// The environment variable GANVAS_ISA=scalar|avx2|avx512|neon overrides the choice.

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

/// The table named by GANVAS_ISA, or the widest that this machine can run. Throws ValueError for a name that is
/// unknown or asks for more than the machine has.
template <class T>
const abi::KernelTable<T>& choose() {
  struct Variant {
    const abi::KernelTable<T>* table;
    bool usable;
  };
  const Variant variants[] = {
#  if GANVAS_X86
    {&avx512::table<T>, has_avx512()},
    {&avx2::table<T>, has_avx2()},
#  endif
#  if GANVAS_ARM64
    {&neon::table<T>, true},
#  endif
    {&scalar::table<T>, true}
  };
  const char* forced = std::getenv("GANVAS_ISA");
  for (const Variant& v : variants) {
    if (forced != nullptr && *forced != '\0' && std::string_view(forced) != v.table->name) continue;
    if (v.usable) return *v.table;
  }
  fail<ValueError>(
      "cpu", "GANVAS_ISA=", forced,
      " names no instruction set that this machine can run; unset it or use scalar, avx2, avx512 or neon.");
}

template <class T>
const abi::KernelTable<T>& kernels() {
  static const abi::KernelTable<T>& best = choose<T>();
  return best;
}

#else

template <class T>
const abi::KernelTable<T>& kernels();
template <>
inline const abi::KernelTable<float>& kernels<float>() {
  static const auto& best = *static_cast<const abi::KernelTable<float>*>(ganvas_v0_1_kernel_table_float());
  return best;
}
template <>
inline const abi::KernelTable<double>& kernels<double>() {
  static const auto& best = *static_cast<const abi::KernelTable<double>*>(ganvas_v0_1_kernel_table_double());
  return best;
}

#endif

}  // namespace cpu

GANVAS_END
