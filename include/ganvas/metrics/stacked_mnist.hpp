#pragma once
// How many of the thousand kinds of data/stacked_mnist.hpp does a generator make? [Metz et al. 2017, Unrolled GANs,
// sec. 3.3.1; Lin et al. 2018, PacGAN, sec. 4.2]

#include <algorithm>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/metrics/class_histogram.hpp"
#include "ganvas/metrics/features.hpp"

GANVAS_BEGIN
namespace metrics {

/// Scores of three-digit images.
struct StackedModes {
  index_t samples = 0;
  index_t modes = 0;      ///< numbers 0..999 that at least one sample shows
  double kl = 0;          ///< KL(p_gen || uniform over the 1000 numbers), in nats
  ClassHistogram counts;  ///< samples by number
};

/// Numbers 100 a + 10 b + c of images (N,H,W,3) whose channels show the digits a, b, c.
/// `classifier` is any callable Tensor<T> (n,H,W,1) -> logits Tensor<T> (n,10): nn::frozen(net) of a network.
template <class T, class Classifier>
[[nodiscard]] std::vector<index_t> stacked_labels(const Tensor<T>& images, Classifier&& classifier,
                                                  index_t portion = 250) {
  require(images.rank() == 4 && images.size(3) == 3 && images.size(0) >= 1, "stacked_mnist",
          "images must have shape (N,H,W,3) with N >= 1, but have ", images.shape(), ".");
  const Shape grey = images.shape().with(3, 1);
  std::vector<index_t> labels(static_cast<std::size_t>(images.size(0)));
  Tensor<T> one(grey);
  for (index_t channel = 0; channel < 3; ++channel) {
    T* const to = one.mutable_data();
    for (index_t i = 0; i < one.numel(); ++i) to[i] = images.data()[3 * i + channel];
    const Tensor<T> logits = extract_features(one, classifier, portion);
    require(logits.size(1) == 10, "stacked_mnist", "the classifier gave ", logits.size(1),
            " logits an image; ten are needed, one a digit.");
    const std::vector<index_t> digits = predicted_classes(logits);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = 10 * labels[i] + digits[i];
  }
  return labels;
}

/// Counts the numbers. KL is that of KL(p_gen || uniform) = sum_k p_k log(1000 p_k). From N samples it is too large by
/// about 999 / 2N, and real data have a little of it: digits are not equally frequent. Papers take N = 26,000.
[[nodiscard]] inline StackedModes stacked_modes(const std::vector<index_t>& labels) {
  StackedModes s;
  s.counts = class_histogram(labels, 1000);
  s.samples = static_cast<index_t>(labels.size());
  s.modes = 1000 - std::count(s.counts.begin(), s.counts.end(), 0);
  s.kl = kl_divergence(s.counts, uniform_histogram(1000));
  return s;
}
template <class T, class Classifier>
[[nodiscard]] StackedModes stacked_modes(const Tensor<T>& images, Classifier&& classifier, index_t portion = 250) {
  return stacked_modes(stacked_labels(images, classifier, portion));
}

}  // namespace metrics
GANVAS_END
