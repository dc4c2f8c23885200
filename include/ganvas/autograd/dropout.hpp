#pragma once
// Dropout [Srivastava et al. 2014], inverted: the scaling happens in training, so evaluation needs none.

#include <type_traits>
#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// y = x m,  every m independently 0 with probability p and 1/(1-p) otherwise, so that E[y] = x.   gx = gy m
/// 0 <= p < 1. The random numbers that are drawn depend on the number of elements alone.
template <class T>
[[nodiscard]] Var<T> dropout(const Var<T>& x, std::type_identity_t<T> p, Random& random) {
  require<ValueError>(T(0) <= p && p < T(1), "dropout", "the probability to drop must lie in [0, 1), but is ", p, ".");
  Tensor<T> mask = random.uniform<T>(x.shape());
  T* m = mask.mutable_data();
  const T keep = T(1) / (T(1) - p);
  parallel_chunks(mask.numel(), 16384, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) m[i] = m[i] < p ? T(0) : keep;
  });
  return mul(x, Var<T>(std::move(mask)));
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> dropout(const Var<float>&, float, Random&))

GANVAS_END
