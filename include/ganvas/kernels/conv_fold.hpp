#pragma once
// conv_transpose to few channels (an image): all taps of a y pixel at once, as one row of numbers, which are then added
// up where they fall in x. The vectors are full although I is 1 or 3. (Without dilation. See docs/04-convolution.md for
// the sum, docs/kernels.md for a picture.)
//
//   x(ih,iw,i) = sum y(oh,ow,o) w(o,kh,kw,i)  over all with  ih = oh sh + kh - ph,  iw = ow sw + kw - pw
//
// Count rows of x from -ph and cut them, and the taps, by the stride: ih + ph = R sh + qh and kh = rh sh + qh. Then qh
// is the same on both sides and R = oh + rh; likewise S = ow + rw. Cell (R,S) of x are its sh x sw pixels (qh,qw):
//   cell(R,S)(qh,qw,i) = sum over rh, rw of product(R - rh, S - rw)(rh,rw,qh,qw,i),
//   product(oh,ow)(rh,rw,qh,qw,i) = sum over o of y(oh,ow,o) w(o, rh sh + qh, rw sw + qw, i):
// a matrix product, and sums of short vectors, since the numbers (qh,qw,i) lie side by side in both.

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

/// How the products of one row of y lie: `slots` pixels with `columns` numbers (rh, rw, qh, qw, i) each. The first
/// pixel of y is at slot `left`; the others are zero, as the pixels outside y that a cell at the border asks for. The
/// kernel is rounded up to whole strides by taps that are zero, and `columns` to whole vectors.
struct FoldLayout {
  index_t rounds_h, rounds_w;       ///< how many rh and rw there are: strides in the kernel
  index_t cell_rows, cell_columns;  ///< cells of x
  index_t left, slots;
  index_t cell_line, cell;  ///< numbers of a cell: of one qh, and of all
  index_t round, columns;   ///< numbers of a pixel of y: of one rh, and of all

  FoldLayout(const ConvGeometry& g, index_t width)
      : rounds_h(divide_up(g.kernel_h, g.stride_h)),
        rounds_w(divide_up(g.kernel_w, g.stride_w)),
        cell_rows((g.in_h + g.padding_h - 1) / g.stride_h + 1),
        cell_columns((g.in_w + g.padding_w - 1) / g.stride_w + 1),
        left(rounds_w - 1),
        slots(left + std::max(cell_columns, g.out_w)),
        cell_line(g.stride_w * g.in_c),
        cell(g.stride_h * cell_line),
        round(rounds_w * cell),
        columns(round_up(rounds_h * round, width)) {}

  [[nodiscard]] index_t y_row() const { return slots * columns; }
  /// Vectors that are added for a cell, over (rh,rw) at once.
  [[nodiscard]] index_t adds_at_once(index_t width) const { return rounds_h * rounds_w * divide_up(cell, width); }
  /// Vectors that are added for a cell if each slot is summed over rh first (and stored), then these sums over rw: with
  /// stride 1 and 7 x 7 taps some 7 + 7 times, not 49.
  [[nodiscard]] index_t adds_rh_first(index_t width) const {
    return (rounds_h + 1) * divide_up(round, width) + rounds_w * divide_up(cell, width);
  }
};

/// One image's products with all taps, and what they add up to. The products of a few rows of y are held at a time, as
/// long as cells ask for them: they stay in the second-level cache.
template <class T>
class FoldImage {
 public:
  FoldImage(const ConvGeometry& g, const FoldLayout& layout, const T* packed, const abi::Epilogue<T>& of_row)
      : g_(g),
        layout_(layout),
        packed_(packed),
        of_row_(of_row),
        width_(cpu::kernels<T>().width),
        rh_first_(layout.adds_rh_first(width_) < layout.adds_at_once(width_)),
        rows_taken_(std::max<index_t>(1, std::clamp((index_t{1} << 16) / layout.y_row() - layout.rounds_h + 1,
                                                    gemm_block / g.out_w, 2 * gemm_block / g.out_w))),
        rows_held_(rows_taken_ + layout.rounds_h - 1),
        sum_slot_(round_up(layout.round, width_)),
        products_(rows_held_ * layout.y_row() + width_),
        sums_(rh_first_ ? layout.slots * sum_slot_ + width_ : 0),
        cells_(layout.cell_columns * layout.cell + width_),
        line_(layout.cell_columns * layout.cell_line + width_) {
    const index_t after = layout.left + g.out_w;
    for (index_t r = 0; r < rows_held_; ++r) {
      T* row = products_.get() + r * layout.y_row();
      std::fill_n(row, layout.left * layout.columns, T(0));
      std::fill_n(row + after * layout.columns, (layout.slots - after) * layout.columns, T(0));
    }
    offsets_.reserve(static_cast<std::size_t>(layout.rounds_h * layout.rounds_w));
  }

