#pragma once
// What a PNG or JPEG file says about itself (here: PNG; io/jpeg_info.hpp), and whether it is whole: the decoder takes
// half a file for a picture, and any memory that a header asks for. So every file goes through here first.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <zlib.h>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/exif.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// Size and kind of a picture as it is stored; `orientation` (EXIF, 1 to 8) says how it is to be turned.
struct PictureInfo {
  index_t width = 0, height = 0;
  index_t channels = 0;  ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; a palette counts as RGB or RGBA
  int bits = 8;          ///< a channel, 8 or 16
  int orientation = 1;
  bool png = false;  ///< or else JPEG
};

namespace detail {

/// Big-endian numbers of a file's bytes. The caller has made sure that they are there.
inline std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < count; ++i) n = n << 8U | static_cast<unsigned char>(bytes[at + i]);
  return n;
}

[[noreturn]] inline void picture_is_truncated(const std::string& name, std::string_view bytes) {
  fail<FileError>("read_image", name, " is truncated: it ends within the picture, after ", bytes.size(), " bytes.");
}

/// PNG [ISO/IEC 15948, sec. 5]: a signature, then chunks of length, type, data and a checksum over type and data.
inline PictureInfo png_info(std::string_view bytes, const std::string& name) {
  PictureInfo info;
  info.png = true;
  std::uint32_t colour = 0, depth = 0;
  std::uint64_t packed = 0;
  bool transparent = false;
  for (std::size_t at = 8;;) {
    if (bytes.size() - at < 12) picture_is_truncated(name, bytes);
    const std::uint32_t length = big_endian(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (length > bytes.size() - at - 12) picture_is_truncated(name, bytes);
    const std::string_view content = bytes.substr(at + 8, length);
    const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(type.data()), static_cast<uInt>(length + 4));
    require<FileError>(sum == big_endian(bytes, at + 8 + length, 4), "read_image", name,
                       " is damaged: the checksum of its part ", quote(type), " at byte ", at, " is wrong.");
    if (at == 8) {
      require<FileError>(type == "IHDR" && length == 13, "read_image", name,
                         " is no PNG file that can be read: it does not begin with a header (IHDR).");
      info.width = static_cast<index_t>(big_endian(content, 0, 4));
      info.height = static_cast<index_t>(big_endian(content, 4, 4));
      depth = big_endian(content, 8, 1);
      colour = big_endian(content, 9, 1);
      const bool known = colour == 0   ? depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16
                         : colour == 3 ? depth == 1 || depth == 2 || depth == 4 || depth == 8
                                       : (colour == 2 || colour == 4 || colour == 6) && (depth == 8 || depth == 16);
      require<FileError>(known, "read_image", name, " has the PNG colour type ", colour, " with ", depth,
                         " bits, which the format does not know.");
    } else if (type == "IDAT") {
      packed += length;
    } else if (type == "tRNS") {
      transparent = packed == 0;
    } else if (type == "eXIf") {
      info.orientation = exif_orientation(content);
    } else if (type == "IEND") {
      break;
    }
    at += std::size_t{12} + length;
  }
  require<FileError>(packed > 0, "read_image", name, " holds no pixels: it has no part 'IDAT'.");
  info.bits = depth == 16 ? 16 : 8;
  info.channels = colour == 0 ? 1 : colour == 4 ? 2 : colour == 6 ? 4 : 3;
  if (transparent && (colour == 0 || colour == 2 || colour == 3)) ++info.channels;
  // deflate packs at best 1032 to 1: more pixels than that are a lie, seen before memory is asked for.
  const index_t samples = colour == 0 || colour == 3 ? 1 : colour == 4 ? 2 : colour == 2 ? 3 : 4;
  const auto row = static_cast<std::uint64_t>(info.width) * static_cast<std::uint64_t>(samples) * depth / 8 + 1;
  require<FileError>(row <= (packed + 16) * 1032 / std::max<std::uint64_t>(1, static_cast<std::uint64_t>(info.height)),
                     "read_image", name, " declares ", info.width, " x ", info.height, " pixels, but has only ", packed,
                     " bytes for them.");
  return info;
}

}  // namespace detail
}  // namespace io

GANVAS_END
