#include "ganvas/kernels/conv_fold.hpp"

#include <cmath>
#include <type_traits>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/conv.hpp"
#include "ganvas/kernels/reference.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;

namespace {

struct Case {
  Shape x, w;
  ConvOptions options;
};

/// Cells of one pixel and of many, kernels that are whole strides and others, that are smaller than a stride, one image
/// in bands and many, padding as wide as the kernel, maps of one pixel, many columns, cells of more than a vector.
const Case cases[] = {
    {{2, 28, 28, 1}, {64, 4, 4, 1}, {.stride = 2, .padding = 1}},
    {{1, 64, 64, 3}, {32, 4, 4, 3}, {.stride = 2, .padding = 1}},
    {{1, 70, 70, 3}, {20, 7, 7, 3}, {.padding = 3}},
    {{3, 33, 21, 3}, {17, 3, 3, 3}, {.padding = 1}},
    {{1, 41, 13, 2}, {8, 5, 5, 2}, {.stride = 2, .padding = 2}},
    {{2, 17, 19, 3}, {9, 5, 2, 3}, {.stride = 3, .padding = 1}},
    {{2, 9, 9, 5}, {7, 2, 2, 5}, {.stride = 4, .padding = 1}},
    {{2, 4, 4, 3}, {6, 4, 4, 3}, {}},
    {{1, 1, 1, 1}, {1, 1, 1, 1}, {}},
    {{2, 6, 6, 9}, {5, 3, 3, 9}, {.stride = 3, .padding = 3}},
    {{1, 8, 400, 1}, {4, 3, 3, 1}, {.padding = 1}},
    {{1, 3, 900, 1}, {4, 4, 4, 1}, {.stride = 2, .padding = 2}},
};

template <class T>
Tensor<T> folded(const ConvGeometry& g, const Tensor<T>& y, const Tensor<T>& w, const abi::Epilogue<T>& epilogue = {}) {
  Tensor<T> x(g.x());
  kernels::detail::fold_transpose(g, y.data(), w.data(), epilogue, x.mutable_data());
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("folding agrees with the plain loops in double", "", float, double) {
  using T = TestType;
  Random rng{1};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str(), c.options.stride, c.options.padding);
    const auto y = rng.normal<T>(g.y()), w = rng.normal<T>(g.w());
    const auto yd = y.template cast<double>(), wd = w.template cast<double>();
    Tensor<double> plain(g.x());
    kernels::reference::conv_transpose(g, yd.data(), wd.data(), plain.mutable_data());
    const Tensor<T> fast = folded(g, y, w);
    double largest = 0;
    for (const double v : plain.values()) largest = std::max(largest, std::abs(v));
    const double tolerance = largest * (std::is_same_v<T, float> ? 1e-5 : 1e-14);
    for (index_t i = 0; i < plain.numel(); ++i)
      REQUIRE(std::abs(static_cast<double>(fast.data()[i]) - plain.data()[i]) <= tolerance);
  }
}

TEST_CASE("folding writes its image and nothing else") {
  Random rng{2};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const auto y = rng.normal<float>(g.y()), w = rng.normal<float>(g.w());
    const index_t n = g.x().numel(), room = 32;
    std::vector<float> around(static_cast<std::size_t>(n + 2 * room), 42.0F);
    kernels::detail::fold_transpose<float>(g, y.data(), w.data(), {}, around.data() + room);
    for (index_t i = 0; i < room; ++i) {
      REQUIRE(around[static_cast<std::size_t>(i)] == 42.0F);
      REQUIRE(around[static_cast<std::size_t>(room + n + i)] == 42.0F);
    }
  }
}

TEST_CASE("folding applies the epilogue to the very sums") {
  Random rng{3};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const auto y = rng.normal<float>(g.y()), w = rng.normal<float>(g.w()), bias = rng.normal<float>({g.in_c});
    Tensor<float> plain = folded(g, y, w);
    float* p = plain.mutable_data();
    for (index_t i = 0; i < plain.numel(); ++i) {
      p[i] += bias.data()[i % g.in_c];
      if (!(p[i] > 0)) p[i] *= 0.25F;
    }
    CHECK(folded(g, y, w, {bias.data(), 0.25F}) == plain);
  }
}

TEST_CASE("folding is the same bit for bit with 1, 2, 3 and 8 threads", "[threads]") {
  Random rng{4};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const auto y = rng.normal<float>(g.y()), w = rng.normal<float>(g.w());
    CHECK(same_for_any_threads([&] { return folded(g, y, w); }));
  }
}

TEST_CASE("dilated kernels are not folded") {
  CHECK(!kernels::detail::fold_pays(conv_geometry({2, 20, 20, 1}, {64, 4, 4, 1}, {.padding = 1, .dilation = 2}), 16));
  CHECK(kernels::detail::fold_pays(conv_geometry({2, 20, 20, 1}, {64, 4, 4, 1}, {.padding = 1}), 16));
}
