#pragma once
// Images in another size: resized by a filter, cut to a square. The filters: kernels/resize.hpp.

#include <algorithm>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/resize.hpp"

GANVAS_BEGIN

namespace io {

/// An image (H,W,C) as (height,width,C), or images (N,H,W,C) as (N,height,width,C). With alpha, multiply it in first:
/// the colour of what is transparent must not count. Bicubic and lanczos may overshoot the range of the values.
template <class T>
[[nodiscard]] Tensor<T> resize_image(const Tensor<T>& x, index_t height, index_t width,
                                     ResizeFilter filter = ResizeFilter::bicubic) {
  const Shape& s = x.shape();
  require(s.rank() == 3 || s.rank() == 4, "resize_image", "an image has shape (H,W,C), several (N,H,W,C), but this is ",
          s, ".");
  require<ValueError>(height >= 1 && width >= 1, "resize_image", "the new size must be at least 1 x 1, but is ", height,
                      " x ", width, ".");
  const int first = s.rank() - 3;
  const index_t h = s[first], w = s[first + 1], c = s[first + 2], n = first == 1 ? s[0] : 1;
  require(h >= 1 && w >= 1, "resize_image", "images of shape ", s, " have no pixel to resize.");
  Tensor<T> y(s.with(first, height).with(first + 1, width));
  T* const to = y.mutable_data();
  parallel_chunks(n, 1, [&, to](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i)
      kernels::resize(x.data() + i * h * w * c, h, w, c, to + i * height * width * c, height, width, filter);
  });
  return y;
}

/// The largest square in the middle of an image (H,W,C); of an odd rest the smaller half is cut off at the top or left.
template <class T>
[[nodiscard]] Tensor<T> centre_crop(const Tensor<T>& x) {
  require(x.rank() == 3, "centre_crop", "an image has shape (H,W,C), but this is ", x.shape(), ".");
  const index_t h = x.shape()[0], w = x.shape()[1], c = x.shape()[2], side = std::min(h, w);
  const index_t top = (h - side) / 2, left = (w - side) / 2;
  Tensor<T> y({side, side, c});
  T* to = y.mutable_data();
  for (index_t i = 0; i < side; ++i) to = std::copy_n(x.data() + ((top + i) * w + left) * c, side * c, to);
  return y;
}

}  // namespace io

GANVAS_END
