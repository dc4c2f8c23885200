#pragma once
// What spectral normalisation must know of a layer: which numbers of its weight are a row of the matrix W, its names in
// PyTorch, and how to apply it with another weight.

#include <cstddef>
#include <tuple>
#include <vector>

#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/embedding.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

/// What SpectralNorm must know of a layer: which axis of its weight are the rows of the matrix W (the first, or, if
/// transposed, the last), its parameters under PyTorch's names, and how to apply it with another weight.
template <class Layer>
struct SpectralRule;

template <class T>
struct SpectralRule<Conv2d<T>> {
  using Input = Var<T>;
  static constexpr bool transposed = false;
  static constexpr auto parameters =
      std::tuple{member("weight_orig", &Conv2d<T>::weight), member("bias", &Conv2d<T>::bias)};
  static Var<T> apply(const Conv2d<T>& layer, const Var<T>& w, const Var<T>& x, T slope = T(1)) {
    return ganvas::conv2d<T>(x, w, layer.bias, layer.options.conv_options(), slope);
  }
};
template <class T>
struct SpectralRule<ConvTranspose2d<T>> {
  using Input = Var<T>;
  static constexpr bool transposed = true;
  static constexpr auto parameters =
      std::tuple{member("weight_orig", &ConvTranspose2d<T>::weight), member("bias", &ConvTranspose2d<T>::bias)};
  static Var<T> apply(const ConvTranspose2d<T>& layer, const Var<T>& w, const Var<T>& x, T slope = T(1)) {
    return ganvas::conv_transpose2d<T>(x, w, layer.bias, layer.options.conv_options(), slope);
  }
};
template <class T>
struct SpectralRule<Linear<T>> {
  using Input = Var<T>;
  static constexpr bool transposed = false;
  static constexpr auto parameters =
      std::tuple{member("weight_orig", &Linear<T>::weight), member("bias", &Linear<T>::bias)};
  static Var<T> apply(const Linear<T>& layer, const Var<T>& w, const Var<T>& x) {
    return ganvas::linear<T>(x, w, layer.bias);
  }
};
template <class T>
struct SpectralRule<Embedding<T>> {
  using Input = std::vector<index_t>;
  static constexpr bool transposed = false;
  static constexpr auto parameters = std::tuple{member("weight_orig", &Embedding<T>::weight)};
  static Var<T> apply(const Embedding<T>&, const Var<T>& w, const std::vector<index_t>& labels) {
    return ganvas::embedding<T>(w, labels);
  }
};

/// How PyTorch orders u and v of a weight whose first axis are the rows: as it orders the weight's rows and columns.
struct SpectralLayouts {
  Layout u, v;
};
inline SpectralLayouts spectral_layouts(const Layout& weight, index_t rows, index_t columns) {
  SpectralLayouts result;
  if (weight.same()) return result;
  std::size_t row_axes = 0;
  for (index_t n = 1; n < rows; ++row_axes) n *= weight.split[row_axes];
  for (const std::size_t axis : weight.order) {
    Layout& side = axis < row_axes ? result.u : result.v;
    side.order.push_back(axis < row_axes ? axis : axis - row_axes);
  }
  for (std::size_t axis = 0; axis < weight.split.size(); ++axis)
    (axis < row_axes ? result.u : result.v).split.push_back(weight.split[axis]);
  result.u.stored = Shape{rows};
  result.v.stored = Shape{columns};
  return result;
}

}  // namespace detail

}  // namespace nn

GANVAS_END
