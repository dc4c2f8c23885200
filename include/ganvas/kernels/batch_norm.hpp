#pragma once
// Batch norm over the rows of x (rows, c): statistics, normalisation and its gradient, in as few passes as possible.

#include <algorithm>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/far.hpp"

GANVAS_BEGIN

namespace kernels {

/// Mean and biased variance (divided by the number of rows) of every channel, in double: a mean of 1e4 with a
/// deviation of 1e-2 loses nothing that x itself has. For float within |x| < 1e36 and deviations from 1e-18 to 1e17,
/// whose squares are floats.
struct Moments {
  std::vector<double> mean, var;
};

namespace detail {

/// How (rows, c) is walked. Narrow rows are folded: `fold` rows side by side count as one row of fold * c channels, so
/// that vectors are full; what is left over is one short part at the end. A chunk stays in the second-level cache.
struct NormPlan {
  index_t fold, wide, folded_rows, chunk, chunks, left_rows;

  NormPlan(index_t rows, index_t c) : fold(1) {
    while (c > 0 && fold < rows && ((fold * c) % 16 != 0 || fold * c < 64) && 2 * fold * c <= 512) fold *= 2;
    wide = fold * c;
    folded_rows = rows / fold;
    // Four quarters of an odd number of rows: quarters that begin a power of two apart would share lines of a cache.
    chunk = 4 * (std::max<index_t>(8, 16384 / std::max<index_t>(wide, 1)) | 1);
    chunks = (folded_rows + chunk - 1) / chunk;
    left_rows = rows - folded_rows * fold;
  }
  /// body(first element, rows, channels, number of the part): every element is in one part.
  template <class Body>
  void for_each_part(index_t c, const Body& body) const {
    const index_t parts = chunks + (left_rows > 0 ? 1 : 0);
    parallel_chunks(parts, 1, [&](index_t begin, index_t end) {
      for (index_t p = begin; p < end; ++p) {
        if (p < chunks)
          body(p * chunk * wide, std::min(chunk, folded_rows - p * chunk), wide, p);
        else
          body(folded_rows * wide, left_rows, c, p);
      }
    });
  }
  [[nodiscard]] index_t parts() const { return chunks + (left_rows > 0 ? 1 : 0); }
  [[nodiscard]] index_t rows_of(index_t p) const {
    return p < chunks ? std::min(chunk, folded_rows - p * chunk) : left_rows;
  }
  [[nodiscard]] index_t columns_of(index_t p, index_t c) const { return p < chunks ? wide : c; }
  /// v (c) as often side by side as rows are folded.
  template <class T>
  [[nodiscard]] Buffer<T> spread(const std::vector<double>& v) const {
    Buffer<T> b(wide);
    for (index_t i = 0; i < wide; ++i)
      b.get()[i] = static_cast<T>(v[static_cast<std::size_t>(i % static_cast<index_t>(v.size()))]);
    return b;
  }
};

}  // namespace detail

/// mean_c = (1/rows) sum_r x_rc,  var_c = (1/rows) sum_r (x_rc - mean_c)^2;  rows >= 1.
/// Each part of the rows gives, around a pivot p near its mean, s1 = sum (x - p) and s2 = sum (x - p)^2, so its mean is
/// p + s1/n and its sum of squares s2 - s1^2/n. In the order of the parts, with their means mean_p,
///   mean = mean_0 + (1/rows) sum_p n (mean_p - mean_0),  rows var = sum_p (s2 - s1^2/n) + n (mean_p - mean)^2
template <class T>
[[nodiscard]] Moments moments(index_t rows, index_t c, const T* x) {
  const detail::NormPlan plan(rows, c);
  const Buffer<T> partial(plan.parts() * 3 * plan.wide);
  plan.for_each_part(c, [&](index_t at, index_t n, index_t columns, index_t p) {
    T* pivot = partial.get() + p * 3 * plan.wide;
    cpu::norm<T>().moments(x + at, n, columns, pivot, pivot + plan.wide, pivot + 2 * plan.wide);
  });
  Moments m{std::vector<double>(static_cast<std::size_t>(c)), std::vector<double>(static_cast<std::size_t>(c))};
  double* const mean = m.mean.data();
  double* const var = m.var.data();
  const double share = 1 / static_cast<double>(rows);
  parallel_chunks(c, 64, [&](index_t begin, index_t end) {
    // body(k, n, mean_p, s2 - s1^2 / n) for these channels of every part
    const auto each = [&](const auto& body) {
      for (index_t p = 0; p < plan.parts(); ++p) {
        const auto n = static_cast<double>(plan.rows_of(p));
        const double inverse = 1 / n;
        for (index_t j = 0; j < plan.columns_of(p, c); j += c) {
          const T* pivot = partial.get() + p * 3 * plan.wide + j;
          for (index_t k = begin; k < end; ++k) {
            const double s1 = static_cast<double>(pivot[plan.wide + k]),
                         s2 = static_cast<double>(pivot[2 * plan.wide + k]);
            const double rest = s2 - s1 * s1 * inverse;
            body(k, n, static_cast<double>(pivot[k]) + s1 * inverse, rest < 0 ? 0 : rest);
          }
        }
      }
    };
    double first[64];
    for (index_t k = begin; k < end; ++k)
      first[k - begin] = static_cast<double>(partial.get()[k]) +
                         static_cast<double>(partial.get()[plan.wide + k]) / static_cast<double>(plan.rows_of(0));
    each([&](index_t k, double n, double mean_p, double) { mean[k] += n * (mean_p - first[k - begin]); });
    for (index_t k = begin; k < end; ++k) mean[k] = first[k - begin] + mean[k] * share;
    each([&](index_t k, double n, double mean_p, double rest) {
      const double shift = mean_p - mean[k];
      var[k] += rest + n * shift * shift;
    });
    for (index_t k = begin; k < end; ++k) var[k] *= share;
  });
  return m;
}

/// z = (x - mean) scale + shift,  the three given by channel;  y = z if z > 0, else slope z. (The mean is rounded to T
/// before it is subtracted; what the rounding took away is added to the shift.)
struct NormMap {
  std::vector<double> mean, scale, shift;
  double slope = 1;  ///< of an activation: 0 for ReLU, 1 for none
};

namespace detail {

/// mean - T(mean), by channel
template <class T>
double lost_in_rounding(double mean) {
  return mean - static_cast<double>(static_cast<T>(mean));
}

/// A map as the kernels take it.
template <class T>
class NormMapBuffers {
 public:
  NormMapBuffers(const NormPlan& plan, const NormMap& map)
      : mean_(plan.spread<T>(map.mean)), scale_(plan.spread<T>(map.scale)), slope_(static_cast<T>(map.slope)) {
    std::vector<double> rest(map.shift);
    for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= lost_in_rounding<T>(map.mean[k]) * map.scale[k];
    shift_ = plan.spread<T>(rest);
  }
  [[nodiscard]] abi::NormMap<T> get() const { return {mean_.get(), scale_.get(), shift_.get(), slope_}; }

