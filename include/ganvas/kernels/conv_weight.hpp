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

/// Adds up one panel over y rows (n, oh) counted through the batch: c(o, j) over pixels handed in by pieces.
template <class T>
class WeightSum {
 public:
  static constexpr index_t depth = 256;  ///< pixels at a time: their y and x stay in the second-level cache

  WeightSum(const ConvGeometry& g, const WeightPanel& panel, const T* x, const T* y, T* w)
      : g_(g),
        panel_(panel),
        stride_(round_up(panel.count, cpu::kernels<T>().width)),
        x_(x),
        y_(y),
        w_(w),
        direct_(panel.one_tap && stride_ == panel.count) {
    if (!direct_) patches_ = Buffer<T>(depth * stride_);
  }

  void add_rows(index_t begin, index_t end) {
    const index_t tap = panel_.first / g_.in_c;
    const index_t kw = tap % g_.kernel_w;
    const Range columns = panel_.one_tap ? outputs_of(kw, g_.out_w, g_.stride_w, g_.padding_w, g_.dilation_w, g_.in_w)
                                         : Range{0, g_.out_w};
    for (index_t row = begin; row < end; ++row) {
      const index_t ih = x_row(row, tap / g_.kernel_w);
      if (panel_.one_tap && (ih < 0 || ih >= g_.in_h)) continue;
      for (index_t ow = columns.begin; ow < columns.end;) {
        const index_t count = std::min(columns.end - ow, depth - filled_);
        if (panel_.one_tap)
          take_tap(row, ih, ow, count, kw);
        else
          take_patch(row, ow, count);
        for (index_t p = 0; p < count; ++p) y_rows_[filled_ + p] = (row * g_.out_w + ow + p) * g_.out_c;
        filled_ += count;
        ow += count;
        if (filled_ == depth) flush();
      }
    }
    if (filled_ > 0 || !started_) flush();
  }

 private:
  [[nodiscard]] index_t x_row(index_t row, index_t kh) const {
    return row % g_.out_h * g_.stride_h + kh * g_.dilation_h - g_.padding_h;
  }

  /// Pixels ow.. of a row, of which all see the tap: where their channels lie in x, or a copy with whole vectors.
  void take_tap(index_t row, index_t ih, index_t ow, index_t count, index_t kw) {
    const index_t iw = ow * g_.stride_w + kw * g_.dilation_w - g_.padding_w;
    const index_t first = ((row / g_.out_h * g_.in_h + ih) * g_.in_w + iw) * g_.in_c + panel_.first % g_.in_c;
    const index_t step = g_.stride_w * g_.in_c;
    for (index_t p = 0; p < count; ++p) x_rows_[filled_ + p] = direct_ ? first + p * step : (filled_ + p) * stride_;
    if (!direct_)
      cpu::kernels<T>().gemm.pack(count, panel_.count, x_ + first, step, patches_.get() + filled_ * stride_);
  }

  /// The patches of pixels ow.. of a row, column by column.
  void take_patch(index_t row, index_t ow, index_t count) {
    T* to = patches_.get() + filled_ * stride_;
    std::fill_n(to, count * stride_, T(0));
    for (index_t p = 0; p < count; ++p) x_rows_[filled_ + p] = (filled_ + p) * stride_;
    for (index_t j = 0; j < panel_.count; ++j) {
      const index_t tap = (panel_.first + j) / g_.in_c;
      const index_t kw = tap % g_.kernel_w;
      const index_t ih = x_row(row, tap / g_.kernel_w);
      if (ih < 0 || ih >= g_.in_h) continue;
      const Range inside = outputs_of(kw, g_.out_w, g_.stride_w, g_.padding_w, g_.dilation_w, g_.in_w);
      const T* from = x_ + ((row / g_.out_h * g_.in_h + ih) * g_.in_w + kw * g_.dilation_w - g_.padding_w) * g_.in_c +
                      (panel_.first + j) % g_.in_c;
      for (index_t o = std::max(ow, inside.begin); o < std::min(ow + count, inside.end); ++o)
        to[(o - ow) * stride_ + j] = from[o * g_.stride_w * g_.in_c];
    }
  }

  void flush() {
    cpu::kernels<T>().gemm.outer(g_.out_c, panel_.count, filled_, y_, y_rows_, direct_ ? x_ : patches_.get(), x_rows_,
                                 w_ + panel_.first, g_.kernel_h * g_.kernel_w * g_.in_c, started_);
    started_ = true;
    filled_ = 0;
  }

  const ConvGeometry& g_;
  const WeightPanel& panel_;
  index_t stride_;
  const T* x_;
  const T* y_;
  T* w_;
  bool direct_;  ///< whole vectors of channels: read from x itself
  Buffer<T> patches_;
  index_t y_rows_[depth];
  index_t x_rows_[depth];
  index_t filled_ = 0;
  bool started_ = false;
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
  const auto count = static_cast<index_t>(panels.size());
  const index_t rows = g.batch * g.out_h;
  const index_t slices = std::max<index_t>(
      1, std::min({detail::divide_up(32, count), rows, rows * g.out_w / (2 * detail::WeightSum<T>::depth)}));
  const Buffer<T> parts(slices > 1 ? slices * size : 0);
  const index_t work = rows * g.out_w * size;
  parallel_chunks(slices * count, detail::work_grain(slices * count, work), [&](index_t begin, index_t end) {
    for (index_t item = begin; item < end; ++item) {
      const index_t slice = item / count;
      detail::WeightSum<T> sum(g, panels[static_cast<std::size_t>(item % count)], x, y,
                               slices > 1 ? parts.get() + slice * size : w);
      sum.add_rows(slice * rows / slices, (slice + 1) * rows / slices);
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
