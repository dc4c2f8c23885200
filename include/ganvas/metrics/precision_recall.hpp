#pragma once
// Fidelity and variety apart from each other, by balls around feature vectors that reach to the k-th nearest neighbour:
// improved precision and recall [Kynkaanniemi et al. 2019], density and coverage [Naeem et al. 2020].

#include <algorithm>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/metrics/check.hpp"
#include "ganvas/metrics/neighbours.hpp"

GANVAS_BEGIN
namespace metrics {

struct PrecisionRecallOptions {
  index_t k = 3;           ///< neighbours that set the radius for precision and recall
  index_t k_coverage = 5;  ///< and for density and coverage
};

/// B(x, k) is the closed ball around x that reaches to its k-th nearest neighbour in its own set.
struct PrecisionRecall {
  double precision = 0;  ///< share of the fake vectors that lie in B(x, k) of any real x
  double recall = 0;     ///< share of the real vectors that lie in B(y, k) of any fake y
  double density = 0;    ///< how many B(x, k_coverage) of real x a fake vector lies in, on average, by k_coverage
  double coverage = 0;   ///< share of the real x with a fake vector in B(x, k_coverage)
};

namespace detail {

inline PrecisionRecall precision_recall(const Tensor<double>& real, const Tensor<double>& fake,
                                        const PrecisionRecallOptions& o, index_t numbers = block_numbers) {
  const Frame frame(real, fake);
  const Points x(real, frame), y(fake, frame);
  const index_t n = x.size(), m = y.size(), reach = std::max(o.k, o.k_coverage);
  const Tensor<double> near_x = nearest_others(x, reach, numbers), near_y = nearest_others(y, o.k, numbers);
  std::vector<index_t> inside(static_cast<std::size_t>(n));  // fake vectors in the larger ball of each x
  std::vector<unsigned char> recalled(static_cast<std::size_t>(n)), precise(static_cast<std::size_t>(m));
  for_each_block(x, y, numbers, [&](index_t first, index_t rows, const float* products) {
    parallel_chunks(rows, (index_t{1} << 15) / m + 1, [&](index_t begin, index_t end) {  // what belongs to an x
      for (index_t r = begin; r < end; ++r) {
        const index_t i = first + r;
        const double radius = near_x.data()[i * reach + o.k_coverage - 1];
        index_t count = 0;
        bool found = false;
        for (index_t j = 0; j < m; ++j) {
          const Pair pair(x, i, y, j, products[r * m + j]);
          count += pair.within(radius) ? 1 : 0;
          found = found || pair.within(near_y.data()[j * o.k + o.k - 1]);
        }
        inside[static_cast<std::size_t>(i)] = count;
        recalled[static_cast<std::size_t>(i)] = found ? 1 : 0;
      }
    });
    parallel_chunks(m, (index_t{1} << 15) / rows + 1, [&](index_t begin, index_t end) {  // what belongs to a y
      for (index_t r = 0; r < rows; ++r) {
        const index_t i = first + r;
        const double radius = near_x.data()[i * reach + o.k - 1];
        for (index_t j = begin; j < end; ++j)
          if (precise[static_cast<std::size_t>(j)] == 0 && Pair(x, i, y, j, products[r * m + j]).within(radius))
            precise[static_cast<std::size_t>(j)] = 1;
      }
    });
  });
  const auto share = [](index_t part, index_t whole) { return static_cast<double>(part) / static_cast<double>(whole); };
  index_t balls = 0;
  for (const index_t count : inside) balls += count;
  return {share(std::count(precise.begin(), precise.end(), 1), m),
          share(std::count(recalled.begin(), recalled.end(), 1), n), share(balls, o.k_coverage * m),
          share(n - std::count(inside.begin(), inside.end(), 0), n)};
}

}  // namespace detail

/// f(v, S) = 1 if |v - s| <= |s - NN_k(s, S)| for at least one s of S, else 0
/// precision = mean of f(y, real) over fake y,  recall = mean of f(x, fake) over real x     [Kynkaanniemi, eq. 1 and 2]
/// density = 1/(k M) sum_j sum_i [y_j in B(x_i)],  coverage = 1/N sum_i [some y_j in B(x_i)]     [Naeem, sec. 3]
/// real: (N,F)  fake: (M,F)  N, M > k. Distances decide as in double; equal ones count as inside. A vector is no
/// neighbour of itself, but a duplicate is one at distance 0, so more than k copies have a ball of radius 0, which
/// holds their equals alone. (The authors' code of density and coverage compares by <, and there such balls are empty.)
/// Memory beyond the vectors is bounded, and the result is the same for any number of threads.
template <class T>
[[nodiscard]] PrecisionRecall precision_recall(const Tensor<T>& real, const Tensor<T>& fake,
                                               const PrecisionRecallOptions& o = {}) {
  require<ValueError>(o.k >= 1 && o.k_coverage >= 1, "precision_recall", "k must be at least 1, but is ", o.k, " and ",
                      o.k_coverage, ".");
  detail::check_features("precision_recall", real, fake, std::max(o.k, o.k_coverage) + 1);
  return detail::precision_recall(real.template cast<double>(), fake.template cast<double>(), o);
}

}  // namespace metrics
GANVAS_END
