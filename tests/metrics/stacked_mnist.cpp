#include "ganvas/metrics/stacked_mnist.hpp"

#include <cmath>

#include "ganvas/core/random.hpp"
#include "ganvas/data/stacked_mnist.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

namespace {

/// Images of one pixel that shows its digit as digit / 10, and a classifier that sees it.
data::Dataset<float> digits() {
  Tensor<float> images({10, 1, 1, 1});
  std::vector<index_t> labels;
  for (index_t i = 0; i < 10; ++i) {
    images.mutable_data()[i] = static_cast<float>(i) / 10;
    labels.push_back(i);
  }
  return data::Dataset<float>(images, labels, 10);
}
Tensor<float> classify(const Tensor<float>& x) {
  Tensor<float> logits(Shape{x.size(0), 10});
  for (index_t i = 0; i < x.size(0); ++i)
    for (index_t c = 0; c < 10; ++c)
      logits.mutable_data()[10 * i + c] = -std::abs(x.data()[i] - static_cast<float>(c) / 10);
  return logits;
}

}  // namespace

TEST_CASE("the classifier reads the numbers that the data set stacked") {
  Random rng{1};
  const auto stacked = data::stacked_mnist(digits(), 500, rng);
  CHECK(metrics::stacked_labels(stacked.images, classify, 70) == stacked.labels);
  const auto found = metrics::stacked_modes(stacked.images, classify);
  CHECK(found.samples == 500);
  CHECK(found.modes == 1000 - std::count(found.counts.begin(), found.counts.end(), 0));
  CHECK(found.modes == Approx(1000 * (1 - std::exp(-0.5))).margin(40));  // 1000 (1 - e^(-N/1000))
}

TEST_CASE("modes and divergence of known histograms") {
  std::vector<index_t> all;
  for (index_t i = 0; i < 1000; ++i) all.push_back(i);
  CHECK(metrics::stacked_modes(all).modes == 1000);
  CHECK(metrics::stacked_modes(all).kl == Approx(0).margin(1e-12));
  const auto one = metrics::stacked_modes(std::vector<index_t>(50, 123));
  CHECK(one.modes == 1);
  CHECK(one.kl == Approx(std::log(1000.0)));
}

TEST_CASE("stacked scores refuse other images and classifiers") {
  const Tensor<float> images(Shape{2, 1, 1, 3}, 0.0F);
  const auto says = [](const auto& call, const char* words) { return test::says(test::sentence(call), words); };
  CHECK(says(
      [] {
        static_cast<void>(metrics::stacked_labels(Tensor<float>(Shape{2, 1, 1, 1}, 0.0F), classify));
      },
      "(2,1,1,1)"));
  CHECK(says([] { static_cast<void>(metrics::stacked_labels(Tensor<float>(Shape{0, 1, 1, 3}), classify)); }, "N >= 1"));
  const auto five = [](const Tensor<float>& x) { return Tensor<float>(Shape{x.size(0), 5}, 0.0F); };
  CHECK(says([&] { static_cast<void>(metrics::stacked_labels(images, five)); }, "5 logits"));
  CHECK_THROWS_AS(metrics::stacked_modes(std::vector<index_t>{1000}), ValueError);
  CHECK_THROWS_AS(metrics::stacked_modes(std::vector<index_t>{}), ValueError);
}
