// The convolution trio on the layers of the MNIST DCGAN and of larger networks, batch 64 unless the name says
// otherwise. GFLOP/s counts useful work: taps inside the image only, two operations each.
#include "ganvas/kernels/conv.hpp"

#include <string>
#include <vector>

#include "ganvas/core/random.hpp"

#include "measure.hpp"

namespace {

using ganvas::ConvGeometry;
using ganvas::index_t;

/// A square layer, written as the convolution whose adjoint a transposed one is.
constexpr ConvGeometry layer(index_t batch, index_t in, index_t in_c, index_t kernel, index_t out, index_t out_c,
                             index_t stride, index_t padding) {
  return {.batch = batch,
          .in_h = in,
          .in_w = in,
          .in_c = in_c,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .out_h = out,
          .out_w = out,
          .out_c = out_c,
          .stride_h = stride,
          .stride_w = stride,
          .padding_h = padding,
          .padding_w = padding};
}

struct Case {
  const char* name;
  bool transposed;  ///< forward is conv_transpose
  ConvGeometry g;
};

constexpr Case cases[] = {
    {"mnist_G1_100to256_1to7_k7", true, layer(64, 7, 256, 7, 1, 100, 1, 0)},
    {"mnist_G2_256to128_7to14_k4s2", true, layer(64, 14, 128, 4, 7, 256, 2, 1)},
    {"mnist_G3_128to1_14to28_k4s2", true, layer(64, 28, 1, 4, 14, 128, 2, 1)},
    {"mnist_D1_1to64_28to14_k4s2", false, layer(64, 28, 1, 4, 14, 64, 2, 1)},
    {"mnist_D2_64to128_14to7_k4s2", false, layer(64, 14, 64, 4, 7, 128, 2, 1)},
    {"mnist_D3_128to1_7to1_k7", false, layer(64, 7, 128, 7, 1, 1, 1, 0)},
    {"conv_3to64_64to32_k4s2", false, layer(64, 64, 3, 4, 32, 64, 2, 1)},
    {"conv_128to256_16to8_k4s2", false, layer(64, 16, 128, 4, 8, 256, 2, 1)},
    {"conv_256to512_8to4_k4s2", false, layer(64, 8, 256, 4, 4, 512, 2, 1)},
    {"conv_128to128_16_k3", false, layer(64, 16, 128, 3, 16, 128, 1, 1)},
    {"conv_3to64_64_k7_batch4", false, layer(4, 64, 3, 7, 64, 64, 1, 3)},
};

/// Multiplications and additions with taps inside the image.
double useful_flops(const ConvGeometry& g) {
  const auto count = [](index_t kernel, auto&& outputs) {
    index_t n = 0;
    for (index_t k = 0; k < kernel; ++k) n += outputs(k).end - outputs(k).begin;
    return static_cast<double>(n);
  };
  const auto rows = [&](index_t k) {
    return ganvas::kernels::detail::outputs_of(k, g.out_h, g.stride_h, g.padding_h, g.dilation_h, g.in_h);
  };
  const auto columns = [&](index_t k) {
    return ganvas::kernels::detail::outputs_of(k, g.out_w, g.stride_w, g.padding_w, g.dilation_w, g.in_w);
  };
  return 2.0 * static_cast<double>(g.batch * g.in_c * g.out_c) * count(g.kernel_h, rows) * count(g.kernel_w, columns);
}

}  // namespace

int main(int argc, char** argv) {
  for (const Case& c : cases)
    for (const char* pass : {"forward", "data", "weight"}) {
      const bool weight = pass[0] == 'w';
      const bool down = (pass[0] == 'f') != c.transposed;  // from x to y
      bench::for_threads(std::string(c.name) + '/' + pass,
                         [g = c.g, weight, down](benchmark::State& state, int threads) {
                           ganvas::Random random(1);
                           auto x = random.normal<float>(g.x());
                           auto w = random.normal<float>(g.w());
                           auto y = random.normal<float>(g.y());
                           bench::measure(state, threads, useful_flops(g), 0, [&] {
                             if (weight)
                               ganvas::kernels::conv_weight(g, x.data(), y.data(), w.mutable_data());
                             else if (down)
                               ganvas::kernels::conv(g, x.data(), w.data(), y.mutable_data());
                             else
                               ganvas::kernels::conv_transpose(g, y.data(), w.data(), x.mutable_data());
                           });
                         });
    }
  return bench::run_all(argc, argv);
}
