#pragma once
// Tensors as text: nested brackets, long axes shortened.

#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

struct PrintOptions {
  int precision = 4;  ///< digits behind the point
  index_t edge = 3;   ///< how many elements of a long axis are shown at each end
};

namespace detail {

template <class T>
void print_axis(std::ostream& out, const Tensor<T>& t, int axis, index_t offset, const PrintOptions& o) {
  if (axis == t.rank()) {
    out << std::setw(o.precision + 4) << +t.data()[offset];
    return;
  }
  const index_t n = t.shape()[axis];
  const index_t step = row_major_strides(t.shape())[static_cast<std::size_t>(axis)];
  const bool last = axis == t.rank() - 1;
  out << '[';
  for (index_t i = 0; i < n; ++i) {
    if (n > 2 * o.edge && i == o.edge) {
      out << (last ? ", ..." : ",\n" + std::string(static_cast<std::size_t>(axis) + 1, ' ') + "...");
      i = n - o.edge;
    }
    if (i > 0) out << (last ? ", " : ",\n" + std::string(static_cast<std::size_t>(axis) + 1, ' '));
    print_axis(out, t, axis + 1, offset + i * step, o);
  }
  out << ']';
}

}  // namespace detail

/// The tensor as text, e.g. "[[1.0000, 2.0000],\n [3.0000, 4.0000]] (2,2)".
template <class T>
[[nodiscard]] std::string to_string(const Tensor<T>& t, const PrintOptions& options = {}) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(options.precision);
  detail::print_axis(out, t, 0, 0, options);
  out << ' ' << t.shape();
  return out.str();
}

template <class T>
std::ostream& operator<<(std::ostream& out, const Tensor<T>& t) {
  return out << to_string(t);
}

GANVAS_END
