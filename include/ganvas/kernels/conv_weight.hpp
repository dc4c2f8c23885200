#pragma once
// The adjoint of convolution in its weights: w(O, K) = y(pixels, O)^T patches(pixels, K), K = (kh, kw, i).

#include <algorithm>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_plan.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN

namespace kernels::detail {

/// Columns [first, first + count) of w(O, K), computed together.
struct WeightPanel {
  index_t first, count;
  bool one_tap;  ///< all of one (kh, kw): pixels that do not see it are left out
};

/// With many channels a panel keeps to one tap; with few it takes the taps as they come and reads zeros outside x.
inline std::vector<WeightPanel> weight_panels(const ConvGeometry& g, index_t panel_columns, index_t width) {
  const bool one_tap = g.in_c % width == 0 || 2 * g.in_c >= panel_columns;
  const index_t group = one_tap ? g.in_c : g.kernel_h * g.kernel_w * g.in_c;
  std::vector<WeightPanel> panels;
  for (index_t first = 0; first < g.kernel_h * g.kernel_w * g.in_c; first += group)
    for (index_t j = 0; j < group; j += panel_columns)
      panels.push_back({first + j, std::min(panel_columns, group - j), one_tap});
  return panels;
}

/// Sums over blocks of neighbouring pixels. The y and x of a block stay in the second-level cache while the panels of
/// a group are multiplied one after the other.
template <class T>
class WeightSum {
 public:
  static constexpr index_t depth = 256;  ///< pixels of a block, at most

  WeightSum(const ConvGeometry& g, const T* x, const T* y, T* w) : g_(g), x_(x), y_(y), w_(w) {}

  /// w(o, j) = sum over the y rows (n, oh) in [begin, end), for the columns j of the panels [first, last).
  void sum(const WeightPanel* first, const WeightPanel* last, index_t begin, index_t end) {
    const index_t rows = std::max<index_t>(1, depth / g_.out_w);
    bool started = false;
    for (index_t row = begin; row < end; row += rows)
      for (index_t ow = 0; ow < g_.out_w; ow += depth) {
        for (const WeightPanel* panel = first; panel != last; ++panel)
          add_block(*panel, row, std::min(end, row + rows), {ow, std::min(g_.out_w, ow + depth)}, started);
        started = true;
      }
  }

 private:
  void add_block(const WeightPanel& panel, index_t begin, index_t end, Range ow, bool accumulate) {
    const index_t stride = round_up(panel.count, cpu::kernels<T>().width);
    const bool direct = panel.one_tap && stride == panel.count;  // whole vectors of channels: read from x itself
    if (!direct && patches_.get() == nullptr) patches_ = Buffer<T>(depth * cpu::kernels<T>().gemm.columns);
    index_t filled = 0;
    for (index_t row = begin; row < end; ++row)
      filled += panel.one_tap ? take_tap(panel, row, ow, filled, stride, direct)
                              : take_patches(panel, row, ow, filled, stride);
    cpu::kernels<T>().gemm.outer(g_.out_c, panel.count, filled, y_, y_rows_, direct ? x_ : patches_.get(), x_rows_,
                                 w_ + panel.first, g_.kernel_h * g_.kernel_w * g_.in_c, accumulate);
  }

  [[nodiscard]] index_t x_row(index_t row, index_t kh) const {
    return row % g_.out_h * g_.stride_h + kh * g_.dilation_h - g_.padding_h;
  }
  [[nodiscard]] Range inside(index_t kw, Range ow) const {
    const Range all = outputs_of(kw, g_.out_w, g_.stride_w, g_.padding_w, g_.dilation_w, g_.in_w);
    const index_t begin = std::max(ow.begin, all.begin);
    return {begin, std::max(begin, std::min(ow.end, all.end))};
  }

