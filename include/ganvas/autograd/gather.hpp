#pragma once
// Rows by index and their adjoint, through one pair of operations: a sparse linear map along one axis and its
// transpose. Bilinear upsampling and padding use the same pair.

#include <memory>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/gather.hpp"

GANVAS_BEGIN

namespace detail {

template <class T>
using SharedMap = std::shared_ptr<const kernels::AxisMap<T>>;

/// y = M x along one axis   gx = M^T gy, whose rule in turn is M.  `back` is M^T, or null: made when first needed.
template <class T>
[[nodiscard]] Var<T> map_axis(const char* op, const Var<T>& x, int axis, SharedMap<T> map, SharedMap<T> back = {}) {
  index_t outer = 1, inner = 1;
  for (int a = 0; a < axis; ++a) outer *= x.shape()[a];
  for (int a = axis + 1; a < x.rank(); ++a) inner *= x.shape()[a];
  Tensor<T> y(x.shape().with(axis, map->outputs()));
  kernels::map_axis(*map, outer, inner, x.value().data(), y.mutable_data());
  return record(op, std::move(y), {x}, [op, axis, map, back](const Backward<T>& g) {
    return map_axis(op, g.gy, axis, back ? back : std::make_shared<const kernels::AxisMap<T>>(transposed(*map)), map);
  });
}

/// A map along an axis is made element by element: a wrong extent must not fill the memory first.
inline void check_extent(const char* op, index_t extent, const Shape& x) {
  require<ValueError>(extent <= (index_t{1} << 31), op, "an axis of ", extent, " elements (more than 2^31) from shape ",
                      x, " is too large; is a size wrong?");
}

inline void check_indices(const char* op, const std::vector<index_t>& indices, index_t n, const Shape& shape,
                          int axis) {
  for (const index_t i : indices)
    require(0 <= i && i < n, op, "index ", i, " is outside axis ", axis, " of shape ", shape, "; indices go from 0 to ",
            n - 1, ".");
}

}  // namespace detail

/// y[.., j, ..] = x[.., indices[j], ..] along an axis.   gx = scatter_add(gy)
template <class T>
[[nodiscard]] Var<T> gather(const Var<T>& x, int axis, const std::vector<index_t>& indices) {
  const int a = x.shape().normalize_axis(axis);
  detail::check_indices("gather", indices, x.shape()[a], x.shape(), axis);
  return detail::map_axis<T>("gather", x, a,
                             std::make_shared<const kernels::AxisMap<T>>(kernels::selection<T>(indices, x.shape()[a])));
}

/// y[.., i, ..] = sum of x[.., j, ..] over all j with indices[j] = i, in the order of j; the axis of y has the given
/// extent. The adjoint of gather.   gx = gather(gy)     The sum is in T, term after term: many uses lose places.
template <class T>
[[nodiscard]] Var<T> scatter_add(const Var<T>& x, int axis, const std::vector<index_t>& indices, index_t extent) {
  const int a = x.shape().normalize_axis(axis);
  require(static_cast<index_t>(indices.size()) == x.shape()[a], "scatter_add", indices.size(),
          " indices were given for axis ", axis, " of shape ", x.shape(), ", which needs ", x.shape()[a], ".");
  const Shape y = x.shape().with(a, extent);
  detail::check_extent("scatter_add", extent, x.shape());
  detail::check_indices("scatter_add", indices, extent, y, axis);
  auto back = std::make_shared<const kernels::AxisMap<T>>(kernels::selection<T>(indices, extent));
  auto map = std::make_shared<const kernels::AxisMap<T>>(kernels::transposed(*back));
  return detail::map_axis<T>("scatter_add", x, a, std::move(map), std::move(back));
}

/// Rows of a table (k, d) by index: (n, d).   gtable = the sum of gy's rows by index
template <class T>
[[nodiscard]] Var<T> embedding(const Var<T>& table, const std::vector<index_t>& indices) {
  require(table.rank() == 2, "embedding", "the table must have shape (entries, size), but has ", table.shape(), ".");
  detail::check_indices("embedding", indices, table.shape()[0], table.shape(), 0);
  return gather(table, 0, indices);
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> gather(const Var<float>&, int, const std::vector<index_t>&))
GANVAS_INSTANCE(Var<float> scatter_add(const Var<float>&, int, const std::vector<index_t>&, index_t))
GANVAS_INSTANCE(Var<float> embedding(const Var<float>&, const std::vector<index_t>&))

GANVAS_END
