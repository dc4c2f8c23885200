#pragma once
// Signatures of the batch norm kernels that are compiled once for every instruction set. x, y, gx, gy are (rows, c)
// row-major, everything else has c elements.

#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_SHARED_BEGIN

template <class T>
struct NormKernels {
  /// pivot = a value near the mean of the rows; s1 = sum (x - pivot), s2 = sum (x - pivot)^2;  rows >= 1
  void (*moments)(const T* x, std::ptrdiff_t rows, std::ptrdiff_t c, T* pivot, T* s1, T* s2);
  /// y = (x - mean) scale + shift
  void (*apply)(const T* x, std::ptrdiff_t rows, std::ptrdiff_t c, const T* mean, const T* scale, const T* shift, T* y);
  /// s_gy = sum gy, s_gyx = sum gy (x - mean)
  void (*backward_sums)(const T* x, const T* gy, std::ptrdiff_t rows, std::ptrdiff_t c, const T* mean, T* s_gy,
                        T* s_gyx);
  /// gx = a gy + b (x - mean) + e
  void (*backward_apply)(const T* x, const T* gy, std::ptrdiff_t rows, std::ptrdiff_t c, const T* mean, const T* a,
                         const T* b, const T* e, T* gx);
};

GANVAS_SHARED_END
