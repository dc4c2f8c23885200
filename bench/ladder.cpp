// The ladder: a layer from the formula as loops to what the library makes of it, on one thread. docs/ladder.md walks up
// these rungs. Each is compared with the first before anything is timed; "gain" is the time of the rung below over its
// own. This file is compiled with plain -O2 and no -march, whatever the others are.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <memory>
#include <string>

#include "ganvas/core/random.hpp"

#include "conv_cases.hpp"
#include "measure.hpp"

namespace {

using ganvas::Buffer;
using ganvas::ConvAlgorithm;
using ganvas::ConvGeometry;
using ganvas::index_t;
using ganvas::Tensor;

// 1: the formula. One result after the other, one product after the other.
void naive(const ConvGeometry& g, const float* x, const float* w, float* y) {
  for (index_t n = 0; n < g.batch; ++n)
    for (index_t oh = 0; oh < g.out_h; ++oh)
      for (index_t ow = 0; ow < g.out_w; ++ow)
        for (index_t o = 0; o < g.out_c; ++o) {
          float sum = 0;
          for (index_t kh = 0; kh < g.kernel_h; ++kh)
            for (index_t kw = 0; kw < g.kernel_w; ++kw) {
              const index_t ih = oh * g.stride_h + kh - g.padding_h, iw = ow * g.stride_w + kw - g.padding_w;
              if (ih < 0 || ih >= g.in_h || iw < 0 || iw >= g.in_w) continue;
              const float* from = x + ((n * g.in_h + ih) * g.in_w + iw) * g.in_c;
              const float* weight = w + ((o * g.kernel_h + kh) * g.kernel_w + kw) * g.in_c;
              for (index_t i = 0; i < g.in_c; ++i) sum += from[i] * weight[i];
            }
          *y++ = sum;
        }
}

index_t pixels_of(const ConvGeometry& g) { return g.batch * g.out_h * g.out_w; }
index_t depth_of(const ConvGeometry& g) { return g.kernel_h * g.kernel_w * g.in_c; }

// The matrix A of rungs 2 to 4 ("im2col"): row p holds the numbers of x that pixel p of the result sees, zeros outside.
Buffer<float> patches(const ConvGeometry& g, const float* x) {
  Buffer<float> a(pixels_of(g) * depth_of(g));
  float* to = a.get();
  for (index_t n = 0; n < g.batch; ++n)
    for (index_t oh = 0; oh < g.out_h; ++oh)
      for (index_t ow = 0; ow < g.out_w; ++ow)
        for (index_t kh = 0; kh < g.kernel_h; ++kh)
          for (index_t kw = 0; kw < g.kernel_w; ++kw, to += g.in_c) {
            const index_t ih = oh * g.stride_h + kh - g.padding_h, iw = ow * g.stride_w + kw - g.padding_w;
            if (ih < 0 || ih >= g.in_h || iw < 0 || iw >= g.in_w)
              std::fill_n(to, g.in_c, 0.0F);
            else
              std::copy_n(x + ((n * g.in_h + ih) * g.in_w + iw) * g.in_c, g.in_c, to);
          }
  return a;
}

// 2: blocks (of layers whose pixels and channels are multiples of 4). Squares of 4 x 4 results share what they load,
// and 64 rows of A stay in the cache for all of W.
void blocked(const ConvGeometry& g, const float* x, const float* w, float* y) {
  const index_t pixels = pixels_of(g), depth = depth_of(g);
  const Buffer<float> a = patches(g, x);
  for (index_t block = 0; block < pixels; block += 64)
    for (index_t o = 0; o < g.out_c; o += 4)
      for (index_t p = block; p < std::min(pixels, block + 64); p += 4) {
        const float* rows = a.get() + p * depth;
        const float* columns = w + o * depth;
        float sum[4][4] = {};
        for (index_t l = 0; l < depth; ++l)
#pragma GCC unroll 4
          for (index_t i = 0; i < 4; ++i)
#pragma GCC unroll 4
            for (index_t j = 0; j < 4; ++j) sum[i][j] += rows[i * depth + l] * columns[j * depth + l];
        for (index_t i = 0; i < 4; ++i)
          for (index_t j = 0; j < 4; ++j) y[(p + i) * g.out_c + o + j] = sum[i][j];
      }
}

// Four rows of a matrix side by side: number l of row i at 4 l + i.
void pack4(const float* rows, index_t depth, float* panel) {
  for (index_t l = 0; l < depth; ++l)
    for (index_t i = 0; i < 4; ++i) *panel++ = rows[i * depth + l];
}

// 3: panels. What the innermost loop reads lies in the order in which it reads.
void packed(const ConvGeometry& g, const float* x, const float* w, float* y) {
  const index_t pixels = pixels_of(g), depth = depth_of(g);
  const Buffer<float> a = patches(g, x), b_panels(g.out_c * depth), a_panels(64 * depth);
  for (index_t o = 0; o < g.out_c; o += 4) pack4(w + o * depth, depth, b_panels.get() + o * depth);
  for (index_t block = 0; block < pixels; block += 64) {
    const index_t end = std::min(pixels, block + 64);
    for (index_t p = block; p < end; p += 4) pack4(a.get() + p * depth, depth, a_panels.get() + (p - block) * depth);
    for (index_t o = 0; o < g.out_c; o += 4)
      for (index_t p = block; p < end; p += 4) {
        const float* rows = a_panels.get() + (p - block) * depth;
        const float* columns = b_panels.get() + o * depth;
        float sum[4][4] = {};
        for (index_t l = 0; l < depth; ++l, rows += 4, columns += 4)
#pragma GCC unroll 4
          for (index_t i = 0; i < 4; ++i)
#pragma GCC unroll 4
            for (index_t j = 0; j < 4; ++j) sum[i][j] += rows[i] * columns[j];
        for (index_t i = 0; i < 4; ++i)
          for (index_t j = 0; j < 4; ++j) y[(p + i) * g.out_c + o + j] = sum[i][j];
      }
  }
}

// 4: vectors. The same product by the library's register tiles, chosen for this machine when the program starts.
void simd(const ConvGeometry& g, const float* x, const float* w, float* y) {
  const index_t depth = depth_of(g);
  const Buffer<float> a = patches(g, x);
  ganvas::kernels::gemm(false, true, pixels_of(g), g.out_c, depth, a.get(), depth, w, depth, y, g.out_c);
}

// 5: no matrix A. The tiles read the rows of A where they lie in x.
void fused(const ConvGeometry& g, const float* x, const float* w, float* y) {
  ConvGeometry direct = g;
  direct.algorithm = ConvAlgorithm::direct;
  ganvas::kernels::conv(direct, x, w, y);
}

// 6: fewer multiplications.
void winograd(const ConvGeometry& g, const float* x, const float* w, float* y) {
  ConvGeometry fewer = g;
  fewer.algorithm = ConvAlgorithm::winograd;
  ganvas::kernels::conv(fewer, x, w, y);
}

struct Rung {
  const char* name;
  void (*run)(const ConvGeometry& g, const float* x, const float* w, float* y);
};
constexpr Rung rungs[] = {{"1_naive", naive}, {"2_blocked", blocked}, {"3_packed", packed},
                          {"4_simd", simd},   {"5_fused", fused},     {"6_winograd", winograd}};

/// A layer with its numbers, the naive result, and the shortest time of each rung so far.
struct Ladder {
  std::string name;
  ConvGeometry g;
  Tensor<float> x, w, y, right;
  double least[std::size(rungs)];

