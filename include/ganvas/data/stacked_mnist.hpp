#pragma once
// Stacked MNIST: three random digits as the channels of one image make a data set of a thousand kinds, enough to see a
// generator lose some [Metz et al. 2017, Unrolled GANs, sec. 3.3.1].

#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/batches.hpp"
#include "ganvas/data/dataset.hpp"

GANVAS_BEGIN

namespace data {

namespace detail {

/// n stacks of three digits drawn with putting back: images (n,H,W,3), labels 100 a + 10 b + c.
template <class T>
Batch<T> stack_digits(const Dataset<T>& digits, index_t n, Random& rng) {
  const std::vector<index_t> picks = rng.integers(3 * n, 0, digits.size());
  const index_t pixels = digits.images.numel() / digits.size();
  Batch<T> batch{Tensor<T>(digits.images.shape().with(0, n).with(3, 3)), {}};
  T* const to = batch.images.mutable_data();
  for (index_t i = 0; i < n; ++i) {
    index_t label = 0;
    for (index_t channel = 0; channel < 3; ++channel) {
      const index_t pick = picks[static_cast<std::size_t>(3 * i + channel)];
      const T* const from = digits.images.data() + pick * pixels;
      for (index_t p = 0; p < pixels; ++p) to[(i * pixels + p) * 3 + channel] = from[p];
      label = 10 * label + digits.labels[static_cast<std::size_t>(pick)];
    }
    batch.labels.push_back(label);
  }
  return batch;
}

template <class T>
void check_digits(const Dataset<T>& digits) {
  require(digits.images.rank() == 4 && digits.images.size(3) == 1 && digits.size() >= 1, "stacked_mnist",
          "digits must have shape (N,H,W,1) with N >= 1, but have ", digits.images.shape(), ".");
  require<ValueError>(digits.classes == 10 && !digits.labels.empty(), "stacked_mnist",
                      "digits need labels of 10 classes, but have ", digits.labels.size(), " labels of ",
                      digits.classes, " classes.");
}

}  // namespace detail

/// Batches without end, made as they are asked for. All have the same size; the state is that of the random numbers.
template <class T>
class StackedMnist {
 public:
  using State = Random::State;

  /// digits: (N,H,W,1) with labels 0..9, as data::mnist gives them. Draws from a stream that is split off rng.
  StackedMnist(Dataset<T> digits, index_t batch_size, Random& rng)
      : StackedMnist(std::move(digits), batch_size, rng.split()) {}
  /// Draws from a random stream that is this one's alone: rng.split() or Random(seed).
  StackedMnist(Dataset<T> digits, index_t batch_size, Random&& rng)
      : digits_(std::move(digits)), batch_size_(batch_size), rng_(std::move(rng)) {
    detail::check_digits(digits_);
    require<ValueError>(batch_size >= 1, "stacked_mnist", "the batch size must be at least 1, but is ", batch_size,
                        ".");
  }

  /// Images (B,H,W,3) and labels 100 a + 10 b + c for the digits a, b, c of the channels.
  [[nodiscard]] Batch<T> next() { return detail::stack_digits(digits_, batch_size_, rng_); }

  /// Where the stream is; restore(state) continues another one over the same digits and batch size there.
  [[nodiscard]] const State& state() const { return rng_.state(); }
  void restore(const State& state) { rng_.restore(state); }

 private:
  Dataset<T> digits_;  // a copy costs its labels; the images are shared
  index_t batch_size_;
  Random rng_;
};

/// n stacks as a data set of 1000 classes, drawn from rng now.
template <class T>
[[nodiscard]] Dataset<T> stacked_mnist(const Dataset<T>& digits, index_t n, Random& rng) {
  detail::check_digits(digits);
  require<ValueError>(n >= 0, "stacked_mnist", "the number of images must be 0 or more, but is ", n, ".");
  Batch<T> all = detail::stack_digits(digits, n, rng);
  return Dataset<T>(std::move(all.images), std::move(all.labels), 1000);
}

}  // namespace data

GANVAS_END
