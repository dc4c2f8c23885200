#include "ganvas/data/batches.hpp"

#include <algorithm>
#include <numeric>

#include "support/files.hpp"

using namespace ganvas;
using data::Batch;
using data::Dataset;
using test::says;
using test::sentence;

namespace {

/// n samples (1) of the values 0, 1, ..., n - 1, each with its own number as label.
Dataset<float> numbers(index_t n) {
  Tensor<float> x({n, 1});
  std::iota(x.mutable_data(), x.mutable_data() + n, 0.0F);
  std::vector<index_t> labels(static_cast<std::size_t>(n));
  std::iota(labels.begin(), labels.end(), index_t{0});
  return Dataset<float>(x, labels, n);
}
void append(std::vector<index_t>& seen, const Batch<float>& batch) {
  REQUIRE(batch.labels.size() == static_cast<std::size_t>(batch.size()));
  for (index_t i = 0; i < batch.size(); ++i) {
    CHECK(batch.images(i, 0) == static_cast<float>(batch.labels[static_cast<std::size_t>(i)]));
    seen.push_back(batch.labels[static_cast<std::size_t>(i)]);
  }
}
index_t first_extent(const Tensor<float>& t) { return t.shape()[0]; }

}  // namespace

TEST_CASE("an epoch gives every sample once, images beside their labels", "[data]") {
  const auto d = numbers(12);
  Random rng(1);
  std::vector<index_t> seen;
  int count = 0;
  for (auto& batch : data::batches(d, 4, rng)) {
    append(seen, batch);
    CHECK(first_extent(batch) == 4);  // a batch is its images where a tensor is expected
    ++count;
  }
  CHECK(count == 3);
  CHECK_FALSE(std::is_sorted(seen.begin(), seen.end()));
  std::vector<index_t> sorted = seen;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 12; ++i) CHECK(sorted[i] == static_cast<index_t>(i));

  std::vector<index_t> second, again;
  for (auto& batch : data::batches(d, 4, rng)) append(second, batch);
  CHECK(second != seen);
  Random same(1);
  for (auto& batch : data::batches(d, 4, same)) append(again, batch);
  CHECK(again == seen);
}

TEST_CASE("the last batch is left out or smaller", "[data]") {
  const auto d = numbers(10);
  Random rng(2);
  std::vector<index_t> sizes;
  for (auto& batch : data::batches(d, 4, rng)) sizes.push_back(batch.size());
  CHECK(sizes == std::vector<index_t>{4, 4});
  sizes.clear();
  for (auto& batch : data::batches(d, 4, rng, {.drop_last = false})) sizes.push_back(batch.size());
  CHECK(sizes == std::vector<index_t>{4, 4, 2});
  CHECK(data::batches(d, 4, rng).size() == 2);
  CHECK(data::batches(d, 4, rng, {.drop_last = false}).size() == 3);
  CHECK(data::batches(d, 10, rng).size() == 1);
  std::vector<index_t> seen;
  const auto before = rng.state();
  for (auto& batch : data::batches(d, 5, rng, {.shuffle = false})) append(seen, batch);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(rng.state() == before);
  const Tensor<double> bare({6, 2, 2, 1}, 1.0);
  for (auto& batch : data::batches(bare, 3, rng)) CHECK(batch.images.shape() == Shape{3, 2, 2, 1});
}

TEST_CASE("batch_larger_than_data_set and other sizes that cannot be", "[data]") {
  const auto d = numbers(10);
  Random rng(3);
  CHECK(says(sentence([&] { static_cast<void>(data::batches(d, 11, rng)); }),
             "the batch size is 11, but the data set has only 10 samples"));
  CHECK(says(sentence([&] { static_cast<void>(data::batches(d, 0, rng)); }), "at least 1, but is 0"));
  CHECK(says(sentence([&] { static_cast<void>(data::batches(d, -5, rng)); }), "at least 1, but is -5"));
  CHECK(says(sentence([&] { static_cast<void>(data::batches(Dataset<float>(), 1, rng)); }), "only 0 samples"));
  CHECK(says(sentence([&] { data::BatchStream<float>(d, 11, rng); }), "only 10 samples"));
}

TEST_CASE("a temporary batch may be taken as its images", "[data]") {
  Random rng(6);
  data::BatchStream<float> stream(numbers(10), 10, rng, false);
  const Tensor<float>& images = stream.next();
  const Tensor<float> other({10, 1}, -1.0F);  // takes the memory of what was given back
  REQUIRE(images.shape() == Shape{10, 1});
  for (index_t i = 0; i < 10; ++i) CHECK(images(i, 0) == static_cast<float>(i));
  const Batch<float> batch = stream.next();
  const Tensor<float> copy = batch;
  CHECK(copy.shares_memory_with(batch.images));
}

TEST_CASE("two streams made from one generator have orders of their own", "[data]") {
  const auto d = numbers(64);
  Random rng(7), same(7);
  data::BatchStream<float> a(d, 64, rng), b(d, 64, rng);
  CHECK(a.next().labels != b.next().labels);
  data::BatchStream<float> again(d, 64, same.split());  // a generator that is given away is taken as it is
  data::BatchStream<float> first(d, 64, same);
  CHECK(again.state() != first.state());
  CHECK(same.state() == rng.state());
  CHECK(data::BatchStream<float>(d, 64, Random(3)).state().epoch_begin == Random(3).state());
}

TEST_CASE("a stream goes on for ever, an epoch at a time", "[data]") {
  data::BatchStream<float> stream(numbers(10), 3, Random(4));
  CHECK(stream.batches_per_epoch() == 3);
  for (int epoch = 0; epoch < 4; ++epoch) {
    std::vector<index_t> seen;
    for (int i = 0; i < 3; ++i) {
      append(seen, stream.next());
      CHECK(stream.state().epoch == epoch);
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  }
}

TEST_CASE("a stream continues where its state was saved", "[data]") {
  const auto d = numbers(11);
  for (int pause = 0; pause < 12; ++pause) {  // also at the ends of epochs
    data::BatchStream<float> stream(d, 3, Random(5));
    for (int i = 0; i < pause; ++i) static_cast<void>(stream.next());
    const auto state = stream.state();
    data::BatchStream<float> other(d, 3, Random(99));
    other.restore(state);
    CHECK(other.state() == state);
    std::vector<index_t> a, b;
    for (int i = 0; i < 10; ++i) {
      append(a, stream.next());
      append(b, other.next());
    }
    CHECK(a == b);
    CHECK(stream.state() == other.state());
  }
  data::BatchStream<float> stream(d, 3, Random(5));
  auto state = stream.state();
  state.position = 4;
  CHECK(says(sentence([&] { stream.restore(state); }), "position 4 is none of a stream of batches of 3"));
  state.position = 12;
  CHECK(says(sentence([&] { stream.restore(state); }), "over 11 samples"));
}
