#pragma once
// What a classifier says that samples are: how evenly the classes come, how far that is from the data, and whether a
// conditional generator makes what it was asked for.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN
namespace metrics {

/// How many samples each class has.
using ClassHistogram = std::vector<index_t>;

/// The class of the largest logit of each row (N,K); of equal ones the first. Throws NumericError for NaN.
template <class T>
[[nodiscard]] std::vector<index_t> predicted_classes(const Tensor<T>& logits) {
  require(logits.rank() == 2 && logits.size(1) >= 1, "class_histogram", "logits must have shape (N,K), but have ",
          logits.shape(), ".");
  const index_t k = logits.size(1);
  std::vector<index_t> classes;
  for (index_t i = 0; i < logits.size(0); ++i) {
    const T* const row = logits.data() + i * k;
    require<NumericError>(std::none_of(row, row + k, [](T v) { return std::isnan(v); }), "class_histogram",
                          "the logits of sample ", i, " have NaN; did the classifier or its images have some?");
    classes.push_back(std::max_element(row, row + k) - row);
  }
  return classes;
}

/// Counts of labels in [0, classes). Throws ValueError for one outside.
[[nodiscard]] inline ClassHistogram class_histogram(const std::vector<index_t>& labels, index_t classes) {
  require<ValueError>(classes >= 1, "class_histogram", "there must be at least one class, but are ", classes, ".");
  ClassHistogram counts(static_cast<std::size_t>(classes));
  for (const index_t label : labels) {
    require<ValueError>(0 <= label && label < classes, "class_histogram", "label ", label, " is outside [0, ", classes,
                        ").");
    ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}
/// Counts of the predicted classes of logits (N,K).
template <class T>
[[nodiscard]] ClassHistogram class_histogram(const Tensor<T>& logits) {
  return class_histogram(predicted_classes(logits), logits.size(-1));
}
/// The same number of every class.
[[nodiscard]] inline ClassHistogram uniform_histogram(index_t classes) {
  require<ValueError>(classes >= 1, "class_histogram", "there must be at least one class, but are ", classes, ".");
  return ClassHistogram(static_cast<std::size_t>(classes), 1);
}

/// KL(p || q) = sum_c p_c log(p_c / q_c) of the shares p and q, in nats; 0 log 0 = 0. Infinite where q has no sample of
/// a class that p has. From N samples it is too large, by about (K - 1) / 2N where p = q.
[[nodiscard]] inline double kl_divergence(const ClassHistogram& p, const ClassHistogram& q) {
  require(p.size() == q.size(), "kl_divergence", "the histograms have ", p.size(), " and ", q.size(), " classes.");
  const auto total = [](const ClassHistogram& h) {
    require<ValueError>(std::all_of(h.begin(), h.end(), [](index_t c) { return c >= 0; }), "kl_divergence",
                        "a class has a negative number of samples.");
    const auto sum = static_cast<double>(std::accumulate(h.begin(), h.end(), index_t{0}));
    require<ValueError>(sum > 0, "kl_divergence", "a histogram has no samples at all.");
    return sum;
  };
  const double all_p = total(p), all_q = total(q);
  double kl = 0;
  for (std::size_t c = 0; c < p.size(); ++c) {
    if (p[c] == 0) continue;
    if (q[c] == 0) return std::numeric_limits<double>::infinity();
    const double share = static_cast<double>(p[c]) / all_p;
    kl += share * std::log(share * all_q / static_cast<double>(q[c]));
  }
  return std::max(kl, 0.0);  // rounding may leave -1e-17
}

/// Both directions of the divergence between what was made and what it should be.
struct HistogramDivergence {
  double kl_fake_real = 0;  ///< KL(fake || real): finite for a generator that misses classes; what papers report
  double kl_real_fake = 0;  ///< KL(real || fake): infinite if a class of the data is never made
};
[[nodiscard]] inline HistogramDivergence histogram_divergence(const ClassHistogram& real, const ClassHistogram& fake) {
  return {kl_divergence(fake, real), kl_divergence(real, fake)};
}

/// How often the classifier sees the class that a conditional generator was asked for.
struct AskedAccuracy {
  double accuracy = 0;   ///< of all samples
  ClassHistogram asked;  ///< samples by the class that was asked for
  ClassHistogram right;  ///< those of them that the classifier takes for it
};
/// logits (N,K) of samples made for the N given classes. Throws ShapeError if the numbers differ, ValueError for none.
template <class T>
[[nodiscard]] AskedAccuracy asked_accuracy(const Tensor<T>& logits, const std::vector<index_t>& asked) {
  const std::vector<index_t> seen = predicted_classes(logits);
  require(seen.size() == asked.size(), "asked_accuracy", asked.size(), " classes were asked for, but there are logits ",
          "of ", seen.size(), " samples.");
  require<ValueError>(!seen.empty(), "asked_accuracy", "there are no samples.");
  AskedAccuracy result;
  result.asked = class_histogram(asked, logits.size(1));
  result.right.resize(result.asked.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i] == asked[i]) ++result.right[static_cast<std::size_t>(seen[i])];
  result.accuracy = static_cast<double>(std::accumulate(result.right.begin(), result.right.end(), index_t{0})) /
                    static_cast<double>(seen.size());
  return result;
}

}  // namespace metrics
GANVAS_END
