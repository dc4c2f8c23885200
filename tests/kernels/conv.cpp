#include "ganvas/kernels/conv.hpp"

#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/reference.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

struct Case {
  Shape x, w;
  ConvOptions options;
};

/// Strides 1 to 3, kernels 1 to 7, paddings, dilation, odd sizes, batch 1, one and three channels, channels that are
/// no multiples of 16, and the layers of the MNIST DCGAN.
const Case cases[] = {
    {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {{2, 5, 7, 3}, {4, 3, 3, 3}, {.padding = 1}},
    {{1, 9, 6, 2}, {5, 2, 3, 2}, {.stride = 2}},
    {{3, 8, 8, 17}, {19, 4, 4, 17}, {.stride = 2, .padding = 1}},
    {{1, 13, 11, 1}, {33, 5, 5, 1}, {.stride = 3, .padding = 2}},
    {{2, 14, 14, 16}, {64, 4, 4, 16}, {.stride = 2, .padding = 1}},
    {{2, 7, 7, 70}, {66, 1, 1, 70}, {}},
    {{1, 16, 16, 3}, {7, 7, 7, 3}, {.padding = 3}},
    {{2, 12, 12, 4}, {6, 3, 3, 4}, {.stride = 1, .padding = 2, .dilation = 2}},
    {{1, 15, 17, 5}, {8, 3, 3, 5}, {.stride = 2, .padding = 1, .dilation = 2}},
    {{3, 6, 6, 2}, {3, 6, 6, 2}, {}},
    {{5, 28, 28, 1}, {64, 4, 4, 1}, {.stride = 2, .padding = 1}},
    {{4, 14, 14, 64}, {128, 4, 4, 64}, {.stride = 2, .padding = 1}},
    {{5, 7, 7, 128}, {1, 7, 7, 128}, {}},
    {{3, 7, 7, 256}, {100, 7, 7, 256}, {}},
    {{2, 28, 28, 1}, {128, 4, 4, 1}, {.stride = 2, .padding = 1}},
    {{2, 14, 14, 128}, {256, 4, 4, 128}, {.stride = 2, .padding = 1}},
    {{2, 5, 5, 130}, {3, 3, 3, 130}, {.stride = 3, .padding = 3}},
    // Small maps, many images: several in one block, taps that meet no pixel, blocks that begin within an image.
    {{40, 2, 2, 3}, {64, 4, 4, 3}, {.stride = 1, .padding = 1}},
    {{300, 1, 1, 4}, {33, 5, 5, 4}, {.stride = 2, .padding = 2}},
    {{19, 3, 2, 1}, {16, 6, 6, 1}, {.stride = 2, .padding = 2}},
    {{70, 5, 5, 3}, {20, 3, 3, 3}, {.stride = 2, .padding = 2, .dilation = 2}},
    {{1, 1, 1, 64}, {8, 3, 3, 64}, {.padding = 1 << 20, .dilation = 1 << 20}},
    {{2, 3, 600, 2}, {24, 3, 3, 2}, {.padding = 1}},
};

/// |a - b| over |b|, as vectors
template <class T>
double relative_error(const Tensor<T>& a, const Tensor<double>& b) {
  double difference = 0, size = 0;
  for (index_t i = 0; i < b.numel(); ++i) {
    const double e = static_cast<double>(a.data()[i]) - b.data()[i];
    difference += e * e;
    size += b.data()[i] * b.data()[i];
  }
  return std::sqrt(difference / (size > 0 ? size : 1));
}

double dot(const Tensor<double>& a, const Tensor<double>& b) {
  double s = 0;
  for (index_t i = 0; i < a.numel(); ++i) s += a.data()[i] * b.data()[i];
  return s;
}

}  // namespace

TEMPLATE_TEST_CASE("the convolution trio agrees with the plain loops in double", "", float, double) {
  const double tolerance = std::is_same_v<TestType, float> ? 2e-6 : 1e-14;  // relative L2
  Random rng{1};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str(), c.options.stride, c.options.padding, c.options.dilation);
    const auto x = rng.normal<TestType>(g.x()), w = rng.normal<TestType>(g.w()), y = rng.normal<TestType>(g.y());
    const auto xd = x.template cast<double>(), wd = w.template cast<double>(), yd = y.template cast<double>();
    Tensor<TestType> fast_y(g.y()), fast_x(g.x()), fast_w(g.w());
    Tensor<double> plain_y(g.y()), plain_x(g.x()), plain_w(g.w());
    kernels::conv(g, x.data(), w.data(), fast_y.mutable_data());
    kernels::reference::conv(g, xd.data(), wd.data(), plain_y.mutable_data());
    CHECK(relative_error(fast_y, plain_y) < tolerance);
    kernels::conv_transpose(g, y.data(), w.data(), fast_x.mutable_data());
    kernels::reference::conv_transpose(g, yd.data(), wd.data(), plain_x.mutable_data());
    CHECK(relative_error(fast_x, plain_x) < tolerance);
    kernels::conv_weight(g, x.data(), y.data(), fast_w.mutable_data());
    kernels::reference::conv_weight(g, xd.data(), yd.data(), plain_w.mutable_data());
    CHECK(relative_error(fast_w, plain_w) < tolerance);
  }
}

