#pragma once
// The kernel tables: one function pointer a kernel, one table an instruction set and scalar type (BLIS calls it the
// context). Their types live outside the inline namespace and have no inline functions: objects compiled with other
// flags share them.

#include <cstddef>

#include "ganvas/core/config.hpp"
#include "ganvas/cpu/kernels/gemm_table.hpp"
#include "ganvas/cpu/kernels/norm_table.hpp"
#include "ganvas/cpu/kernels/optim_table.hpp"
#include "ganvas/cpu/kernels/pointwise_table.hpp"
#include "ganvas/cpu/kernels/winograd_table.hpp"

GANVAS_SHARED_BEGIN

/// What most kernels need to know of the instruction set, and the products, on which everything is built.
template <class T>
struct KernelTable {
  const char* name;      ///< "avx512", "avx2", "neon" or "scalar"
  std::ptrdiff_t width;  ///< numbers of type T in one vector register
  GemmKernels<T> gemm;
};

/// All kernels of one instruction set: what ganvas::compiled holds.
template <class T>
struct LibraryTable {
  KernelTable<T> common;
  PointwiseKernels<T> pointwise;
  NormKernels<T> norm;
  OptimKernels<T> optim;
  WinogradKernels<T> winograd;
};

GANVAS_SHARED_END
