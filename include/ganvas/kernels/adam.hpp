#pragma once
// The optimisers' updates in parallel. Each is one pass over a parameter, its gradient and its state: they are bound by
// memory, so what matters is to touch every number once.

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

GANVAS_BEGIN

namespace kernels {

using abi::AdamStep;
using abi::RmsPropStep;
using abi::SgdStep;

/// Elements that one thread takes at a time; every element is updated by itself, so any partition gives the same bits
/// as long as its cuts are multiples of the vector width.
inline constexpr index_t optim_grain = 16384;

/// See abi::AdamStep for the formula; n elements each.
template <class T>
void adam(const AdamStep<T>& s, T* w, const T* g, T* m, T* v, index_t n) {
  const auto kernel = cpu::adam<T>();
  parallel_chunks(n, optim_grain, [&](index_t i, index_t end) { kernel(s, w + i, g + i, m + i, v + i, end - i); });
}

/// See abi::RmsPropStep; mean may be null (not centered), buffer too (no momentum).
template <class T>
void rmsprop(const RmsPropStep<T>& s, T* w, const T* g, T* square, T* mean, T* buffer, index_t n) {
  const auto kernel = cpu::rmsprop<T>();
  parallel_chunks(n, optim_grain, [&](index_t i, index_t end) {
    kernel(s, w + i, g + i, square + i, mean == nullptr ? mean : mean + i, buffer == nullptr ? buffer : buffer + i,
           end - i);
  });
}

/// See abi::SgdStep; buffer may be null (no momentum).
template <class T>
void sgd(const SgdStep<T>& s, T* w, const T* g, T* buffer, index_t n) {
  const auto kernel = cpu::sgd<T>();
  parallel_chunks(n, optim_grain, [&](index_t i, index_t end) {
    kernel(s, w + i, g + i, buffer == nullptr ? buffer : buffer + i, end - i);
  });
}

/// y <- y + a (x - y): a step of part a from y to x (moving averages). a = 1 copies x, to the last bit.
template <class T>
void lerp(T a, const T* x, T* y, index_t n) {
  const auto kernel = cpu::lerp<T>();
  parallel_chunks(n, optim_grain, [&](index_t i, index_t end) { kernel(a, x + i, y + i, end - i); });
}

}  // namespace kernels

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(void kernels::adam(const abi::AdamStep<float>&, float*, const float*, float*, float*, index_t))
GANVAS_INSTANCE(void kernels::rmsprop(const abi::RmsPropStep<float>&, float*, const float*, float*, float*, float*,
                                      index_t))
GANVAS_INSTANCE(void kernels::sgd(const abi::SgdStep<float>&, float*, const float*, float*, index_t))
GANVAS_INSTANCE(void kernels::lerp(float, const float*, float*, index_t))

GANVAS_END
