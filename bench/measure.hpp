#pragma once
// One way to time a kernel under Google Benchmark: every call is timed alone, and the counters give the shortest and
// the median call, the rate of the shortest, and what part of the peak that is. The machine may be shared: the shortest
// call is the one that was disturbed least, and the peak is measured again before each benchmark and its best is kept.

#include <algorithm>
#include <benchmark/benchmark.h>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

#include "fma.hpp"
#include "peak.hpp"

namespace bench {

/// The best peak of T seen so far with this number of threads, which are in use from now on.
template <class T>
double best_peak(int threads) {
  static std::map<int, double> best;
  ganvas::set_threads(threads);
  const double now = std::is_same_v<T, float> ? fma_gflops() : peak_gflops<T>();
  return best[threads] = std::max(best[threads], now);
}

/// The best bandwidth of a copy seen so far with the threads in use.
inline double best_copy() {
  static std::map<int, double> best;
  double& known = best[ganvas::threads()];
  return known = std::max(known, copy_bandwidth());
}

/// What the report's roofline needs of one call that took `least` seconds: flops is its work, bytes what it has to move
/// at least, each 0 if it says nothing.
inline void rates(benchmark::State& state, double flops, double bytes, double least, double peak) {
  if (flops > 0) {
    state.counters["GFLOP/s"] = 1e-9 * flops / least;
    state.counters["peak_%"] = 1e-7 * flops / least / peak;
  }
  if (bytes > 0) state.counters["GB/s"] = 1e-9 * bytes / least;
  if (flops == 0 && bytes > 96e6)
    state.counters["copy_%"] = 1e-7 * bytes / least / best_copy();  // more than caches hold
  if (flops > 0 && bytes > 0) state.counters["flop/B"] = flops / bytes;
}

/// Times body with a number of threads. flops is the work of one call (0: no rate), bytes what it has to move (0:
/// none).
template <class T = float, class Body>
void measure(benchmark::State& state, int threads, double flops, double bytes, const Body& body) {
  const double peak = best_peak<T>(threads);
  body();
  std::vector<double> times;
  for (auto _ : state) {
    const double start = seconds();
    body();
    times.push_back(seconds() - start);
    state.SetIterationTime(times.back());
  }
  std::sort(times.begin(), times.end());
  const double least = times.front();
  state.counters["threads"] = threads;
  state.counters["min_ms"] = 1e3 * least;
  state.counters["median_ms"] = 1e3 * times[times.size() / 2];
  rates(state, flops, bytes, least, peak);
}

/// The numbers of threads that are measured: one, and all processors.
inline std::vector<int> thread_counts() {
  ganvas::set_threads(0);
  const int processors = ganvas::threads();
  return processors > 1 ? std::vector<int>{1, processors} : std::vector<int>{1};
}

/// Registers "name/threads:1" and "name/threads:N", with the N processors of this machine.
template <class Run>
void for_threads(const std::string& name, const Run& run) {
  for (const int threads : thread_counts())
    benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(threads)).c_str(),
                                 [run, threads](benchmark::State& state) { run(state, threads); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

/// Notes how this was built and what the machine can do, then runs what was registered.
inline int run_all(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("instruction set", ganvas::cpu::kernels<float>().name);
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", __VERSION__);
#else
  benchmark::AddCustomContext("compiler", "g++ " __VERSION__);
#endif
#if defined(BENCH_FLAGS)
  benchmark::AddCustomContext("flags", BENCH_FLAGS);
#endif
  for (const int threads : thread_counts()) {
    const std::string with = ", threads " + std::to_string(threads);
    benchmark::AddCustomContext("peak GFLOP/s" + with, std::to_string(best_peak<float>(threads)));
    benchmark::AddCustomContext("register tile GFLOP/s" + with, std::to_string(peak_gflops<float>()));
    benchmark::AddCustomContext("copy GB/s" + with, std::to_string(best_copy()));
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace bench