  /// The rows of cells [begin, end) of an image x, from its y.
  void operator()(index_t begin, index_t end, const T* y, T* x) {
    index_t next = std::max<index_t>(0, begin - layout_.rounds_h + 1);  // the first row of y that is not held
    for (index_t r = begin; r < end; ++r) {
      while (next <= r && next < g_.out_h) {
        const index_t last = std::min(g_.out_h, next + rows_taken_);
        multiply(next, last, y);
        next = last;
      }
      add_up(r);
      put(r, x);
    }
  }

 private:
  [[nodiscard]] index_t place(index_t oh) const { return oh % rows_held_ * layout_.y_row(); }

  /// The products of the y rows [begin, end).
  void multiply(index_t begin, index_t end, const T* y) {
    const auto& kernel = cpu::kernels<T>().gemm;
    const abi::GemmRun run{0, 0, g_.out_c};
    const index_t last = end * g_.out_w;
    index_t oh = begin, ow = 0;
    for (index_t first = begin * g_.out_w; first < last; first += gemm_block) {
      const index_t count = std::min(gemm_block, last - first);
      index_t a_rows[gemm_block];
      index_t c_rows[gemm_block];
      for (index_t p = 0; p < count;) {
        const index_t stop = std::min(count, p + g_.out_w - ow);
        for (index_t c = place(oh) + (layout_.left + ow) * layout_.columns; p < stop; ++p, ++ow, c += layout_.columns) {
          a_rows[p] = (first + p) * g_.out_c;
          c_rows[p] = c;
        }
        if (ow < g_.out_w) break;
        ow = 0;
        ++oh;
      }
      // The rows of y after the next tile's: six rows at a time are no pattern that a processor foresees.
      const abi::Ahead<T> next{y + (first + 2 * kernel.rows) * g_.out_c, count * g_.out_c};
      for (index_t j = 0; j < layout_.columns; j += kernel.columns)
        kernel.product(count, std::min(kernel.columns, layout_.columns - j), &run, 1, y, a_rows, packed_ + j * g_.out_c,
                       products_.get() + j, c_rows, abi::GemmStore::overwrite,
                       j == 0 ? next : abi::Ahead<T>{});  // then y is near
    }
  }

  /// The cells of one row.
  void add_up(index_t r) {
    const auto& kernel = cpu::kernels<T>().gemm;
    offsets_.clear();
    for (index_t rh = 0; rh < layout_.rounds_h; ++rh) {
      const index_t oh = r - rh;
      if (oh < 0 || oh >= g_.out_h) continue;
      const index_t at = place(oh) + rh * layout_.round;
      if (rh_first_)
        offsets_.push_back(at);
      else
        for (index_t rw = 0; rw < layout_.rounds_w; ++rw)
          offsets_.push_back(at + (layout_.left - rw) * layout_.columns + rw * layout_.cell);
    }
    const auto terms = static_cast<index_t>(offsets_.size());
    const T* products = products_.get();
    if (!rh_first_)
      return kernel.fold(layout_.cell_columns, layout_.cell, terms, products, offsets_.data(), layout_.columns,
                         cells_.get(), layout_.cell);
    kernel.fold(layout_.slots, layout_.round, terms, products, offsets_.data(), layout_.columns, sums_.get(),
                sum_slot_);
    offsets_.clear();
    for (index_t rw = 0; rw < layout_.rounds_w; ++rw)
      offsets_.push_back((layout_.left - rw) * sum_slot_ + rw * layout_.cell);
    kernel.fold(layout_.cell_columns, layout_.cell, layout_.rounds_w, static_cast<const T*>(sums_.get()),
                offsets_.data(), sum_slot_, cells_.get(), layout_.cell);
  }

