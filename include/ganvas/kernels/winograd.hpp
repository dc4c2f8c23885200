#pragma once
// The convolution trio with fewer multiplications: Winograd's method, for strides too.
//
// A convolution of stride s with a kernel of s r x s r taps is a sum of s^2 convolutions of stride 1 with r x r taps,
// one for each phase of the image (the pixels whose indices leave the same remainder modulo s); conv_transpose gives
// each phase of its result by one such convolution. For these, squares of m x m results are computed at once from
// n x n inputs, n = m + r - 1 [Lavin and Gray 2016]:
//   Y = A^T ((G g G^T) . (B^T d B)) A,   n^2 multiplications instead of m^2 r^2,
// where "." multiplies number by number. With U = G g G^T and V = B^T d B and the sum over channels (and phases), each
// of the n^2 numbers is a matrix product over all tiles:  M(tile, o) = sum over c of V(tile, c) U(c, o).
// The gradient in the weights goes the same way back:  g = G^T (V . (A Y A^T)) G, summed over tiles before G.

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_plan.hpp"
#include "ganvas/kernels/gemm.hpp"

GANVAS_BEGIN

namespace kernels::detail {

inline constexpr index_t winograd_m = 4;       ///< results of a tile on one axis
inline constexpr index_t winograd_side = 6;    ///< the largest n
inline constexpr index_t winograd_rows = 16;   ///< rows of U that are computed together
inline constexpr index_t winograd_block = 96;  ///< tiles that one thread takes through all products, at most

// Winograd's numbers are larger than the results, so what rounding does to a sum counts more than the direct way's.
// Sums in a row are shorter for that, and shorter still for F(4, 3): so the error stays below three times the direct
// way's for numbers around 0, and 3.2 times behind a ReLU (docs/04-convolution.md, measured by the tests).
constexpr index_t winograd_channels(index_t r) { return r > 2 ? 128 : 256; }  ///< added up in registers, of a result
constexpr index_t winograd_chain(index_t r) { return r > 2 ? 32 : 48; }       ///< tiles, of a gradient in the weights
constexpr index_t winograd_group(index_t r) { return (r > 2 ? 8 : 16) * winograd_block; }  ///< tiles, of sums in memory

/// From one point to the next of what the transforms read or write, for so many numbers of a point: a line more where
/// points at a multiple of 1 KiB would push each other out of the first-level cache.
template <class T>
constexpr index_t winograd_plane(index_t numbers) {
  return numbers % (16 * abi::line_numbers<T>) == 0 ? numbers + abi::line_numbers<T> : numbers;
}

/// Where a convolution of stride 1 with r x r taps finds its inputs and puts its results: taps are as far apart as
/// positions (step = stride).
struct WinogradPart {
  GatherAxis h, w;
};

/// Parts that add up to the same results.
using WinogradSum = std::vector<WinogradPart>;

/// conv: one sum of all phases of x.
inline std::vector<WinogradSum> winograd_conv_sums(const ConvGeometry& g) {
  WinogradSum parts;
  const auto phase = [](index_t q, index_t out, index_t stride, index_t padding, index_t kernel, index_t in) {
    GatherAxis axis = conv_axis(out, stride, padding, kernel / stride, stride, in);
    axis.base += q;
    axis.kernel_first = q;
    axis.kernel_step = stride;
    return axis;
  };
  for (index_t qh = 0; qh < g.stride_h; ++qh)
    for (index_t qw = 0; qw < g.stride_w; ++qw)
      parts.push_back({phase(qh, g.out_h, g.stride_h, g.padding_h, g.kernel_h, g.in_h),
                       phase(qw, g.out_w, g.stride_w, g.padding_w, g.kernel_w, g.in_w)});
  return {parts};
}

/// conv_transpose: one sum, of one part, for each phase of x.
inline std::vector<WinogradSum> winograd_transpose_sums(const ConvGeometry& g) {
  std::vector<WinogradSum> sums;
  for (index_t qh = 0; qh < std::min(g.stride_h, g.in_h); ++qh)
    for (index_t qw = 0; qw < std::min(g.stride_w, g.in_w); ++qw)
      sums.push_back({{transpose_axis(qh, g.in_h, g.stride_h, g.padding_h, g.kernel_h, 1, g.out_h),
                       transpose_axis(qw, g.in_w, g.stride_w, g.padding_w, g.kernel_w, 1, g.out_w)}});
  return sums;
}

/// How one axis is cut: first into tiles of 4 results, then of 3, so that none is left over if that is possible: 7 is
/// 4 + 3.
struct WinogradCuts {
  index_t whole, small;

