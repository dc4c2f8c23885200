#pragma once
// A data set's hash: a run's record says with it what the run was trained on.

#include <cstdint>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/hash.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/dataset.hpp"

GANVAS_BEGIN

namespace data {

/// A hash of shape, scalar type and every bit of the samples: equal where a run would see the same numbers in the same
/// order. It does not depend on threads or the machine.
template <class T>
[[nodiscard]] Hash128 content_hash(const Tensor<T>& samples) {
  const std::string head = "samples " + samples.shape().str() + " of " + std::to_string(sizeof(T)) + " bytes ";
  return hash128(head + hash128_of_blocks(samples.data(), static_cast<std::size_t>(samples.numel()) * sizeof(T)).str());
}

/// The same with the labels and the number of classes. Names of classes and files do not count.
template <class T>
[[nodiscard]] Hash128 content_hash(const Dataset<T>& dataset) {
  const std::vector<std::int64_t> labels(dataset.labels.begin(), dataset.labels.end());
  return hash128(content_hash(dataset.images).str() + " " + std::to_string(labels.size()) + " labels of " +
                 std::to_string(dataset.classes) + " classes " +
                 hash128_of_blocks(labels.data(), labels.size() * sizeof(std::int64_t)).str());
}

}  // namespace data

GANVAS_END
