#pragma once
// Points in the plane as a PNG, in several colours: real samples, generated samples, the centres of modes.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/colour.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/io/ticks.hpp"

GANVAS_BEGIN

namespace io {

struct PointStyle {
  Colour colour = colours::blue;
  double radius = 1.6;   ///< in pixels
  double opacity = 0.6;  ///< 0 to 1; points that lie on each other get darker
};

/// Points (N,2) of one look.
struct PointSet {
  template <class T>
  PointSet(const Tensor<T>& xy, const PointStyle& look = {}) : points(xy.template cast<double>()), style(look) {
    require(xy.rank() == 2 && xy.shape()[1] == 2, "scatter", "points must have shape (N,2), but have ", xy.shape(),
            ".");
  }
  Tensor<double> points;
  PointStyle style;
};

/// Where low equals high the range is fitted to the points. For the frames of a film give fixed ranges.
struct ScatterOptions {
  index_t size = 512;  ///< width of the picture; the plot in it is a square
  double x_low = 0, x_high = 0, y_low = 0, y_high = 0;
  bool axes = true;  ///< frame, ticks and their numbers
};

namespace detail {

/// A white picture with a few drawing operations.
class Canvas {
 public:
  Canvas(index_t width, index_t height) : picture_(width, height, 3, 255) {}
  [[nodiscard]] const Picture& picture() const { return picture_; }

  void blend(index_t x, index_t y, Colour c, double opacity) {
    if (x < 0 || y < 0 || x >= picture_.width || y >= picture_.height) return;
    const std::array<std::uint8_t, 3> ink = {c.red, c.green, c.blue};
    std::uint8_t* p = picture_.at(x, y);
    for (std::size_t i = 0; i < 3; ++i)
      p[i] = static_cast<std::uint8_t>(std::lround(p[i] + (ink[i] - p[i]) * std::clamp(opacity, 0.0, 1.0)));
  }

  /// A disc with a soft edge of one pixel. Its centre must lie near the picture.
  void disc(double x, double y, const PointStyle& style) {
    const double reach = style.radius + 0.5;
    for (auto j = static_cast<index_t>(std::floor(y - reach)); static_cast<double>(j) <= y + reach; ++j)
      for (auto i = static_cast<index_t>(std::floor(x - reach)); static_cast<double>(i) <= x + reach; ++i) {
        const double distance = std::hypot(static_cast<double>(i) - x, static_cast<double>(j) - y);
        blend(i, j, style.colour, style.opacity * std::clamp(reach - distance, 0.0, 1.0));
      }
  }

  void rectangle(index_t left, index_t top, index_t width, index_t height, Colour c) {
    for (index_t y = top; y < top + height; ++y)
      for (index_t x = left; x < left + width; ++x) blend(x, y, c, 1);
  }

  /// A number in digits of 3 x 5 dots, each two pixels wide.
  void number(index_t left, index_t top, std::string_view text, Colour c) {
    constexpr std::string_view glyphs = "0123456789-.e+";
    // Five rows of three bits, the top row first.
    constexpr std::array<std::uint16_t, 14> dots = {075557, 026227, 071747, 071717, 055711, 074717, 074757,
                                                    071111, 075757, 075717, 000700, 000002, 007747, 002720};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::size_t g = glyphs.find(text[i]);
      if (g == std::string_view::npos) continue;
      for (int bit = 0; bit < 15; ++bit)
        if ((dots[g] >> (14 - bit) & 1) != 0)
          rectangle(left + static_cast<index_t>(i) * 8 + bit % 3 * 2, top + bit / 3 * 2, 2, 2, c);
    }
  }
  [[nodiscard]] static index_t number_width(std::string_view text) { return static_cast<index_t>(text.size()) * 8 - 2; }

 private:
  Picture picture_;
};

}  // namespace detail

