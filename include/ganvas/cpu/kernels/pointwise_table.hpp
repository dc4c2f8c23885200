#pragma once
// Signatures of the pointwise kernels that are compiled once for every instruction set.

#include <cstddef>

namespace ganvas::abi {

template <class T>
struct PointwiseKernels {
  void (*axpy)(T a, const T* x, T* y, std::ptrdiff_t n);  ///< y <- y + a x
};

}  // namespace ganvas::abi
