#pragma once
// conv_transpose to few channels (an image): all taps of a y pixel at once, as one row of numbers (kh, kw, i), which
// are then added up where they fall in x. The vectors are full although I is 1 or 3.

#include <algorithm>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_plan.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN

namespace kernels::detail {

/// rows(p, j) = sum over o of y(p,o) w(o,j) for `pixels` pixels and j over (kh,kw,i), from packed w.
template <class T>
void fold_products(index_t pixels, index_t channels, index_t columns, const T* y, const T* packed, T* rows) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const abi::GemmRun run{0, 0, channels};
  for (index_t begin = 0; begin < pixels; begin += gemm_block) {
    const index_t count = std::min(gemm_block, pixels - begin);
    index_t a_rows[gemm_block];
    index_t c_rows[gemm_block];
    for (index_t r = 0; r < count; ++r) {
      a_rows[r] = (begin + r) * channels;
      c_rows[r] = (begin + r) * columns;
    }
    for (index_t j = 0; j < columns; j += kernel.columns)
      kernel.product(count, std::min(kernel.columns, columns - j), &run, 1, y, a_rows, packed + j * channels, rows + j,
                     c_rows, false);
  }
}

/// Row ih of x: adds up what the y rows [first, ...) of one image sent there; rows holds their products.
template <class T>
void fold_row(const ConvGeometry& g, index_t ih, index_t first, const T* rows, T* x) {
  const index_t columns = g.kernel_h * g.kernel_w * g.in_c;
  std::fill_n(x, g.in_w * g.in_c, T(0));
  for (index_t kh = 0; kh < g.kernel_h; ++kh) {
    const index_t reach = ih + g.padding_h - kh * g.dilation_h;
    if (reach < 0 || reach % g.stride_h != 0 || reach / g.stride_h >= g.out_h) continue;
    const T* row = rows + (reach / g.stride_h - first) * g.out_w * columns + kh * g.kernel_w * g.in_c;
    for (index_t kw = 0; kw < g.kernel_w; ++kw) {
      const Range ow = outputs_of(kw, g.out_w, g.stride_w, g.padding_w, g.dilation_w, g.in_w);
      for (index_t o = ow.begin; o < ow.end; ++o) {
        const T* from = row + o * columns + kw * g.in_c;
        T* to = x + (o * g.stride_w + kw * g.dilation_w - g.padding_w) * g.in_c;
        for (index_t i = 0; i < g.in_c; ++i) to[i] += from[i];
      }
    }
  }
}

/// x = conv_transpose(y, w). Bands of x rows are computed on their own, each with the y rows that reach it: a band's
/// products stay in the second-level cache, and no two threads add to one number.
template <class T>
void fold_transpose(const ConvGeometry& g, const T* y, const T* w, T* x) {
  const index_t columns = g.kernel_h * g.kernel_w * g.in_c;
  const Buffer<T> packed(packed_size<T>(g.out_c, columns));
  pack_panels(false, g.out_c, columns, w, columns, packed.get());

  const index_t row = g.out_w * columns;  // products of one y row
  const index_t y_rows = std::max<index_t>(1, (index_t{1} << 16) / row);
  const index_t band = y_rows >= g.out_h ? g.in_h : std::min(g.in_h, y_rows * g.stride_h);
  const index_t bands = divide_up(g.in_h, band);
  const index_t most = std::min(g.out_h, (band - 1 + (g.kernel_h - 1) * g.dilation_h) / g.stride_h + 1);
  const index_t items = g.batch * bands;
  parallel_chunks(items, work_grain(items, g.batch * g.out_h * row * g.out_c), [&](index_t begin, index_t end) {
    const Buffer<T> rows(most * row);
    for (index_t item = begin; item < end; ++item) {
      const index_t n = item / bands;
      const index_t top = item % bands * band;
      const index_t bottom = std::min(g.in_h, top + band);
      const index_t low = top + g.padding_h - (g.kernel_h - 1) * g.dilation_h;
      const index_t first = low <= 0 ? 0 : divide_up(low, g.stride_h);
      const index_t last = std::min(g.out_h, (bottom - 1 + g.padding_h) / g.stride_h + 1);
      if (first < last)
        fold_products((last - first) * g.out_w, g.out_c, columns, y + (n * g.out_h + first) * g.out_w * g.out_c,
                      packed.get(), rows.get());
      for (index_t ih = top; ih < bottom; ++ih)
        fold_row(g, ih, first, rows.get(), x + (n * g.in_h + ih) * g.in_w * g.in_c);
    }
  });
}

}  // namespace kernels::detail

GANVAS_END