  explicit WinogradCuts(index_t positions) {
    index_t tiles = divide_up(positions, winograd_m);
    small = tiles * winograd_m - positions;
    if (small > tiles) small = tiles = divide_up(positions, winograd_m - 1);
    whole = tiles - small;
  }
  [[nodiscard]] index_t count() const { return whole + small; }
  [[nodiscard]] bool is_small(index_t tile) const { return tile >= whole; }
  [[nodiscard]] index_t first(index_t tile) const { return tile * winograd_m - std::max<index_t>(0, tile - whole); }
  /// Numbers that the transforms of the axis have, for tiles of n and of n - 1.
  [[nodiscard]] index_t points(index_t n) const { return whole * n + small * (n - 1); }
};

/// One tile: its image, its first position on both axes, and which of these are short.
struct WinogradSpot {
  index_t image, row, column;
  abi::WinogradShort cut;
};

/// The tiles of one sum over a batch, image by image, row by row.
struct WinogradTiles {
  WinogradCuts rows, columns;
  index_t count;

  WinogradTiles(const WinogradSum& sum, index_t batch)
      : rows(sum.front().h.positions),
        columns(sum.front().w.positions),
        count(batch * rows.count() * columns.count()) {}
  [[nodiscard]] WinogradSpot operator[](index_t tile) const {
    const index_t row = tile / columns.count() % rows.count(), column = tile % columns.count();
    return {tile / (rows.count() * columns.count()),
            rows.first(row),
            columns.first(column),
            {rows.is_small(row), columns.is_small(column)}};
  }
};

/// Tiles that follow each other, sorted so that those which have a point lie side by side: short tiles have no point in
/// the first row or column of n x n.
class WinogradBlock {
 public:
  void take(const WinogradTiles& tiles, index_t begin, index_t end) {
    index_t counts[4] = {}, next[4] = {};
    for (index_t t = begin; t < end; ++t) ++counts[group(tiles[t].cut)];
    for (int g = 0; g < 4; ++g) {
      next[g] = g == 0 ? 0 : ends_[g - 1];
      ends_[g] = next[g] + counts[g];
    }
    for (index_t t = begin; t < end; ++t) {
      const WinogradSpot spot = tiles[t];
      spots_[next[group(spot.cut)]++] = spot;
    }
  }
  [[nodiscard]] index_t size() const { return ends_[3]; }
  [[nodiscard]] const WinogradSpot& operator[](index_t i) const { return spots_[i]; }
  /// The tiles that have point p of n x n.
  [[nodiscard]] Range having(index_t p, index_t n) const {
    const bool whole_rows = p < n, whole_columns = p % n == 0;
    return {whole_rows ? ends_[0] : 0, whole_columns ? ends_[1] : whole_rows ? ends_[2] : ends_[3]};
  }

 private:
  /// Short rows, whole columns; all whole; whole rows, short columns; all short.
  static int group(abi::WinogradShort cut) { return cut.rows ? (cut.columns ? 3 : 0) : (cut.columns ? 2 : 1); }

  WinogradSpot spots_[winograd_block];
  index_t ends_[4] = {};
};

/// Pointers to a square of pixels, `side` by `side`, at the given indices of an image (height, width, channels);
/// outside the image they are `outside`.
template <class P>
void winograd_pixels(index_t side, P image, index_t height, index_t width, index_t channels, index_t h, index_t h_step,
                     index_t w, index_t w_step, P outside, P* pixels) {
  for (index_t i = 0; i < side; ++i, h += h_step) {
    const bool row_inside = h >= 0 && h < height;
    const index_t row = h * width;
    for (index_t j = 0, column = w; j < side; ++j, column += w_step)
      *pixels++ = row_inside && column >= 0 && column < width ? image + (row + column) * channels : outside;
  }
}

/// One convolution by Winograd's method: which tile, over which sums, from which number of channels to which.
template <class T>
struct WinogradPlan {
  const abi::WinogradTransforms<T>& transforms;
  std::vector<WinogradSum> sums;
  index_t batch, channels, results;

