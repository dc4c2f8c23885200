#pragma once
// The convolution trio. Each overwrites its result; x (N,H,W,I), w (O,kh,kw,I), y (N,OH,OW,O) as in conv_geometry.hpp.
// For every number of a result the sum runs in an order fixed by the shape: the same bits for any number of threads.

#include <algorithm>
#include <type_traits>
#include <vector>

#include "ganvas/core/buffer.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/kernels/conv_fold.hpp"
#include "ganvas/kernels/conv_gather.hpp"
#include "ganvas/kernels/conv_geometry.hpp"
#include "ganvas/kernels/conv_weight.hpp"
#include "ganvas/kernels/winograd.hpp"

GANVAS_BEGIN

namespace kernels {

namespace detail {

/// The phases of conv_transpose: x pixels whose indices leave the same remainder modulo the stride see the same taps,
/// as a convolution of stride 1 over y. So no zeros are put between the pixels of y, and none are multiplied.
inline std::vector<Gather> transpose_phases(const ConvGeometry& g) {
  std::vector<Gather> phases;
  index_t row = 0;
  for (index_t qh = 0; qh < std::min(g.stride_h, g.in_h); ++qh)
    for (index_t qw = 0; qw < std::min(g.stride_w, g.in_w); ++qw) {
      phases.push_back({transpose_axis(qh, g.in_h, g.stride_h, g.padding_h, g.kernel_h, g.dilation_h, g.out_h),
                        transpose_axis(qw, g.in_w, g.stride_w, g.padding_w, g.kernel_w, g.dilation_w, g.out_w), g.out_c,
                        row});
      row += phases.back().depth();
    }
  return phases;
}

/// Whether folding is the cheaper way to conv_transpose, by steps of a vector for one image: phases fill vectors with
/// the I channels of one tap, folding with all taps, also those outside, and it adds them up afterwards.
inline bool fold_pays(const ConvGeometry& g, index_t width) {
  if (g.dilation_h > 1 || g.dilation_w > 1) return false;
  const FoldLayout layout(g, width);
  const index_t phases = seen_taps(g) * g.out_c * divide_up(g.in_c, width);
  const index_t adds = std::min(layout.adds_at_once(width), layout.adds_rh_first(width)) + g.stride_h;
  constexpr index_t call = 400;  // what one call of a kernel costs in steps, measured: tiny maps are little else
  const index_t calls = layout.cell_rows * (g.stride_h + 2) * call;
  return g.out_h * g.out_w * (g.out_c * divide_up(layout.columns, width) + 2 * adds) + calls < phases;
}

}  // namespace detail

using abi::Epilogue;

/// y = conv(x, w): I channels to O channels, then the epilogue: a bias by channel, a leaky ReLU
template <class T>
void conv(const ConvGeometry& g, const T* x, const T* w, T* y, const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  if (const auto tile = detail::winograd_choice(g, detail::WinogradPass::conv))
    return detail::winograd_conv(*tile, g, x, w, y, epilogue);
  const index_t depth = g.kernel_h * g.kernel_w * g.in_c;
  const std::vector<detail::Gather> gather{
      {detail::conv_axis(g.out_h, g.stride_h, g.padding_h, g.kernel_h, g.dilation_h, g.in_h),
       detail::conv_axis(g.out_w, g.stride_w, g.padding_w, g.kernel_w, g.dilation_w, g.in_w), g.in_c}};
  const Buffer<T> packed(detail::packed_size<T>(depth, g.out_c));
  detail::pack_panels(true, depth, g.out_c, w, depth, packed.get());
  detail::gather_product(gather, g.batch, g.out_h, g.out_w, g.out_c, x, static_cast<const T*>(packed.get()), epilogue,
                         y);
}

/// x = conv_transpose(y, w): O channels to I channels, the adjoint of conv in x, then the epilogue
template <class T>
void conv_transpose(const ConvGeometry& g, const T* y, const T* w, T* x,
                    const std::type_identity_t<Epilogue<T>>& epilogue = {}) {
  if (const auto tile = detail::winograd_choice(g, detail::WinogradPass::transpose))
    return detail::winograd_transpose(*tile, g, y, w, x, epilogue);
  if (detail::fold_pays(g, cpu::kernels<T>().width)) return detail::fold_transpose(g, y, w, epilogue, x);
  const std::vector<detail::Gather> phases = detail::transpose_phases(g);
  const index_t depth = g.kernel_h * g.kernel_w * g.out_c;  // of all phases together
  const Buffer<T> packed(detail::packed_size<T>(depth, g.in_c));
  detail::pack_taps(g, phases, w, packed.get());
  detail::gather_product(phases, g.batch, g.in_h, g.in_w, g.in_c, y, static_cast<const T*>(packed.get()), epilogue, x);
}

}  // namespace kernels

GANVAS_END
