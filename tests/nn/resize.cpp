// Upsampling, pixel shuffling and pooling as layers.
#include "ganvas/nn/resize.hpp"

#include "nn/close.hpp"
#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

TEST_CASE("upsample repeats pixels, or interpolates") {
  const Var<double> x(Tensor<double>({1, 1, 2, 1}, {1, 3}));
  CHECK(nn::upsample(2)(x).value() == Tensor<double>({1, 2, 4, 1}, {1, 1, 3, 3, 1, 1, 3, 3}));
  const auto smooth = nn::upsample(2, UpsampleMode::bilinear);
  CHECK(distance(smooth(x).value(), Tensor<double>({1, 2, 4, 1}, {1, 1.5, 2.5, 3, 1, 1.5, 2.5, 3})) < 1e-12);
  CHECK(smooth.output_shape({1, 1, 2, 1}) == Shape{1, 2, 4, 1});
  CHECK(smooth.describe() == "Upsample x2, bilinear");
}

TEST_CASE("pixel shuffle spreads channels over a square of pixels") {
  const auto layer = nn::pixel_shuffle(2);
  const Var<double> x(Tensor<double>({1, 1, 1, 4}, {1, 2, 3, 4}));
  CHECK(layer(x).value() == Tensor<double>({1, 2, 2, 1}, {1, 2, 3, 4}));
  CHECK(layer.output_shape({2, 3, 5, 12}) == layer(normal({2, 3, 5, 12})).shape());
}

TEST_CASE("poolings reduce windows; their shape rule is the operation's") {
  const Var<double> x(Tensor<double>({1, 2, 2, 1}, {1, 2, 3, 6}));
  CHECK(nn::avg_pool2d({.kernel = 2})(x).value().item() == Approx(3.0));
  CHECK(nn::max_pool2d({.kernel = 2})(x).value().item() == 6.0);
  CHECK(nn::global_avg_pool2d()(x).value() == Tensor<double>({1, 1}, {3.0}));
  const Var<double> y = normal({2, 7, 9, 3});
  for (const PoolOptions& o : {PoolOptions{.kernel = 3}, PoolOptions{.kernel = 2, .stride = 3},
                               PoolOptions{.kernel = 3, .stride = 2, .padding = 1}}) {
    CHECK(nn::avg_pool2d(o).output_shape(y.shape()) == nn::avg_pool2d(o)(y).shape());
    CHECK(nn::max_pool2d(o).output_shape(y.shape()) == nn::max_pool2d(o)(y).shape());
  }
  CHECK(nn::max_pool2d({.kernel = 3, .stride = 2, .padding = 1}).describe() ==
        "MaxPool2d, kernel 3, stride 2, padding 1");
}

TEST_CASE("factors and kernels that would overflow are refused when the layer is made, as by the operation") {
  CHECK_THAT(sentence<ValueError>([] { static_cast<void>(nn::pixel_shuffle(index_t{1} << 32)); }),
             Contains("[pixel_shuffle]") && Contains("at most 2^20") && Contains("4294967296"));
  CHECK_THAT(sentence<ValueError>([] { static_cast<void>(nn::upsample(index_t{1} << 62)); }),
             Contains("[upsample]") && Contains("at most 2^20"));
  CHECK_THAT(sentence<ValueError>([] {
               static_cast<void>(nn::upsample(1 << 20).output_shape({1, index_t{1} << 50, 1, 1}));
             }),
             Contains("[upsample]") && Contains("too large"));
  const auto refuse = [](const PoolOptions& o) {
    const auto by_layer = sentence<ValueError>([&] { static_cast<void>(nn::max_pool2d(o)); });
    CHECK(by_layer == sentence<ValueError>([&] {
            static_cast<void>(kernels::pool_geometry({1, 8, 8, 1}, o, "pool"));
          }));
    return by_layer;
  };
  CHECK_THAT(refuse({.kernel = index_t{1} << 62}), Contains("at most 2^30"));
  CHECK_THAT(refuse({.kernel = 2, .stride = index_t{1} << 40}), Contains("at most 2^30"));
  CHECK_THAT(refuse({.kernel = 2, .stride = -1}), Contains("stride -1"));
  CHECK_THAT(refuse({.kernel = 2, .padding = 2}), Contains("0 <= padding < kernel"));
}

TEST_CASE("an image without pixels is refused, not divided by") {
  CHECK_THAT(sentence<ShapeError>([] {
               static_cast<void>(nn::global_avg_pool2d().output_shape({2, 0, 3, 4}));
             }),
             Contains("(2,0,3,4)"));
  CHECK_THAT(sentence<ShapeError>([] {
               static_cast<void>(nn::avg_pool2d({.kernel = 2}).output_shape({2, 1, 3, 4}));
             }),
             Contains("(2,1,3,4)"));
}
