#include "ganvas/kernels/winograd.hpp"

#include <cmath>
#include <type_traits>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/conv.hpp"
#include "ganvas/kernels/reference.hpp"

#include "support/catch.hpp"
#include "support/threads.hpp"

using namespace ganvas;
using abi::WinogradTile;
using Catch::Matchers::Contains;

namespace {

/// A^T ((G g) . (B^T d)) for every pair of unit vectors d, g: the correlation of the two, and nothing else. A short
/// tile has the matrices at, bt and all rows of G but the first.
template <std::size_t m, std::size_t n, std::size_t rows, std::size_t r>
double matrix_error(const double (&at)[m][n], const double (&g)[rows][r], const double (&bt)[n][n]) {
  double error = 0;
  for (std::size_t d = 0; d < n; ++d)
    for (std::size_t tap = 0; tap < r; ++tap)
      for (std::size_t i = 0; i < m; ++i) {
        double y = 0;
        for (std::size_t k = 0; k < n; ++k) y += at[i][k] * g[rows - n + k][tap] * bt[k][d];
        error = std::max(error, std::abs(y - (d == i + tap ? 1.0 : 0.0)));
      }
  return error;
}

struct Case {
  Shape x, w;
  ConvOptions options;
};

/// One and more taps a phase, odd sizes, maps smaller than a tile, one channel, channels that are no whole vectors,
/// more than one panel, paddings of all kinds, rows of x that no tap reaches.
const Case cases[] = {
    {{1, 4, 4, 1}, {1, 2, 2, 1}, {}},
    {{2, 9, 6, 5}, {7, 2, 2, 5}, {.padding = 1}},
    {{1, 3, 3, 2}, {3, 3, 3, 2}, {}},
    {{2, 7, 5, 3}, {4, 3, 3, 3}, {.padding = 1}},
    {{1, 8, 8, 40}, {33, 3, 3, 40}, {.padding = 2}},
    {{3, 8, 8, 17}, {19, 4, 4, 17}, {.stride = 2, .padding = 1}},
    {{1, 11, 13, 16}, {70, 4, 4, 16}, {.stride = 2, .padding = 1}},
    {{2, 6, 6, 130}, {66, 4, 4, 130}, {.stride = 2}},
    {{1, 5, 4, 8}, {6, 4, 4, 8}, {.stride = 2, .padding = 3}},
    {{2, 15, 15, 6}, {5, 6, 6, 6}, {.stride = 3, .padding = 2}},
    {{2, 12, 17, 20}, {18, 6, 6, 20}, {.stride = 2, .padding = 2}},
    {{3, 20, 26, 12}, {9, 4, 4, 12}, {.stride = 2, .padding = 1}},  // 10 = 4 + 3 + 3 rows, 13 = 4 + 3 + 3 + 3 columns
    {{40, 5, 6, 8}, {8, 3, 3, 8}, {.padding = 1}},                  // more tiles than a block, of all kinds
    {{5, 14, 14, 64}, {128, 4, 4, 64}, {.stride = 2, .padding = 1}},
    {{2, 4, 4, 300}, {12, 4, 4, 300}, {.stride = 2, .padding = 1}},  // deeper than one run of a product
    {{3, 9, 9, 50}, {290, 4, 4, 50}, {.stride = 2, .padding = 1}},   // few tiles, many columns: multiplied by columns
    {{3, 9, 9, 290}, {50, 4, 4, 290}, {.stride = 2, .padding = 1}},  // the same for conv_transpose
    {{6, 7, 7, 40}, {260, 3, 3, 40}, {.padding = 1}},
};

WinogradTile tile_for(const ConvGeometry& g) {
  return g.kernel_h == 2 * g.stride_h ? WinogradTile::f4x2 : WinogradTile::f4x3;
}

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

/// y, x and w of the trio by one tile.
template <class T>
std::vector<Tensor<T>> by_tile(WinogradTile tile, const ConvGeometry& g, const Tensor<T>& x, const Tensor<T>& w,
                               const Tensor<T>& y) {
  std::vector<Tensor<T>> all{Tensor<T>(g.y()), Tensor<T>(g.x()), Tensor<T>(g.w())};
  kernels::detail::winograd_conv(tile, g, x.data(), w.data(), all[0].mutable_data());
  kernels::detail::winograd_transpose(tile, g, y.data(), w.data(), all[1].mutable_data());
  kernels::detail::winograd_weight(tile, g, x.data(), y.data(), all[2].mutable_data());
  return all;
}

/// The same by the public functions.
template <class T>
std::vector<Tensor<T>> by_kernels(const ConvGeometry& g, const Tensor<T>& x, const Tensor<T>& w, const Tensor<T>& y) {
  std::vector<Tensor<T>> all{Tensor<T>(g.y()), Tensor<T>(g.x()), Tensor<T>(g.w())};
  kernels::conv(g, x.data(), w.data(), all[0].mutable_data());
  kernels::conv_transpose(g, y.data(), w.data(), all[1].mutable_data());
  kernels::conv_weight(g, x.data(), y.data(), all[2].mutable_data());
  return all;
}

std::vector<Tensor<double>> by_plain_loops(const ConvGeometry& g, const Tensor<double>& x, const Tensor<double>& w,
                                           const Tensor<double>& y) {
  std::vector<Tensor<double>> all{Tensor<double>(g.y()), Tensor<double>(g.x()), Tensor<double>(g.w())};
  kernels::reference::conv(g, x.data(), w.data(), all[0].mutable_data());
  kernels::reference::conv_transpose(g, y.data(), w.data(), all[1].mutable_data());
  kernels::reference::conv_weight(g, x.data(), y.data(), all[2].mutable_data());
  return all;
}

}  // namespace