  Ladder(const char* layer, const ConvGeometry& geometry) : name(layer), g(geometry), y(g.y()), right(g.y()) {
    ganvas::Random random(1);
    x = random.normal<float>(g.x());
    w = random.normal<float>(g.w());
    naive(g, x.data(), w.data(), right.mutable_data());
    std::fill(std::begin(least), std::end(least), std::numeric_limits<double>::infinity());
  }

  void run(std::size_t rung) { rungs[rung].run(g, x.data(), w.data(), y.mutable_data()); }

  /// |result - right| / |right|, of all numbers together.
  double error(std::size_t rung) {
    std::fill_n(y.mutable_data(), y.numel(), std::numeric_limits<float>::quiet_NaN());
    run(rung);
    double difference = 0, size = 0;
    for (index_t i = 0; i < y.numel(); ++i) {
      const double b = static_cast<double>(right.data()[i]), d = static_cast<double>(y.data()[i]) - b;
      difference += d * d;
      size += b * b;
    }
    return std::sqrt(difference / size);
  }

  void measure(benchmark::State& state, std::size_t rung) {
    bench::measure(state, 1, bench::useful_flops(g), 0, [&] { run(rung); });
    least[rung] = std::min(least[rung], 1e-3 * state.counters["min_ms"]);
    if (rung == 0) return;
    if (std::isinf(least[rung - 1])) least[rung - 1] = bench::best_time(3, [&] { run(rung - 1); });
    state.counters["gain"] = least[rung - 1] / least[rung];
  }
};

}  // namespace

int main(int argc, char** argv) {
  ganvas::set_threads(1);
  Ladder ladders[] = {{"64to128_32_k4s2", bench::layer(16, 32, 64, 4, 16, 128, 2, 1)},
                      {"128to128_16_k3", bench::layer(16, 16, 128, 3, 16, 128, 1, 1)}};
  for (Ladder& ladder : ladders)
    for (std::size_t rung = 0; rung < std::size(rungs); ++rung) {
      const std::string name = "ladder/" + ladder.name + '/' + rungs[rung].name;
      const double error = ladder.error(rung);
      if (!(error < 1e-5)) {
        std::fprintf(stderr, "%s: the result should be the naive one but for rounding, but they differ by %g of it.\n",
                     name.c_str(), error);
        return 1;
      }
      benchmark::RegisterBenchmark((name + "/threads:1").c_str(),
                                   [&ladder, rung](benchmark::State& state) { ladder.measure(state, rung); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  return bench::run_all(argc, argv);
}