  [[nodiscard]] index_t n() const { return transforms.m + transforms.r - 1; }
  [[nodiscard]] index_t points() const { return n() * n(); }
  [[nodiscard]] index_t parts() const { return static_cast<index_t>(sums.front().size()); }
  /// Channels that meet in one product.
  [[nodiscard]] index_t depth() const { return parts() * channels; }
  /// From one tile to the next in V, in numbers: a vector more than the depth, which is often a power of two, so that
  /// rows would fall on the same lines of the first-level cache.
  [[nodiscard]] index_t v_row() const {
    const index_t width = cpu::kernels<T>().width;
    return round_up(depth(), width) + width;
  }
  [[nodiscard]] index_t padded_results() const { return round_up(results, cpu::kernels<T>().width); }
  /// From one point of U to the next; a point lies by panels of columns.
  [[nodiscard]] index_t filter_plane() const { return winograd_plane<T>(depth() * padded_results()); }
  /// Numbers of U of one sum.
  [[nodiscard]] index_t filter_size() const { return points() * filter_plane(); }
};

/// For the tiles [begin, end) of a block: find(tile, pixels) gives the pointers to its pixels, use(tile, pixels) works
/// on them. Those of the next tile are found before, and the caches asked for them: a square of pixels is no pattern
/// that a processor foresees.
template <class P, class Find, class Use>
void winograd_walk(index_t begin, index_t end, index_t pixels, index_t channels, const Find& find, const Use& use) {
  constexpr index_t line = abi::line_numbers<std::remove_cvref_t<decltype(**std::declval<P*>())>>;
  P both[2][winograd_side * winograd_side];
  if (begin < end) find(begin, both[0]);
  for (index_t t = begin; t < end; ++t) {
    P* next = both[(t + 1 - begin) % 2];
    if (t + 1 < end) {
      find(t + 1, next);
      for (index_t i = 0; i < pixels; ++i)
        for (index_t c = 0; c < channels; c += line) __builtin_prefetch(next[i] + c, 0, 2);
    }
    use(t, both[(t - begin) % 2]);
  }
}

/// V of one part for the tiles [begin, end) of a block and some channels, of which `source` has the first: point p of
/// tile t at v + p plane + t row. A pixel of the source has `pixel` numbers.
template <class T>
void winograd_inputs(const WinogradPlan<T>& plan, const WinogradPart& part, const WinogradBlock& block, index_t begin,
                     index_t end, const T* source, index_t pixel, index_t channels, const T* zeros, T* v, index_t plane,
                     index_t row) {
  winograd_walk<const T*>(
      begin, end, plan.points(), channels,
      [&](index_t t, const T** pixels) {
        const WinogradSpot& spot = block[t];
        winograd_pixels(plan.n(), source + spot.image * part.h.extent * part.w.extent * pixel, part.h.extent,
                        part.w.extent, pixel, part.h.source(spot.row), part.h.step, part.w.source(spot.column),
                        part.w.step, zeros, pixels);
      },
      [&](index_t t, const T* const* pixels) {
        plan.transforms.input(pixels, plan.n(), 1, channels, v + t * row, plane, block[t].cut);
      });
}

/// The factors G g G^T of the weights.
template <class T>
struct WinogradFilter {
  const ConvGeometry& g;
  const WinogradPlan<T>& plan;
  bool transpose;  ///< of conv_transpose: columns of U are i, as they lie in w; else o
  const T* w;

  [[nodiscard]] index_t row_blocks() const { return plan.parts() * divide_up(plan.channels, winograd_rows); }
  /// Where row block b begins: (part, channel).
  [[nodiscard]] index_t first_row(index_t b) const {
    const index_t per_part = divide_up(plan.channels, winograd_rows);
    return b / per_part * plan.channels + b % per_part * winograd_rows;
  }
  [[nodiscard]] index_t rows_of(index_t b) const {
    const index_t first = b % divide_up(plan.channels, winograd_rows) * winograd_rows;
    return std::min(winograd_rows, plan.channels - first);
  }
  [[nodiscard]] Buffer<T> scratch() const {
    return Buffer<T>(plan.transforms.r * plan.transforms.r * winograd_rows * cpu::kernels<T>().gemm.columns);
  }

