#pragma once
// What a JPEG file says about itself, and whether it is whole; see io/png_info.hpp.

#include <cstdint>
#include <string>
#include <string_view>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/exif.hpp"
#include "ganvas/io/png_info.hpp"

GANVAS_BEGIN

namespace io::detail {

/// A segment of Huffman tables [annex B.2.4.2]: for each a class and number, how many codes there are of 1 to 16 bits,
/// and their values. The decoder has room for 256 values and, in the versions of before 2023, does not count them.
inline void check_huffman_tables(std::string_view content, const std::string& name) {
  while (!content.empty()) {
    std::size_t values = 0;
    for (std::size_t i = 1; i <= 16 && i < content.size(); ++i) values += static_cast<unsigned char>(content[i]);
    require<FileError>(values <= 256 && content.size() >= 17 + values, "read_image", name,
                       " is damaged: a table of codes has ", values, " values; at most 256 are possible.");
    content.remove_prefix(17 + values);
  }
}

/// JPEG [ITU-T T.81, annex B]: segments that begin with FF and a marker; after a start of scan (DA) packed pixels
/// follow until the next marker. The picture is whole where the end marker (D9) is reached.
inline PictureInfo jpeg_info(std::string_view bytes, const std::string& name) {
  constexpr int most_scans = 100;  // each costs a pass over the picture; those of cameras and programs have 1 to 12
  PictureInfo info;
  int scans = 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  for (std::size_t at = 2;;) {
    if (at + 2 > bytes.size()) picture_is_truncated(name, bytes);
    require<FileError>(byte(at) == 0xFF, "read_image", name, " is damaged: a part of a JPEG file should begin at byte ",
                       at, ".");
    const unsigned marker = byte(at + 1);
    if (marker == 0xFF) {  // fill bytes
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) break;
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) continue;  // these have no content
    if (at + 2 > bytes.size()) picture_is_truncated(name, bytes);
    const std::uint32_t length = big_endian(bytes, at, 2);
    if (length > bytes.size() - at) picture_is_truncated(name, bytes);
    require<FileError>(length >= 2, "read_image", name, " is damaged: a part at byte ", at,
                       " has an impossible length.");
    const std::string_view content = bytes.substr(at + 2, length - 2);
    at += length;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      require<FileError>(marker <= 0xC2, "read_image", name,
                         " is a JPEG file of a rare kind (lossless, hierarchical or arithmetic), which is not read; "
                         "save it as PNG or as an ordinary JPEG.");
      require<FileError>(content.size() >= 6 && info.channels == 0, "read_image", name,
                         " is damaged: its frame header is too short or occurs twice.");
      require<FileError>(byte(at - length + 2) == 8, "read_image", name, " has ", +byte(at - length + 2),
                         " bits a channel; JPEG files are read with 8.");
      info.height = static_cast<index_t>(big_endian(content, 1, 2));
      info.width = static_cast<index_t>(big_endian(content, 3, 2));
      const std::uint32_t components = big_endian(content, 5, 1);
      require<FileError>(components == 1 || components == 3 || components == 4, "read_image", name, " has ", components,
                         " colour components; JPEG files are read with 1, 3 or 4.");
      info.channels = components == 1 ? 1 : 3;
    } else if (marker == 0xC4) {
      check_huffman_tables(content, name);
    } else if (marker == 0xE1 && content.substr(0, 6) == std::string_view("Exif\0\0", 6)) {
      info.orientation = exif_orientation(content.substr(6));
    } else if (marker == 0xDA) {
      require<FileError>(info.channels != 0, "read_image", name, " is damaged: pixels come before the frame header.");
      require<FileError>(++scans <= most_scans, "read_image", name, " has more than ", most_scans,
                         " passes over its pixels; it is damaged or made to waste time.");
      // Within packed pixels FF is followed by 00, by a restart marker (D0 to D7) or by fill bytes.
      for (;; ++at) {
        at = bytes.find('\xFF', at);
        if (at == std::string_view::npos || at + 1 >= bytes.size()) picture_is_truncated(name, bytes);
        const unsigned next = byte(at + 1);
        if (next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) break;
      }
    }
  }
  require<FileError>(scans > 0, "read_image", name, " holds no pixels: it has no scan.");
  // A block of 8 x 8 pixels takes a bit at least: more of them are a lie, seen before memory is asked for.
  const index_t blocks = (info.width + 7) / 8 * ((info.height + 7) / 8);
  require<FileError>(bytes.size() * std::uint64_t{8} >= static_cast<std::uint64_t>(blocks), "read_image", name,
                     " declares ", info.width, " x ", info.height, " pixels, but has only ", bytes.size(),
                     " bytes for them.");
  return info;
}

}  // namespace io::detail

GANVAS_END