/// The bytes of a PNG file with the sets drawn in the given order. Points outside the ranges, and NaN, are left out.
[[nodiscard]] inline std::string scatter_png(const std::vector<PointSet>& sets, const ScatterOptions& o = {}) {
  constexpr index_t smallest = 96, largest = 8192;
  require<ValueError>(o.size >= smallest && o.size <= largest, "scatter", "the size must be ", smallest, " to ",
                      largest, " pixels, but is ", o.size, ".");
  require<ValueError>(o.x_low <= o.x_high && o.y_low <= o.y_high, "scatter", "ranges must have low <= high, but are ",
                      o.x_low, " to ", o.x_high, " and ", o.y_low, " to ", o.y_high, ".");
  detail::Range x_data, y_data;
  for (const PointSet& set : sets) {
    require<ValueError>(set.style.radius >= 0 && set.style.radius <= 100, "scatter",
                        "the radius must be 0 to 100 pixels, but is ", set.style.radius, ".");
    for (index_t i = 0; i < set.points.shape()[0]; ++i) {
      const double x = set.points.data()[2 * i], y = set.points.data()[2 * i + 1];
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      x_data.add(x);
      y_data.add(y);
    }
  }
  const detail::Range xs = o.x_low < o.x_high ? detail::Range{o.x_low, o.x_high} : x_data.widened(0.05);
  const detail::Range ys = o.y_low < o.y_high ? detail::Range{o.y_low, o.y_high} : y_data.widened(0.05);

  const index_t left = o.axes ? 56 : 0, right = o.axes ? 8 : 0, top = right, bottom = o.axes ? 28 : 0;
  const index_t height = o.size - left - right + top + bottom;  // the plot is a square
  detail::Canvas canvas(o.size, height);
  const auto side = static_cast<double>(o.size - left - right - 1);
  const auto to_x = [&](double x) { return static_cast<double>(left) + (x - xs.low) / (xs.high - xs.low) * side; };
  const auto to_y = [&](double y) { return static_cast<double>(top) + (ys.high - y) / (ys.high - ys.low) * side; };
  if (o.axes) {
    constexpr Colour line{225, 225, 225}, ink{90, 90, 90};
    const index_t length = o.size - left - right;
    for (const double v : detail::ticks(xs, 5)) {
      const auto x = static_cast<index_t>(std::lround(to_x(v)));
      const std::string text = detail::short_number(v, 4);
      canvas.rectangle(x, top, 1, length, line);
      canvas.number(std::min(x - detail::Canvas::number_width(text) / 2, o.size - detail::Canvas::number_width(text)),
                    height - bottom + 8, text, ink);
    }
    for (const double v : detail::ticks(ys, 5)) {
      const auto y = static_cast<index_t>(std::lround(to_y(v)));
      const std::string text = detail::short_number(v, 4);
      canvas.rectangle(left, y, length, 1, line);
      canvas.number(left - 6 - detail::Canvas::number_width(text), y - 5, text, ink);
    }
    for (const index_t offset : {index_t{0}, length - 1}) {
      canvas.rectangle(left + offset, top, 1, length, ink);
      canvas.rectangle(left, top + offset, length, 1, ink);
    }
  }
  for (const PointSet& set : sets)
    for (index_t i = 0; i < set.points.shape()[0]; ++i) {
      const double x = set.points.data()[2 * i], y = set.points.data()[2 * i + 1];
      if (x >= xs.low && x <= xs.high && y >= ys.low && y <= ys.high) canvas.disc(to_x(x), to_y(y), set.style);
    }
  return encode_png(canvas.picture());
}

/// Writes such a picture, e.g. scatter("ring.png", {{real, {.colour = colours::grey}}, {fake}}). Throws FileError.
inline void scatter(const std::filesystem::path& path, const std::vector<PointSet>& sets,
                    const ScatterOptions& options = {}) {
  atomic_write(path, scatter_png(sets, options));
}

}  // namespace io

GANVAS_END
