#pragma once
// Top-k training [Sinha et al. 2020, "Top-k training of GANs", sec. 3]: the generator learns from its best samples
// only. A gradient at a sample that D is sure is bad often points away from the data.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

/// Keeps the k samples of N with the largest D(G(z)), in the generator's loss:
///   k = max(ceil(keep_to N), round(keep_from N decay^t)),  t = floor(step / every): an epoch is `every` steps.
struct TopK {
  double keep_from = 1.0;  ///< part of the samples that is kept at first
  double keep_to = 0.5;    ///< nu: part that is kept at the end
  double decay = 0.99;     ///< gamma: in each epoch
  index_t every = 1000;    ///< steps of an epoch: data / batch size if epochs shall be those of the data

  /// How many of n samples are kept in a step: at least 1.
  [[nodiscard]] index_t count(index_t n, index_t step) const {
    require<ValueError>(keep_to > 0 && keep_to <= keep_from && keep_from <= 1 && decay > 0 && decay <= 1 && every >= 1,
                        "top_k",
                        "0 < keep_to <= keep_from <= 1, 0 < decay <= 1 and every >= 1 are needed, but they are ",
                        keep_to, ", ", keep_from, ", ", decay, " and ", every, ".");
    require<ValueError>(n >= 1 && step >= 0, "top_k", "a batch of ", n, " samples in step ", step,
                        " has none to keep; is the batch empty?");
    const auto all = static_cast<double>(n);
    const double least = std::ceil(keep_to * all - 1e-9);  // 0.55 * 100 is a little more than 55
    const double now = std::round(keep_from * all * std::pow(decay, static_cast<double>(step / every)));
    return std::clamp(static_cast<index_t>(std::max(least, now)), index_t{1}, n);
  }

  /// d_fake: D(G(z)), one number a sample, (N,1) or (N). Result: those of the k samples that are kept, in the order of
  /// the batch; of equal ones the first. A NaN is always kept, so that the loss shows it.
  /// gd_fake = the incoming gradient at these samples, 0 at all others
  template <class T>
  [[nodiscard]] Var<T> select(const Var<T>& d_fake, index_t step) const {
    require(d_fake.rank() >= 1 && d_fake.numel() == d_fake.size(0), "top_k",
            "D must give one number a sample, (N,1) or (N), but its shape is ", d_fake.shape(),
            "; take the mean over the others first.");
    const index_t n = d_fake.size(0), k = count(n, step);
    if (k == n) return d_fake;
    const T* d = d_fake.value().data();
    std::vector<index_t> best(static_cast<std::size_t>(n));
    std::iota(best.begin(), best.end(), index_t{0});
    std::stable_sort(best.begin(), best.end(),
                     [d](index_t a, index_t b) { return d[a] > d[b] || (std::isnan(d[a]) && !std::isnan(d[b])); });
    best.resize(static_cast<std::size_t>(k));
    std::sort(best.begin(), best.end());
    return gather(d_fake, 0, best);
  }
};

GANVAS_END
