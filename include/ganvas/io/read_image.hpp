#pragma once
// Reading PNG and JPEG files into tensors. Needs stb_image.h (Debian: libstb-dev) and zlib.

#include <filesystem>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/decode_picture.hpp"

GANVAS_BEGIN

namespace io {

struct ReadImageOptions {
  double low = -1, high = 1;              ///< the values that black and white become; {.low = 0} for [0,1]
  bool orient = true;                     ///< turn the picture as its EXIF data says
  index_t max_pixels = index_t{1} << 26;  ///< more are refused before memory is asked for
};

/// The picture that a file's bytes hold, as (H,W,C): C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. A value v of 0..255
/// (or 0..65535) becomes low + (high - low) v / 255, alpha too; alpha is not multiplied in. Colours are taken as they
/// are stored: gamma and colour profiles are not looked at, CMYK becomes RGB as the decoder does it. `name` is for
/// error sentences. Throws FileError; ValueError for options that make no sense.
template <class T = float>
[[nodiscard]] Tensor<T> decode_image(const std::string& bytes, const ReadImageOptions& o = {},
                                     const std::string& name = "the picture") {
  require<ValueError>(o.low < o.high && o.max_pixels >= 1, "read_image",
                      "low must be less than high and max_pixels at least 1, but they are ", o.low, ", ", o.high,
                      " and ", o.max_pixels, ".");
  const detail::DecodedPicture picture(bytes, name, o.max_pixels, o.orient);
  Tensor<T> image({picture.height(), picture.width(), picture.channels()});
  T* to = image.mutable_data();
  const double maximum = picture.maximum();
  for (index_t y = 0; y < picture.height(); ++y)
    picture.row(0, y, picture.width(), [&](const auto* values) {
      for (index_t c = 0; c < picture.channels(); ++c)
        *to++ = static_cast<T>(o.low + (o.high - o.low) * (values[c] / maximum));
    });
  return image;
}

/// The picture of a file, see decode_image. Throws FileError, in a sentence with the file's name, where the file is
/// missing, a folder, unreadable, empty, truncated, damaged, no PNG or JPEG file, or has too many pixels.
template <class T = float>
[[nodiscard]] Tensor<T> read_image(const std::filesystem::path& path, const ReadImageOptions& options = {}) {
  return decode_image<T>(detail::read_picture_file(path), options, path.string());
}

/// Size, channels and orientation of a file's picture, without decoding it. Throws FileError as read_image.
[[nodiscard]] inline PictureInfo read_picture_info(const std::filesystem::path& path,
                                                   index_t max_pixels = index_t{1} << 26) {
  return picture_info(detail::read_picture_file(path), path.string(), max_pixels);
}

}  // namespace io

GANVAS_END
