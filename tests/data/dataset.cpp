#include "ganvas/data/dataset.hpp"

#include "support/files.hpp"

using namespace ganvas;
using data::Dataset;
using test::says;
using test::sentence;

TEST_CASE("samples with and without labels", "[data]") {
  const Dataset<float> d(Tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}), {0, 1, 1}, 2);
  CHECK(d.size() == 3);
  const auto picked = d.select({2, 0, 2});
  CHECK(picked.images == Tensor<float>({3, 2}, {5, 6, 1, 2, 5, 6}));
  CHECK(picked.labels == std::vector<index_t>{1, 0, 1});
  CHECK(picked.classes == 2);
  CHECK(d.first(2).images == Tensor<float>({2, 2}, {1, 2, 3, 4}));
  CHECK(d.first(2).labels == std::vector<index_t>{0, 1});
  CHECK(d.first(99).size() == 3);
  CHECK(d.first(-1).size() == 0);
  const Dataset<double> bare(Tensor<double>({4, 2, 2, 1}, 0.5));
  CHECK(bare.select({3}).images.shape() == Shape{1, 2, 2, 1});
  CHECK(bare.select({}).images.shape() == Shape{0, 2, 2, 1});
  CHECK(bare.labels.empty());
  CHECK(Dataset<float>().size() == 0);
}

TEST_CASE("wrong_label_counts and labels out of range are refused", "[data]") {
  const Tensor<float> x({3, 2});
  CHECK(says(sentence([&] { Dataset<float>(x, {0, 1}, 2); }), "there are 2 labels for 3 samples of shape (3,2)"));
  CHECK(says(sentence([&] { Dataset<float>(x, {0, 1, 2}, 2); }), "label 2 is 2; with 2 classes"));
  CHECK(says(sentence([&] { Dataset<float>(x, {0, -1, 1}, 2); }), "label 1 is -1"));
  CHECK(says(sentence([&] { Dataset<float>(x, {0, -1, 1}); }), "label 1 is -1"));
  CHECK(says(sentence([&] { Dataset<float>(x, {0, 0, 0}, -2); }), "cannot be -2"));
  CHECK(Dataset<float>(x, {0, 3, 1}).classes == 4);  // one more than the largest label
  CHECK(Dataset<float>(x).classes == 0);
  CHECK(says(sentence([&] { Dataset<float>(Tensor<float>::scalar(1)); }), "a scalar"));
  const Dataset<float> d(x);
  CHECK(says(sentence([&] { static_cast<void>(d.select({3})); }), "index 3 is outside a data set of 3"));
  CHECK(says(sentence([&] { static_cast<void>(d.select({-1})); }), "index -1"));
  CHECK(says(sentence([&] { static_cast<void>(Dataset<float>().select({0})); }), "data set of 0"));
}