TEST_CASE("Winograd's matrices give the correlation") {
  using Two = abi::Winograd<WinogradTile::f4x2>;
  using Three = abi::Winograd<WinogradTile::f4x3>;
  CHECK(matrix_error(Two::at, Two::g, Two::bt) < 1e-15);
  CHECK(matrix_error(Two::short_at, Two::g, Two::short_bt) < 1e-15);
  CHECK(matrix_error(Three::at, Three::g, Three::bt) < 1e-15);
  CHECK(matrix_error(Three::short_at, Three::g, Three::short_bt) < 1e-15);
}

TEST_CASE("axes are cut into tiles of 4 and 3 that cover every position once, if that is possible") {
  for (index_t positions = 1; positions < 40; ++positions) {
    const kernels::detail::WinogradCuts cuts(positions);
    CAPTURE(positions, cuts.whole, cuts.small);
    index_t next = 0;
    for (index_t tile = 0; tile < cuts.count(); ++tile) {
      CHECK(cuts.first(tile) == next);
      next += cuts.is_small(tile) ? 3 : 4;
    }
    CHECK(next >= positions);
    CHECK((next == positions || positions == 1 || positions == 2 || positions == 5));
  }
}

TEMPLATE_TEST_CASE("Winograd's trio agrees with the plain loops in double", "", float, double) {
  const double tolerance = std::is_same_v<TestType, float> ? 5e-6 : 1e-14;  // relative L2
  Random rng{1};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    const auto x = rng.normal<TestType>(g.x()), w = rng.normal<TestType>(g.w()), y = rng.normal<TestType>(g.y());
    const auto plain =
        by_plain_loops(g, x.template cast<double>(), w.template cast<double>(), y.template cast<double>());
    CAPTURE(c.x.str(), c.w.str(), c.options.stride, c.options.padding);
    const auto fast = by_tile(tile_for(g), g, x, w, y);
    for (std::size_t i = 0; i < 3; ++i) CHECK(relative_error(fast[i], plain[i]) < tolerance);
  }
}

