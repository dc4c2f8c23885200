#pragma once
// One way to time a kernel under Google Benchmark: every call is timed alone, and the counters give the shortest and
// the median call, the rate of the shortest, and what part of the peak that is. The machine may be shared: the shortest
// call is the one that was disturbed least, and the peak is measured again before each benchmark and its best is kept.

#include <algorithm>
#include <benchmark/benchmark.h>
#include <map>
#include <string>
#include <vector>

#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"

#include "peak.hpp"

namespace bench {

/// The best peak of T seen so far with this number of threads.
template <class T>
double best_peak(int threads) {
  static std::map<int, double> best;
  ganvas::set_threads(threads);
  return best[threads] = std::max(best[threads], peak_gflops<T>());
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
  if (flops > 0) {
    state.counters["GFLOP/s"] = 1e-9 * flops / least;
    state.counters["peak_%"] = 1e-7 * flops / least / peak;
  }
  if (bytes > 0) state.counters["GB/s"] = 1e-9 * bytes / least;
}

/// Registers "name/threads:1", "name/threads:2", ... up to the processors, by powers of two.
template <class Run>
void for_threads(const std::string& name, const Run& run) {
  ganvas::set_threads(0);
  const int processors = ganvas::threads();
  for (int threads = 1; threads <= processors; threads *= 2)
    benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(threads)).c_str(),
                                 [run, threads](benchmark::State& state) { run(state, threads); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

/// Prints the machine's peaks and the instruction set, then runs what was registered.
inline int run_all(int argc, char** argv) {
  benchmark::AddCustomContext("instruction set", ganvas::cpu::kernels<float>().name);
  for (int threads = 1; threads <= 2; ++threads)
    benchmark::AddCustomContext("peak GFLOP/s, threads " + std::to_string(threads),
                                std::to_string(best_peak<float>(threads)));
  benchmark::AddCustomContext("copy GB/s, threads 2", std::to_string(copy_bandwidth()));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace bench
