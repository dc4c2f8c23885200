#pragma once
// A data set in memory: samples along the first axis, and a label each if there are labels.

#include <algorithm>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace data {

/// Images (N,H,W,C), or rows of any other shape (N,...), with labels in [0, classes) or none.
template <class T>
struct Dataset {
  Tensor<T> images;
  std::vector<index_t> labels;
  index_t classes = 0;

  Dataset() = default;
  /// class_count: 0 for one more than the largest label. Throws ShapeError if the number of labels differs from the
  /// number of images, ValueError for a label out of range.
  explicit Dataset(Tensor<T> samples, std::vector<index_t> sample_labels = {}, index_t class_count = 0)
      : images(std::move(samples)), labels(std::move(sample_labels)), classes(class_count) {
    require(images.rank() >= 1, "dataset", "samples must have shape (N,...), but the tensor is a scalar.");
    require(labels.empty() || static_cast<index_t>(labels.size()) == size(), "dataset", "there are ", labels.size(),
            " labels for ", size(), " samples of shape ", images.shape(), "; each sample needs one, or none has one.");
    require<ValueError>(classes >= 0, "dataset", "the number of classes cannot be ", classes, ".");
    if (classes == 0 && !labels.empty())
      classes = std::max<index_t>(*std::max_element(labels.begin(), labels.end()), 0) + 1;
    for (std::size_t i = 0; i < labels.size(); ++i)
      require<ValueError>(labels[i] >= 0 && labels[i] < classes, "dataset", "label ", i, " is ", labels[i], "; with ",
                          classes, " classes labels go from 0 to ", classes - 1, ".");
  }

  /// The number of samples.
  [[nodiscard]] index_t size() const { return images.shape()[0]; }

  /// The samples with the given indices, in that order.
  [[nodiscard]] Dataset select(const std::vector<index_t>& indices) const {
    const index_t row = size() == 0 ? 0 : images.numel() / size();
    Dataset picked;
    picked.classes = classes;
    picked.images = Tensor<T>(images.shape().with(0, static_cast<index_t>(indices.size())));
    T* out = picked.images.mutable_data();
    for (const index_t i : indices) {
      require<ValueError>(i >= 0 && i < size(), "dataset", "index ", i, " is outside a data set of ", size(),
                          " samples.");
      out = std::copy_n(images.data() + i * row, row, out);
      if (!labels.empty()) picked.labels.push_back(labels[static_cast<std::size_t>(i)]);
    }
    return picked;
  }

  /// The first n samples, or all if there are fewer.
  [[nodiscard]] Dataset first(index_t n) const {
    n = std::clamp<index_t>(n, 0, size());
    Dataset head;
    head.classes = classes;
    head.images = images.rows(0, n);
    if (!labels.empty()) head.labels.assign(labels.begin(), labels.begin() + n);
    return head;
  }
};

}  // namespace data

GANVAS_END
