#pragma once
// Operations that move elements and compute nothing: reshape, permute, slice, flip, concat, pad. All but reshape are
// one pair of adjoints: reading through a view, and writing through the same view into zeros.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/autograd/gather.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/kernels/copy.hpp"

GANVAS_BEGIN

namespace detail {

template <class T>
[[nodiscard]] Var<T> write_view(const char* op, const Var<T>& y, const kernels::View& view, const Shape& shape);

/// y_i = x[view, i]   gx = zeros(x) with gx[view, i] = gy_i.  Every element of x is in the view at most once.
template <class T>
[[nodiscard]] Var<T> read_view(const char* op, const Var<T>& x, const kernels::View& view) {
  Tensor<T> y(view.extents);
  kernels::copy(x.value().data(), view, y.mutable_data(), kernels::dense(view.extents));
  return record(op, std::move(y), {x},
                [op, view](const Backward<T>& g) { return write_view(op, g.gy, view, g[0].shape()); });
}

/// x = zeros(shape) with x[view, i] = y_i   gy_i = gx[view, i]
template <class T>
[[nodiscard]] Var<T> write_view(const char* op, const Var<T>& y, const kernels::View& view, const Shape& shape) {
  Tensor<T> x(shape);
  if (view.extents.numel() < shape.numel()) std::fill_n(x.mutable_data(), x.numel(), T(0));
  kernels::copy(y.value().data(), kernels::dense(view.extents), x.mutable_data(), view);
  return record(op, std::move(x), {y}, [op, view](const Backward<T>& g) { return read_view(op, g.gy, view); });
}

}  // namespace detail

/// The same elements in row-major order in another shape.   gx = reshape(gy, x.shape)
template <class T>
[[nodiscard]] Var<T> reshape(const Var<T>& x, const Shape& shape) {
  return record("reshape", x.value().reshape(shape), {x},
                [](const Backward<T>& g) { return reshape(g.gy, g[0].shape()); });
}
/// The same with extents in braces, of which one may be -1: it becomes what is left.
template <class T>
[[nodiscard]] Var<T> reshape(const Var<T>& x, std::initializer_list<index_t> extents) {
  return reshape(x, x.value().reshape(extents).shape());
}

/// Axis a of y is axis axes[a] of x: y[i_axes[0], i_axes[1], ...] = x[i_0, i_1, ...].   gx = permute(gy, the inverse)
template <class T>
[[nodiscard]] Var<T> permute(const Var<T>& x, const std::vector<int>& axes) {
  const auto refuse = [&] {
    std::string list;
    for (const int a : axes) list += (list.empty() ? "" : ",") + std::to_string(a);
    fail("permute", "the axes {", list, "} are not every axis of shape ", x.shape(), " once.");
  };
  std::vector<int> order;
  for (const int a : axes) {
    if (a < -x.rank() || a >= x.rank()) refuse();
    order.push_back(x.shape().normalize_axis(a));
  }
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (static_cast<int>(sorted.size()) != x.rank()) refuse();
  for (int a = 0; a < x.rank(); ++a)
    if (sorted[static_cast<std::size_t>(a)] != a) refuse();
  return detail::read_view("permute", x, kernels::dense(x.shape()).permute(order));
}

/// The transposed matrix.   gx = transpose(gy)
template <class T>
[[nodiscard]] Var<T> transpose(const Var<T>& x) {
  require(x.rank() == 2, "transpose", "a matrix was expected, but the shape is ", x.shape(),
          "; use permute(x, axes) for more axes.");
  return permute(x, {1, 0});
}

/// The elements begin, begin + step, ... before end of one axis. Negative begin and end count from the end of the
/// axis; both lie in [-n, n] for extent n.   gx = zeros with gy in these places
template <class T>
[[nodiscard]] Var<T> slice(const Var<T>& x, int axis, index_t begin, index_t end, index_t step = 1) {
  const int a = x.shape().normalize_axis(axis);
  const index_t n = x.shape()[a];
  require<ValueError>(step >= 1, "slice", "the step must be at least 1, but is ", step, "; use flip for the reverse.");
  require(-n <= begin && begin <= n && -n <= end && end <= n, "slice", "elements ", begin, " to ", end, " of axis ",
          axis, " are outside shape ", x.shape(), "; begin and end go from ", -n, " to ", n, ".");
  const index_t first = begin < 0 ? begin + n : begin;
  const index_t last = end < 0 ? end + n : end;
  const index_t count = last <= first ? 0 : (last - first - 1) / step + 1;
  return detail::read_view("slice", x, kernels::dense(x.shape()).slice(a, first, count, step));
}

/// The given axes backwards.   gx = flip(gy)
template <class T>
[[nodiscard]] Var<T> flip(const Var<T>& x, const std::vector<int>& axes) {
  kernels::View view = kernels::dense(x.shape());
  std::vector<bool> done(static_cast<std::size_t>(x.rank()), false);
  for (const int axis : axes) {
    const int a = x.shape().normalize_axis(axis);
    require<ValueError>(!done[static_cast<std::size_t>(a)], "flip", "axis ", axis, " of shape ", x.shape(),
                        " was given twice.");
    done[static_cast<std::size_t>(a)] = true;
    view = view.flip(a);
  }
  return detail::read_view("flip", x, view);
}

