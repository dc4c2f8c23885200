#pragma once
// What a picture's file says about itself, PNG or JPEG, or what it is instead.

#include <string>
#include <string_view>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/jpeg_info.hpp"
#include "ganvas/io/png_info.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

namespace detail {

/// What else a file is that has no picture which is read here: "a GIF picture", or its first bytes.
inline std::string what_it_is(std::string_view bytes) {
  struct Kind {
    std::size_t at;
    std::string_view begins;
    const char* name;
  };
  constexpr Kind kinds[] = {
      {0, "GIF8", "a GIF picture"},
      {8, "WEBP", "a WebP picture"},
      {0, "BM", "a BMP picture"},
      {0, {"II*\0", 4}, "a TIFF picture"},
      {0, {"MM\0*", 4}, "a TIFF picture"},
      {4, "ftypavif", "an AVIF picture"},
      {4, "ftyphei", "a HEIC picture"},
      {0, "<svg", "an SVG drawing"},
      {0, "<?xml", "an XML file"},
      {0, "<!DOCTYPE html", "a web page"},
      {0, "<html", "a web page"},
      {0, "%PDF", "a PDF document"},
      {0, "version https://git-lfs", "a pointer of Git LFS; fetch the real file by git lfs pull"}};
  for (const Kind& kind : kinds)
    if (bytes.size() >= kind.at && bytes.substr(kind.at).starts_with(kind.begins)) return kind.name;
  return "something that begins with " + quote(bytes.substr(0, 8));
}

}  // namespace detail

/// Looks through the bytes of a whole file. `name` is for the sentences. Throws FileError for what is no PNG or JPEG
/// file, is truncated or damaged, and for more than max_pixels pixels. A wrong checksum of PNG is found; JPEG has none,
/// so damage within its pixels is seen as a wrong picture.
[[nodiscard]] inline PictureInfo picture_info(std::string_view bytes, const std::string& name, index_t max_pixels) {
  require<FileError>(!bytes.empty(), "read_image", name, " is empty.");
  constexpr std::string_view png = "\x89PNG\r\n\x1A\n", jpeg = "\xFF\xD8\xFF";
  PictureInfo info;
  if (bytes.starts_with(png))
    info = detail::png_info(bytes, name);
  else if (bytes.starts_with(jpeg))
    info = detail::jpeg_info(bytes, name);
  else if (png.starts_with(bytes) || jpeg.starts_with(bytes))
    detail::picture_is_truncated(name, bytes);
  else
    fail<FileError>("read_image", name, " is no PNG or JPEG picture but ", detail::what_it_is(bytes), ".");
  require<FileError>(info.width > 0 && info.height > 0, "read_image", name, " declares ", info.width, " x ",
                     info.height, " pixels; a picture has at least one.");
  require<FileError>(info.width <= max_pixels / info.height, "read_image", name, " has ", info.width, " x ",
                     info.height, " pixels; at most ", max_pixels, " are read here (max_pixels).");
  return info;
}

}  // namespace io

GANVAS_END
