#pragma once
// Mixtures of Gaussians in the plane, the smallest problems that show a generator losing modes: a ring and a grid, and
// the scores they are judged by [Srivastava et al. 2017, VEEGAN, sec. 4.1; Lin et al. 2018, PacGAN, sec. 4.1].

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace data {

/// How well points cover the modes of a mixture.
struct ModeStatistics {
  index_t modes = 0;        ///< of the mixture
  index_t covered = 0;      ///< modes that are nearest to at least one point of high quality
  double high_quality = 0;  ///< share of the points within three standard deviations of a centre
  /// sum q_m log(M q_m) in nats, q_m the share of mode m in the points of high quality [Lin et al. 2018, sec. 4.1]; 0
  /// where there are none, so it means nothing without high_quality.
  double reverse_kl = 0;
  std::vector<index_t> counts;  ///< points of high quality by mode
};

/// Equally likely round Gaussians.
template <class T = float>
struct GaussianMixture {
  Tensor<T> centres;  ///< (M,2)
  T sigma;            ///< standard deviation in each direction

  [[nodiscard]] index_t modes() const { return centres.shape()[0]; }

  /// n points (n,2): a mode each, chosen evenly, plus noise.
  [[nodiscard]] Tensor<T> sample(index_t n, Random& rng) const {
    require<ValueError>(n >= 0, "gaussians", "the number of points must be 0 or more, but is ", n, ".");
    const std::vector<index_t> mode = rng.integers(n, 0, modes());
    Tensor<T> points = rng.template normal<T>({n, 2}, T(0), sigma);
    T* const p = points.mutable_data();
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < 2; ++k) p[2 * i + k] += centres.data()[2 * mode[static_cast<std::size_t>(i)] + k];
    return points;
  }

  /// Scores points (N,2). Points that are not finite have no nearest mode and low quality.
  [[nodiscard]] ModeStatistics statistics(const Tensor<T>& points) const {
    require(points.rank() == 2 && points.shape()[1] == 2 && !points.empty(), "gaussians",
            "points must have shape (N,2) with N > 0, but have ", points.shape(), ".");
    ModeStatistics s;
    s.modes = modes();
    s.counts.resize(static_cast<std::size_t>(modes()));
    index_t good = 0;
    for (index_t i = 0; i < points.shape()[0]; ++i) {
      double best = std::numeric_limits<double>::infinity();
      std::size_t mode = 0;
      for (index_t m = 0; m < modes(); ++m) {
        const double distance = std::hypot(static_cast<double>(points.data()[2 * i] - centres.data()[2 * m]),
                                           static_cast<double>(points.data()[2 * i + 1] - centres.data()[2 * m + 1]));
        if (distance < best) {
          best = distance;
          mode = static_cast<std::size_t>(m);
        }
      }
      if (best < 3 * static_cast<double>(sigma)) {
        ++good;
        ++s.counts[mode];
      }
    }
    for (const index_t count : s.counts) {
      if (count == 0) continue;  // q log q -> 0
      ++s.covered;
      const double q = static_cast<double>(count) / static_cast<double>(good);
      s.reverse_kl += q * std::log(q * static_cast<double>(modes()));
    }
    s.high_quality = static_cast<double>(good) / static_cast<double>(points.shape()[0]);
    return s;
  }
};

/// Modes on a circle.
template <class T = float>
[[nodiscard]] GaussianMixture<T> ring(index_t modes = 8, T radius = T(1), T sigma = T(0.01)) {
  require<ValueError>(modes >= 1 && sigma > T(0), "gaussians", "a ring needs at least one mode and sigma > 0, but got ",
                      modes, " and ", sigma, ".");
  Tensor<T> centres({modes, 2});
  T* const c = centres.mutable_data();
  for (index_t m = 0; m < modes; ++m) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(m) / static_cast<double>(modes);
    c[2 * m] = static_cast<T>(static_cast<double>(radius) * std::cos(angle));
    c[2 * m + 1] = static_cast<T>(static_cast<double>(radius) * std::sin(angle));
  }
  return {centres, sigma};
}

/// side x side modes, `spacing` apart, around the origin: 25 at {-4,-2,0,2,4}^2 by default.
template <class T = float>
[[nodiscard]] GaussianMixture<T> grid(index_t side = 5, T spacing = T(2), T sigma = T(0.05)) {
  require<ValueError>(side >= 1 && side <= 1000 && sigma > T(0), "gaussians",
                      "a grid needs 1 to 1000 modes a side and sigma > 0, but got ", side, " and ", sigma, ".");
  Tensor<T> centres({side * side, 2});
  T* const c = centres.mutable_data();
  const T first = -spacing * static_cast<T>(side - 1) / T(2);
  for (index_t m = 0; m < side * side; ++m) {
    c[2 * m] = first + spacing * static_cast<T>(m % side);
    c[2 * m + 1] = first + spacing * static_cast<T>(m / side);
  }
  return {centres, sigma};
}

}  // namespace data

GANVAS_END
