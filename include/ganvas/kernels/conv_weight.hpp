#pragma once
// The adjoint of convolution in its weights: what a weight gets, summed over all pixels (n,oh,ow) of y,
//   w(o,kh,kw,i) = sum y(n,oh,ow,o) x(n,ih,iw,i),   ih = oh sh + kh dh - ph,  iw = ow sw + kw dw - pw,
// where x is 0 outside its border (docs/04-convolution.md). As a matrix product: number the columns j = (kh,kw,i) and
// call the row x(n,ih,iw,i) over all j the patch of a pixel. Then w(O,J) = y(P,O)^T patches(P,J), a sum of P outer
// products. P is large (batch times image), O and J are not, and the patches of all pixels together would be some
// kh kw / (sh sw) times as large as x. So nothing is stored but one block of at most 256 pixels at a time:
//   for each group of panels (some columns j), for each slice of the rows of y:     <- these run in parallel
//     for each block of pixels, for each panel: w(:, panel) += y(block, :)^T patches(block, panel)
// Slices depend on the shape alone and are added as a balanced tree: the same bits for any number of threads.
// Few input channels have a way of their own (WindowSum), many another (winograd.hpp).

#include <algorithm>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_plan.hpp"
#include "ganvas/kernels/gemm.hpp"
#include "ganvas/kernels/winograd.hpp"

GANVAS_BEGIN

namespace kernels::detail {

inline constexpr index_t weight_block = 256;  ///< pixels of a block, at most

/// Columns j in [first, first + count) of w(O, J), computed together: channels of one tap (kh, kw), which lie beside
/// each other in x. Pixels for which the tap lies outside x are left out.
struct WeightPanel {
  index_t first, count;
};
inline std::vector<WeightPanel> weight_panels(const ConvGeometry& g, index_t panel_columns) {
  std::vector<WeightPanel> panels;
  for (index_t first = 0; first < g.kernel_h * g.kernel_w * g.in_c; first += g.in_c)
    for (index_t j = 0; j < g.in_c; j += panel_columns)
      panels.push_back({first + j, std::min(panel_columns, g.in_c - j)});
  return panels;
}
/// Cycles of one step of the register tiles that cover m rows and n columns: a multiplication and addition a vector and
/// row, but no tile is faster than its loads and the latency of its sums. Rows that are left have tiles of 4, 2 and 1.
inline index_t tile_cycles(index_t m, index_t n, index_t tile_rows, index_t tile_columns, index_t width) {
  constexpr index_t least = 6;
  const auto rows_by = [&](index_t vectors) {
    index_t cycles = m / tile_rows * std::max(tile_rows * vectors, least);
    for (const index_t rows : {4, 2, 1})
      if ((m % tile_rows & rows) != 0) cycles += std::max(rows * vectors, least);
    return cycles;
  };
  const index_t rest = divide_up(n % tile_columns, width);
  return n / tile_columns * rows_by(tile_columns / width) + (rest > 0 ? rows_by(rest) : 0);
}

/// From the first tap of an axis that meets a pixel to the last: on small maps these are few of the kernel.
constexpr Range met_taps(index_t kernel, index_t out, index_t stride, index_t padding, index_t dilation, index_t in) {
  Range met{0, 0};
  for (index_t k = 0; k < kernel; ++k) {
    const Range seen = outputs_of(k, out, stride, padding, dilation, in);
    if (seen.begin < seen.end) met = {met.end == 0 ? k : met.begin, k + 1};
  }
  return met;
}
constexpr Range met_rows(const ConvGeometry& g) {
  return met_taps(g.kernel_h, g.out_h, g.stride_h, g.padding_h, g.dilation_h, g.in_h);
}
constexpr Range met_columns(const ConvGeometry& g) {
  return met_taps(g.kernel_w, g.out_w, g.stride_w, g.padding_w, g.dilation_w, g.in_w);
}

/// What windows see of an image: a strip of rows that some rows of y see, with zeros where the image ends. Its first
/// row and column are those of the first taps that meet a pixel at all.
struct WindowStrip {
  Range h, w;    ///< taps that meet pixels
  index_t rows;  ///< of y, whose windows a strip holds, at most
  index_t columns;

