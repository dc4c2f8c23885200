#pragma once
// Flatten and Reshape: the same numbers in another shape; the batch stays the first axis.

#include <string>
#include <tuple>

#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

/// The elements of one sample; the batch is the first axis.
constexpr index_t sample_size(const Shape& x) {
  index_t n = 1;
  for (int i = 1; i < x.rank(); ++i) n *= x[i];
  return n;
}

}  // namespace detail

/// (N,...) -> (N, everything else). Images are flattened as H,W,C: say so to the Linear behind it (in_image) if its
/// weight is to be exchanged with PyTorch.
struct Flatten {
  static constexpr std::tuple<> members{};

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    return x.rank() < 1 ? Misfit{Misfit::axes, 2, x.rank()} : Misfit{};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return {x[0], detail::sample_size(x)};
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::reshape(x, output_shape(x.shape()));
  }
  [[nodiscard]] std::string describe() const { return "Flatten"; }
  [[nodiscard]] std::string expects() const { return "(N,...)"; }
};

/// (N,...) -> (N, sample...): every sample gets the given shape.
struct Reshape {
  Shape sample;

  static constexpr std::tuple<> members{};

  constexpr explicit Reshape(const Shape& s) : sample(s) {
    require<ValueError>(s.rank() < Shape::max_rank, "reshape", "a sample has at most ", Shape::max_rank - 1,
                        " axes beside the batch, but ", s, " has ", s.rank(), ".");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() < 1) return {Misfit::axes, 2, x.rank()};
    if (detail::sample_size(x) != sample.numel()) return {Misfit::elements, sample.numel(), detail::sample_size(x)};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    Shape y{x[0]};
    for (int i = 0; i < sample.rank(); ++i) y.append(sample[i]);
    return y;
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::reshape(x, output_shape(x.shape()));
  }
  [[nodiscard]] std::string describe() const { return "Reshape to " + sample.str(); }
  [[nodiscard]] std::string expects() const { return "N samples of " + std::to_string(sample.numel()) + " elements"; }
};

constexpr Flatten flatten() { return {}; }
constexpr Reshape reshape(const Shape& sample) { return Reshape(sample); }

}  // namespace nn

GANVAS_END
