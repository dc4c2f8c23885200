#pragma once
// What this machine can do, measured in the same process as the benchmark: multiply-adds a second of a register tile
// from the first-level cache and bytes a second of a copy. fma.hpp has the processor's own limit.

#include <algorithm>
#include <chrono>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

namespace bench {

using ganvas::index_t;

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The shortest of `repeats` runs of body, in seconds: on a shared machine the one that was disturbed least.
template <class Body>
double best_time(int repeats, const Body& body) {
  double best = 1e9;
  for (int r = 0; r < repeats; ++r) {
    const double start = seconds();
    body();
    best = std::min(best, seconds() - start);
  }
  return best;
}

/// GFLOP/s of T with the threads in use: register tiles whose operands lie in the first-level cache.
template <class T>
double peak_gflops() {
  const auto& kernel = ganvas::cpu::kernels<T>().gemm;
  const index_t depth = 32;
  const int tiles = 4000;
  const index_t workers = ganvas::threads();
  const double time = best_time(25, [&] {
    ganvas::parallel_chunks(workers, 1, [&](index_t, index_t) {
      std::vector<T> a(static_cast<std::size_t>(kernel.rows * depth), T(1));
      std::vector<T> b(static_cast<std::size_t>(kernel.columns * depth), T(1));
      std::vector<T> c(static_cast<std::size_t>(kernel.rows * kernel.columns));
      std::vector<index_t> a_rows, c_rows;
      for (index_t r = 0; r < kernel.rows; ++r) {
        a_rows.push_back(r * depth);
        c_rows.push_back(r * kernel.columns);
      }
      const std::vector<ganvas::abi::GemmRun> runs(64, {0, 0, depth});
      for (int t = 0; t < tiles / 64; ++t)
        kernel.product(kernel.rows, kernel.columns, runs.data(), 64, a.data(), a_rows.data(), b.data(), c.data(),
                       c_rows.data(), ganvas::abi::GemmStore::overwrite, {});
    });
  });
  const auto steps = static_cast<double>(tiles / 64 * 64 * depth * workers);
  return 2e-9 * steps * static_cast<double>(kernel.rows * kernel.columns) / time;
}

/// Memory as tensors have it, on large pages where the system has some, and filled.
inline ganvas::Buffer<float> numbers(index_t n, float value) {
  ganvas::Buffer<float> b(n);
  std::fill_n(b.get(), n, value);
  return b;
}

/// GB/s of a copy of 64 MiB, counting bytes read and bytes written, with the threads in use.
inline double copy_bandwidth() {
  const index_t n = index_t{1} << 24;
  const auto from = numbers(n, 1), to = numbers(n, 0);
  const double time = best_time(7, [&] {
    ganvas::parallel_chunks(n, index_t{1} << 18, [&](index_t begin, index_t end) {
      std::copy(from.get() + begin, from.get() + end, to.get() + begin);
    });
  });
  return 8e-9 * static_cast<double>(n) / time;
}

}  // namespace bench
