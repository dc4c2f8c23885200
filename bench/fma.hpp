#pragma once
// The processor's own limit: multiply-adds a second of floats with nothing but registers, by the widest vectors it has.
// The flat roof of the report. (peak.hpp has the register tile of ganvas, which loads its operands from the cache.)

#include <cstddef>

#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/target.hpp"

#include "peak.hpp"

namespace bench {

/// Operands that the compiler does not know: a chain x = x * half + one tends to 2.
inline const volatile float half = 0.5F, one = 1;
constexpr int chains = 12;  ///< independent ones: latency 4 times two a cycle are 8, and more than 14 need not fit

#if GANVAS_X86
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wignored-attributes"  // of vectors in arrays

/// The sum of the chains after `times` rounds each.
__attribute__((target("avx512f"), noinline)) inline float fma_512(std::ptrdiff_t times) {
  const __m512 a = _mm512_set1_ps(half), b = _mm512_set1_ps(one);
  __m512 x[chains], sum = b;
  for (__m512& v : x) v = b;
  for (std::ptrdiff_t t = 0; t < times; ++t)
    for (__m512& v : x) v = _mm512_fmadd_ps(v, a, b);
  for (const __m512& v : x) sum = _mm512_add_ps(sum, v);
  return _mm512_cvtss_f32(sum);
}
__attribute__((target("avx2,fma"), noinline)) inline float fma_256(std::ptrdiff_t times) {
  const __m256 a = _mm256_set1_ps(half), b = _mm256_set1_ps(one);
  __m256 x[chains], sum = b;
  for (__m256& v : x) v = b;
  for (std::ptrdiff_t t = 0; t < times; ++t)
    for (__m256& v : x) v = _mm256_fmadd_ps(v, a, b);
  for (const __m256& v : x) sum = _mm256_add_ps(sum, v);
  return _mm256_cvtss_f32(sum);
}
#  pragma GCC diagnostic pop
#endif

/// GFLOP/s of the threads in use: the better one of both vector widths; elsewhere that of the register tile.
inline double fma_gflops() {
#if GANVAS_X86
  const std::ptrdiff_t times = 100000;
  const index_t workers = ganvas::threads();
  const auto rate = [&](float (*loop)(std::ptrdiff_t), double lanes) {
    const double time = best_time(15, [&] {
      ganvas::parallel_chunks(workers, 1, [&](index_t, index_t) {
        [[maybe_unused]] volatile float result = loop(times);  // or the loop would be left out
      });
    });
    return 2e-9 * lanes * chains * static_cast<double>(times * workers) / time;
  };
  double best = 0;
  if (__builtin_cpu_supports("avx512f") != 0) best = rate(fma_512, 16);
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0)
    best = std::max(best, rate(fma_256, 8));
  if (best > 0) return best;
#endif
  return peak_gflops<float>();
}

}  // namespace bench