TEST_CASE("Winograd's rounding is at most three times that of the direct way") {
  Random rng{2};
  const Case layers[] = {
      {{2, 32, 32, 64}, {128, 4, 4, 64}, {.stride = 2, .padding = 1}},
      {{2, 16, 16, 128}, {256, 4, 4, 128}, {.stride = 2, .padding = 1}},
      {{4, 14, 14, 128}, {256, 4, 4, 128}, {.stride = 2, .padding = 1}},
      {{4, 16, 16, 128}, {128, 3, 3, 128}, {.padding = 1}},
      {{2, 16, 16, 256}, {256, 3, 3, 256}, {.padding = 1}},
      {{1, 16, 16, 512}, {64, 3, 3, 512}, {.padding = 1}},
      {{8, 8, 8, 256}, {128, 4, 4, 256}, {.stride = 2, .padding = 1}},
      {{1, 16, 16, 256}, {256, 3, 3, 256}, {.padding = 1}},
  };
  for (const Case& c : layers)
    for (const bool relu : {false, true}) {  // numbers around 0, and what an activation leaves of them
      ConvGeometry g = conv_geometry(c.x, c.w, c.options);
      auto x = rng.normal<float>(g.x()), w = rng.normal<float>(g.w()), y = rng.normal<float>(g.y());
      for (Tensor<float>* t : {&x, &y})
        for (float& v : std::span<float>(t->mutable_data(), static_cast<std::size_t>(t->numel())))
          v = relu ? std::max(v, 0.0F) : v;
      g.algorithm = ConvAlgorithm::direct;
      const auto exact = by_kernels(g, x.cast<double>(), w.cast<double>(), y.cast<double>());
      const auto direct = by_kernels(g, x, w, y);
      const auto fast = by_tile(tile_for(g), g, x, w, y);
      for (std::size_t i = 0; i < (relu ? 2U : 3U); ++i) {  // a gradient is around 0: the test below
        CAPTURE(c.x.str(), c.w.str(), relu, i);
        CHECK(relative_error(fast[i], exact[i]) < 3 * relative_error(direct[i], exact[i]));
        CHECK(relative_error(fast[i], exact[i]) < 1.5e-6);
      }
    }
}

TEST_CASE("so is that of the gradient in the weights over thousands of tiles") {
  Random rng{4};
  const Case layers[] = {
      {{8, 64, 64, 64}, {64, 3, 3, 64}, {.padding = 1}},
      {{256, 7, 7, 32}, {32, 3, 3, 32}, {.padding = 1}},
      {{32, 64, 64, 32}, {32, 4, 4, 32}, {.stride = 2, .padding = 1}},
      {{32, 16, 16, 128}, {128, 4, 4, 128}, {.stride = 2, .padding = 1}},
  };
  for (const Case& c : layers)
    for (const bool relu : {false, true}) {  // x; y is a gradient, around 0
      ConvGeometry g = conv_geometry(c.x, c.w, c.options);
      auto x = rng.normal<float>(g.x());
      const auto y = rng.normal<float>(g.y());
      for (float& v : std::span<float>(x.mutable_data(), static_cast<std::size_t>(x.numel())))
        v = relu ? std::max(v, 0.0F) : v;
      Tensor<double> exact(g.w());
      Tensor<float> direct(g.w()), fast(g.w());
      g.algorithm = ConvAlgorithm::direct;
      kernels::conv_weight(g, x.cast<double>().data(), y.cast<double>().data(), exact.mutable_data());
      kernels::conv_weight(g, x.data(), y.data(), direct.mutable_data());
      g.algorithm = ConvAlgorithm::winograd;
      kernels::conv_weight(g, x.data(), y.data(), fast.mutable_data());
      CAPTURE(c.x.str(), c.w.str(), relu);
      const double times = relu ? 3.2 : 3;  // the direct way adds zeros without any error
      CHECK(relative_error(fast, exact) < times * relative_error(direct, exact));
      CHECK(relative_error(fast, exact) < 1.2e-6);
    }
}

TEST_CASE("Winograd's trio is the same bit for bit with 1, 2, 3 and 8 threads", "[threads]") {
  Random rng{3};
  for (const Case& c : cases) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    const auto x = rng.normal<float>(g.x()), w = rng.normal<float>(g.w()), y = rng.normal<float>(g.y());
    CAPTURE(c.x.str(), c.w.str());
    CHECK(same_for_any_threads([&] { return by_tile(tile_for(g), g, x, w, y); }));
  }
}

