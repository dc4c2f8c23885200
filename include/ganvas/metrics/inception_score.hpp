#pragma once
// The inception score: is each sample clearly of one class, and are all classes there? [Salimans et al. 2016, sec. 4]

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN
namespace metrics {

struct InceptionScoreOptions {
  index_t splits = 1;  ///< parts of the samples, one after the other, that are scored by themselves; papers take 10
};

/// Mean over the parts, and their standard deviation (biased, as the paper's code has it; 0 for one part).
struct InceptionScore {
  double mean = 0;
  double deviation = 0;
  index_t splits = 0;
};

/// p(y|x) = softmax of each row of logits (N,K), in double. Throws NumericError for NaN and infinity.
template <class T>
[[nodiscard]] Tensor<double> class_probabilities(const Tensor<T>& logits) {
  require(logits.rank() == 2 && logits.size(1) >= 1, "inception_score", "logits must have shape (N,K), but have ",
          logits.shape(), ".");
  Tensor<double> p = logits.template cast<double>();
  const index_t k = p.size(1);
  double* row = p.mutable_data();
  for (index_t i = 0; i < p.size(0); ++i, row += k) {
    require<NumericError>(std::all_of(row, row + k, [](double v) { return std::isfinite(v); }), "inception_score",
                          "the logits of sample ", i, " have NaN or infinity; did the classifier's images have some?");
    const double largest = *std::max_element(row, row + k);
    double sum = 0;
    for (index_t c = 0; c < k; ++c) sum += row[c] = std::exp(row[c] - largest);
    for (index_t c = 0; c < k; ++c) row[c] /= sum;
  }
  return p;
}

/// exp(mean over x of KL(p(y|x) || p(y))), p(y) = mean over x of p(y|x), in [1, K]     probabilities: (N,K), rows sum
/// to 1 Of logits: inception_score(class_probabilities(logits)). Fewer samples give a smaller score. Throws ValueError
/// for rows that are no probabilities and for more parts than samples.
template <class T>
[[nodiscard]] InceptionScore inception_score(const Tensor<T>& probabilities, const InceptionScoreOptions& o = {}) {
  require(probabilities.rank() == 2 && probabilities.size(0) >= 1 && probabilities.size(1) >= 1, "inception_score",
          "probabilities must have shape (N,K) with N >= 1, but have ", probabilities.shape(), ".");
  const index_t n = probabilities.size(0), k = probabilities.size(1);
  require<ValueError>(1 <= o.splits && o.splits <= n, "inception_score", n, " samples make 1 to ", n, " parts, but ",
                      o.splits, " were asked for.");
  const auto p = [&](index_t i, index_t c) { return static_cast<double>(probabilities.data()[i * k + c]); };
  for (index_t i = 0; i < n; ++i) {
    double sum = 0;
    bool valid = true;
    for (index_t c = 0; c < k; ++c) {
      sum += p(i, c);
      valid = valid && p(i, c) >= 0;
    }
    require<ValueError>(valid && std::abs(sum - 1) < 1e-3, "inception_score", "row ", i, " sums to ", sum,
                        valid ? "" : " and has negative numbers", "; of logits take class_probabilities(logits).");
  }
  std::vector<double> scores;
  for (index_t part = 0; part < o.splits; ++part) {
    const index_t first = part * n / o.splits, last = (part + 1) * n / o.splits;
    const auto size = static_cast<double>(last - first);
    std::vector<double> marginal(static_cast<std::size_t>(k));
    for (index_t i = first; i < last; ++i)
      for (index_t c = 0; c < k; ++c) marginal[static_cast<std::size_t>(c)] += p(i, c) / size;
    double kl = 0;
    for (index_t i = first; i < last; ++i)
      for (index_t c = 0; c < k; ++c)
        if (p(i, c) > 0) kl += p(i, c) * std::log(p(i, c) / marginal[static_cast<std::size_t>(c)]) / size;
    scores.push_back(std::exp(kl));
  }
  InceptionScore result{0, 0, o.splits};
  const auto parts = static_cast<double>(o.splits);
  for (const double s : scores) result.mean += s / parts;
  double squares = 0;
  for (const double s : scores) squares += (s - result.mean) * (s - result.mean) / parts;
  result.deviation = std::sqrt(squares);
  return result;
}

}  // namespace metrics
GANVAS_END
