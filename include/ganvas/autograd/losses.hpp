#pragma once
// Losses for training: each is one number, a mean in nats (cross entropies) or squared or absolute units.

#include <cstddef>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/kernels/pointwise.hpp"

GANVAS_BEGIN

/// L = -1/N sum over n of log_softmax(logits)[n, labels[n]]     logits: (N,K), labels: N numbers in [0, K)
/// glogits = gL (softmax(logits) - onehot(labels)) / N     a logit of -inf takes its class out: its gradient is 0
template <class T>
[[nodiscard]] Var<T> cross_entropy(const Var<T>& logits, const std::vector<index_t>& labels) {
  require(logits.rank() == 2, "cross_entropy", "logits must have shape (N,K), one row an example, but have shape ",
          logits.shape(), ".");
  const index_t n = logits.size(0);
  const index_t k = logits.size(1);
  require(n > 0, "cross_entropy", "logits of shape ", logits.shape(), " have no examples; is the batch empty?");
  require(static_cast<index_t>(labels.size()) == n, "cross_entropy", labels.size(), " labels were given for ", n,
          " rows of logits with shape ", logits.shape(), "; one label a row is needed.");
  std::vector<index_t> at(labels);  // of the labels' entries, row after row
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require<ValueError>(0 <= labels[i] && labels[i] < k, "cross_entropy", "label ", labels[i], " of example ", i,
                        " is outside [0, ", k, "): logits of shape ", logits.shape(), " have ", k, " classes.");
    at[i] += static_cast<index_t>(i) * k;
  }
  return sum(gather(reshape(log_softmax(logits), Shape{n * k}), 0, at)) / static_cast<T>(-n);
}

namespace detail {

template <class T>
void require_equal_shapes(const char* where, const Var<T>& a, const Var<T>& b) {
  require(a.shape() == b.shape(), where, "the two shapes must be equal, but are ", a.shape(), " and ", b.shape(),
          "; reshape or broadcast_to one of them.");
}

/// y = ln(1 + e^x) - x t: minus the log likelihood of t under sigmoid(x)     gt = -gy x,
/// gx = gy (sigmoid(x) - t) = gy ((1 - t) sigmoid(x) - t sigmoid(-x)): the first form would cancel where x is right
template <class T>
[[nodiscard]] Var<T> bernoulli_nll(const Var<T>& x, const Var<T>& t) {
  return record(
      "bce_with_logits", zip<kernels::Binary::bce_with_logits>("bce_with_logits", x.value(), t.value()), {x, t},
      [](const auto& g) { return g.gy * ((T(1) - g[1]) * sigmoid(g[0]) - g[1] * sigmoid(-g[0])); },
      [](const auto& g) { return neg(g.gy * g[0]); });
}

}  // namespace detail

/// L = mean of -(t ln s + (1 - t) ln(1 - s)), s = sigmoid(x), as ln(1 + e^x) - x t     x, t: one shape, t in [0, 1]
/// gx = gL (s - t) / count
template <class T>
[[nodiscard]] Var<T> bce_with_logits(const Var<T>& logits, const Var<T>& targets) {
  detail::require_equal_shapes("bce_with_logits", logits, targets);
  return mean(detail::bernoulli_nll(logits, targets));
}

/// L = mean (a - b)^2     ga = gL 2 (a - b) / count
template <class T>
[[nodiscard]] Var<T> mse(const Var<T>& a, const Var<T>& b) {
  detail::require_equal_shapes("mse", a, b);
  return mean(square(a - b));
}

/// L = mean |a - b|     ga = gL sign(a - b) / count
template <class T>
[[nodiscard]] Var<T> l1(const Var<T>& a, const Var<T>& b) {
  detail::require_equal_shapes("l1", a, b);
  return mean(abs(a - b));
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> cross_entropy(const Var<float>&, const std::vector<index_t>&))
GANVAS_INSTANCE(Var<float> bce_with_logits(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> mse(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> l1(const Var<float>&, const Var<float>&))

GANVAS_END