  /// Row block b of sum s, columns from j on, of all points: row l of point p at u + p plane + l
  /// round_up(columns).
  void compute(index_t s, index_t b, index_t j, T* scratch, T* u, index_t plane) const {
    const auto& kernel = cpu::kernels<T>().gemm;
    const index_t r = plan.transforms.r, taps = g.kernel_h * g.kernel_w, rows = rows_of(b);
    const index_t columns = std::min(kernel.columns, plan.results - j);
    const index_t padded = round_up(columns, cpu::kernels<T>().width);
    const index_t part = first_row(b) / plan.channels, channel = first_row(b) % plan.channels;
    const auto& [h_axis, w_axis] = plan.sums[static_cast<std::size_t>(s)][static_cast<std::size_t>(part)];
    const T* pixels[winograd_side * winograd_side];
    for (index_t t = 0; t < r * r; ++t) {
      const index_t tap = h_axis.kernel(t / r) * g.kernel_w + w_axis.kernel(t % r);
      T* to = scratch + t * winograd_rows * padded;
      pixels[t] = to;
      if (transpose)
        kernel.pack(rows, columns, w + (channel * taps + tap) * g.in_c + j, taps * g.in_c, to);
      else {
        const T* from = w + (j * taps + tap) * g.in_c + channel;
        kernel.pack_transposed(rows, columns, from, taps * g.in_c, to);
        for (index_t c = 0; c < columns; ++c)
          __builtin_prefetch(from + c * taps * g.in_c + winograd_rows, 0, 2);  // the next
      }
    }
    plan.transforms.filter(pixels, r, 1, rows * padded, u, plane, {});
  }

  /// U of all sums: by points, in each by panels of columns.
  void all(T* u) const {
    const index_t columns = cpu::kernels<T>().gemm.columns, panels = divide_up(plan.results, columns);
    const index_t items = static_cast<index_t>(plan.sums.size()) * panels * row_blocks();
    parallel_chunks(items, work_grain(items, 8 * g.w().numel()), [&](index_t begin, index_t end) {
      const Buffer<T> taps = scratch();
      for (index_t item = begin; item < end; ++item) {
        const index_t s = item / (panels * row_blocks()), b = item % row_blocks();
        const index_t j = item / row_blocks() % panels * columns;
        const index_t padded = round_up(std::min(columns, plan.results - j), cpu::kernels<T>().width);
        compute(s, b, j, taps.get(), u + s * plan.filter_size() + j * plan.depth() + first_row(b) * padded,
                plan.filter_plane());
      }
    });
  }
};

/// A^T M A of the tiles of a block for `count` channels, of which `result` and the epilogue have the first. Pixels
/// outside go to `outside`.
template <class T>
void winograd_outputs(const WinogradPlan<T>& plan, const WinogradPart& part, const WinogradBlock& block,
                      const T* products, index_t plane, index_t row, index_t count, index_t result_h, index_t result_w,
                      const abi::Epilogue<T>& epilogue, T* outside, T* result) {
  winograd_walk<T*>(
      0, block.size(), winograd_m * winograd_m, count,
      [&](index_t t, T** pixels) {
        const WinogradSpot& spot = block[t];
        winograd_pixels(winograd_m, result + spot.image * result_h * result_w * plan.results, result_h, result_w,
                        plan.results, part.h.result(spot.row), part.h.result_step, part.w.result(spot.column),
                        part.w.result_step, outside, pixels);
      },
      [&](index_t t, T* const* pixels) {
        plan.transforms.output(products + t * row, plane, count, pixels, winograd_m, 1, block[t].cut, epilogue);
      });
}

/// result = the sums over source with the filters U. Results are (batch, result_h, result_w, plan.results).
template <class T>
void winograd_by_tiles(const WinogradPlan<T>& plan, const T* u, const T* source, index_t result_h, index_t result_w,
                       const abi::Epilogue<T>& epilogue, T* result) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t depth = plan.depth(), points = plan.points();
  const index_t m_row = plan.padded_results();
  const WinogradTiles largest(plan.sums.front(), plan.batch);  // phase 0 has the most positions
  // Tiles of one block: its V and M should about stay in the second-level cache, but every block reads U once.
  const index_t fitting = (index_t{900} << 10) / (points * (depth + plan.results) * static_cast<index_t>(sizeof(T)));
  const index_t even = divide_up(largest.count, 8);
  // Of a map with short tiles a quarter of the tiles may have each form: these should fill register tiles, too.
  const index_t step = kernel.rows * (largest.rows.small + largest.columns.small > 0 ? 4 : 1);
  const index_t size =
      std::min(winograd_block, round_up(std::clamp<index_t>(std::min(fitting, even), 12, winograd_block), step));
  const index_t blocks = divide_up(largest.count, size);
  const auto sums = static_cast<index_t>(plan.sums.size());
  const index_t items = blocks * sums;  // the sums of the same pixels follow each other
  const index_t chain = winograd_channels(plan.transforms.r);
  const index_t work = largest.count * points * depth * plan.results * sums;
  // Large filters come from far, for each block again: narrow tiles are done too soon to wait for them unnoticed.
  const bool ask =
      kernel.wide > kernel.columns && sums * plan.filter_size() * static_cast<index_t>(sizeof(T)) > (index_t{4} << 20);
  parallel_chunks(items, work_grain(items, work), [&](index_t first, index_t last) {
    const index_t v_plane = winograd_plane<T>(size * plan.v_row()), m_plane = winograd_plane<T>(size * m_row);
    const Buffer<T> v(points * v_plane), products(points * m_plane);
    const Buffer<T> outside(std::max(plan.channels, plan.results));  // zeros to read, and where to write to no use
    std::vector<abi::GemmRun> runs;
    for (index_t l = 0; l < depth; l += chain) runs.push_back({l, l, std::min(chain, depth - l)});
    index_t v_rows[winograd_block], m_rows[winograd_block];
    for (index_t t = 0; t < size; ++t) {
      v_rows[t] = t * plan.v_row();
      m_rows[t] = t * m_row;
    }
    WinogradBlock block;
    for (index_t item = first; item < last; ++item) {
      const index_t s = item % sums, at = item / sums * size;
      const WinogradSum& sum = plan.sums[static_cast<std::size_t>(s)];
      const WinogradTiles tiles(sum, plan.batch);
      if (at >= tiles.count) continue;
      block.take(tiles, at, std::min(tiles.count, at + size));
      std::fill_n(outside.get(), plan.channels, T(0));
      for (index_t p = 0; p < plan.parts(); ++p)  // what one rounds up to whole vectors, the next overwrites
        winograd_inputs(plan, sum[static_cast<std::size_t>(p)], block, 0, block.size(), source, plan.channels,
                        plan.channels, static_cast<const T*>(outside.get()), v.get() + p * plan.channels, v_plane,
                        plan.v_row());
      for (index_t p = 0; p < points; ++p) {
        const Range having = block.having(p, plan.n());
        for (index_t j = 0; j < plan.results; j += kernel.columns) {
          const index_t columns = std::min(kernel.columns, plan.results - j);
          const T* panel = u + s * plan.filter_size() + p * plan.filter_plane() + j * depth;
          const index_t padded = round_up(columns, cpu::kernels<T>().width);
          for (const abi::GemmRun& run : runs) {
            const abi::Ahead<T> next{panel + (run.b + run.length) * padded, ask ? run.length * padded : 0};
            kernel.product(having.end - having.begin, columns, &run, 1, v.get() + p * v_plane, v_rows + having.begin,
                           panel, products.get() + p * m_plane + j, m_rows + having.begin,
                           run.b > 0 ? abi::GemmStore::add : abi::GemmStore::overwrite, next);
          }
        }
      }
      winograd_outputs(plan, sum.front(), block, products.get(), m_plane, m_row, plan.results, result_h, result_w,
                       epilogue, outside.get(), result);
    }
  });
}

