#pragma once
// Limits on gradients before a step, and a check that they are numbers.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace optim {

namespace detail {

/// sum of x^2 in double. Chunks are summed by themselves and then in their order: the same for any number of threads.
template <class T>
double sum_of_squares(const Tensor<T>& x) {
  constexpr index_t grain = 16384;
  constexpr std::size_t lanes = 8;  // independent sums, so that additions overlap
  const index_t n = x.numel();
  std::vector<double> partial(static_cast<std::size_t>((n + grain - 1) / grain), 0.0);
  parallel_chunks(n, grain, [&](index_t begin, index_t end) {
    double sum[lanes] = {};
    for (index_t i = begin; i < end; ++i) {
      const auto v = static_cast<double>(x.data()[i]);
      sum[static_cast<std::size_t>(i) % lanes] += v * v;
    }
    double total = 0;
    for (const double s : sum) total += s;
    partial[static_cast<std::size_t>(begin / grain)] = total;
  });
  double total = 0;
  for (const double s : partial) total += s;
  return total;
}

/// Replaces a gradient by f of its elements. The Var in the list becomes a new one; other handles keep the old value.
template <class T, class F>
void change(Var<T>& gradient, const F& f) {
  Tensor<T> t = gradient.value();
  gradient = Var<T>();  // if nobody else holds it, it is changed in place
  T* p = t.mutable_data();
  parallel_chunks(t.numel(), 16384, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) p[i] = f(p[i]);
  });
  gradient = Var<T>(std::move(t));
}

}  // namespace detail

/// The Euclidean norm of all gradients taken together.
template <class T>
[[nodiscard]] double norm_of(const std::vector<Var<T>>& gradients) {
  double total = 0;
  for (const auto& g : gradients) total += detail::sum_of_squares(g.value());
  return std::sqrt(total);
}

/// If their common norm is above max_norm, multiplies all gradients by max_norm / (norm + 1e-6), as PyTorch does.
/// Returns the norm before. Throws NumericError if it is NaN or infinite: no factor can repair that.
template <class T>
double clip_by_norm(std::vector<Var<T>>& gradients, double max_norm) {
  require<ValueError>(max_norm > 0, "clip_by_norm", "max_norm must be positive, but is ", max_norm, ".");
  const double norm = norm_of(gradients);
  require<NumericError>(std::isfinite(norm), "clip_by_norm", "the norm of the gradients is ", norm,
                        "; require_finite(gradients, names) says whose.");
  const double factor = max_norm / (norm + 1e-6);
  if (factor < 1)
    for (auto& g : gradients) detail::change(g, [f = static_cast<T>(factor)](T v) { return v * f; });
  return norm;
}

/// Every element of every gradient is moved into [-limit, limit]; NaN stays NaN.
template <class T>
void clip_by_value(std::vector<Var<T>>& gradients, double limit) {
  require<ValueError>(limit > 0, "clip_by_value", "limit must be positive, but is ", limit, ".");
  for (auto& g : gradients) detail::change(g, [l = static_cast<T>(limit)](T v) { return v > l ? l : v < -l ? -l : v; });
}

/// Throws NumericError, naming the first gradient that holds NaN or infinity (by its parameter's name if names are
/// given: nn::parameter_names(net)).
template <class T>
void require_finite(const std::vector<Var<T>>& gradients, const std::vector<std::string>& names = {}) {
  for (std::size_t i = 0; i < gradients.size(); ++i)
    require<NumericError>(all_finite(gradients[i].value()), "require_finite", "the gradient of ",
                          i < names.size() ? names[i] : "parameter " + std::to_string(i), ", of shape ",
                          gradients[i].shape(), ", holds NaN or infinity.");
}

}  // namespace optim

GANVAS_END