TEST_CASE("the algorithm of a convolution can be named") {
  Random rng{4};
  const Shape x_shape{2, 8, 8, 40}, w_shape{48, 4, 4, 40};
  const auto named = [&](ConvAlgorithm algorithm) {
    return conv_geometry(x_shape, w_shape, {.stride = 2, .padding = 1, .algorithm = algorithm});
  };
  const ConvGeometry direct = named(ConvAlgorithm::direct), winograd = named(ConvAlgorithm::winograd);
  const auto x = rng.normal<float>(direct.x()), w = rng.normal<float>(direct.w()), y = rng.normal<float>(direct.y());
  const auto a = by_kernels(direct, x, w, y), b = by_kernels(winograd, x, w, y);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(relative_error(b[i], a[i].cast<double>()) < 5e-6);
    CHECK(relative_error(b[i], a[i].cast<double>()) > 0);  // they round differently, so both ways were gone
  }
}

TEST_CASE("Winograd's way back applies the epilogue to the very sums") {
  Random rng{6};
  for (const Case& c : cases) {
    ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    g.algorithm = ConvAlgorithm::winograd;
    CAPTURE(c.x.str(), c.w.str());
    const auto x = rng.normal<float>(g.x()), w = rng.normal<float>(g.w()), y = rng.normal<float>(g.y());
    const auto bias_y = rng.normal<float>({g.out_c}), bias_x = rng.normal<float>({g.in_c});
    std::vector<Tensor<float>> plain = by_kernels(g, x, w, y);
    Tensor<float> with_y(g.y()), with_x(g.x());
    kernels::conv(g, x.data(), w.data(), with_y.mutable_data(), {bias_y.data(), 0.25F});
    kernels::conv_transpose(g, y.data(), w.data(), with_x.mutable_data(), {bias_x.data(), 0.25F});
    const auto finish = [](Tensor<float>& z, const Tensor<float>& bias) {
      float* p = z.mutable_data();
      for (index_t i = 0; i < z.numel(); ++i) {
        p[i] += bias.data()[i % bias.numel()];
        if (!(p[i] > 0)) p[i] *= 0.25F;
      }
    };
    finish(plain[0], bias_y);
    finish(plain[1], bias_x);
    CHECK(with_y == plain[0]);
    CHECK(with_x == plain[1]);
  }
}

TEST_CASE("without images or channels Winograd's trio is empty or zero, as the direct one") {
  const Case none[] = {{{0, 8, 8, 4}, {6, 4, 4, 4}, {.stride = 2, .padding = 1, .algorithm = ConvAlgorithm::winograd}},
                       {{2, 8, 8, 0}, {6, 4, 4, 0}, {.stride = 2, .padding = 1, .algorithm = ConvAlgorithm::winograd}},
                       {{2, 8, 8, 4}, {0, 4, 4, 4}, {.stride = 2, .padding = 1, .algorithm = ConvAlgorithm::winograd}}};
  for (const Case& c : none) {
    const ConvGeometry g = conv_geometry(c.x, c.w, c.options);
    CAPTURE(c.x.str(), c.w.str());
    const Tensor<float> x = Tensor<float>::ones(g.x()), w = Tensor<float>::ones(g.w()), y = Tensor<float>::ones(g.y());
    for (const Tensor<float>& t : by_kernels(g, x, w, y))
      for (const float v : t.values()) CHECK(v == 0.0F);
  }
}

TEST_CASE("a kernel that Winograd's method cannot do is refused in a sentence") {
  const auto geometry = [](index_t kernel, ConvOptions options) {
    options.algorithm = ConvAlgorithm::winograd;
    return conv_geometry({1, 16, 16, 4}, {8, kernel, kernel, 4}, options);
  };
  CHECK_NOTHROW(geometry(3, {}));
  CHECK_NOTHROW(geometry(4, {.stride = 2}));
  CHECK_THROWS_AS(geometry(5, {.stride = 2}), ValueError);
  CHECK_THROWS_AS(geometry(1, {}), ValueError);
  CHECK_THROWS_AS(geometry(3, {.dilation = 2}), ValueError);
  CHECK_THROWS_WITH(geometry(7, {}), Contains("7x7") && Contains("ConvAlgorithm::automatic"));
}
