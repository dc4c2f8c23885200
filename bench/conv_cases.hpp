#pragma once
// The layers that the convolution benchmarks measure, and how much work they are.

#include "ganvas/kernels/conv.hpp"

namespace bench {

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

struct ConvCase {
  const char* name;
  bool transposed;  ///< forward is conv_transpose
  ConvGeometry g;
};

/// Layers of the MNIST DCGAN, of the 64x64 DCGAN, of residual networks and of style transfer; batch 64, in the last two
/// batch 4.
inline constexpr ConvCase conv_cases[] = {
    {"conv_1to64_28_k4s2", false, layer(64, 28, 1, 4, 14, 64, 2, 1)},
    {"conv_64to128_14_k4s2", false, layer(64, 14, 64, 4, 7, 128, 2, 1)},
    {"deconv_256to128_7_k4s2", true, layer(64, 14, 128, 4, 7, 256, 2, 1)},
    {"deconv_128to1_14_k4s2", true, layer(64, 28, 1, 4, 14, 128, 2, 1)},
    {"conv_3to64_64_k4s2", false, layer(64, 64, 3, 4, 32, 64, 2, 1)},
    {"conv_64to128_32_k4s2", false, layer(64, 32, 64, 4, 16, 128, 2, 1)},
    {"conv_128to256_16_k4s2", false, layer(64, 16, 128, 4, 8, 256, 2, 1)},
    {"conv_256to512_8_k4s2", false, layer(64, 8, 256, 4, 4, 512, 2, 1)},
    {"deconv_512to256_4_k4s2", true, layer(64, 8, 256, 4, 4, 512, 2, 1)},
    {"deconv_256to128_8_k4s2", true, layer(64, 16, 128, 4, 8, 256, 2, 1)},
    {"deconv_128to64_16_k4s2", true, layer(64, 32, 64, 4, 16, 128, 2, 1)},
    {"deconv_64to3_32_k4s2", true, layer(64, 64, 3, 4, 32, 64, 2, 1)},
    {"conv_128to128_16_k3", false, layer(64, 16, 128, 3, 16, 128, 1, 1)},
    {"conv_256to256_32_k3_batch4", false, layer(4, 32, 256, 3, 32, 256, 1, 1)},
    {"conv_3to64_64_k7_batch4", false, layer(4, 64, 3, 7, 64, 64, 1, 3)},
};

/// One operation of the trio on a layer, in a training program's words.
enum class Pass { forward, data, weight };
inline constexpr Pass passes[] = {Pass::forward, Pass::data, Pass::weight};
constexpr const char* name(Pass pass) {
  return pass == Pass::forward ? "forward" : pass == Pass::data ? "data" : "weight";
}

/// Computes a pass of a layer from the other two of x, w and y.
inline void run(const ConvCase& c, Pass pass, float* x, float* w, float* y) {
  if (pass == Pass::weight)
    ganvas::kernels::conv_weight(c.g, x, y, w);
  else if ((pass == Pass::forward) != c.transposed)
    ganvas::kernels::conv(c.g, x, w, y);
  else
    ganvas::kernels::conv_transpose(c.g, y, w, x);
}

/// Multiplications and additions with taps inside the image.
inline double useful_flops(const ConvGeometry& g) {
  return 2.0 * static_cast<double>(g.batch * g.in_c * g.out_c) *
         static_cast<double>(ganvas::kernels::detail::seen_taps(g));
}

/// What a pass has to move at least: two of the three tensors read once, the third written once.
inline double least_bytes(const ConvGeometry& g) {
  return sizeof(float) * static_cast<double>(g.x().numel() + g.w().numel() + g.y().numel());
}

}  // namespace bench
