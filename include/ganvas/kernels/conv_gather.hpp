#pragma once
// The products behind conv and conv_transpose: blocks of output pixels of one class times panels of packed weights.

#include <algorithm>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_plan.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN

namespace kernels::detail {

/// Output pixels [begin, end) of one class, some columns of them.
struct GatherBlock {
  std::size_t pixels;  ///< index of the class
  index_t first_column, begin, end;
};

/// The classes of some gathers over a batch, and the blocks that their work is cut into (by shape only).
struct GatherPlan {
  std::vector<PixelClass> classes;
  std::vector<GatherBlock> blocks;
  index_t work = 0;  ///< multiply-adds

  GatherPlan(const std::vector<Gather>& gathers, index_t batch, index_t n, index_t columns) {
    for (const Gather& g : gathers) {
      const std::size_t first = classes.size();
      for (const Segment& h : segments(g.h))
        for (const Segment& w : segments(g.w)) classes.push_back(pixel_class(g, h, w, gemm_depth));
      for (std::size_t c = first; c < classes.size(); ++c) {
        const index_t pixels = batch * classes[c].area();
        work += pixels * n * (1 + classes[c].depth());
        for (index_t begin = 0; begin < pixels; begin += gemm_block)
          for (index_t j = 0; j < n; j += columns)
            blocks.push_back({c, j, begin, std::min(pixels, begin + gemm_block)});
      }
    }
  }
};

/// result(pixel, j) = sum over the taps and channels that the pixel sees of source(...) weights(..., j), j < n, for
/// every pixel of every gather. The result is (batch, result_h, result_w, n). The packed weights of a gather start at
/// row first_row. What is summed gets the epilogue.
template <class T>
void gather_product(const std::vector<Gather>& gathers, index_t batch, index_t result_h, index_t result_w, index_t n,
                    const T* source, const T* packed, const abi::Epilogue<T>& epilogue, T* result) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t padded = round_up(n, cpu::kernels<T>().width);
  const GatherPlan plan(gathers, batch, n, kernel.wide);
  const bool large = batch * result_h * result_w * n * static_cast<index_t>(sizeof(T)) > (index_t{1} << 20);
  const auto count = static_cast<index_t>(plan.blocks.size());
  parallel_chunks(count, work_grain(count, plan.work), [&](index_t first, index_t last) {
    for (index_t item = first; item < last; ++item) {
      const GatherBlock& block = plan.blocks[static_cast<std::size_t>(item)];
      const PixelClass& pixels = plan.classes[block.pixels];
      const Gather& g = *pixels.gather;
      index_t a_rows[gemm_block];
      index_t c_rows[gemm_block];
      index_t image = block.begin / pixels.area();
      index_t r = pixels.h.begin + block.begin % pixels.area() / pixels.width();
      index_t s = pixels.w.begin + block.begin % pixels.width();
      const index_t a_step = g.w.stride * g.channels, c_step = g.w.result_step * n;
      for (index_t q = 0; q < block.end - block.begin;) {  // row by row: a multiplication a pixel would be felt
        index_t a = ((image * g.h.extent + g.h.source(r)) * g.w.extent + g.w.source(s)) * g.channels;
        index_t c = ((image * result_h + g.h.result(r)) * result_w + g.w.result(s)) * n;
        const index_t end = std::min(block.end - block.begin, q + pixels.w.end - s);
        for (; q < end; ++q, a += a_step, c += c_step) {
          a_rows[q] = a;
          c_rows[q] = c;
        }
        s = pixels.w.begin;
        if (++r < pixels.h.end) continue;
        r = pixels.h.begin;
        ++image;
      }
      const index_t end = std::min(n, block.first_column + kernel.wide);
      const bool far = large && pixels.depth() >= 32;  // below that, asking takes longer than it saves
      for (index_t j = block.first_column; j < end; j += kernel.columns) {
        const index_t columns = std::min(kernel.columns, end - j);
        const T* panel = packed + g.first_row * padded + j * g.depth();
        for (std::size_t p = 0; p + 1 < pixels.pieces.size(); ++p)
          kernel.product(block.end - block.begin, columns, pixels.runs.data() + pixels.pieces[p],
                         static_cast<index_t>(pixels.pieces[p + 1] - pixels.pieces[p]), source, a_rows, panel,
                         result + j, c_rows,
                         p > 0 ? abi::GemmStore::add
                         : far ? abi::GemmStore::overwrite_ask_c
                               : abi::GemmStore::overwrite,
                         {});
        if (!is_empty(epilogue))
          kernel.finish(block.end - block.begin, columns, from_column(epilogue, j), result + j, c_rows);
      }
    }
  });
}

/// Packs the weights w(O,kh,kw,I) that each gather over y needs, with columns i: rows (tap of h, tap of w, o).
template <class T>
void pack_taps(const ConvGeometry& g, const std::vector<Gather>& gathers, const T* w, T* packed) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t width = cpu::kernels<T>().width;
  const index_t panels = divide_up(g.in_c, kernel.columns);
  const index_t padded = round_up(g.in_c, width);
  const index_t taps = g.kernel_h * g.kernel_w;
  const index_t items = panels * static_cast<index_t>(gathers.size());
  parallel_chunks(items, work_grain(items, 4 * g.w().numel()), [&](index_t begin, index_t end) {
    for (index_t item = begin; item < end; ++item) {
      const Gather& gather = gathers[static_cast<std::size_t>(item / panels)];
      const index_t j = item % panels * kernel.columns;
      const index_t columns = std::min(kernel.columns, g.in_c - j);
      T* panel = packed + gather.first_row * padded + j * gather.depth();
      for (index_t th = 0; th < gather.h.taps; ++th)
        for (index_t tw = 0; tw < gather.w.taps; ++tw) {
          const index_t tap = gather.h.kernel(th) * g.kernel_w + gather.w.kernel(tw);
          kernel.pack(g.out_c, columns, w + tap * g.in_c + j, taps * g.in_c, panel);
          panel += g.out_c * round_up(columns, width);
        }
    }
  });
}

}  // namespace kernels::detail

GANVAS_END