  WindowStrip(const ConvGeometry& g, index_t pixels)
      : h(met_rows(g)),
        w(met_columns(g)),
        rows(std::max<index_t>(1, pixels / g.out_w)),
        columns((g.out_w - 1) * g.stride_w + (count(w) - 1) * g.dilation_w + 1) {}
  static constexpr index_t count(Range taps) { return taps.end - taps.begin; }
  /// Rows of x under so many rows of y.
  [[nodiscard]] index_t height(const ConvGeometry& g, index_t of) const {
    return (of - 1) * g.stride_h + (count(h) - 1) * g.dilation_h + 1;
  }
};

/// Whether whole windows are the cheaper way, by cycles of one image. By taps, the columns of a tile are the I channels
/// of a tap, which are 1 or 3 of an image; by windows they are the O channels of y (see WindowSum), with rows for taps
/// outside the image, too. Of small images much is looking up where rows begin: once for each tap, or for each panel
/// where a tap has several, or for a copy. Costs are doubles: where strides and dilations are huge, products of extents
/// are no 64-bit numbers.
template <class T>
bool windows_pay(const ConvGeometry& g) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t width = cpu::kernels<T>().width;
  constexpr double find = 25, number = 2;  // cycles to find a row of pixels, and to exchange the axes of a weight
  constexpr double largest = 1 << 22;      // numbers of a strip
  const auto real = [](index_t n) { return static_cast<double>(n); };
  const WindowStrip strip(g, weight_block);
  const index_t taps = g.kernel_h * g.kernel_w;
  const index_t window = WindowStrip::count(strip.h) * WindowStrip::count(strip.w) * g.in_c;
  const double row = real(strip.columns) * real(g.in_c), rows = real(strip.height(g, g.out_h));
  if (window == 0 || real(strip.height(g, std::min(strip.rows, g.out_h))) * row > largest) return false;
  const double by_windows =
      real(g.out_h * g.out_w) * real(tile_cycles(window, g.out_c, kernel.rows, kernel.columns, width)) +
      rows * (find + 2 * row / real(width)) + real(g.w().numel()) * number / real(g.batch);
  const double by_taps = real(seen_taps(g)) * real(tile_cycles(g.out_c, g.in_c, kernel.rows, kernel.columns, width)) +
                         real(std::max(taps, divide_up(taps * g.in_c, kernel.wide)) * g.out_h) * find;
  return by_windows < by_taps;
}

/// The sum over blocks of neighbouring pixels. The y and x of a block stay in the second-level cache while the panels
/// of a group are multiplied one after the other.
template <class T>
class WeightSum {
 public:
  static constexpr index_t depth = weight_block;

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
  /// w(:, panel) = [itself +] the pixels of the rows [begin, end) with the given ow. The kernel is told where row p of
  /// y and of the patches begins, so pixels may be left out and patches may lie in x itself.
  void add_block(const WeightPanel& panel, index_t begin, index_t end, Range ow, bool accumulate) {
    const index_t stride = round_up(panel.count, cpu::kernels<T>().width);
    const bool direct = stride == panel.count;  // whole vectors of channels: read from x itself
    if (!direct && patches_.get() == nullptr) patches_ = Buffer<T>(depth * cpu::kernels<T>().gemm.wide);
    index_t pixels = 0;
    for (index_t row = begin; row < end; ++row) pixels += take_tap(panel, row, ow, pixels, stride, direct);
    cpu::kernels<T>().gemm.outer(g_.out_c, panel.count, pixels, y_, y_rows_, direct ? x_ : patches_.get(), x_rows_,
                                 w_ + panel.first, g_.kernel_h * g_.kernel_w * g_.in_c, accumulate, {});
  }

  /// What column j multiplies in a row (n, oh) of y: x[first + ow step] for the ow in seen, and 0 elsewhere.
  struct Column {
    index_t first;
    Range seen;
  };
  [[nodiscard]] Column column(index_t j, index_t row, Range ow) const {
    const index_t i = j % g_.in_c, kw = j / g_.in_c % g_.kernel_w, kh = j / g_.in_c / g_.kernel_w;
    const index_t n = row / g_.out_h, oh = row % g_.out_h;
    const index_t ih = oh * g_.stride_h + kh * g_.dilation_h - g_.padding_h;
    if (ih < 0 || ih >= g_.in_h) return {0, {ow.begin, ow.begin}};
    const Range inside = outputs_of(kw, g_.out_w, g_.stride_w, g_.padding_w, g_.dilation_w, g_.in_w);
    const index_t begin = std::max(ow.begin, inside.begin), end = std::min(ow.end, inside.end);
    const index_t iw = kw * g_.dilation_w - g_.padding_w;  // of ow = 0; may lie outside
    return {((n * g_.in_h + ih) * g_.in_w + iw) * g_.in_c + i, {begin, std::max(begin, end)}};
  }

