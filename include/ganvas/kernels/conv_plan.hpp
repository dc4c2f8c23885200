#pragma once
// A convolution as matrix products without a copy of its input. Output pixels that see the same taps of the kernel form
// a class; for all of a class, the numbers of x that one output pixel needs are the same runs relative to its own place
// in x. So taps outside the image cost nothing, not even a multiplication by zero. (After the indirect convolution of
// Dukhan 2019, arXiv 1907.02129, with runs in place of its pointers.)

#include <algorithm>
#include <numeric>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/cpu/kernels/gemm_table.hpp"
#include "ganvas/kernels/conv_geometry.hpp"

GANVAS_BEGIN

namespace kernels::detail {

/// One axis of a gathering convolution: position r of the result sees, for each tap t, the source index
/// r stride + base + t step if that is in [0, extent). Tap t is kernel index kernel_first + t kernel_step; position r
/// is index r result_step + result_first of the result.
struct GatherAxis {
  index_t positions, stride, base, taps, step, extent;
  index_t kernel_first = 0, kernel_step = 1;
  index_t result_first = 0, result_step = 1;

  [[nodiscard]] constexpr index_t source(index_t r) const { return r * stride + base; }
  [[nodiscard]] constexpr index_t kernel(index_t t) const { return kernel_first + t * kernel_step; }
  [[nodiscard]] constexpr index_t result(index_t r) const { return r * result_step + result_first; }
};

/// The axis of conv: y index oh sees x index oh stride + kh dilation - padding.
constexpr GatherAxis conv_axis(index_t out, index_t stride, index_t padding, index_t kernel, index_t dilation,
                               index_t in) {
  return {.positions = out, .stride = stride, .base = -padding, .taps = kernel, .step = dilation, .extent = in};
}

/// Phase q of conv_transpose: x indices ih = r stride + q see y index oh = (ih + padding - kh dilation) / stride where
/// that is whole. It is whole for every (stride / gcd(stride, dilation))-th kh, and these see a convolution of stride
/// 1; taps are counted from the largest kh down, so that oh grows with them.
constexpr GatherAxis transpose_axis(index_t phase, index_t in, index_t stride, index_t padding, index_t kernel,
                                    index_t dilation, index_t out) {
  const index_t common = std::gcd(stride, dilation);
  GatherAxis axis{.positions = phase < in ? (in - phase - 1) / stride + 1 : 0,
                  .stride = 1,
                  .base = 0,
                  .taps = 0,
                  .step = dilation / common,
                  .extent = out,
                  .kernel_first = 0,
                  .kernel_step = -(stride / common),
                  .result_first = phase,
                  .result_step = stride};
  for (index_t k = 0; k < std::min(kernel, stride); ++k) {
    if ((phase + padding - k * dilation) % stride != 0) continue;
    axis.taps = (kernel - 1 - k) / (stride / common) + 1;
    axis.kernel_first = k + (axis.taps - 1) * (stride / common);
    axis.base = (phase + padding - axis.kernel_first * dilation) / stride;
    break;
  }
  return axis;
}

/// The y indices whose tap k of one axis lies inside x: [begin, end), possibly empty.
struct Range {
  index_t begin, end;
};
constexpr Range outputs_of(index_t k, index_t out, index_t stride, index_t padding, index_t dilation, index_t in) {
  const index_t shift = padding - k * dilation;  // x index = y index * stride - shift
  const index_t begin = shift <= 0 ? 0 : (shift + stride - 1) / stride;
  const index_t end = in + shift <= 0 ? 0 : std::min(out, (in + shift - 1) / stride + 1);
  return {begin, std::max(begin, end)};
}

/// Pairs of an output pixel and a tap of it that lies inside the image, of one image: what a layer has to multiply. On
/// small maps that is far less than pixels times taps.
constexpr index_t seen_taps(const ConvGeometry& g) {
  const auto count = [](index_t kernel, index_t out, index_t stride, index_t padding, index_t dilation, index_t in) {
    index_t n = 0;
    for (index_t k = 0; k < kernel; ++k) {
      const Range range = outputs_of(k, out, stride, padding, dilation, in);
      n += range.end - range.begin;
    }
    return n;
  };
  return count(g.kernel_h, g.out_h, g.stride_h, g.padding_h, g.dilation_h, g.in_h) *
         count(g.kernel_w, g.out_w, g.stride_w, g.padding_w, g.dilation_w, g.in_w);
}

/// Positions [begin, end) see exactly the taps [tap_begin, tap_end).
struct Segment {
  index_t begin, end, tap_begin, tap_end;
};

/// The taps that position r sees: they follow each other, since the source index grows with t.
constexpr Segment taps_of(const GatherAxis& axis, index_t r) {
  const index_t first = axis.source(r);
  const index_t begin = first >= 0 ? 0 : (-first + axis.step - 1) / axis.step;
  const index_t end = first >= axis.extent ? 0 : (axis.extent - first - 1) / axis.step + 1;
  if (begin >= std::min(end, axis.taps)) return {r, r + 1, 0, 0};
  return {r, r + 1, begin, std::min(end, axis.taps)};
}

/// All positions, cut where the taps change.
inline std::vector<Segment> segments(const GatherAxis& axis) {
  std::vector<Segment> all;
  for (index_t r = 0; r < axis.positions; ++r) {
    const Segment s = taps_of(axis, r);
    if (!all.empty() && all.back().tap_begin == s.tap_begin && all.back().tap_end == s.tap_end)
      all.back().end = s.end;
    else
      all.push_back(s);
  }
  return all;
}

/// A gathering convolution: conv itself, or one phase of conv_transpose. Its weights are packed with rows in the order
/// (tap of h, tap of w, channel of the source).
struct Gather {
  GatherAxis h, w;
  index_t channels;       ///< of the source
  index_t first_row = 0;  ///< where its rows start in the packed weights of all gathers