/// The same for few tiles and large filters, which would not stay in any cache: each thread takes some columns, and
/// computes the filters for these as it needs them.
template <class T>
void winograd_by_columns(const WinogradPlan<T>& plan, const WinogradFilter<T>& filter, const T* source,
                         index_t result_h, index_t result_w, const abi::Epilogue<T>& epilogue, T* result) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t points = plan.points(), row = plan.v_row();
  // Row blocks whose filters are computed before they are multiplied.
  const index_t together = winograd_channels(plan.transforms.r) / winograd_rows;
  const Buffer<T> zeros(plan.channels);
  std::fill_n(zeros.get(), plan.channels, T(0));
  index_t rows[winograd_block];
  for (std::size_t s = 0; s < plan.sums.size(); ++s) {
    const WinogradSum& sum = plan.sums[s];
    const WinogradTiles tiles(sum, plan.batch);
    WinogradBlock block;
    block.take(tiles, 0, tiles.count);
    const index_t v_plane = winograd_plane<T>(tiles.count * row);
    const Buffer<T> v(points * v_plane);
    parallel_chunks(tiles.count, 4, [&](index_t begin, index_t end) {
      for (index_t p = 0; p < plan.parts(); ++p)
        winograd_inputs(plan, sum[static_cast<std::size_t>(p)], block, begin, end, source, plan.channels, plan.channels,
                        static_cast<const T*>(zeros.get()), v.get() + p * plan.channels, v_plane, row);
    });
    for (index_t t = 0; t < tiles.count; ++t) rows[t] = t * row;
    const index_t wide = kernel.wide;
    parallel_chunks(divide_up(plan.results, wide), 1, [&](index_t first, index_t last) {
      const index_t m_plane = winograd_plane<T>(tiles.count * wide);
      const auto u_plane = [&](index_t columns) { return winograd_plane<T>(together * winograd_rows * columns); };
      const index_t u_size = points * u_plane(kernel.columns);
      const Buffer<T> taps = filter.scratch(), outside(wide), products(points * m_plane);
      const Buffer<T> u(wide / kernel.columns * u_size);  // one panel after the other
      index_t m_rows[winograd_block];
      for (index_t t = 0; t < tiles.count; ++t) m_rows[t] = t * wide;
      for (index_t j = first * wide; j < std::min(last * wide, plan.results); j += wide) {
        const index_t end = std::min(j + wide, plan.results);
        for (index_t b = 0; b < filter.row_blocks(); b += together) {
          abi::GemmRun runs[winograd_channels(2) / winograd_rows];
          const index_t count = std::min(together, filter.row_blocks() - b);
          for (index_t k = 0, at = 0; k < count; at += filter.rows_of(b + k), ++k)
            runs[k] = {filter.first_row(b + k), at, filter.rows_of(b + k)};
          for (index_t i = j; i < end; i += kernel.columns) {
            const index_t padded = round_up(std::min(kernel.columns, end - i), cpu::kernels<T>().width);
            for (index_t k = 0; k < count; ++k)
              filter.compute(static_cast<index_t>(s), b + k, i, taps.get(),
                             u.get() + (i - j) / kernel.columns * u_size + runs[k].b * padded, u_plane(padded));
          }
          for (index_t p = 0; p < points; ++p) {
            const Range having = block.having(p, plan.n());
            for (index_t i = j; i < end; i += kernel.columns) {
              const index_t columns = std::min(kernel.columns, end - i);
              const T* panel =
                  u.get() + (i - j) / kernel.columns * u_size + p * u_plane(round_up(columns, cpu::kernels<T>().width));
              kernel.product(having.end - having.begin, columns, runs, count, v.get() + p * v_plane,
                             rows + having.begin, panel, products.get() + p * m_plane + (i - j), m_rows + having.begin,
                             b > 0 ? abi::GemmStore::add : abi::GemmStore::overwrite, {});
            }
          }
        }
        winograd_outputs(plan, sum.front(), block, static_cast<const T*>(products.get()), m_plane, wide, end - j,
                         result_h, result_w, from_column(epilogue, j), outside.get(), result + j);
      }
    });
  }
}