  /// The rows of x in a row of cells. The epilogue's bias is that of a whole row.
  void put(index_t r, T* x) {
    const auto& kernel = cpu::kernels<T>().gemm;
    const index_t numbers = g_.in_w * g_.in_c;
    constexpr index_t start = 0;
    for (index_t qh = 0; qh < g_.stride_h; ++qh) {
      const index_t ih = r * g_.stride_h + qh - g_.padding_h;
      if (ih < 0 || ih >= g_.in_h) continue;
      const T* from = cells_.get();
      if (g_.stride_h > 1) {
        const index_t offset = qh * layout_.cell_line;
        kernel.fold(layout_.cell_columns, layout_.cell_line, 1, from, &offset, layout_.cell, line_.get(),
                    layout_.cell_line);
        from = line_.get();
      }
      T* row = x + ih * numbers;
      std::copy_n(from + g_.padding_w * g_.in_c, numbers, row);
      if (!is_empty(of_row_)) kernel.finish(1, numbers, of_row_, row, &start);
    }
  }

  const ConvGeometry& g_;
  const FoldLayout& layout_;
  const T* packed_;
  const abi::Epilogue<T>& of_row_;
  index_t width_;
  bool rh_first_;       ///< whether sums over rh come first
  index_t rows_taken_;  ///< rows of y that are multiplied together
  index_t rows_held_;   ///< rows of y whose products are held
  index_t sum_slot_;    ///< from slot to slot in sums_
  Buffer<T> products_, sums_, cells_, line_;
  std::vector<index_t> offsets_;
};

/// x = conv_transpose(y, w), without dilation. Images, or bands of their rows where there are few images, are computed
/// on their own: no two threads add to one number.
template <class T>
void fold_transpose(const ConvGeometry& g, const T* y, const T* w, const abi::Epilogue<T>& epilogue, T* x) {
  if (g.x().numel() == 0) return;
  const FoldLayout layout(g, cpu::kernels<T>().width);
  const Buffer<T> ordered(g.out_c * layout.columns), packed(packed_size<T>(g.out_c, layout.columns));
  std::fill_n(ordered.get(), g.out_c * layout.columns, T(0));
  for (index_t o = 0; o < g.out_c; ++o)
    for (index_t kh = 0; kh < g.kernel_h; ++kh)
      for (index_t kw = 0; kw < g.kernel_w; ++kw)
        std::copy_n(w + ((o * g.kernel_h + kh) * g.kernel_w + kw) * g.in_c, g.in_c,
                    ordered.get() + o * layout.columns + kh / g.stride_h * layout.round +
                        kw / g.stride_w * layout.cell + kh % g.stride_h * layout.cell_line + kw % g.stride_w * g.in_c);
  pack_panels(false, g.out_c, layout.columns, static_cast<const T*>(ordered.get()), layout.columns, packed.get());

  const Buffer<T> biases(g.in_w * g.in_c);
  abi::Epilogue<T> of_row = epilogue;
  if (epilogue.bias != nullptr) {
    for (index_t i = 0; i < g.in_w; ++i) std::copy_n(epilogue.bias, g.in_c, biases.get() + i * g.in_c);
    of_row.bias = biases.get();
  }

  // Two neighbouring bands both multiply rounds_h - 1 rows of y: bands are some times as high.
  const index_t lowest = 4 * layout.rounds_h;
  const index_t bands = std::clamp<index_t>(layout.cell_rows / lowest, 1, divide_up(8, g.batch));
  const index_t items = g.batch * bands;
  const index_t work = g.batch * g.out_h * g.out_w * layout.columns * g.out_c;
  parallel_chunks(items, work_grain(items, work), [&](index_t begin, index_t end) {
    FoldImage<T> image(g, layout, packed.get(), of_row);
    for (index_t item = begin; item < end; ++item) {
      const index_t n = item / bands, band = item % bands;
      image(band * layout.cell_rows / bands, (band + 1) * layout.cell_rows / bands, y + n * g.out_h * g.out_w * g.out_c,
            x + n * g.in_h * g.in_w * g.in_c);
    }
  });
}

}  // namespace kernels::detail

GANVAS_END