  /// Pixel number p of the block is (row, ow), and its patch begins at x_row.
  void place(index_t p, index_t row, index_t ow, index_t x_row) {
    y_rows_[p] = (row * g_.out_w + ow) * g_.out_c;
    x_rows_[p] = x_row;
  }

  /// Adds the pixels of a row that see the panel's tap after the first p of the block; how many they are. Their patches
  /// are where they lie in x, or copies padded to whole vectors.
  index_t take_tap(const WeightPanel& panel, index_t row, Range ow, index_t p, index_t stride, bool direct) {
    const Column column = this->column(panel.first, row, ow);
    const index_t count = column.seen.end - column.seen.begin, step = g_.stride_w * g_.in_c;
    const index_t from = column.first + column.seen.begin * step;
    for (index_t k = 0; k < count; ++k)
      place(p + k, row, column.seen.begin + k, direct ? from + k * step : (p + k) * stride);
    if (!direct && count > 0)
      cpu::kernels<T>().gemm.pack(count, panel.count, x_ + from, step, patches_.get() + p * stride);
    return count;
  }

  const ConvGeometry& g_;
  const T* x_;
  const T* y_;
  T* w_;
  Buffer<T> patches_;      ///< of a block, where x itself does not serve
  index_t y_rows_[depth];  ///< where row p of the block begins in y
  index_t x_rows_[depth];  ///< and in patches_ or x
};

/// The same for few input channels: what a pixel of y meets in one row kh of its window, all (kw,i), lies side by side
/// in x. So w is computed with its axes exchanged, wt((kh,kw,i), O) = patches^T y, whose columns are the channels of y,
/// and patches are read where they lie: in a copy of some rows of x with the zeros around it.
template <class T>
class WindowSum {
 public:
  WindowSum(const ConvGeometry& g, const T* x, const T* y)
      : g_(g),
        x_(x),
        y_(y),
        strip_(g, weight_block),
        row_(strip_.columns * g.in_c),
        strip_size_(strip_.height(g, std::min(strip_.rows, g.out_h)) * row_),
        images_(std::max<index_t>(1, std::min(strip_.rows / g.out_h, (index_t{1} << 16) / strip_size_))),
        strips_(images_ * strip_size_) {
    std::fill_n(strips_.get(), images_ * strip_size_, T(0));
  }

  /// wt(j, o) = sum over the y rows (n, oh) in [begin, end).
  void sum(index_t begin, index_t end, T* wt) {
    bool started = false;
    if (WindowStrip::count(strip_.h) < g_.kernel_h || WindowStrip::count(strip_.w) < g_.kernel_w)
      std::fill_n(wt, g_.w().numel(), T(0));
    for (index_t row = begin; row < end;) {
      const index_t last = std::min({end, row + strip_.rows, (row / g_.out_h + images_) * g_.out_h});
      copy_strips(row, last);
      for (index_t ow = 0; ow < g_.out_w; ow += weight_block) {
        const Range columns{ow, std::min(g_.out_w, ow + weight_block)};
        place(row % g_.out_h, last - row, columns);
        // The next block is about as large as this one. It is asked for while this one is multiplied, since y is read
        // once and from memory.
        const index_t after = (columns.end < g_.out_w ? row * g_.out_w + columns.end : last * g_.out_w) * g_.out_c;
        const index_t left = end * g_.out_w * g_.out_c - after;
        add_block(y_ + row * g_.out_w * g_.out_c, {y_ + after, std::min(left, pixels_ * g_.out_c)}, wt, started);
        started = true;
      }
      row = last;
    }
  }

