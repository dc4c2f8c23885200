#pragma once
// Affine maps of the plane in rows and columns, to be put together and given to affine_sample.

#include <cmath>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

/// (h, w) -> (hh h + hw w + h0, wh h + ww w + w0), in pixels; rows go down, columns to the right. Default: identity.
struct AffineMap {
  double hh = 1, hw = 0, h0 = 0;
  double wh = 0, ww = 1, w0 = 0;

  static constexpr AffineMap shift(double down, double right) { return {1, 0, down, 0, 1, right}; }
  static constexpr AffineMap scale(double rows, double columns) { return {rows, 0, 0, 0, columns, 0}; }
  /// By an angle whose cosine and sine these are, about (0,0): columns towards rows, which one sees as clockwise.
  static constexpr AffineMap rotation(double cosine, double sine) { return {cosine, sine, 0, -sine, cosine, 0}; }
  static AffineMap rotation(double angle) { return rotation(std::cos(angle), std::sin(angle)); }

  /// First b, then a.
  friend constexpr AffineMap operator*(const AffineMap& a, const AffineMap& b) {
    return {a.hh * b.hh + a.hw * b.wh, a.hh * b.hw + a.hw * b.ww, a.hh * b.h0 + a.hw * b.w0 + a.h0,
            a.wh * b.hh + a.ww * b.wh, a.wh * b.hw + a.ww * b.ww, a.wh * b.h0 + a.ww * b.w0 + a.w0};
  }
  friend constexpr bool operator==(const AffineMap&, const AffineMap&) = default;
};

GANVAS_END