/// A Y A^T of the tiles [begin, end) of a block: point p of tile t at e + p plane + t row.
template <class T>
void winograd_output_gradients(const ConvGeometry& g, const WinogradPlan<T>& plan, const WinogradBlock& block,
                               index_t begin, index_t end, const T* y, const T* zeros, T* e, index_t plane,
                               index_t row) {
  winograd_walk<const T*>(
      begin, end, winograd_m * winograd_m, g.out_c,
      [&](index_t t, const T** pixels) {
        const WinogradSpot& spot = block[t];
        winograd_pixels(winograd_m, y + spot.image * g.out_h * g.out_w * g.out_c, g.out_h, g.out_w, g.out_c, spot.row,
                        index_t{1}, spot.column, index_t{1}, zeros, pixels);
      },
      [&](index_t t, const T* const* pixels) {
        plan.transforms.output_gradient(pixels, winograd_m, 1, g.out_c, e + t * row, plane, block[t].cut);
      });
}

/// w = the gradient in the weights of conv. The A Y A^T of many tiles are computed first. Then each thread takes some
/// input channels i of one phase: it transforms what it needs of x itself, a few tiles at a time, and adds up
/// dU(o, i) for all o; nothing of that is seen by another thread.
template <class T>
void winograd_weight_by(const WinogradPlan<T>& plan, const ConvGeometry& g, const T* x, const T* y, T* w) {
  const auto& kernel = cpu::kernels<T>().gemm;
  const index_t points = plan.points(), r = plan.transforms.r, width = cpu::kernels<T>().width;
  const WinogradSum& sum = plan.sums.front();
  const WinogradTiles tiles(sum, plan.batch);
  const index_t chain = winograd_chain(r), in_group = winograd_group(r), e_row = round_up(g.out_c, width) + width;
  // What is transformed at a time: as much as dU holds, which is read and written once for it, so that it is still in a
  // cache when the last thread needs it.
  const index_t du_all = points * plan.parts() * g.in_c * g.out_c;
  const index_t fitting = std::max(du_all, (index_t{2} << 20) / static_cast<index_t>(sizeof(T))) / (points * e_row);
  const index_t chunk = std::min(tiles.count, round_up(fitting + 1, winograd_block));
  const index_t e_plane = winograd_plane<T>(chunk * e_row);
  const Buffer<T> e(points * e_plane), zeros(std::max(g.in_c, g.out_c));
  std::fill_n(zeros.get(), std::max(g.in_c, g.out_c), T(0));

  const index_t columns = kernel.wide, blocks = divide_up(g.in_c, columns);
  const index_t items = plan.parts() * blocks, du_plane = winograd_plane<T>(g.out_c * columns);
  const index_t du_size = points * du_plane, v_plane = winograd_plane<T>(winograd_block * columns);
  const bool whole = chunk == tiles.count;
  const Buffer<T> sums(whole ? 0 : items * du_size);  // what is added up from chunk to chunk
  for (index_t begin = 0; begin < tiles.count; begin += chunk) {
    const index_t count = std::min(chunk, tiles.count - begin);
    parallel_chunks(count, winograd_block / 2, [&](index_t first, index_t last) {  // halves keep all threads busy
      const index_t start = first / winograd_block * winograd_block;
      WinogradBlock block;
      block.take(tiles, begin + start, begin + std::min(count, start + winograd_block));
      winograd_output_gradients(g, plan, block, first - start, last - start, y, static_cast<const T*>(zeros.get()),
                                e.get() + start * e_row, e_plane, e_row);
    });
    parallel_chunks(items, 1, [&](index_t first, index_t last) {
      const Buffer<T> v(points * v_plane), own(whole ? du_size : 0);
      const Buffer<T> later(tiles.count > in_group ? du_size : 0);  // the sum of a group that is not the first
      index_t e_rows[winograd_block], v_rows[winograd_block];
      for (index_t t = 0; t < winograd_block; ++t) {
        e_rows[t] = t * e_row;
        v_rows[t] = t * columns;
      }
      WinogradBlock block;
      for (index_t item = first; item < last; ++item) {
        const WinogradPart& part = sum[static_cast<std::size_t>(item / blocks)];
        const index_t i = item % blocks * columns, channels = std::min(columns, g.in_c - i);
        T* du = whole ? own.get() : sums.get() + item * du_size;
        for (index_t t = 0; t < count; t += winograd_block) {
          block.take(tiles, begin + t, begin + std::min(count, t + winograd_block));
          winograd_inputs(plan, part, block, 0, block.size(), x + i, g.in_c, channels,
                          static_cast<const T*>(zeros.get()), v.get(), v_plane, columns);
          const index_t at = begin + t;
          T* group = at < in_group ? du : later.get();
          const bool starts = at == 0 || (group != du && (t == 0 || at % in_group == 0));
          for (index_t p = 0; p < points; ++p) {
            const Range having = block.having(p, plan.n());
            bool more = !starts;  // the first block overwrites, also with no tile at all
            for (index_t q = having.begin; q < having.end || !more; q += chain, more = true)
              kernel.outer(g.out_c, channels, std::min(chain, having.end - q), e.get() + p * e_plane + t * e_row,
                           e_rows + q, v.get() + p * v_plane, v_rows + q, group + p * du_plane, columns, more, {});
          }
          const bool ends = t + winograd_block >= count || (at + winograd_block) % in_group == 0;
          if (ends && group != du)
            for (index_t k = 0; k < du_size; ++k) du[k] += group[k];
        }
        if (begin + count < tiles.count) continue;
        T* pixels[winograd_side * winograd_side];
        for (index_t o = 0; o < g.out_c; ++o) {
          for (index_t t = 0; t < r * r; ++t)
            pixels[t] = w + ((o * g.kernel_h + part.h.kernel(t / r)) * g.kernel_w + part.w.kernel(t % r)) * g.in_c + i;
          plan.transforms.filter_gradient(du + o * columns, du_plane, channels, pixels, r, 1, {}, {});
        }
      }
    });
  }
}