 private:
  /// The rows of x that the windows of the y rows [begin, end) see, a strip for each image.
  void copy_strips(index_t begin, index_t end) {
    for (T* strip = strips_.get(); begin < end; strip += strip_size_) {
      const index_t last = std::min(end, (begin / g_.out_h + 1) * g_.out_h);
      copy_strip(begin, last, strip);
      begin = last;
    }
  }
  /// Of one image. What is outside x is zero since the strips were made, but for rows.
  void copy_strip(index_t begin, index_t end, T* strip) {
    const index_t n = begin / g_.out_h;
    const index_t top = begin % g_.out_h * g_.stride_h + strip_.h.begin * g_.dilation_h - g_.padding_h;
    const index_t left = strip_.w.begin * g_.dilation_w - g_.padding_w;
    const index_t from = std::max<index_t>(0, left), to = std::min(g_.in_w, left + strip_.columns);
    const index_t height = strip_.height(g_, end - begin);
    for (index_t r = 0; r < height; ++r, strip += row_) {
      const index_t ih = top + r;
      if (ih < 0 || ih >= g_.in_h)
        std::fill_n(strip, row_, T(0));
      else if (from < to)
        std::copy_n(x_ + ((n * g_.in_h + ih) * g_.in_w + from) * g_.in_c, (to - from) * g_.in_c,
                    strip + (from - left) * g_.in_c);
    }
  }

  /// Where the pixels (row, o) of a block begin, from its first, which is in row `oh` of an image: most blocks are
  /// alike.
  void place(index_t oh, index_t rows, Range ow) {
    if (oh == placed_oh_ && rows == placed_rows_ && ow.begin == placed_.begin && ow.end == placed_.end) return;
    placed_oh_ = oh;
    placed_rows_ = rows;
    placed_ = ow;
    pixels_ = 0;
    index_t window = 0, strip = 0;  // of column 0
    for (index_t row = 0; row < rows; ++row) {
      for (index_t o = ow.begin; o < ow.end; ++o, ++pixels_) {
        window_[pixels_] = window + o * g_.stride_w * g_.in_c;
        y_rows_[pixels_] = (row * g_.out_w + o) * g_.out_c;
      }
      window += g_.stride_h * row_;
      if (++oh < g_.out_h) continue;
      oh = 0;
      window = strip += strip_size_;
    }
  }

  /// wt = [itself +] a block, whose rows of y begin at y. The products together ask for what is next.
  void add_block(const T* y, abi::Ahead<T> next, T* wt, bool accumulate) {
    const auto& kernel = cpu::kernels<T>().gemm;
    const index_t width = cpu::kernels<T>().width;
    const bool direct = g_.out_c % width == 0;  // else rows of y are copied, padded to whole vectors
    // Runs of numbers that lie side by side: a row of the kernel, or with dilation one tap.
    const index_t run_taps = g_.dilation_w == 1 ? WindowStrip::count(strip_.w) : 1, run = run_taps * g_.in_c;
    const index_t products =
        WindowStrip::count(strip_.h) * (WindowStrip::count(strip_.w) / run_taps) * divide_up(g_.out_c, kernel.wide);
    next.count = divide_up(next.count, products);
    for (index_t j = 0; j < g_.out_c; j += kernel.wide) {
      const index_t columns = std::min(kernel.wide, g_.out_c - j), padded = round_up(columns, width);
      if (!direct) {
        if (copies_.get() == nullptr) copies_ = Buffer<T>(weight_block * kernel.wide);
        const index_t of_row = placed_.end - placed_.begin;
        const index_t count = of_row == g_.out_w ? pixels_ : of_row;  // pixels that lie side by side in y
        for (index_t p = 0; p < pixels_; p += count)
          kernel.pack(count, columns, y + y_rows_[p] + j, g_.out_c, copies_.get() + p * padded);
        for (index_t p = 0; p < pixels_; ++p) copy_rows_[p] = p * padded;
      }
      for (index_t h = 0; h < WindowStrip::count(strip_.h); ++h)
        for (index_t w = 0; w < WindowStrip::count(strip_.w); w += run_taps, next.from += next.count) {
          const index_t tap = (strip_.h.begin + h) * g_.kernel_w + strip_.w.begin + w;
          kernel.outer(run, columns, pixels_, strips_.get() + h * g_.dilation_h * row_ + w * g_.dilation_w * g_.in_c,
                       window_, direct ? y + j : copies_.get(), direct ? y_rows_ : copy_rows_,
                       wt + tap * g_.in_c * g_.out_c + j, g_.out_c, accumulate, next);
        }
    }
  }

