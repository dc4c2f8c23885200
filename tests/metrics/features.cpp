#include "ganvas/metrics/features.hpp"

#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

TEST_CASE("features come in portions, in the order of the images") {
  Random rng{1};
  const auto images = rng.normal<float>({7, 2, 2, 1});
  std::vector<index_t> portions;
  const auto twice = [&](const Tensor<float>& x) {
    portions.push_back(x.size(0));
    Tensor<float> y = x;
    for (index_t i = 0; i < y.numel(); ++i) y.mutable_data()[i] *= 2;
    return y;
  };
  const auto all = metrics::extract_features(images, twice, 3);
  CHECK(portions == std::vector<index_t>{3, 3, 1});
  CHECK(all == twice(images).reshape({7, 4}));
  CHECK(metrics::extract_features(images, twice) == all);
  CHECK(metrics::extract_features(images, twice, 7) == all);
}

TEST_CASE("features refuse functions that are none of images") {
  const Tensor<float> images(Shape{4, 3}, 1.0F);
  const auto same = [](const Tensor<float>& x) { return x; };
  const auto sum = [](const Tensor<float>&) { return Tensor<float>::scalar(1); };
  const auto growing = [n = index_t{0}](const Tensor<float>& x) mutable {
    return Tensor<float>(Shape{x.size(0), ++n}, 0.0F);
  };
  CHECK(test::says(test::sentence([&] { static_cast<void>(metrics::extract_features(images, sum)); }), "one row"));
  CHECK(test::says(test::sentence([&] {
                     auto f = growing;
                     static_cast<void>(metrics::extract_features(images, f, 2));
                   }),
                   "another 2"));
  CHECK_THROWS_AS(metrics::extract_features(Tensor<float>(Shape{0, 3}), same), ShapeError);
  CHECK_THROWS_AS(metrics::extract_features(images, same, 0), ValueError);
}
