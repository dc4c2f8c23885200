#include "ganvas/io/resize_image.hpp"

#include "ganvas/core/random.hpp"

#include "support/files.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("each image of many is resized as it is alone", "[io]") {
  Random rng(1);
  const auto x = rng.uniform<float>({3, 9, 7, 2});
  const auto y = io::resize_image(x, 4, 5);
  REQUIRE(y.shape() == Shape{3, 4, 5, 2});
  for (index_t i = 0; i < 3; ++i)
    CHECK(y.rows(i, i + 1).reshape({4, 5, 2}) == io::resize_image(x.rows(i, i + 1).reshape({9, 7, 2}), 4, 5));
  CHECK(io::resize_image(Tensor<float>({0, 9, 7, 2}), 4, 5).shape() == Shape{0, 4, 5, 2});
}

TEST_CASE("resizing is the same for any number of threads", "[io][threads]") {
  Random rng(2);
  const auto x = rng.uniform<float>({7, 20, 30, 3});
  CHECK(same_for_any_threads([&] { return io::resize_image(x, 8, 8, ResizeFilter::lanczos); }));
}

TEST_CASE("the middle of an image", "[io]") {
  const Tensor<float> wide({1, 4, 1}, {1, 2, 3, 4});
  CHECK(io::centre_crop(wide) == Tensor<float>({1, 1, 1}, {2}));
  const Tensor<float> tall({3, 2, 1}, {1, 2, 3, 4, 5, 6});
  CHECK(io::centre_crop(tall) == Tensor<float>({2, 2, 1}, {1, 2, 3, 4}));
  CHECK(io::centre_crop(io::centre_crop(tall)) == io::centre_crop(tall));
}

TEST_CASE("what cannot be resized", "[io]") {
  const Tensor<float> image({2, 2, 3}, 0.0F);
  CHECK(says(sentence([&] { static_cast<void>(io::resize_image(image, 0, 2)); }), "must be at least 1 x 1"));
  CHECK(says(sentence([&] { static_cast<void>(io::resize_image(image.reshape({12}), 2, 2)); }), "but this is (12)"));
  CHECK(says(sentence([&] { static_cast<void>(io::resize_image(Tensor<float>({0, 2, 3}), 2, 2)); }), "no pixel"));
  CHECK(says(sentence([&] { static_cast<void>(io::centre_crop(image.reshape({1, 2, 2, 3}))); }), "(1,2,2,3)"));
}
