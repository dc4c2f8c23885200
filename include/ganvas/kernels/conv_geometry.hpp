#pragma once
// The geometry of a convolution: the extents of x, w and y together with stride, padding and dilation. All three
// operations of the trio (conv, conv_transpose, conv_weight) take the same geometry, so nothing is inferred back.

#include <algorithm>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

namespace detail {

/// Extents and options up to here multiply and add without overflow.
inline constexpr index_t conv_limit = index_t{1} << 30;

}  // namespace detail

/// How a convolution is computed. Winograd's method does with half the multiplications, and rounds up to three times as
/// much; automatic takes it where it is faster.
enum class ConvAlgorithm { automatic, direct, winograd };

/// Options of conv2d, the same for both axes. Padding is in zeros at each border.
struct ConvOptions {
  index_t stride = 1;
  index_t padding = 0;
  index_t dilation = 1;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;

  /// Throws ValueError for options that fit no input.
  constexpr void check(const char* where) const {
    constexpr index_t limit = detail::conv_limit;
    require<ValueError>(stride >= 1 && stride <= limit, where, "stride must be at least 1 (and at most 2^30), but is ",
                        stride, ".");
    require<ValueError>(padding >= 0 && padding <= limit, where, "padding must be 0 or more (and at most 2^30), but ",
                        "is ", padding, ".");
    require<ValueError>(dilation >= 1 && dilation <= limit, where, "dilation must be at least 1 (1 is a dense kernel; ",
                        "at most 2^30), but is ", dilation, ".");
  }
};

/// Options of conv_transpose2d. output_padding adds rows and columns at the end of the result: 0 to stride - 1 choose
/// among the sizes that a strided convolution would map to the same size. It must be smaller than stride or dilation.
struct ConvTransposeOptions {
  index_t stride = 1;
  index_t padding = 0;
  index_t output_padding = 0;
  index_t dilation = 1;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;

  /// Throws ValueError for options that fit no input.
  constexpr void check(const char* where) const {
    ConvOptions{stride, padding, dilation}.check(where);
    require<ValueError>(output_padding >= 0 && output_padding < std::max(stride, dilation), where,
                        "output_padding must be 0 or more and smaller than stride or dilation, but is ", output_padding,
                        " with stride ", stride, " and dilation ", dilation, ".");
  }
};

/// Which numbers meet: x(n, ih, iw, i), w(o, kh, kw, i) and y(n, oh, ow, o) where
///   ih = oh stride_h + kh dilation_h - padding_h  and  iw = ow stride_w + kw dilation_w - padding_w
/// lie inside x; taps outside x count as zeros. "Convolution" is cross-correlation here, as everywhere in deep
/// learning.
struct ConvGeometry {
  index_t batch, in_h, in_w, in_c, kernel_h, kernel_w, out_h, out_w, out_c;
  index_t stride_h = 1, stride_w = 1, padding_h = 0, padding_w = 0, dilation_h = 1, dilation_w = 1;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;

  [[nodiscard]] constexpr Shape x() const { return {batch, in_h, in_w, in_c}; }
  [[nodiscard]] constexpr Shape w() const { return {out_c, kernel_h, kernel_w, in_c}; }
  [[nodiscard]] constexpr Shape y() const { return {batch, out_h, out_w, out_c}; }

  friend constexpr bool operator==(const ConvGeometry&, const ConvGeometry&) = default;
};

namespace detail {

constexpr void check_conv_shapes(const char* where, const Shape& input, const Shape& w) {
  require(input.rank() == 4, where, "the input must have four axes (batch, height, width, channels), but has shape ",
          input, "; reshape it, e.g. add a batch axis of 1.");
  require(w.rank() == 4, where, "the weight must have four axes, (O, kernel_h, kernel_w, I) as convolution stores it, ",
          "but has shape ", w, ".");
  require(w[1] >= 1 && w[2] >= 1, where, "the kernel must be at least 1x1, but the weight is ", w, ".");
  const auto small = [](index_t extent) { return extent <= conv_limit; };
  require(small(input[1]) && small(input[2]) && small(w[1]) && small(w[2]), where,
          "height, width and kernel must be at most 2^30: input ", input, ", weight ", w, ". Is a size wrong?");
}

/// Winograd's method serves square kernels of 2 or 3 taps for each phase of the stride.
constexpr bool winograd_serves(const ConvGeometry& g) {
  const index_t r = g.kernel_h / g.stride_h;
  return g.dilation_h == 1 && g.dilation_w == 1 && (r == 2 || r == 3) && g.kernel_h == r * g.stride_h &&
         g.kernel_w == r * g.stride_w;
}
constexpr void check_algorithm(const char* where, const ConvGeometry& g) {
  require<ValueError>(g.algorithm != ConvAlgorithm::winograd || winograd_serves(g), where,
                      "Winograd's method needs a kernel of 2 or 3 times the stride and no dilation, but the kernel is ",
                      g.kernel_h, "x", g.kernel_w, ", the stride ", g.stride_h, " and the dilation ", g.dilation_h,
                      ". Use ConvAlgorithm::automatic.");
}

}  // namespace detail