/// Which of the three operations a tile is chosen for.
enum class WinogradPass { conv, transpose, weight };

/// The tile that serves the kernel, or none where the direct way is cheaper. Costs are counted in multiplications
/// and additions of the register tiles; what the transforms cost in these was measured.
inline std::optional<abi::WinogradTile> winograd_choice(const ConvGeometry& g, WinogradPass pass) {
  if (g.algorithm == ConvAlgorithm::direct || !ganvas::detail::winograd_serves(g)) return {};
  if (g.x().numel() == 0 || g.y().numel() == 0) return {};  // nothing to add up
  const bool forced = g.algorithm == ConvAlgorithm::winograd;
  constexpr index_t few = 32;  // channels below which the transforms cost more than the products
  if (!forced && (g.in_c < few || g.out_c < few)) return {};
  const index_t phases = g.stride_h * g.stride_w;
  const double pairs = static_cast<double>(g.in_c) * static_cast<double>(g.out_c);
  const double direct = static_cast<double>(g.batch * seen_taps(g)) * pairs;
  const abi::WinogradTile tile = g.kernel_h == 2 * g.stride_h ? abi::WinogradTile::f4x2 : abi::WinogradTile::f4x3;
  const index_t n = winograd_m + g.kernel_h / g.stride_h - 1;
  // conv_transpose computes each phase of x by itself, with as many tiles as its positions ask for.
  const bool transpose = pass == WinogradPass::transpose;
  const WinogradCuts rows(transpose ? divide_up(g.in_h, g.stride_h) : g.out_h);
  const WinogradCuts columns(transpose ? divide_up(g.in_w, g.stride_w) : g.out_w);
  const auto points = static_cast<double>(g.batch * rows.points(n) * columns.points(n));
  const auto sums = static_cast<double>(phases);
  const double transforms =
      points * 8.0 * (sums * static_cast<double>(transpose ? g.out_c : g.in_c) + static_cast<double>(g.out_c));
  const double cost = points * sums * pairs + transforms + static_cast<double>(n * n) * sums * pairs * 12.0;
  if (!forced && cost * 1.1 > direct) return {};
  return tile;
}

