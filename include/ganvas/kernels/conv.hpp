#pragma once
// The convolution trio. Each overwrites its result; x (N,H,W,I), w (O,kh,kw,I), y (N,OH,OW,O) as in conv_geometry.hpp.

#include "ganvas/core/config.hpp"
#include "ganvas/kernels/conv_geometry.hpp"
#include "ganvas/kernels/reference.hpp"

GANVAS_BEGIN

namespace kernels {

/// y = conv(x, w): I channels to O channels
template <class T>
void conv(const ConvGeometry& g, const T* x, const T* w, T* y) {
  reference::conv(g, x, w, y);
}

/// x = conv_transpose(y, w): O channels to I channels, the adjoint of conv in x
template <class T>
void conv_transpose(const ConvGeometry& g, const T* y, const T* w, T* x) {
  reference::conv_transpose(g, y, w, x);
}

/// w = conv_weight(x, y): the adjoint of conv in w
template <class T>
void conv_weight(const ConvGeometry& g, const T* x, const T* y, T* w) {
  reference::conv_weight(g, x, y, w);
}

}  // namespace kernels

GANVAS_END
