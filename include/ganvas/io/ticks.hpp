#pragma once
// Round numbers for the axes of plots.

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace io::detail {

/// An interval of an axis. Empty until something is added.
struct Range {
  double low = 1, high = 0;
  [[nodiscard]] bool empty() const { return low > high; }
  void add(double v) {
    if (!std::isfinite(v)) return;
    const bool first = empty();
    low = first ? v : std::min(low, v);
    high = first ? v : std::max(high, v);
  }
  /// Wider by a share of its length; never of length zero.
  [[nodiscard]] Range widened(double share) const {
    if (empty()) return {0, 1};
    const double by = high > low ? (high - low) * share : std::max(std::abs(low) * 0.1, 1e-6);
    return {low - by, high + by};
  }
};

/// About `count` multiples of 1, 2 or 5 times a power of ten inside the interval.
inline std::vector<double> ticks(const Range& r, int count) {
  const double rough = (r.high - r.low) / count;
  if (!(rough > 0) || !std::isfinite(rough)) return {};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  std::vector<double> at;
  for (double k = std::ceil(r.low / step - 1e-9); k * step <= r.high + step * 1e-9 && at.size() < 100; ++k)
    at.push_back(k * step);
  return at;
}

}  // namespace io::detail

GANVAS_END
