#pragma once
// Exact nearest neighbours among feature vectors. |x|^2 + |y|^2 - 2 x.y of centred vectors in float is fast and nearly
// right; where its error bound leaves a decision open, sum (x - y)^2 in double decides. So every decision is the one of
// distances in double, whatever was added to all vectors, and a product of N x M x F does most of the work.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN
namespace metrics::detail {

/// Where all vectors of a comparison lie: (x - centre) / scale has a length of at most 1.
struct Frame {
  std::vector<double> centre;
  double scale = 1;

  Frame(const Tensor<double>& a, const Tensor<double>& b) : centre(static_cast<std::size_t>(a.size(1))) {
    const std::size_t f = centre.size();
    const auto each = [&](const auto& visit) {
      for (const Tensor<double>* x : {&a, &b})
        for (std::size_t i = 0; i < static_cast<std::size_t>(x->numel()); ++i) visit(x->data()[i], i % f);
    };
    const auto count = static_cast<double>(a.size(0) + b.size(0));
    each([&](double v, std::size_t k) { centre[k] += v / count; });
    double largest = 0;
    each([&](double v, std::size_t k) { largest = std::max(largest, std::abs(v - centre[k])); });
    scale = std::max(largest * std::sqrt(static_cast<double>(f)), 1e-100);
  }
};

/// A set of vectors: exact, and centred in float.
struct Points {
  Tensor<double> x;           ///< (N,F)
  Tensor<float> y;            ///< (x - centre) / scale
  std::vector<double> norms;  ///< |y|^2
  double factor = 1;          ///< from squared distances of x to those of y
  double error = 0;           ///< of |y_i|^2 + |y_j|^2 - 2 y_i.y_j, relative to |y_i|^2 + |y_j|^2, at most

  Points(const Tensor<double>& vectors, const Frame& frame)
      : x(vectors), y(vectors.shape()), norms(static_cast<std::size_t>(vectors.size(0))) {
    const index_t f = x.size(1);
    float* const to = y.mutable_data();
    parallel_chunks(x.size(0), (index_t{1} << 16) / f + 1, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) {
        double sum = 0;
        for (index_t k = 0; k < f; ++k) {
          const double v = (x.data()[i * f + k] - frame.centre[static_cast<std::size_t>(k)]) / frame.scale;
          to[i * f + k] = static_cast<float>(v);
          sum += v * v;
        }
        norms[static_cast<std::size_t>(i)] = sum;
      }
    });
    factor = 1 / (frame.scale * frame.scale);
    // With u = 2^-24: a sum of F products errs by F u |y_i| |y_j| at most [Higham 2002, eq. 3.5], twice that is at most
    // F u (|y_i|^2 + |y_j|^2); rounding x to y adds 4 u of the same. The rest of 16 is for terms of second order.
    error = static_cast<double>(f + 16) * 0x1p-24;
  }

  [[nodiscard]] index_t size() const { return x.size(0); }
};

/// sum_k (a_k - b_k)^2
inline double squared_distance(const double* a, const double* b, index_t f) {
  return (ConstArrayMap<double>(a, f) - ConstArrayMap<double>(b, f)).square().sum();
}

/// One pair of vectors whose product y_i.y_j is known.
struct Pair {
  const Points& a;
  const Points& b;
  index_t i, j;
  double about, margin;  ///< the squared distance of y, and how far it may be wrong

  Pair(const Points& first, index_t row, const Points& second, index_t column, float product)
      : a(first), b(second), i(row), j(column) {
    const double sum = a.norms[static_cast<std::size_t>(i)] + b.norms[static_cast<std::size_t>(j)];
    about = sum - 2 * static_cast<double>(product);
    margin = a.error * sum + 1e-30;  // numbers too small for a float count as zero there
  }
  [[nodiscard]] double exact() const {
    const index_t f = a.x.size(1);
    return squared_distance(a.x.data() + i * f, b.x.data() + j * f, f);
  }
  /// Is the squared distance of x at most r?
  [[nodiscard]] bool within(double r) const {
    const double limit = r * a.factor;
    if (about + margin <= limit) return true;
    if (about - margin > limit) return false;
    return exact() <= r;
  }
};

/// How many products are in memory at a time: 16 MiB.
inline constexpr index_t block_numbers = index_t{1} << 22;

/// Calls body(first, rows, products) for blocks of a's vectors; products is (rows, b.size()): a_i.b_j. A block has
/// `numbers` products, or one row where that is more.
template <class Body>
void for_each_block(const Points& a, const Points& b, index_t numbers, const Body& body) {
  const index_t n = a.size(), m = b.size(), f = a.x.size(1);
  const index_t block = std::clamp<index_t>(numbers / m, 1, n);
  const Buffer<float> products(block * m);
  for (index_t first = 0; first < n; first += block) {
    const index_t rows = std::min(block, n - first);
    kernels::gemm(false, true, rows, m, f, a.y.data() + first * f, f, b.y.data(), f, products.get(), m);
    body(first, rows, products.get());
  }
}

/// The k smallest of the numbers that are added.
class Smallest {
 public:
  explicit Smallest(index_t k) : values_(static_cast<std::size_t>(k), std::numeric_limits<double>::infinity()) {}
  void add(double v) {
    if (!(v < values_.back())) return;
    auto at = values_.end() - 1;
    for (; at != values_.begin() && *(at - 1) > v; --at) *at = *(at - 1);
    *at = v;
  }
  [[nodiscard]] double largest() const { return values_.back(); }
  [[nodiscard]] const std::vector<double>& sorted() const { return values_; }

 private:
  std::vector<double> values_;
};

/// Squared distances (N,k) of each vector to its k nearest others, ascending; N > k. A vector is not its own neighbour,
/// its duplicates are, at distance 0.
inline Tensor<double> nearest_others(const Points& p, index_t k, index_t numbers = block_numbers) {
  const index_t n = p.size();
  Tensor<double> result(Shape{n, k});
  double* const to = result.mutable_data();
  for_each_block(p, p, numbers, [&](index_t first, index_t rows, const float* products) {
    parallel_chunks(rows, (index_t{1} << 15) / n + 1, [&](index_t begin, index_t end) {
      for (index_t r = begin; r < end; ++r) {
        const index_t i = first + r;
        const float* const row = products + r * n;
        Smallest bounds(k), nearest(k);
        for (index_t j = 0; j < n; ++j) {
          if (j == i) continue;
          const Pair pair(p, i, p, j, row[j]);
          bounds.add(pair.about + pair.margin);
        }
        const double bound = bounds.largest();  // k others are at least so near
        for (index_t j = 0; j < n; ++j) {
          if (j == i) continue;
          const Pair pair(p, i, p, j, row[j]);
          if (pair.about - pair.margin <= bound) nearest.add(pair.exact());
        }
        std::copy(nearest.sorted().begin(), nearest.sorted().end(), to + i * k);
      }
    });
  });
  return result;
}

}  // namespace metrics::detail
GANVAS_END