/// Geometry of conv2d: x (N,H,W,I), w (O,kh,kw,I) -> y (N,OH,OW,O), OH = floor((H + 2 padding - dilation (kh-1) - 1) /
/// stride) + 1. Throws ShapeError or ValueError where they do not fit.
[[nodiscard]] constexpr ConvGeometry conv_geometry(const Shape& x, const Shape& w, const ConvOptions& options = {}) {
  constexpr const char* where = "conv2d";
  options.check(where);
  detail::check_conv_shapes(where, x, w);
  require(x[3] == w[3], where, "input has ", x[3], " channels but the weight expects ", w[3], ": input ", x,
          ", weight ", w, x[3] == w[0] ? ". Did you mean conv_transpose2d?" : ". Weights are (out, kh, kw, in).");
  const auto extent = [&](int axis) {
    const index_t padded = x[axis] + 2 * options.padding;
    const index_t reach = options.dilation * (w[axis] - 1) + 1;
    require(reach <= padded, where, "the kernel reaches over ", reach, axis == 1 ? " rows" : " columns",
            " but the padded input has only ", padded, ": input ", x, ", weight ", w, ", padding ", options.padding,
            ", dilation ", options.dilation, ". Use more padding or a smaller kernel.");
    return (padded - reach) / options.stride + 1;
  };
  ConvGeometry g{.batch = x[0],
                 .in_h = x[1],
                 .in_w = x[2],
                 .in_c = x[3],
                 .kernel_h = w[1],
                 .kernel_w = w[2],
                 .out_h = extent(1),
                 .out_w = extent(2),
                 .out_c = w[0]};
  g.stride_h = g.stride_w = options.stride;
  g.padding_h = g.padding_w = options.padding;
  g.dilation_h = g.dilation_w = options.dilation;
  g.algorithm = options.algorithm;
  detail::check_algorithm(where, g);
  return g;
}

/// Geometry of conv_transpose2d: y (N,H,W,O), w (O,kh,kw,I) -> x (N,XH,XW,I), XH = (H-1) stride - 2 padding +
/// dilation (kh-1) + output_padding + 1: the convolution whose adjoint it is. Throws where they do not fit.
[[nodiscard]] constexpr ConvGeometry conv_transpose_geometry(const Shape& y, const Shape& w,
                                                             const ConvTransposeOptions& options = {}) {
  constexpr const char* where = "conv_transpose2d";
  options.check(where);
  detail::check_conv_shapes(where, y, w);
  require(y[3] == w[0], where, "input has ", y[3], " channels but the weight expects ", w[0], ": input ", y,
          ", weight ", w, y[3] == w[3] ? ". Did you mean conv2d?" : ". Transposed weights are (in, kh, kw, out).");
  const auto extent = [&](int axis) {
    require(y[axis] >= 1, where, "height and width must be at least 1: input ", y, ".");
    const index_t full = (y[axis] - 1) * options.stride + options.dilation * (w[axis] - 1) + options.output_padding + 1;
    require(full > 2 * options.padding, where, "padding ", options.padding, " cuts away the whole result, which has ",
            full, axis == 1 ? " rows" : " columns", " before: input ", y, ", weight ", w, ". Use less padding.");
    return full - 2 * options.padding;
  };
  ConvGeometry g{.batch = y[0],
                 .in_h = extent(1),
                 .in_w = extent(2),
                 .in_c = w[3],
                 .kernel_h = w[1],
                 .kernel_w = w[2],
                 .out_h = y[1],
                 .out_w = y[2],
                 .out_c = y[3]};
  g.stride_h = g.stride_w = options.stride;
  g.padding_h = g.padding_w = options.padding;
  g.dilation_h = g.dilation_w = options.dilation;
  g.algorithm = options.algorithm;
  detail::check_algorithm(where, g);
  return g;
}

GANVAS_END
