#include "ganvas/data/stacked_mnist.hpp"

#include <set>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

namespace {

/// 20 images of 2 x 3 pixels; pixel p of image i is i + p / 8, and its label i mod 10.
data::Dataset<float> digits() {
  Tensor<float> images({20, 2, 3, 1});
  std::vector<index_t> labels;
  for (index_t i = 0; i < 20; ++i) {
    for (index_t p = 0; p < 6; ++p)
      images.mutable_data()[6 * i + p] = static_cast<float>(i) + static_cast<float>(p) / 8;
    labels.push_back(i % 10);
  }
  return data::Dataset<float>(images, labels, 10);
}

}  // namespace

TEST_CASE("stacked digits: three whole images as channels, and their number") {
  data::StackedMnist<float> stream(digits(), 50, Random(7));
  const auto batch = stream.next();
  CHECK(batch.images.shape() == Shape{50, 2, 3, 3});
  REQUIRE(batch.labels.size() == 50);
  std::set<index_t> seen, of_channel[3];
  for (index_t i = 0; i < 50; ++i) {
    index_t label = 0;
    for (index_t channel = 0; channel < 3; ++channel) {
      const float first = batch.images(i, 0, 0, channel);
      const auto image = static_cast<index_t>(first);
      CHECK(first == static_cast<float>(image));
      for (index_t p = 0; p < 6; ++p)
        CHECK(batch.images(i, p / 3, p % 3, channel) == first + static_cast<float>(p) / 8);
      label = 10 * label + image % 10;
      of_channel[channel].insert(image);
    }
    CHECK(batch.labels[static_cast<std::size_t>(i)] == label);
    seen.insert(label);
  }
  CHECK(seen.size() > 40);
  for (const auto& images : of_channel) CHECK(images.size() > 15);  // each channel draws from all digits
}

TEST_CASE("stacked digits: the same seed gives the same batches, and a state continues") {
  data::StackedMnist<float> a(digits(), 4, Random(1)), b(digits(), 4, Random(1)), c(digits(), 4, Random(2));
  const auto first = a.next();
  CHECK(first.images == b.next().images);
  CHECK_FALSE(first.images == c.next().images);
  const auto state = a.state();
  const auto second = a.next();
  CHECK_FALSE(second.images == first.images);
  c.restore(state);
  const auto again = c.next();
  CHECK(again.images == second.images);
  CHECK(again.labels == second.labels);
  CHECK(c.state() == a.state());
  Random rng{5};
  data::StackedMnist<float> d(digits(), 4, rng), e(digits(), 4, rng);
  CHECK_FALSE(d.next().images == e.next().images);  // two streams of one rng differ
}

TEST_CASE("stacked digits as a data set of 1000 classes") {
  Random rng{3};
  const auto all = data::stacked_mnist(digits(), 30, rng);
  CHECK(all.images.shape() == Shape{30, 2, 3, 3});
  CHECK(all.classes == 1000);
  CHECK(all.labels.size() == 30);
  CHECK(data::stacked_mnist(digits(), 0, rng).size() == 0);
}

TEST_CASE("stacked digits need grey images with labels") {
  Random rng{1};
  const auto images = rng.uniform<float>({4, 2, 2, 1});
  const auto make = [&](const data::Dataset<float>& d, index_t n) {
    return data::StackedMnist<float>(d, n, rng).next();
  };
  CHECK(test::says(test::sentence([&] { make(data::Dataset<float>(images), 2); }), "10 classes"));
  CHECK(test::says(test::sentence([&] { make(data::Dataset<float>(images, {0, 1, 2, 3}, 4), 2); }), "4 classes"));
  CHECK(test::says(test::sentence([&] {
                     make(data::Dataset<float>(images.reshape({4, 4}), {0, 1, 2, 3}, 10), 2);
                   }),
                   "(4,4)"));
  CHECK(test::says(test::sentence([&] { make(data::Dataset<float>(Tensor<float>({0, 2, 2, 1})), 2); }), "(0,2,2,1)"));
  CHECK(test::says(test::sentence([&] { make(data::Dataset<float>(images, {0, 1, 2, 3}, 10), 0); }), "batch size"));
  CHECK(test::says(test::sentence([&] {
                     static_cast<void>(data::stacked_mnist(data::Dataset<float>(images, {0, 1, 2, 3}, 10), -1, rng));
                   }),
                   "0 or more"));
}
