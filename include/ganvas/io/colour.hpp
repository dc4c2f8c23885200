#pragma once
// Colours: eight bits for each of red, green and blue, as sRGB has them.

#include <cstdint>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace io {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
  friend constexpr bool operator==(const Colour&, const Colour&) = default;
};

/// Colours that most people can tell apart, on white and on black [Okabe and Ito 2008].
namespace colours {
inline constexpr Colour blue{0, 114, 178}, orange{230, 159, 0}, green{0, 158, 115}, purple{204, 121, 167},
    vermilion{213, 94, 0}, sky{86, 180, 233}, grey{140, 140, 140}, black{0, 0, 0}, white{255, 255, 255};
}

}  // namespace io

GANVAS_END