  const ConvGeometry& g_;
  const T* x_;
  const T* y_;
  WindowStrip strip_;
  index_t row_;         ///< numbers of a row of a strip
  index_t strip_size_;  ///< of one image
  index_t images_;      ///< whose strips are taken together: as many as the rows, and few enough for a near cache
  Buffer<T> strips_;
  Buffer<T> copies_;
  index_t placed_oh_ = 0, placed_rows_ = 0, pixels_ = 0;  ///< of the block that the next two are for
  Range placed_{0, 0};
  index_t window_[weight_block];  ///< where the window of pixel p begins in the strips
  index_t y_rows_[weight_block];
  index_t copy_rows_[weight_block];
};

/// parts[0] = the sum of `slices` parts of `size` numbers each, as a balanced tree; the range [begin, end) of them.
template <class T>
void add_slices(index_t slices, index_t size, T* parts, index_t begin, index_t end) {
  for (index_t step = 1; step < slices; step *= 2)
    for (index_t s = 0; s + step < slices; s += 2 * step)
      for (index_t i = begin; i < end; ++i) parts[s * size + i] += parts[(s + step) * size + i];
}

/// Into how many slices rows of y are cut that make `groups` items each: 16 items, but no slice of few pixels.
template <class T>
index_t weight_slices(const ConvGeometry& g, index_t groups) {
  const index_t rows = g.batch * g.out_h;
  return std::max<index_t>(1, std::min({divide_up(16, groups), rows, rows * g.out_w / (2 * weight_block)}));
}

template <class T>
void window_weight(const ConvGeometry& g, const T* x, const T* y, T* w) {
  const index_t size = g.w().numel(), depth = size / g.out_c, rows = g.batch * g.out_h;
  const index_t slices = weight_slices<T>(g, 1);
  const Buffer<T> parts(slices * size);
  parallel_chunks(slices, work_grain(slices, rows * g.out_w * size), [&](index_t begin, index_t end) {
    WindowSum<T> sum(g, x, y);
    for (index_t slice = begin; slice < end; ++slice)
      sum.sum(slice * rows / slices, (slice + 1) * rows / slices, parts.get() + slice * size);
  });
  parallel_chunks(depth, work_grain(depth, size * slices), [&](index_t begin, index_t end) {
    add_slices(slices, size, parts.get(), begin * g.out_c, end * g.out_c);
    constexpr index_t line = abi::line_numbers<T>;  // of wt, read as a whole
    for (index_t first = 0; first < g.out_c; first += line)
      for (index_t j = begin; j < end; ++j)
        for (index_t o = first; o < std::min(g.out_c, first + line); ++o)
          w[o * depth + j] = parts.get()[j * g.out_c + o];
  });
}

}  // namespace kernels::detail

namespace kernels {

/// w = conv_weight(x, y): the adjoint of conv in w, as at the head of this file.
template <class T>
void conv_weight(const ConvGeometry& g, const T* x, const T* y, T* w) {
  const index_t size = g.w().numel();
  if (size == 0) return;
  if (const auto tile = detail::winograd_choice(g, detail::WinogradPass::weight))
    return detail::winograd_weight(*tile, g, x, y, w);
  const index_t rows = g.batch * g.out_h;
  if (rows * g.out_w == 0) return static_cast<void>(std::fill_n(w, size, T(0)));
  const auto& kernel = cpu::kernels<T>().gemm;
  if (detail::windows_pay<T>(g)) return detail::window_weight(g, x, y, w);
  const auto panels = detail::weight_panels(g, kernel.wide);
  constexpr index_t group = 4;  // panels that one thread takes together
  const auto count = static_cast<index_t>(panels.size());
  const index_t groups = detail::divide_up(count, group);
  const index_t slices = detail::weight_slices<T>(g, groups);
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
    detail::add_slices(slices, size, parts.get(), begin, end);
    std::copy(parts.get() + begin, parts.get() + end, w + begin);
  });
}

}  // namespace kernels

GANVAS_END
