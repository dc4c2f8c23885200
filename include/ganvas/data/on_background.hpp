#pragma once
// Transparent pictures laid on a colour, for what knows red, green and blue alone.

#include <algorithm>
#include <array>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/colour.hpp"

GANVAS_BEGIN

namespace data {

/// y = alpha x + (1 - alpha) b of each colour, where alpha = (a + 1) / 2 is kept within [0,1] and b is the background.
/// x: (N,H,W,4), colours and a in [-1,1], not multiplied by alpha (as Channels::rgba has them)     y: (N,H,W,3)
template <class T>
[[nodiscard]] Tensor<T> on_background(const Tensor<T>& x, const io::Colour& background = io::colours::white) {
  require<ShapeError>(x.rank() == 4 && x.size(3) == 4, "on_background", "takes pictures (N,H,W,4), but was given ",
                      x.shape(), ".");
  const auto stored = [](int v) { return static_cast<T>(v) / T(127.5) - T(1); };
  const std::array<T, 3> b{stored(background.red), stored(background.green), stored(background.blue)};
  Tensor<T> y(x.shape().with(3, 3));
  const T* from = x.data();
  T* to = y.mutable_data();
  for (index_t pixel = 0; pixel < x.numel() / 4; ++pixel, from += 4) {
    const T alpha = std::clamp((from[3] + T(1)) / T(2), T(0), T(1));
    for (std::size_t i = 0; i < 3; ++i) *to++ = alpha * from[i] + (T(1) - alpha) * b[i];
  }
  return y;
}

}  // namespace data

GANVAS_END