  [[nodiscard]] constexpr index_t depth() const { return h.taps * w.taps * channels; }
};

/// One class of output pixels and its runs, cut into pieces of at most a panel's depth.
struct PixelClass {
  const Gather* gather;
  Segment h, w;
  std::vector<abi::GemmRun> runs;
  std::vector<std::size_t> pieces;  ///< piece p has the runs [pieces[p], pieces[p + 1])

  [[nodiscard]] constexpr index_t width() const { return w.end - w.begin; }
  [[nodiscard]] constexpr index_t area() const { return (h.end - h.begin) * width(); }  ///< pixels of one image
  [[nodiscard]] constexpr index_t depth() const {
    return (h.tap_end - h.tap_begin) * (w.tap_end - w.tap_begin) * gather->channels;
  }
};

/// The class of two segments: its runs are the longest stretches that are contiguous in the source and in the weights.
inline PixelClass pixel_class(const Gather& g, const Segment& h, const Segment& w, index_t max_depth) {
  PixelClass c{&g, h, w, {}, {0}};
  const index_t taps_w = w.tap_end - w.tap_begin;
  const index_t total = c.depth();
  const index_t piece = total == 0 ? 1 : (total - 1) / ((total - 1) / max_depth + 1) + 1;
  index_t room = piece;
  const bool joined = g.w.step == 1;  // neighbouring taps are neighbours in the source
  for (index_t th = h.tap_begin; th < h.tap_end; ++th)
    for (index_t tw = w.tap_begin; tw < w.tap_end; tw += joined ? taps_w : 1) {
      abi::GemmRun run{(th * g.h.step * g.w.extent + tw * g.w.step) * g.channels, (th * g.w.taps + tw) * g.channels, 0};
      for (index_t left = (joined ? taps_w : 1) * g.channels; left > 0; left -= run.length) {
        if (room == 0) {
          c.pieces.push_back(c.runs.size());
          room = piece;
        }
        run.a += run.length;
        run.b += run.length;
        run.length = std::min(left, room);
        room -= run.length;
        c.runs.push_back(run);
      }
    }
  c.pieces.push_back(c.runs.size());
  return c;
}

}  // namespace kernels::detail

GANVAS_END
