#pragma once
// One picture as side x side pixels of a data set: cut, freed of alpha, resized, in [-1,1].

#include <algorithm>
#include <array>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/data/picture_options.hpp"
#include "ganvas/io/decode_picture.hpp"
#include "ganvas/kernels/resize.hpp"

GANVAS_BEGIN

namespace data::detail {

/// ITU-R BT.601: how bright a colour is, as PIL's mode L has it.
template <class T>
T luma(const std::array<T, 3>& rgb) {
  return T(0.299) * rgb[0] + T(0.587) * rgb[1] + T(0.114) * rgb[2];
}

/// The part [top, top + h) x [left, left + w) of a picture in [0,1] with c = 1, 3 or 4 channels. Without alpha (c < 4)
/// the colours are laid on the background, with it they are multiplied by it: in both cases resizing is then right.
template <class T>
std::vector<T> picture_part(const io::detail::DecodedPicture& p, index_t top, index_t left, index_t h, index_t w,
                            index_t c, const std::array<T, 3>& background) {
  std::vector<T> part;
  part.reserve(static_cast<std::size_t>(h * w * c));
  const index_t stored = p.channels();
  const T scale = T(1) / static_cast<T>(p.maximum());
  const bool coloured = stored >= 3, transparent = stored == 2 || stored == 4;
  for (index_t y = top; y < top + h; ++y)
    p.row(left, y, w, [&](const auto* v) {
      const auto value = [&](index_t i) { return static_cast<T>(v[i]) * scale; };
      std::array<T, 3> rgb = {value(0), value(coloured ? 1 : 0), value(coloured ? 2 : 0)};
      const T alpha = transparent ? value(stored - 1) : T(1);
      for (std::size_t i = 0; i < 3; ++i) rgb[i] = alpha * rgb[i] + (c == 4 ? T(0) : (T(1) - alpha) * background[i]);
      if (c == 1)
        part.push_back(coloured || transparent ? luma(rgb) : rgb[0]);
      else
        part.insert(part.end(), rgb.begin(), rgb.end());
      if (c == 4) part.push_back(alpha);
    });
  return part;
}

/// Writes the picture as (side,side,c) in [-1,1]; c = 4 keeps alpha, and what is wholly transparent has the colour of
/// the background. Where the filter overshoots, values are cut off at black and white, as they are in 8 bits.
template <class T>
void fit_picture(const io::detail::DecodedPicture& p, const PictureOptions& o, index_t c, T* to) {
  const std::array<T, 3> background = {static_cast<T>(o.background.red) / T(255),
                                       static_cast<T>(o.background.green) / T(255),
                                       static_cast<T>(o.background.blue) / T(255)};
  const index_t w = p.width(), h = p.height(), shorter = std::min(w, h), longer = std::max(w, h);
  // The part of the picture that is seen, and the rectangle of the result that it fills.
  const bool centre = o.crop == Crop::centre, pad = o.crop == Crop::pad;
  const index_t part_h = centre ? shorter : h, part_w = centre ? shorter : w;
  const auto fitted = [&](index_t extent) {
    return pad ? std::max<index_t>(1, (extent * o.side + longer / 2) / longer) : o.side;
  };
  const index_t out_h = fitted(h), out_w = fitted(w);
  const index_t out_top = (o.side - out_h) / 2, out_left = (o.side - out_w) / 2;

  std::vector<T> small(static_cast<std::size_t>(out_h * out_w * c));
  {
    const std::vector<T> part = picture_part(p, (h - part_h) / 2, (w - part_w) / 2, part_h, part_w, c, background);
    kernels::resize(part.data(), part_h, part_w, c, small.data(), out_h, out_w, o.filter);
  }
  const auto stored = [](T v) { return std::clamp(v, T(0), T(1)) * T(2) - T(1); };
  for (index_t y = 0; y < o.side; ++y)
    for (index_t x = 0; x < o.side; ++x, to += c) {
      const index_t v = y - out_top, u = x - out_left;
      const bool outside = v < 0 || v >= out_h || u < 0 || u >= out_w;
      const T* const from = outside ? nullptr : &small[static_cast<std::size_t>((v * out_w + u) * c)];
      const T alpha = outside ? T(0) : c == 4 ? from[3] : T(1);
      for (index_t i = 0; i < std::min<index_t>(c, 3); ++i) {
        const T behind = c == 1 ? luma(background) : background[static_cast<std::size_t>(i)];
        to[i] = stored(alpha <= T(0) ? behind : c == 4 ? from[i] / alpha : from[i]);
      }
      if (c == 4) to[3] = stored(alpha);
    }
}

}  // namespace data::detail

GANVAS_END
