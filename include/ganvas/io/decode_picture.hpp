#pragma once
// A picture's pixels as they are stored, 8 or 16 bits a channel, seen upright: turned as EXIF says, without a copy.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/picture_info.hpp"
#include "ganvas/io/stb_load.hpp"

GANVAS_BEGIN

namespace io::detail {

inline constexpr index_t picture_file_limit = index_t{1} << 28;  ///< bytes

/// The bytes of a picture's file. Throws FileError.
inline std::string read_picture_file(const std::filesystem::path& path) {
  InputFile file(path, "read_image");
  require<FileError>(file.size() <= static_cast<std::uint64_t>(picture_file_limit), "read_image", file.name(), " has ",
                     file.size(), " bytes; picture files of at most ", picture_file_limit, " bytes are read.");
  return file.read(0, file.size());
}

/// Pixels of 1 to 4 channels. Columns, rows, width() and height() are those of the upright picture.
class DecodedPicture {
 public:
  /// Decodes the bytes of a whole file. Throws FileError, see picture_info.
  DecodedPicture(const std::string& bytes, const std::string& name, index_t max_pixels, bool orient)
      : info_(picture_info(bytes, name, max_pixels)) {
    // stb's largest block: the pixels at 16 bits, or a JPEG's coefficients, which it keeps in units of up to 32 pixels.
    const auto w = static_cast<std::size_t>(info_.width), h = static_cast<std::size_t>(info_.height);
    const std::size_t largest_block = 8 * (w + 64) * (h + 64) * 2 + bytes.size() + (std::size_t{1} << 20);
    pixels_ = stb_load(bytes, info_.bits == 16, largest_block);
    require<FileError>(pixels_.data != nullptr, "read_image", name,
                       " is damaged, or of a kind that is not read (the decoder says: ", pixels_.error, ").");
    require<FileError>(
        pixels_.width == info_.width && pixels_.height == info_.height && pixels_.channels == info_.channels,
        "read_image", name, " contradicts itself: its header says ", info_.width, " x ", info_.height, " pixels and ",
        info_.channels, " channels, its content ", pixels_.width, " x ", pixels_.height, " and ", pixels_.channels,
        ".");
    if (!orient) info_.orientation = 1;
  }

  [[nodiscard]] index_t width() const { return turned() ? info_.height : info_.width; }
  [[nodiscard]] index_t height() const { return turned() ? info_.width : info_.height; }
  [[nodiscard]] index_t channels() const { return info_.channels; }
  /// The value of white and of what is opaque: 255 or 65535.
  [[nodiscard]] int maximum() const { return info_.bits == 16 ? 65535 : 255; }

  /// Calls use(values) with the channels of each of `count` pixels of a row, from column x on.
  template <class Use>
  void row(index_t x, index_t y, index_t count, const Use& use) const {
    const auto [first, step] = place(x, y);
    if (info_.bits == 16)
      walk<std::uint16_t>(first, step, count, use);
    else
      walk<std::uint8_t>(first, step, count, use);
  }

 private:
  [[nodiscard]] bool turned() const { return info_.orientation >= 5; }

  /// Where pixel (x, y) of the upright picture is stored, and how far its right neighbour is from it, in pixels.
  /// [Exif 2.32, tag Orientation: which sides of the picture the first row and the first column are]
  [[nodiscard]] std::pair<index_t, index_t> place(index_t x, index_t y) const {
    const index_t w = info_.width, right = info_.width - 1, bottom = info_.height - 1;
    switch (info_.orientation) {
      case 2:  // mirrored
        return {y * w + right - x, -1};
      case 3:  // upside down
        return {(bottom - y) * w + right - x, -1};
      case 4:  // mirrored, upside down
        return {(bottom - y) * w + x, 1};
      case 5:  // rows are columns
        return {x * w + y, w};
      case 6:  // a quarter turn clockwise makes it upright
        return {(bottom - x) * w + y, -w};
      case 7:  // rows are columns, from the other corner
        return {(bottom - x) * w + right - y, -w};
      case 8:  // a quarter turn counterclockwise makes it upright
        return {x * w + right - y, w};
      default:
        return {y * w + x, 1};
    }
  }

  template <class Stored, class Use>
  void walk(index_t first, index_t step, index_t count, const Use& use) const {
    const auto* const from = static_cast<const Stored*>(pixels_.data.get());
    for (index_t i = 0; i < count; ++i) use(from + (first + i * step) * info_.channels);
  }

  PictureInfo info_;
  StbPixels pixels_;
};

}  // namespace io::detail

GANVAS_END