TEMPLATE_TEST_CASE("the epilogue adds the bias and applies a leaky ReLU to the very sums", "", float, double) {
  using T = TestType;
  Random rng{9};
  const auto expected = [](Tensor<T> z, const Tensor<T>* bias, T slope) {
    T* p = z.mutable_data();
    for (index_t i = 0; i < z.numel(); ++i) {
      if (bias != nullptr) p[i] += bias->data()[i % bias->numel()];
      if (!(p[i] > T(0))) p[i] *= slope;
    }
    return z;
  };
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str(), c.options.stride, c.options.padding, c.options.dilation);
    const auto x = rng.normal<T>(g.x()), w = rng.normal<T>(g.w()), y = rng.normal<T>(g.y());
    const auto bias_y = rng.normal<T>({g.out_c}), bias_x = rng.normal<T>({g.in_c});
    Tensor<T> plain_y(g.y()), plain_x(g.x());
    kernels::conv(g, x.data(), w.data(), plain_y.mutable_data());
    kernels::conv_transpose(g, y.data(), w.data(), plain_x.mutable_data());
    for (const bool biased : {false, true})
      for (const T slope : {T(1), T(0.25), T(0)}) {
        Tensor<T> with_y(g.y()), with_x(g.x());
        kernels::conv(g, x.data(), w.data(), with_y.mutable_data(), {biased ? bias_y.data() : nullptr, slope});
        kernels::conv_transpose(g, y.data(), w.data(), with_x.mutable_data(),
                                {biased ? bias_x.data() : nullptr, slope});
        CHECK(with_y == expected(plain_y, biased ? &bias_y : nullptr, slope));
        CHECK(with_x == expected(plain_x, biased ? &bias_x : nullptr, slope));
      }
  }
}

TEST_CASE("adjoint_identity: <conv(x,w), y> = <x, conv_transpose(y,w)> = <w, conv_weight(x,y)>") {
  Random rng{2};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const auto x = rng.normal<double>(g.x()), w = rng.normal<double>(g.w()), y = rng.normal<double>(g.y());
    Tensor<double> a(g.y()), b(g.x()), d(g.w());
    kernels::conv(g, x.data(), w.data(), a.mutable_data());
    kernels::conv_transpose(g, y.data(), w.data(), b.mutable_data());
    kernels::conv_weight(g, x.data(), y.data(), d.mutable_data());
    const double expected = dot(a, y), scale = std::sqrt(dot(a, a) * dot(y, y));
    CHECK(std::abs(dot(x, b) - expected) <= 1e-13 * scale);
    CHECK(std::abs(dot(w, d) - expected) <= 1e-13 * scale);
  }
}

TEST_CASE("the trio is the same bit for bit with 1, 2, 3 and 8 threads", "[threads]") {
  Random rng{3};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const auto x = rng.normal<float>(g.x()), w = rng.normal<float>(g.w()), y = rng.normal<float>(g.y());
    CHECK(same_for_any_threads([&] {
      std::vector<Tensor<float>> all{Tensor<float>(g.y()), Tensor<float>(g.x()), Tensor<float>(g.w())};
      kernels::conv(g, x.data(), w.data(), all[0].mutable_data());
      kernels::conv_transpose(g, y.data(), w.data(), all[1].mutable_data());
      kernels::conv_weight(g, x.data(), y.data(), all[2].mutable_data());
      return all;
    }));
  }
}

TEST_CASE("geometries that do not fit get a sentence with both shapes") {
  CHECK_THROWS_WITH(conv_geometry({8, 32, 32, 3}, {128, 4, 4, 64}, {}),
                    Contains("(8,32,32,3)") && Contains("(128,4,4,64)") && Contains("[conv2d]"));
  CHECK_THROWS_AS(conv_geometry({8, 3, 3, 1}, {4, 5, 5, 1}, {}), ShapeError);
  CHECK_THROWS_AS(conv_geometry({8, 3, 3, 1}, {4, 3, 3, 1}, {.stride = 0}), Error);
  CHECK_THROWS_AS(conv_geometry({8, 3, 3, 1}, {4, 3, 3, 1}, {.padding = -1}), Error);
  CHECK(conv_geometry({0, 3, 3, 1}, {4, 3, 3, 1}, {}).y().numel() == 0);  // no images, no results
  CHECK_THROWS_AS(conv_geometry({8, 3, 3}, {4, 3, 3, 1}, {}), ShapeError);
  CHECK_THROWS_AS(conv_transpose_geometry({8, 3, 3, 5}, {4, 3, 3, 1}, {}), ShapeError);
}
