#pragma once
// Images as PNG files: one image, or many in a grid. NaN is painted magenta, so that a broken generator is seen.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/stb_png.hpp"

GANVAS_BEGIN

namespace io {

/// 8-bit pixels, row by row: grey (1 channel), RGB (3) or RGBA (4).
struct Picture {
  index_t width = 0, height = 0, channels = 3;
  std::vector<std::uint8_t> pixels;

  Picture() = default;
  /// All pixels of one value. Throws ShapeError for a negative size.
  Picture(index_t w, index_t h, index_t c, std::uint8_t value = 0)
      : width(w), height(h), channels(c), pixels(static_cast<std::size_t>(Shape{h, w, c}.numel()), value) {}
  [[nodiscard]] std::uint8_t* at(index_t x, index_t y) {
    return &pixels[static_cast<std::size_t>((y * width + x) * channels)];
  }
  [[nodiscard]] const std::uint8_t* at(index_t x, index_t y) const {
    return &pixels[static_cast<std::size_t>((y * width + x) * channels)];
  }
};

struct ImageOptions {
  double low = -1, high = 1;  ///< the values that are black and white; what lies outside is cut off
  index_t upscale = 1;        ///< each pixel becomes a square of this many pixels
};

struct GridOptions {
  index_t columns = 8;
  index_t padding = 2;        ///< pixels between the images and around them
  double background = -0.75;  ///< value of the padding
  double low = -1, high = 1;
  index_t upscale = 1;
};

/// The bytes of a PNG file. Throws ValueError unless pixels.size() = height * width * channels.
[[nodiscard]] inline std::string encode_png(const Picture& p) {
  require<ValueError>(p.channels == 1 || p.channels == 3 || p.channels == 4, "png",
                      "a picture must have 1, 3 or 4 channels, but has ", p.channels, ".");
  const index_t needed = Shape{p.height, p.width, p.channels}.numel();
  require<ValueError>(static_cast<index_t>(p.pixels.size()) == needed, "png", "a picture of ", p.width, " x ", p.height,
                      " pixels and ", p.channels, " channels needs ", needed, " bytes, but has ", p.pixels.size(), ".");
  return detail::stb_png(p.pixels.data(), p.width, p.height, p.channels);
}

/// An image (H,W), (H,W,1), (H,W,3) or (H,W,4) in 8 bits: low becomes 0, high 255, rounded to nearest. A grey image
/// with a NaN becomes RGB, to show it in magenta.
template <class T>
[[nodiscard]] Picture to_picture(const Tensor<T>& image, const ImageOptions& o = {}) {
  const Shape& s = image.shape();
  const index_t channels = s.rank() == 3 ? s[2] : 1;
  require((s.rank() == 2 || s.rank() == 3) && (channels == 1 || channels == 3 || channels == 4) && image.numel() > 0,
          "png", "an image must have shape (H,W), (H,W,1), (H,W,3) or (H,W,4) and at least one pixel, but it has ", s,
          s.rank() == 4 ? "; use write_grid for several images." : ".");
  require<ValueError>(o.low < o.high, "png", "low must be less than high, but they are ", o.low, " and ", o.high, ".");
  require<ValueError>(o.upscale >= 1 && o.upscale <= 1024, "png", "upscale must be 1 to 1024, but is ", o.upscale, ".");
  const auto values = image.values();
  const bool any_nan =
      std::any_of(values.begin(), values.end(), [](T v) { return std::isnan(static_cast<double>(v)); });
  const index_t out_channels = any_nan && channels == 1 ? 3 : channels;
  constexpr index_t largest = index_t{1} << 30;
  require<ValueError>(image.numel() <= largest / (3 * o.upscale * o.upscale), "png", "an image of shape ", s,
                      " enlarged ", o.upscale, " times is more than 1 GiB.");

  constexpr std::uint8_t magenta[] = {255, 0, 255, 255};
  const double scale = 255 / (o.high - o.low);
  Picture p(s[1] * o.upscale, s[0] * o.upscale, out_channels);
  for (index_t y = 0; y < p.height; ++y)
    for (index_t x = 0; x < p.width; ++x) {
      const T* from = image.data() + ((y / o.upscale) * s[1] + x / o.upscale) * channels;
      std::uint8_t* to = p.at(x, y);
      if (std::any_of(from, from + channels, [](T v) { return std::isnan(static_cast<double>(v)); })) {
        std::copy_n(magenta, out_channels, to);
        continue;
      }
      for (index_t c = 0; c < out_channels; ++c) {
        const double v = static_cast<double>(from[channels == 1 ? 0 : c]);
        to[c] = static_cast<std::uint8_t>(std::lround(std::clamp((v - o.low) * scale, 0.0, 255.0)));
      }
    }
  return p;
}

/// Images (N,H,W,C) side by side, row after row, as one image (H',W',C).
template <class T>
[[nodiscard]] Tensor<T> make_grid(const Tensor<T>& images, const GridOptions& o = {}) {
  const Shape& s = images.shape();
  require(s.rank() == 4 && images.numel() > 0, "grid", "images must have shape (N,H,W,C) and not be empty, but have ",
          s, s.rank() == 3 ? "; use write_png for one image." : ".");
  require<ValueError>(o.columns >= 1 && o.padding >= 0 && o.padding <= 4096, "grid",
                      "columns must be at least 1 and padding 0 to 4096, but they are ", o.columns, " and ", o.padding,
                      ".");
  const index_t n = s[0], h = s[1], w = s[2], c = s[3];
  const index_t columns = std::min(o.columns, n);
  const index_t rows = (n + columns - 1) / columns;
  const index_t width = columns * (w + o.padding) + o.padding;
  Tensor<T> grid({rows * (h + o.padding) + o.padding, width, c}, static_cast<T>(o.background));
  T* const out = grid.mutable_data();
  if (c == 4)  // the padding is opaque
    for (index_t i = 3; i < grid.numel(); i += 4) out[i] = static_cast<T>(o.high);
  for (index_t i = 0; i < n; ++i) {
    const index_t top = o.padding + i / columns * (h + o.padding);
    const index_t left = o.padding + i % columns * (w + o.padding);
    for (index_t y = 0; y < h; ++y)
      std::copy_n(images.data() + (i * h + y) * w * c, w * c, out + ((top + y) * width + left) * c);
  }
  return grid;
}

/// The bytes of a PNG file of a grid, e.g. for a report.
template <class T>
[[nodiscard]] std::string grid_png(const Tensor<T>& images, const GridOptions& o = {}) {
  return encode_png(to_picture(make_grid(images, o), {.low = o.low, .high = o.high, .upscale = o.upscale}));
}

/// Writes an image (H,W) or (H,W,C) with values in [-1,1] (or what the options say). Throws FileError.
template <class T>
void write_png(const std::filesystem::path& path, const Tensor<T>& image, const ImageOptions& options = {}) {
  atomic_write(path, encode_png(to_picture(image, options)));
}

/// Writes images (N,H,W,C) with values in [-1,1] as one picture, `columns` in a row. Throws FileError.
template <class T>
void write_grid(const std::filesystem::path& path, const Tensor<T>& images, const GridOptions& options = {}) {
  atomic_write(path, grid_png(images, options));
}

}  // namespace io

GANVAS_END
