#pragma once
// The kernel distance between two sets of feature vectors (KID): the squared maximum mean discrepancy under a cubic
// kernel [Binkowski et al. 2018, "Demystifying MMD GANs", sec. 4]. Unlike the Frechet distance it has no bias in N.

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/gemm.hpp"
#include "ganvas/metrics/check.hpp"

GANVAS_BEGIN
namespace metrics {

struct KernelDistanceOptions {
  index_t subsets = 100;       ///< how many pairs of subsets are drawn
  index_t subset_size = 1000;  ///< vectors in each, drawn without putting back
};

/// The kernel distance of random subsets.
struct KernelDistance {
  double mean = 0;
  double standard_error = 0;  ///< of the mean over the subsets; it does not know that all come from the same two sets
  index_t subsets = 0;
  index_t subset_size = 0;
};

namespace detail {

/// The sum of k(x_i, y_j) = (x_i . y_j / F + 1)^3 over i and j, or over i != j. In blocks of some megabytes.
inline double kernel_sum(const Tensor<double>& x, const Tensor<double>& y, bool skip_equal) {
  const index_t n = x.size(0), m = y.size(0), f = x.size(1);
  const index_t block = std::clamp<index_t>((index_t{1} << 22) / m, 1, n);
  const Buffer<double> products(block * m);
  std::vector<double> sums(static_cast<std::size_t>(n));
  for (index_t first = 0; first < n; first += block) {
    const index_t rows = std::min(block, n - first);
    kernels::gemm(false, true, rows, m, f, x.data() + first * f, f, y.data(), f, products.get(), m);
    parallel_chunks(rows, (index_t{1} << 15) / m + 1, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) {
        const auto sum_of = [&](index_t from, index_t to) {
          if (from >= to) return 0.0;
          const ConstArrayMap<double> row(products.get() + i * m + from, to - from);
          return (row / static_cast<double>(f) + 1).cube().sum();
        };
        const index_t own = skip_equal ? first + i : m;  // the place that is left out
        sums[static_cast<std::size_t>(first + i)] = sum_of(0, own) + sum_of(own + 1, m);
      }
    });
  }
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

/// The part of the estimate that one set has with itself: 1/(n(n-1)) sum over i != j of k(x_i, x_j).
inline double kernel_mean_within(const Tensor<double>& x) {
  const auto n = static_cast<double>(x.size(0));
  return kernel_sum(x, x, true) / (n * (n - 1));
}
inline double kernel_mean_between(const Tensor<double>& x, const Tensor<double>& y) {
  return kernel_sum(x, y, false) / (static_cast<double>(x.size(0)) * static_cast<double>(y.size(0)));
}

/// n different rows of x.
inline Tensor<double> random_rows(const Tensor<double>& x, index_t n, Random& rng) {
  std::vector<index_t> order = rng.permutation(x.size(0));
  order.resize(static_cast<std::size_t>(n));
  return rows_of(x, order);
}

}  // namespace detail

/// MMD^2_u = 1/(n(n-1)) sum_{i!=j} k(x_i,x_j) + 1/(m(m-1)) sum_{i!=j} k(y_i,y_j) - 2/(nm) sum_{i,j} k(x_i,y_j),
/// k(x,y) = (x.y/F + 1)^3     real: (n,F)  fake: (m,F)  n, m >= 2     [Binkowski et al. 2018, eq. 4]
/// Unbiased, so it may be negative where both are of one distribution. Computed in double; memory beyond the two sets
/// is bounded. Throws NumericError for NaN and infinity.
template <class T>
[[nodiscard]] double kernel_distance(const Tensor<T>& real, const Tensor<T>& fake) {
  detail::check_features("kid", real, fake, 2);
  const auto x = real.template cast<double>(), y = fake.template cast<double>();
  return detail::kernel_mean_within(x) + detail::kernel_mean_within(y) - 2 * detail::kernel_mean_between(x, y);
}

/// The same of random subsets, as the paper reports it. Subsets are drawn from rng, so a seed means one number. Throws
/// ValueError for subsets that are larger than a set.
template <class T>
[[nodiscard]] KernelDistance kernel_distance(const Tensor<T>& real, const Tensor<T>& fake, Random& rng,
                                             const KernelDistanceOptions& o = {}) {
  detail::check_features("kid", real, fake, 2);
  const index_t smaller = std::min(real.size(0), fake.size(0));
  require<ValueError>(o.subsets >= 2 && o.subset_size >= 2, "kid", "2 subsets of 2 vectors are the least, but ",
                      o.subsets, " of ", o.subset_size, " were asked for.");
  require<ValueError>(o.subset_size <= smaller, "kid", "subsets of ", o.subset_size, " vectors were asked for, but a ",
                      "set has only ", smaller, "; use smaller ones.");
  const auto x = real.template cast<double>(), y = fake.template cast<double>();
  std::vector<double> distances;
  KernelDistance result{0, 0, o.subsets, o.subset_size};
  for (index_t i = 0; i < o.subsets; ++i) {
    const auto a = detail::random_rows(x, o.subset_size, rng), b = detail::random_rows(y, o.subset_size, rng);
    distances.push_back(detail::kernel_mean_within(a) + detail::kernel_mean_within(b) -
                        2 * detail::kernel_mean_between(a, b));
    result.mean += distances.back() / static_cast<double>(o.subsets);
  }
  double squares = 0;
  for (const double d : distances) squares += (d - result.mean) * (d - result.mean);
  const auto n = static_cast<double>(o.subsets);
  result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

}  // namespace metrics
GANVAS_END