  /// The pixels of a row that see the panel's tap: where their channels lie in x, or a copy padded to whole vectors.
  index_t take_tap(const WeightPanel& panel, index_t row, Range ow, index_t filled, index_t stride, bool direct) {
    const index_t tap = panel.first / g_.in_c;
    const index_t kw = tap % g_.kernel_w;
    const index_t ih = x_row(row, tap / g_.kernel_w);
    if (ih < 0 || ih >= g_.in_h) return 0;
    ow = inside(kw, ow);
    const index_t count = ow.end - ow.begin;
    const index_t iw = ow.begin * g_.stride_w + kw * g_.dilation_w - g_.padding_w;
    const index_t from = ((row / g_.out_h * g_.in_h + ih) * g_.in_w + iw) * g_.in_c + panel.first % g_.in_c;
    const index_t step = g_.stride_w * g_.in_c;
    for (index_t p = 0; p < count; ++p) {
      y_rows_[filled + p] = (row * g_.out_w + ow.begin + p) * g_.out_c;
      x_rows_[filled + p] = direct ? from + p * step : (filled + p) * stride;
    }
    if (!direct && count > 0)
      cpu::kernels<T>().gemm.pack(count, panel.count, x_ + from, step, patches_.get() + filled * stride);
    return count;
  }

  /// The patches of all pixels of a row, column by column, with zeros outside x.
  index_t take_patches(const WeightPanel& panel, index_t row, Range ow, index_t filled, index_t stride) {
    const index_t count = ow.end - ow.begin;
    T* to = patches_.get() + filled * stride;
    std::fill_n(to, count * stride, T(0));
    for (index_t p = 0; p < count; ++p) {
      y_rows_[filled + p] = (row * g_.out_w + ow.begin + p) * g_.out_c;
      x_rows_[filled + p] = (filled + p) * stride;
    }
    for (index_t j = 0; j < panel.count; ++j) {
      const index_t tap = (panel.first + j) / g_.in_c;
      const index_t kw = tap % g_.kernel_w;
      const index_t ih = x_row(row, tap / g_.kernel_w);
      if (ih < 0 || ih >= g_.in_h) continue;
      const Range seen = inside(kw, ow);
      const index_t from = ((row / g_.out_h * g_.in_h + ih) * g_.in_w + kw * g_.dilation_w - g_.padding_w) * g_.in_c +
                           (panel.first + j) % g_.in_c;
      for (index_t o = seen.begin; o < seen.end; ++o)
        to[(o - ow.begin) * stride + j] = x_[from + o * g_.stride_w * g_.in_c];
    }
    return count;
  }

  const ConvGeometry& g_;
  const T* x_;
  const T* y_;
  T* w_;
  Buffer<T> patches_;
  index_t y_rows_[depth];
  index_t x_rows_[depth];
};

}  // namespace kernels::detail

namespace kernels {

/// w = conv_weight(x, y): the adjoint of conv in w. The sum over pixels is cut into slices by shape alone; the slices
/// are added as a balanced tree.
template <class T>
void conv_weight(const ConvGeometry& g, const T* x, const T* y, T* w) {
  const index_t size = g.w().numel();
  if (size == 0) return;
  const auto panels = detail::weight_panels(g, cpu::kernels<T>().gemm.columns, cpu::kernels<T>().width);
  constexpr index_t group = 4;  // panels that one thread takes together
  const auto count = static_cast<index_t>(panels.size());
  const index_t groups = detail::divide_up(count, group);
  const index_t rows = g.batch * g.out_h;
  const index_t slices = std::max<index_t>(
      1, std::min({detail::divide_up(16, groups), rows, rows * g.out_w / (2 * detail::WeightSum<T>::depth)}));
  const Buffer<T> parts(slices > 1 ? slices * size : 0);
  const index_t items = slices * groups;
  parallel_chunks(items, detail::work_grain(items, rows * g.out_w * size), [&](index_t begin, index_t end) {
    for (index_t item = begin; item < end; ++item) {
      const index_t slice = item / groups;
      const detail::WeightPanel* first = panels.data() + item % groups * group;
      detail::WeightSum<T>(g, x, y, slices > 1 ? parts.get() + slice * size : w)
          .sum(first, std::min(first + group, panels.data() + count), slice * rows / slices,
               (slice + 1) * rows / slices);
    }
  });
  if (slices == 1) return;
  parallel_chunks(size, index_t{1} << 14, [&](index_t begin, index_t end) {
    for (index_t step = 1; step < slices; step *= 2)
      for (index_t s = 0; s + step < slices; s += 2 * step)
        for (index_t i = begin; i < end; ++i) parts.get()[s * size + i] += parts.get()[(s + step) * size + i];
    std::copy(parts.get() + begin, parts.get() + end, w + begin);
  });
}

}  // namespace kernels

GANVAS_END