/// Few tiles are multiplied by columns, if these are enough for some threads; many by tiles.
template <class T>
void winograd_product(const WinogradPlan<T>& plan, const WinogradFilter<T>& filter, const T* source, index_t result_h,
                      index_t result_w, const abi::Epilogue<T>& epilogue, T* result) {
  const index_t tiles = WinogradTiles(plan.sums.front(), plan.batch).count;  // phase 0 has the most positions
  if (tiles <= winograd_block && plan.results >= 4 * cpu::kernels<T>().gemm.wide)
    return winograd_by_columns(plan, filter, source, result_h, result_w, epilogue, result);
  const Buffer<T> u(plan.filter_size() * static_cast<index_t>(plan.sums.size()));
  filter.all(u.get());
  winograd_by_tiles(plan, static_cast<const T*>(u.get()), source, result_h, result_w, epilogue, result);
}

template <class T>
void winograd_conv(abi::WinogradTile tile, const ConvGeometry& g, const T* x, const T* w, T* y,
                   const abi::Epilogue<T>& epilogue = {}) {
  const WinogradPlan<T> plan{cpu::winograd<T>().of[static_cast<int>(tile)], winograd_conv_sums(g), g.batch, g.in_c,
                             g.out_c};
  winograd_product(plan, WinogradFilter<T>{g, plan, false, w}, x, g.out_h, g.out_w, epilogue, y);
}

template <class T>
void winograd_transpose(abi::WinogradTile tile, const ConvGeometry& g, const T* y, const T* w, T* x,
                        const abi::Epilogue<T>& epilogue = {}) {
  const WinogradPlan<T> plan{cpu::winograd<T>().of[static_cast<int>(tile)], winograd_transpose_sums(g), g.batch,
                             g.out_c, g.in_c};
  winograd_product(plan, WinogradFilter<T>{g, plan, true, w}, y, g.in_h, g.in_w, epilogue, x);
}

template <class T>
void winograd_weight(abi::WinogradTile tile, const ConvGeometry& g, const T* x, const T* y, T* w) {
  const WinogradPlan<T> plan{cpu::winograd<T>().of[static_cast<int>(tile)], winograd_conv_sums(g), g.batch, g.in_c,
                             g.out_c};
  winograd_weight_by(plan, g, x, y, w);
}

}  // namespace kernels::detail

GANVAS_END
