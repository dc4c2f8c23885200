#pragma once
// Classes of samples as networks take them in: a list of numbers, made one-hot where a network needs numbers to add up.

#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace nn {

/// Throws a sentence unless y has one label for each of n samples, and all of them lie in [0, classes).
inline void check_labels(const char* where, const std::vector<index_t>& y, index_t n, index_t classes) {
  require<ValueError>(classes > 0, where,
                      "it was made without classes, but labels were given; set the option `classes`",
                      " or leave them out.");
  require<ValueError>(static_cast<index_t>(y.size()) == n, where, y.size(), " labels were given for ", n,
                      " samples; each sample needs one.");
  for (const index_t label : y)
    require<ValueError>(0 <= label && label < classes, where, "there is a label ", label, ", but the ", classes,
                        " classes are numbered from 0 to ", classes - 1, ".");
}

/// n labels in turn, 0, 1, 2, ..., 0, 1, ...: for pictures with a column for each class. None without classes.
[[nodiscard]] inline std::vector<index_t> labels_in_turn(index_t n, index_t classes) {
  std::vector<index_t> y;
  if (classes > 0)
    for (index_t i = 0; i < n; ++i) y.push_back(i % classes);
  return y;
}

/// How many samples stand side by side in a picture: one of each class where these are 2 to 16, else 8.
[[nodiscard]] constexpr index_t picture_columns(index_t classes) { return classes >= 2 && classes <= 16 ? classes : 8; }

/// The sentence for a conditional network that was asked without labels.
inline void check_unconditional(const char* where, index_t classes) {
  require<ValueError>(classes == 0, where, "it was made for ", classes,
                      " classes and needs the samples' labels: call it with (x, y) instead of (x).");
}

/// y as rows that are 1 at the label and 0 elsewhere: (N, classes).
template <class T>
[[nodiscard]] Tensor<T> one_hot(const std::vector<index_t>& y, index_t classes) {
  const auto n = static_cast<index_t>(y.size());
  check_labels("one_hot", y, n, classes);
  Tensor<T> rows = Tensor<T>::zeros({n, classes});
  T* const to = rows.mutable_data();
  for (index_t i = 0; i < n; ++i) to[i * classes + y[static_cast<std::size_t>(i)]] = T(1);
  return rows;
}

/// [x, one-hot y] along the last axis. x (N,F) -> (N,F+classes); images x (N,H,W,C) -> (N,H,W,C+classes), where the
/// plane of the label is 1 in every pixel [Mirza and Osindero 2014; Radford et al. 2015, authors' code].
template <class T>
[[nodiscard]] Var<T> with_one_hot(const char* where, const Var<T>& x, const std::vector<index_t>& y, index_t classes) {
  require(x.rank() == 2 || x.rank() == 4, where, "(N,F) or images (N,H,W,C) were expected, but the shape is ",
          x.shape(), ".");
  check_labels(where, y, x.size(0), classes);
  const Var<T> rows(one_hot<T>(y, classes));
  if (x.rank() == 2) return concat<T>({x, rows}, 1);
  const Shape& s = x.shape();
  return concat<T>({x, broadcast_to(reshape(rows, Shape{s[0], 1, 1, classes}), Shape{s[0], s[1], s[2], classes})}, 3);
}

}  // namespace nn

GANVAS_END