/// xs one behind the other along an axis; their other extents are equal.   gx_i = the slice of gy where x_i is
template <class T>
[[nodiscard]] Var<T> concat(const std::vector<Var<T>>& xs, int axis) {
  require(!xs.empty(), "concat", "no tensors were given; at least one is needed.");
  const Shape& first = xs[0].shape();
  const int a = first.normalize_axis(axis);
  std::vector<index_t> begins{0};
  for (const Var<T>& x : xs) {
    require(x.rank() == first.rank() && x.shape().with(a, first[a]) == first, "concat", "shapes ", first, " and ",
            x.shape(), " differ in more than axis ", axis, ".");
    begins.push_back(begins.back() + x.shape()[a]);
  }
  Tensor<T> y(first.with(a, begins.back()));
  T* out = y.mutable_data();
  for (std::size_t i = 0; i < xs.size(); ++i)
    kernels::copy(xs[i].value().data(), kernels::dense(xs[i].shape()), out,
                  kernels::dense(y.shape()).slice(a, begins[i], xs[i].shape()[a]));
  return record_all<T>("concat", std::move(y), xs, [a, begins](const Backward<T>& g, std::size_t i) {
    return slice(g.gy, a, begins[i], begins[i + 1]);
  });
}

/// What pad() puts around x:  zero: 0 0 | a b c | 0 0    reflect: c b | a b c | b a    edge: a a | a b c | c c
enum class PadMode { zero, reflect, edge };

namespace detail {

/// Which element of an axis of extent n stands at each place of the padded axis.
inline std::vector<index_t> padded_indices(index_t n, index_t before, index_t after, PadMode mode) {
  std::vector<index_t> indices;
  reserve(indices, before + n + after);
  for (index_t i = -before; i < n + after; ++i) {
    if (mode == PadMode::reflect)
      indices.push_back(i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i);
    else
      indices.push_back(std::clamp(i, index_t{0}, n - 1));
  }
  return indices;
}

}  // namespace detail

/// x with widths[a].first elements before and widths[a].second behind axis a.
/// zero: gx = the middle of gy;  reflect, edge: gx = scatter_add of gy to where its elements came from
template <class T>
[[nodiscard]] Var<T> pad(const Var<T>& x, const std::vector<std::pair<index_t, index_t>>& widths,
                         PadMode mode = PadMode::zero) {
  require(static_cast<int>(widths.size()) == x.rank(), "pad", widths.size(), " pairs of widths were given for shape ",
          x.shape(), "; one an axis is needed.");
  Shape padded;
  for (int a = 0; a < x.rank(); ++a) {
    const auto [before, after] = widths[static_cast<std::size_t>(a)];
    const index_t n = x.shape()[a];
    constexpr index_t limit = index_t{1} << 40;
    require<ValueError>(0 <= before && before <= limit && 0 <= after && after <= limit, "pad", "widths ", before,
                        " and ", after, " of axis ", a, " must be 0 or more (and at most 2^40); use slice to cut.");
    const bool none = before == 0 && after == 0;
    require(mode != PadMode::reflect || none || (before < n && after < n), "pad", "widths ", before, " and ", after,
            " reflect only on an axis that is longer, but axis ", a, " of shape ", x.shape(), " has extent ", n,
            "; use less padding or PadMode::edge.");
    require(mode != PadMode::edge || none || n > 0, "pad", "axis ", a, " of shape ", x.shape(),
            " has no edge to repeat; use PadMode::zero.");
    padded.append(n + before + after);
    if (mode != PadMode::zero && !none) detail::check_extent("pad", padded[a], x.shape());
  }
  if (mode == PadMode::zero) {
    kernels::View middle = kernels::dense(padded);
    for (int a = 0; a < x.rank(); ++a)
      middle = middle.slice(a, widths[static_cast<std::size_t>(a)].first, x.shape()[a]);
    return detail::write_view("pad", x, middle, padded);
  }
  Var<T> y = x;
  for (int a = 0; a < x.rank(); ++a) {
    const auto [before, after] = widths[static_cast<std::size_t>(a)];
    if (before > 0 || after > 0) y = gather(y, a, detail::padded_indices(x.shape()[a], before, after, mode));
  }
  return y;
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> reshape(const Var<float>&, const Shape&))
GANVAS_INSTANCE(Var<float> reshape(const Var<float>&, std::initializer_list<index_t>))
GANVAS_INSTANCE(Var<float> permute(const Var<float>&, const std::vector<int>&))
GANVAS_INSTANCE(Var<float> transpose(const Var<float>&))
GANVAS_INSTANCE(Var<float> slice(const Var<float>&, int, index_t, index_t, index_t))
GANVAS_INSTANCE(Var<float> flip(const Var<float>&, const std::vector<int>&))
GANVAS_INSTANCE(Var<float> concat(const std::vector<Var<float>>&, int))
GANVAS_INSTANCE(Var<float> pad(const Var<float>&, const std::vector<std::pair<index_t, index_t>>&, PadMode))

GANVAS_END
