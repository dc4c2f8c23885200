#pragma once
// What the players hand to each other: samples with or without their classes, and what D says of them.

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// Classes of samples, one each, in [0, K); empty where a game has no classes.
using Labels = std::vector<index_t>;

/// Data x or noise z, with the classes y that belong to them. A tensor is one without classes; a data::Batch becomes
/// its images and labels.
template <class T>
struct Labelled {
  Tensor<T> values;
  Labels labels = {};

  Labelled() = default;
  Labelled(Tensor<T> x) : values(std::move(x)) {}
  Labelled(Tensor<T> x, Labels y) : values(std::move(x)), labels(std::move(y)) {
    require(labels.empty() || (values.rank() > 0 && values.size(0) == static_cast<index_t>(labels.size())), "labelled",
            "there are ", labels.size(), " labels for samples of shape ", values.shape(), "; each needs one.");
  }
  template <class Batch>
  Labelled(const Batch& batch) requires requires(const Batch& b) {
    { b.images } -> std::convertible_to<Tensor<T>>;
    { b.labels } -> std::convertible_to<Labels>;
  } : Labelled(batch.images, batch.labels) {
  }

  [[nodiscard]] index_t size() const { return values.size(0); }
};

/// What D(x) may return in place of its score alone.
template <class T>
struct Verdict {
  Var<T> score;          ///< D(x), (N,1) or (N): a logit, a critic's value, or what the loss takes it for
  Var<T> classes = {};   ///< (N,K) of an auxiliary head: logits of classes (ACGAN), of codes (InfoGAN); or undefined
  Var<T> features = {};  ///< (N,...) what the heads see, for feature matching; or undefined
};

namespace detail {

template <class T>
[[nodiscard]] Verdict<T> as_verdict(Var<T> score) {
  return {std::move(score)};
}
template <class T>
[[nodiscard]] Verdict<T> as_verdict(Verdict<T> verdict) {
  return verdict;
}

/// The training pass of a D that does or does not look at classes.
template <class D, class T>
[[nodiscard]] Verdict<T> judge(D& d, const Var<T>& x, const Labels& y) {
  if constexpr (requires { d.training(x, y); })
    return as_verdict(d.training(x, y));
  else
    return as_verdict(d.training(x));
}

}  // namespace detail

GANVAS_END
