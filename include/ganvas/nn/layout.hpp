#pragma once
// How PyTorch lays out a parameter, and the way there and back: split the axes, permute them, join them again.

#include <numeric>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace nn {

/// A parameter seen with the extents `split` and put in the order `order` (new axis i is old axis order[i]) is what
/// PyTorch stores in the shape `stored`. An empty order: PyTorch stores the same thing. Any number of axes.
struct Layout {
  std::vector<index_t> split = {};
  std::vector<std::size_t> order = {};
  Shape stored = {};

  [[nodiscard]] bool same() const { return order.empty(); }
};

namespace detail {

/// Copies the elements of x, seen with the given extents, in the order that runs through axis order[0] slowest.
template <class T>
Tensor<T> permute_axes(const Tensor<T>& x, const std::vector<index_t>& extents, const std::vector<std::size_t>& order,
                       const Shape& result) {
  const std::size_t rank = extents.size();
  std::vector<index_t> strides(rank, 1);
  for (std::size_t i = rank - 1; i > 0; --i) strides[i - 1] = strides[i] * extents[i];
  std::vector<index_t> at(rank, 0);
  Tensor<T> y(result);
  T* out = y.mutable_data();
  index_t from = 0;
  for (index_t i = 0, n = x.numel(); i < n; ++i) {
    out[i] = x.data()[from];
    for (std::size_t axis = rank; axis-- > 0;) {  // the next element: like a counter with digits of different bases
      const std::size_t source = order[axis];
      from += strides[source];
      if (++at[axis] < extents[source]) break;
      from -= at[axis] * strides[source];
      at[axis] = 0;
    }
  }
  return y;
}

}  // namespace detail

/// Our tensor as PyTorch stores it.
template <class T>
[[nodiscard]] Tensor<T> to_torch(const Tensor<T>& x, const Layout& layout) {
  return layout.same() ? x : detail::permute_axes(x, layout.split, layout.order, layout.stored);
}

/// PyTorch's tensor as we store it, in the given shape; the inverse of to_torch.
template <class T>
[[nodiscard]] Tensor<T> from_torch(const Tensor<T>& x, const Layout& layout, const Shape& shape) {
  if (layout.same()) return x.reshape(shape);
  std::vector<index_t> extents;
  std::vector<std::size_t> inverse(layout.order.size());
  for (std::size_t i = 0; i < layout.order.size(); ++i) {
    extents.push_back(layout.split[layout.order[i]]);
    inverse[layout.order[i]] = i;
  }
  return detail::permute_axes(x, extents, inverse, shape);
}

}  // namespace nn

GANVAS_END
