#include "ganvas/models/train_digits.hpp"

#include <string>
#include <vector>

#include "ganvas/nn/content_hash.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using models::DigitTraining;
using models::DigitTrainingStep;

namespace {

/// Bright squares in one of ten places, with noise: what a network learns in a few steps.
data::Dataset<float> squares(index_t n, std::uint64_t seed) {
  Random rng{seed};
  auto images = rng.uniform<float>({n, 28, 28, 1}, -1.0F, 0.0F);
  const auto labels = rng.integers(n, 0, 10);
  for (index_t i = 0; i < n; ++i) {
    const index_t top = labels[static_cast<std::size_t>(i)] / 5 * 14 + 4,
                  left = labels[static_cast<std::size_t>(i)] % 5 * 5 + 1;
    for (index_t y = top; y < top + 6; ++y)
      for (index_t x = left; x < left + 4; ++x) images.mutable_data()[(i * 28 + y) * 28 + x] = 1;
  }
  return data::Dataset<float>(images, labels, 10);
}

}  // namespace

TEST_CASE("the recipe learns what made-up images show, and reports each step") {
  const auto train = squares(400, 1), test = squares(100, 2);
  std::vector<DigitTrainingStep> steps;
  const auto trained = models::train_digit_features(train, {.epochs = 2, .batch = 20}, [&](const DigitTrainingStep& s) {
    steps.push_back(s);
    return true;
  });
  CHECK(trained.finished);
  CHECK(trained.steps == 40);
  REQUIRE(steps.size() == 40);
  CHECK(steps.front().step == 1);
  CHECK(steps.back().step == 40);
  CHECK(steps.back().steps == 40);
  CHECK(steps.front().epoch == 1);
  CHECK(steps.back().epoch == 2);
  CHECK(steps.front().loss > 1.5);
  CHECK(models::classification_accuracy(trained.net, test, 30) > 0.9);
  Random rng{9};
  CHECK(models::classification_accuracy(models::digit_classifier<float>(rng), test) < 0.5);
}

TEST_CASE("the recipe gives the same weights for any number of threads, others for another seed", "[threads]") {
  const auto train = squares(64, 3);
  const auto hash = [&](std::uint64_t seed) {
    return nn::content_hash(models::train_digit_features(train, {.epochs = 1, .batch = 32, .seed = seed}).net);
  };
  CHECK(same_for_any_threads([&] { return hash(1); }));
  CHECK(hash(1) != hash(2));
}

TEST_CASE("progress that says false ends the training") {
  const auto trained = models::train_digit_features(squares(40, 1), {.epochs = 3, .batch = 20},
                                                    [](const DigitTrainingStep& s) { return s.step < 2; });
  CHECK(trained.steps == 2);
  CHECK_FALSE(trained.finished);
}

TEST_CASE("the recipe refuses what is no set of digits") {
  const auto says = [](const data::Dataset<float>& d, const DigitTraining& o, const char* words) {
    return test::says(test::sentence([&] { static_cast<void>(models::train_digit_features(d, o)); }), words);
  };
  const auto good = squares(8, 1);
  CHECK(says(data::Dataset<float>(good.images), {}, "0 labels"));
  CHECK(says(data::Dataset<float>(good.images.reshape({8, 784}), good.labels, 10), {}, "(8,784)"));
  CHECK(says(data::Dataset<float>(good.images.reshape({8, 14, 56, 1}), good.labels, 10), {}, "(8,14,56,1)"));
  CHECK(says(data::Dataset<float>(good.images, good.labels, 11), {}, "11 classes"));
  CHECK(says(good, {.batch = 9}, "only 8"));
  CHECK(says(good, {.epochs = 0, .batch = 4}, "epochs"));
  Random rng{1};
  const auto net = models::digit_classifier<float>(rng);
  CHECK_THROWS_AS(models::classification_accuracy(net, data::Dataset<float>(good.images)), ValueError);
}