 private:
  Buffer<T> mean_, scale_, shift_;
  T slope_;
};

}  // namespace detail

/// y of the map.
template <class T>
void batch_norm_apply(index_t rows, index_t c, const T* x, const NormMap& map, T* y) {
  const detail::NormPlan plan(rows, c);
  const detail::NormMapBuffers<T> buffers(plan, map);
  plan.for_each_part(c, [&](index_t at, index_t n, index_t columns, index_t) {
    cpu::norm<T>().apply(x + at, n, columns, buffers.get(), y + at, is_far<T>(rows * c) && x != y);
  });
}

/// sum_gz_c = sum_r gz_rc,  sum_gz_x_c = sum_r gz_rc (x_rc - mean_c);  gz = gy if z > 0, else slope gy
struct BackwardSums {
  std::vector<double> gz, gz_x;
};
template <class T>
[[nodiscard]] BackwardSums batch_norm_backward_sums(index_t rows, index_t c, const T* x, const T* gy,
                                                    const NormMap& map) {
  const detail::NormPlan plan(rows, c);
  const detail::NormMapBuffers<T> buffers(plan, map);
  const Buffer<T> partial(plan.parts() * 2 * plan.wide);
  plan.for_each_part(c, [&](index_t at, index_t n, index_t columns, index_t p) {
    T* s = partial.get() + p * 2 * plan.wide;
    cpu::norm<T>().backward_sums(x + at, gy + at, n, columns, buffers.get(), s, s + plan.wide);
  });
  BackwardSums sums{std::vector<double>(static_cast<std::size_t>(c)), std::vector<double>(static_cast<std::size_t>(c))};
  parallel_chunks(c, 64, [&](index_t begin, index_t end) {
    for (index_t k = begin; k < end; ++k) {
      double s = 0, sx = 0;
      for (index_t p = 0; p < plan.parts(); ++p)
        for (index_t j = k; j < plan.columns_of(p, c); j += c) {
          s += static_cast<double>(partial.get()[p * 2 * plan.wide + j]);
          sx += static_cast<double>(partial.get()[(p * 2 + 1) * plan.wide + j]);
        }
      const auto i = static_cast<std::size_t>(k);
      sums.gz[i] = s;
      sums.gz_x[i] = sx - detail::lost_in_rounding<T>(map.mean[i]) * s;
    }
  });
  return sums;
}

/// gx = a gz + b (x - mean) + e,  a, b and e by channel.
template <class T>
void batch_norm_backward_apply(index_t rows, index_t c, const T* x, const T* gy, const NormMap& map,
                               const std::vector<double>& a, const std::vector<double>& b, const std::vector<double>& e,
                               T* gx) {
  const detail::NormPlan plan(rows, c);
  const detail::NormMapBuffers<T> buffers(plan, map);
  std::vector<double> rest(e);
  for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= detail::lost_in_rounding<T>(map.mean[k]) * b[k];
  const Buffer<T> va = plan.spread<T>(a), vb = plan.spread<T>(b), ve = plan.spread<T>(rest);
  plan.for_each_part(c, [&](index_t at, index_t n, index_t columns, index_t) {
    cpu::norm<T>().backward_apply(x + at, gy + at, n, columns, buffers.get(), va.get(), vb.get(), ve.get(), gx + at,
                                  is_far<T>(rows * c) && gx != x && gx != gy);
  });
}

}  // namespace kernels

GANVAS_END
