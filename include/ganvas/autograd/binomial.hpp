#pragma once
// The low-pass filter f = [1,3,3,1] / 8 along both axes, which StyleGAN2 puts before a stride of 2 and behind the zeros
// that upsampling puts between pixels [Karras et al. 2019b, arXiv:1912.04958; Zhang 2019]. A filter next to a
// convolution is one convolution with a larger kernel: it is applied to the weight, which is small, not to the image.

#include <array>
#include <cstddef>
#include <memory>

#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/kernels/gather.hpp"

GANVAS_BEGIN

namespace detail {

inline constexpr std::array<double, 4> binomial{0.125, 0.375, 0.375, 0.125};

/// y_j = gain sum_a f_a x_(stride j + a - before), zeros outside x, for j < outputs.
template <class T>
[[nodiscard]] SharedMap<T> binomial_map(index_t n, index_t outputs, index_t stride, index_t before, double gain) {
  auto map = std::make_shared<kernels::AxisMap<T>>();
  map->inputs = n;
  map->reserve(outputs, 4 * outputs);
  for (index_t j = 0; j < outputs; ++j) {
    for (index_t a = 0; a < 4; ++a) {
      const index_t i = stride * j + a - before;
      if (0 <= i && i < n) map->add(i, static_cast<T>(gain * binomial[static_cast<std::size_t>(a)]));
    }
    map->end_row();
  }
  return map;
}

}  // namespace detail

/// The kernel of "filter, then convolve with w", which is that of "convolve, then filter", too:
///   w'(o,s,t,i) = gain^2 sum_{a,b} f_a f_b w(o,s-a,t-b,i)     w (O,k,k,I) -> (O,k+3,k+3,I)     gw: the adjoint of gw'
/// conv2d(x, w', stride 2, padding (k+1)/2) halves an image, the filter first; conv_transpose2d(x, w', stride 2,
/// padding 2) with k = 3 and gain 2 doubles one, the filter last.
template <class T>
[[nodiscard]] Var<T> binomial_kernel(const Var<T>& w, double gain = 1) {
  require(w.rank() == 4, "binomial_kernel",
          "the weight must have four axes, (O, kernel_h, kernel_w, I), but has shape ", w.shape(), ".");
  Var<T> y = w;
  for (const int axis : {1, 2}) {
    const index_t k = w.shape()[axis];
    y = detail::map_axis<T>("binomial_kernel", y, axis, detail::binomial_map<T>(k, k + 3, 1, 3, gain));
  }
  return y;
}

/// Half the height and width through the filter: y(n,h,w,c) = sum_{a,b} f_a f_b x(n,2h+a-1,2w+b-1,c), zeros outside x.
/// x (N,H,W,C) with even H and W -> (N,H/2,W/2,C)     gx = the adjoint map of gy
template <class T>
[[nodiscard]] Var<T> binomial_downsample(const Var<T>& x) {
  require(x.rank() == 4 && x.shape()[1] % 2 == 0 && x.shape()[2] % 2 == 0, "binomial_downsample",
          "the input must be images (N,H,W,C) with even height and width, but its shape is ", x.shape(), ".");
  Var<T> y = x;
  for (const int axis : {1, 2}) {
    const index_t n = x.shape()[axis];
    y = detail::map_axis<T>("binomial_downsample", y, axis, detail::binomial_map<T>(n, n / 2, 2, 1, 1));
  }
  return y;
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> binomial_kernel(const Var<float>&, double))
GANVAS_INSTANCE(Var<float> binomial_downsample(const Var<float>&))

GANVAS_END
