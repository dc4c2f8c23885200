#pragma once
// The one tag of EXIF that changes how a picture is seen: orientation, how the camera was held. [CIPA DC-008,
// Exif 2.32, sec. 4.6.2: a TIFF file with a directory of entries of twelve bytes]

#include <cstdint>
#include <string_view>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace io::detail {

/// The orientation 1..8 that a block of EXIF data declares (without the word "Exif" before it), 1 if there is none or
/// the block is damaged. No byte outside the block is looked at.
inline int exif_orientation(std::string_view tiff) {
  if (tiff.size() < 8 || (tiff.substr(0, 2) != "II" && tiff.substr(0, 2) != "MM")) return 1;
  const bool little = tiff[0] == 'I';
  // Up to four bytes as a number; beyond the end there are zeros, of which no step below makes an orientation.
  const auto number = [&](std::uint64_t at, unsigned bytes) {
    std::uint32_t n = 0;
    for (unsigned i = 0; i < bytes; ++i) {
      const std::uint64_t place = at + (little ? bytes - 1 - i : i);
      n = n << 8U | (place < tiff.size() ? static_cast<unsigned char>(tiff[static_cast<std::size_t>(place)]) : 0U);
    }
    return n;
  };
  constexpr std::uint32_t orientation_tag = 0x0112, type_short = 3;
  if (number(2, 2) != 42) return 1;
  const std::uint64_t directory = number(4, 4);
  const std::uint32_t entries = number(directory, 2);  // at most 65535
  for (std::uint64_t entry = directory + 2; entry < directory + 2 + std::uint64_t{12} * entries; entry += 12) {
    if (entry + 12 > tiff.size()) return 1;
    if (number(entry, 2) != orientation_tag) continue;
    const std::uint32_t value = number(entry + 8, 2);
    return number(entry + 2, 2) == type_short && number(entry + 4, 4) == 1 && value >= 1 && value <= 8
               ? static_cast<int>(value)
               : 1;
  }
  return 1;
}

}  // namespace io::detail

GANVAS_END
