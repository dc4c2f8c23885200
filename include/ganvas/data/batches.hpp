#pragma once
// A data set in batches: one shuffled epoch as a range, or an endless stream that can be stopped and continued.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/dataset.hpp"

GANVAS_BEGIN

namespace data {

/// Some samples of a data set, in memory of their own. Where a tensor is expected it is its images.
template <class T>
struct Batch {
  Tensor<T> images;             ///< (n,...)
  std::vector<index_t> labels;  ///< n labels, or none
  /// A tensor that shares their memory. It is no reference: of a temporary batch that would dangle.
  operator Tensor<T>() const { return images; }
  [[nodiscard]] index_t size() const { return images.shape()[0]; }
};

struct BatchOptions {
  bool shuffle = true;
  bool drop_last = true;  ///< leave out the last batch of an epoch where it would be smaller than the others
};

namespace detail {

template <class T>
void check_batch_size(const Dataset<T>& dataset, index_t size) {
  require<ValueError>(size >= 1, "batches", "the batch size must be at least 1, but is ", size, ".");
  require<ValueError>(size <= dataset.size(), "batches", "the batch size is ", size, ", but the data set has only ",
                      dataset.size(), " samples; use a smaller batch.");
}

template <class T>
Batch<T> gather(const Dataset<T>& dataset, const std::vector<index_t>& order, index_t begin, index_t end) {
  Dataset<T> picked = dataset.select({order.begin() + begin, order.begin() + end});
  return {std::move(picked.images), std::move(picked.labels)};
}

inline std::vector<index_t> epoch_order(index_t n, bool shuffle, Random& rng) {
  if (shuffle) return rng.permutation(n);
  std::vector<index_t> order(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<index_t>(i);
  return order;
}

}  // namespace detail

/// One epoch: a range for `for (auto& batch : batches(...))`. Every sample comes once, but for a last part that does
/// not fill a batch.
template <class T>
class Epoch {
 public:
  Epoch(const Dataset<T>& dataset, index_t batch_size, Random& rng, const BatchOptions& options)
      : dataset_(dataset), batch_size_(batch_size) {
    detail::check_batch_size(dataset_, batch_size);
    order_ = detail::epoch_order(dataset_.size(), options.shuffle, rng);
    if (options.drop_last) order_.resize(static_cast<std::size_t>(dataset_.size() / batch_size * batch_size));
  }

  /// The number of batches.
  [[nodiscard]] index_t size() const { return (samples() + batch_size_ - 1) / batch_size_; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = const Batch<T>*;
    using reference = const Batch<T>&;

    reference operator*() const { return batch_; }
    pointer operator->() const { return &batch_; }
    Iterator& operator++() {
      begin_ += epoch_->batch_size_;
      load();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return begin_ >= epoch_->samples(); }

   private:
    friend class Epoch;
    explicit Iterator(const Epoch* epoch) : epoch_(epoch) { load(); }
    void load() {
      if (begin_ >= epoch_->samples()) return;
      batch_ = {};  // its memory goes back first, to be used for the next
      batch_ = detail::gather(epoch_->dataset_, epoch_->order_, begin_,
                              std::min(begin_ + epoch_->batch_size_, epoch_->samples()));
    }
    const Epoch* epoch_;
    index_t begin_ = 0;
    Batch<T> batch_;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(this); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  [[nodiscard]] index_t samples() const { return static_cast<index_t>(order_.size()); }

  Dataset<T> dataset_;  // a copy costs its labels; the images are shared
  index_t batch_size_;
  std::vector<index_t> order_;
};

/// One epoch of the data set in an order drawn from rng now. Throws ValueError for a batch larger than the data set.
template <class T>
[[nodiscard]] Epoch<T> batches(const Dataset<T>& dataset, index_t batch_size, Random& rng,
                               const BatchOptions& options = {}) {
  return Epoch<T>(dataset, batch_size, rng, options);
}
/// The same for samples without labels.
template <class T>
[[nodiscard]] Epoch<T> batches(const Tensor<T>& samples, index_t batch_size, Random& rng,
                               const BatchOptions& options = {}) {
  return Epoch<T>(Dataset<T>(samples), batch_size, rng, options);
}

/// Batches without end, each epoch in a new order. All batches have the same size.
template <class T>
class BatchStream {
 public:
  /// Where a stream is. Small: the order of an epoch is drawn again from the random state it began with.
  struct State {
    Random::State epoch_begin;
    index_t epoch = 0;     ///< epochs that are over
    index_t position = 0;  ///< samples of this epoch that were given out
    friend bool operator==(const State&, const State&) = default;
  };

  /// Orders are drawn from a stream that is split off rng, so two streams made from one rng differ.
  BatchStream(Dataset<T> dataset, index_t batch_size, Random& rng, bool shuffle = true)
      : BatchStream(std::move(dataset), batch_size, rng.split(), shuffle) {}
  /// Orders are drawn from a random stream that is this stream's alone: rng.split() or Random(seed).
  BatchStream(Dataset<T> dataset, index_t batch_size, Random&& rng, bool shuffle = true)
      : dataset_(std::move(dataset)), batch_size_(batch_size), shuffle_(shuffle), rng_(std::move(rng)) {
    detail::check_batch_size(dataset_, batch_size);
    begin_epoch();
  }

  [[nodiscard]] Batch<T> next() {
    if (state_.position + batch_size_ > dataset_.size()) {
      ++state_.epoch;
      begin_epoch();
    }
    const index_t begin = state_.position;
    state_.position += batch_size_;
    return detail::gather(dataset_, order_, begin, state_.position);
  }

  [[nodiscard]] index_t batches_per_epoch() const { return dataset_.size() / batch_size_; }
  [[nodiscard]] const State& state() const { return state_; }

  /// Continues where a stream over the same data set and batch size had this state. Throws ValueError if it cannot be.
  void restore(const State& state) {
    require<ValueError>(state.epoch >= 0 && state.position >= 0 && state.position <= dataset_.size() &&
                            state.position % batch_size_ == 0,
                        "batches", "position ", state.position, " is none of a stream of batches of ", batch_size_,
                        " over ", dataset_.size(), " samples; was it saved with another batch size or data set?");
    rng_.restore(state.epoch_begin);
    begin_epoch();
    state_ = state;
  }

 private:
  void begin_epoch() {
    state_.epoch_begin = rng_.state();
    state_.position = 0;
    order_ = detail::epoch_order(dataset_.size(), shuffle_, rng_);
  }

  Dataset<T> dataset_;
  index_t batch_size_;
  bool shuffle_;
  Random rng_;
  State state_;
  std::vector<index_t> order_;
};

}  // namespace data

GANVAS_END
