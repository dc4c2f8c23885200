#pragma once
// Signatures of the batch norm kernels that are compiled once for every instruction set. x, y, gx, gy are (rows, c)
// row-major, everything else has c elements.

#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_SHARED_BEGIN

/// z = (x - mean) scale + shift by channel, and y = z if z > 0, else slope z: batch norm, and an activation with it
/// (slope 0 for ReLU, 1 for none).
template <class T>
struct NormMap {
  const T* mean;
  const T* scale;
  const T* shift;
  T slope;
};

template <class T>
struct NormKernels {
  /// pivot = a value near the mean of the rows; s1 = sum (x - pivot), s2 = sum (x - pivot)^2;  rows >= 1
  void (*moments)(const T* x, std::ptrdiff_t rows, std::ptrdiff_t c, T* pivot, T* s1, T* s2);
  /// y of the map. far: y goes past the caches, which do not hold it.
  void (*apply)(const T* x, std::ptrdiff_t rows, std::ptrdiff_t c, const NormMap<T>& map, T* y, bool far);
  /// s_gz = sum gz, s_gzx = sum gz (x - mean);  gz = gy if z > 0, else slope gy
  void (*backward_sums)(const T* x, const T* gy, std::ptrdiff_t rows, std::ptrdiff_t c, const NormMap<T>& map, T* s_gz,
                        T* s_gzx);
  /// gx = a gz + b (x - mean) + e; far as above
  void (*backward_apply)(const T* x, const T* gy, std::ptrdiff_t rows, std::ptrdiff_t c, const NormMap<T>& map,
                         const T* a, const T* b, const T* e, T* gx, bool far);
};

GANVAS_SHARED_END
