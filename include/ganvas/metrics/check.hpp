#pragma once
// What all scores ask of the two sets of feature vectors that they compare, and parts of such sets.

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN
namespace metrics::detail {

/// Throws ShapeError unless x is (N,F) with N >= least, NumericError for NaN, infinity and numbers whose squares would
/// not fit a double.
template <class T>
void check_feature_set(const char* where, const char* which, const Tensor<T>& x, index_t least) {
  require(x.rank() == 2 && x.size(0) >= least && x.size(1) >= 1, where, "the ", which, " features must have shape ",
          "(N,F) with N >= ", least, ", but have ", x.shape(), ".");
  for (const T v : x.values())
    require<NumericError>(std::abs(static_cast<double>(v)) <= 1e150, where, "the ", which, " features hold the number ",
                          v, "; did the network or its images have NaN or infinity?");
}

/// The same for both sets of a comparison, whose vectors must have one length.
template <class T>
void check_features(const char* where, const Tensor<T>& real, const Tensor<T>& fake, index_t least) {
  check_feature_set(where, "real", real, least);
  check_feature_set(where, "fake", fake, least);
  require(real.size(1) == fake.size(1), where, "the feature vectors have lengths ", real.size(1), " and ", fake.size(1),
          "; they must come from the same network.");
}

/// The rows of x (N,F) with the given indices, in that order.
template <class T>
Tensor<T> rows_of(const Tensor<T>& x, const std::vector<index_t>& indices) {
  const index_t f = x.size(1);
  Tensor<T> picked(Shape{static_cast<index_t>(indices.size()), f});
  T* to = picked.mutable_data();
  for (const index_t i : indices) to = std::copy_n(x.data() + i * f, f, to);
  return picked;
}

}  // namespace metrics::detail
GANVAS_END
