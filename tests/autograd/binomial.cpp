// The filter [1,3,3,1] on kernels and images.
#include "ganvas/autograd/binomial.hpp"

#include "ganvas/autograd/check.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/random.hpp"

#include "support/catch.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// The filter as a 4x4 kernel on one channel.
Var<double> filter() {
  Tensor<double> f({1, 4, 4, 1});
  for (index_t a = 0; a < 4; ++a)
    for (index_t b = 0; b < 4; ++b)
      f.set({0, a, b, 0}, detail::binomial[std::size_t(a)] * detail::binomial[std::size_t(b)]);
  return f;
}

double distance(const Var<double>& a, const Var<double>& b) {
  REQUIRE(a.shape() == b.shape());
  return (array(a.value()) - array(b.value())).abs().maxCoeff();
}

}  // namespace

TEST_CASE("binomial filter and convolution are one convolution, both ways") {
  Random rng{1};
  const Var<double> x = rng.normal<double>({2, 6, 8, 1}), w = rng.normal<double>({1, 3, 3, 1});
  const auto filtered = conv2d(x, filter(), {}, {.padding = 2});  // the convolution's padding lies around the image
  CHECK(distance(conv2d(x, binomial_kernel(w), {}, {.stride = 2, .padding = 2}),
                 conv2d(filtered, w, {}, {.stride = 2})) < 1e-13);
  const auto spread = conv_transpose2d(x, w, {}, {.stride = 2});
  CHECK(distance(conv_transpose2d(x, binomial_kernel(w, 2), {}, {.stride = 2, .padding = 2}),
                 conv2d(spread, filter(), {}, {.padding = 1}) * 4.0) < 1e-13);
}

TEST_CASE("downsampling is the filter with a stride of 2, in every channel") {
  Random rng{2};
  const Var<double> x = rng.normal<double>({2, 6, 4, 3});
  const Var<double> y = binomial_downsample(x);
  CHECK(y.shape() == Shape{2, 3, 2, 3});
  for (index_t c = 0; c < 3; ++c)
    CHECK(distance(slice(y, 3, c, c + 1), conv2d(slice(x, 3, c, c + 1), filter(), {}, {.stride = 2, .padding = 1})) <
          1e-13);
}

TEST_CASE("binomial filter: gradients are those of differences", "[gradients]") {
  Random rng{3};
  const auto w = rng.normal<double>({2, 3, 3, 2}), x = rng.normal<double>({1, 4, 6, 2});
  const auto kernel = [](const auto& v) { return binomial_kernel(v[0], 2); };
  const auto down = [](const auto& v) { return binomial_downsample(v[0]) * binomial_downsample(v[0]); };
  for (const auto& report :
       {check::gradients(kernel, {w}), check::gradients(down, {x}), check::second_gradients(down, {x})}) {
    INFO(report);
    CHECK(report.ok);
  }
}

TEST_CASE("binomial filter: odd images and flat weights are refused") {
  CHECK_THROWS_WITH(binomial_downsample(Var<float>(Tensor<float>(Shape{1, 3, 4, 1}, 0.0F))), Contains("(1,3,4,1)"));
  CHECK_THROWS_WITH(binomial_kernel(Var<float>(Tensor<float>(Shape{3, 4}, 0.0F))), Contains("(3,4)"));
}
