#pragma once
// ganvas and a peer call by call in turn, so that a machine whose speed drifts treats both alike. What both compute is
// compared first: a peer that gives something else is an error, not a time.
// Counters: "ratio" is the peer's time over ganvas's, of the shortest calls, and "median_ratio" of the median ones:
// above 1, ganvas is faster. The context "peer" (AddCustomContext) names the peer for the report.

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cmath>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"

#include "measure.hpp"

namespace bench {

/// |a - b| / |b|, of all n numbers together.
inline double relative_error(const float* a, const float* b, index_t n) {
  double difference = 0, size = 0;
  for (index_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    difference += d * d;
    size += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return std::sqrt(difference / size);
}

/// Times own() and peer() in turn. error is how far their results are apart, flops and bytes are those of one call.
template <class Own, class Peer>
void versus(benchmark::State& state, int threads, double flops, double bytes, double error, const Own& own,
            const Peer& peer) {
  if (!(error < 1e-4)) return state.SkipWithError(("the results differ by " + std::to_string(error)).c_str());
  const double peak = best_peak<float>(threads);
  std::vector<double> ours, theirs;
  for (auto _ : state) {
    const double start = seconds();
    own();
    const double middle = seconds();
    peer();
    const double end = seconds();
    ours.push_back(middle - start);
    theirs.push_back(end - middle);
    state.SetIterationTime(end - start);
  }
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  const double median = ours[ours.size() / 2], peer_median = theirs[theirs.size() / 2];
  state.counters["threads"] = threads;
  state.counters["min_ms"] = 1e3 * ours.front();
  state.counters["median_ms"] = 1e3 * median;
  state.counters["peer_min_ms"] = 1e3 * theirs.front();
  state.counters["peer_median_ms"] = 1e3 * peer_median;
  state.counters["ratio"] = theirs.front() / ours.front();
  state.counters["median_ratio"] = peer_median / median;
  rates(state, flops, bytes, ours.front(), peak);
}

}  // namespace bench
