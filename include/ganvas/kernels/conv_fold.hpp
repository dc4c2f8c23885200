#pragma once
// conv_transpose to few channels (an image): all taps of a y pixel at once, as one row of numbers (kh, kw, i), which
// are then added up where they fall in x. The vectors are full although I is 1 or 3.

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

/// How the products of one row of y lie: `slots` pixels with `columns` numbers (kh, kw, i) each. The first pixel of y
/// is at slot `left`; the others are zero, as the pixels outside y that a window at the border asks for. kernel_w is
/// rounded up to whole strides by taps that are zero, and `columns` to whole vectors.
struct FoldLayout {
  index_t rounds, groups, left, slots, tap_row, columns;

  FoldLayout(const ConvGeometry& g, index_t width)
      : rounds(divide_up(g.kernel_w, g.stride_w)),
        groups((g.in_w + g.padding_w - 1) / g.stride_w + 1),
        left(rounds - 1),
        slots(left + std::max(groups, g.out_w)),
        tap_row(rounds * g.stride_w * g.in_c),
        columns(round_up(g.kernel_h * tap_row, width)) {}
  [[nodiscard]] index_t row() const { return slots * columns; }
};

/// The products of some rows of y with all taps.
template <class T>
void fold_products(const ConvGeometry& g, const FoldLayout& layout, index_t rows, const T* y, const T* packed,
                   T* products) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const abi::GemmRun run{0, 0, g.out_c};
  const index_t pixels = rows * g.out_w;
  index_t slot = 0;  // of a row
  for (index_t begin = 0, row = 0; begin < pixels; begin += gemm_block) {
    const index_t count = std::min(gemm_block, pixels - begin);
    index_t a_rows[gemm_block];
    index_t c_rows[gemm_block];
    for (index_t r = 0; r < count; ++r) {
      a_rows[r] = (begin + r) * g.out_c;
      c_rows[r] = row * layout.row() + (layout.left + slot) * layout.columns;
      if (++slot < g.out_w) continue;
      slot = 0;
      ++row;
    }
    for (index_t j = 0; j < layout.columns; j += kernel.columns)
      kernel.product(count, std::min(kernel.columns, layout.columns - j), &run, 1, y, a_rows, packed + j * g.out_c,
                     products + j, c_rows, abi::GemmStore::overwrite);
  }
}

/// Row ih of x: adds up what the y rows [first, ...) of one image sent there. A group of stride_w pixels of x, counted
/// from -padding_w, gets from pixel o = group - round of y the taps kw of round * stride_w and after; these lie side by
/// side, so a group is one short vector, and no sum goes through memory. The epilogue's bias is that of a whole row.
template <class T>
void fold_row(const ConvGeometry& g, const FoldLayout& layout, index_t ih, index_t first, const T* rows,
              const abi::Epilogue<T>& epilogue, std::vector<index_t>& offsets, T* scratch, T* x) {
  const index_t group = g.stride_w * g.in_c;
  offsets.clear();
  for (index_t kh = 0; kh < g.kernel_h; ++kh) {
    const index_t reach = ih + g.padding_h - kh * g.dilation_h;
    if (reach < 0 || reach % g.stride_h != 0 || reach / g.stride_h >= g.out_h) continue;
    for (index_t round = 0; round < layout.rounds; ++round)
      offsets.push_back((reach / g.stride_h - first) * layout.row() + (layout.left - round) * layout.columns +
                        kh * layout.tap_row + round * group);
  }
  cpu::kernels<T>().gemm.fold(layout.groups, group, static_cast<index_t>(offsets.size()), rows, offsets.data(),
                              layout.columns, scratch);
  const index_t numbers = g.in_w * g.in_c;
  std::copy_n(scratch + g.padding_w * g.in_c, numbers, x);
  constexpr index_t start = 0;
  if (!epilogue.empty()) cpu::kernels<T>().gemm.finish(1, numbers, epilogue, x, &start);
}

/// x = conv_transpose(y, w), without dilation along w. Bands of x rows are computed on their own, each with the y rows
/// that reach it: a band's products stay in the second-level cache, and no two threads add to one number.
template <class T>
void fold_transpose(const ConvGeometry& g, const T* y, const T* w, const abi::Epilogue<T>& epilogue, T* x) {
  const index_t width = cpu::kernels<T>().width, taps = g.kernel_w * g.in_c;
  const FoldLayout layout(g, width);
  const Buffer<T> padded(g.out_c * layout.columns), packed(packed_size<T>(g.out_c, layout.columns));
  std::fill_n(padded.get(), g.out_c * layout.columns, T(0));
  for (index_t o = 0; o < g.out_c; ++o)
    for (index_t kh = 0; kh < g.kernel_h; ++kh)
      std::copy_n(w + (o * g.kernel_h + kh) * taps, taps, padded.get() + o * layout.columns + kh * layout.tap_row);
  pack_panels(false, g.out_c, layout.columns, static_cast<const T*>(padded.get()), layout.columns, packed.get());

  const Buffer<T> biases(g.in_w * g.in_c);
  abi::Epilogue<T> of_row = epilogue;
  if (epilogue.bias != nullptr) {
    for (index_t i = 0; i < g.in_w; ++i) std::copy_n(epilogue.bias, g.in_c, biases.get() + i * g.in_c);
    of_row.bias = biases.get();
  }

  const index_t halo = divide_up((g.kernel_h - 1) * g.dilation_h, g.stride_h);  // rows that two bands compute
  const index_t y_rows = std::max((index_t{1} << 16) / layout.row(), 4 * halo + 1);
  const index_t band = y_rows >= g.out_h ? g.in_h : std::min(g.in_h, y_rows * g.stride_h);
  const index_t bands = divide_up(g.in_h, band);
  const index_t most = std::min(g.out_h, (band - 1 + (g.kernel_h - 1) * g.dilation_h) / g.stride_h + 1);
  const index_t items = g.batch * bands;
  const index_t work = g.batch * g.out_h * g.out_w * layout.columns * g.out_c;
  parallel_chunks(items, work_grain(items, work), [&](index_t begin, index_t end) {
    const Buffer<T> rows(most * layout.row() + width), scratch(layout.groups * g.stride_w * g.in_c + width);
    std::fill_n(rows.get(), most * layout.row() + width, T(0));
    std::vector<index_t> offsets;
    offsets.reserve(static_cast<std::size_t>(g.kernel_h * layout.rounds));
    for (index_t item = begin; item < end; ++item) {
      const index_t n = item / bands;
      const index_t top = item % bands * band;
      const index_t bottom = std::min(g.in_h, top + band);
      const index_t low = top + g.padding_h - (g.kernel_h - 1) * g.dilation_h;
      const index_t first = low <= 0 ? 0 : divide_up(low, g.stride_h);
      const index_t last = std::min(g.out_h, (bottom - 1 + g.padding_h) / g.stride_h + 1);
      fold_products(g, layout, last - first, y + (n * g.out_h + first) * g.out_w * g.out_c,
                    static_cast<const T*>(packed.get()), rows.get());
      for (index_t ih = top; ih < bottom; ++ih)
        fold_row(g, layout, ih, first, static_cast<const T*>(rows.get()), of_row, offsets, scratch.get(),
                 x + (n * g.in_h + ih) * g.in_w * g.in_c);
    }
  });
}

}  // namespace kernels::detail

GANVAS_END
