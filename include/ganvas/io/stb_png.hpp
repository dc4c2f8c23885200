#pragma once
// The PNG encoder of stb_image_write, in a namespace of ours: it clashes with no other use of stb in the same program
// or the same file, and its warnings stay out of a strict build.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <math.h>
#include <memory>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

// Every macro that stb reads or leaves behind gets its old meaning back below.
#pragma push_macro("INCLUDE_STB_IMAGE_WRITE_H")
#pragma push_macro("STB_IMAGE_WRITE_IMPLEMENTATION")
#pragma push_macro("STB_IMAGE_WRITE_STATIC")
#pragma push_macro("STBI_WRITE_NO_STDIO")
#pragma push_macro("STBIWDEF")
#pragma push_macro("STBIW_ASSERT")
#pragma push_macro("STBIW_MALLOC")
#pragma push_macro("STBIW_REALLOC")
#pragma push_macro("STBIW_REALLOC_SIZED")
#pragma push_macro("STBIW_FREE")
#pragma push_macro("STBIW_MEMMOVE")
#pragma push_macro("STBIW_ZLIB_COMPRESS")
#pragma push_macro("STBIW_UCHAR")
#pragma push_macro("stbiw__max")
#pragma push_macro("stbiw__sbraw")
#pragma push_macro("stbiw__sbm")
#pragma push_macro("stbiw__sbn")
#pragma push_macro("stbiw__sbneedgrow")
#pragma push_macro("stbiw__sbmaybegrow")
#pragma push_macro("stbiw__sbgrow")
#pragma push_macro("stbiw__sbpush")
#pragma push_macro("stbiw__sbcount")
#pragma push_macro("stbiw__sbfree")
#pragma push_macro("stbiw__zlib_flush")
#pragma push_macro("stbiw__zlib_add")
#pragma push_macro("stbiw__zlib_huffa")
#pragma push_macro("stbiw__zlib_huff1")
#pragma push_macro("stbiw__zlib_huff2")
#pragma push_macro("stbiw__zlib_huff3")
#pragma push_macro("stbiw__zlib_huff4")
#pragma push_macro("stbiw__zlib_huff")
#pragma push_macro("stbiw__zlib_huffb")
#pragma push_macro("stbiw__ZHASH")
#pragma push_macro("stbiw__wpng4")
#pragma push_macro("stbiw__wp32")
#pragma push_macro("stbiw__wptag")
#undef INCLUDE_STB_IMAGE_WRITE_H
#undef STBIWDEF
#undef STBIW_ASSERT
#undef STBIW_MALLOC
#undef STBIW_REALLOC
#undef STBIW_REALLOC_SIZED
#undef STBIW_FREE
#undef STBIW_MEMMOVE
#undef STBIW_ZLIB_COMPRESS
#undef STBIW_UCHAR
#undef stbiw__max
#undef stbiw__sbraw
#undef stbiw__sbm
#undef stbiw__sbn
#undef stbiw__sbneedgrow
#undef stbiw__sbmaybegrow
#undef stbiw__sbgrow
#undef stbiw__sbpush
#undef stbiw__sbcount
#undef stbiw__sbfree
#undef stbiw__zlib_flush
#undef stbiw__zlib_add
#undef stbiw__zlib_huffa
#undef stbiw__zlib_huff1
#undef stbiw__zlib_huff2
#undef stbiw__zlib_huff3
#undef stbiw__zlib_huff4
#undef stbiw__zlib_huff
#undef stbiw__zlib_huffb
#undef stbiw__ZHASH
#undef stbiw__wpng4
#undef stbiw__wp32
#undef stbiw__wptag
#undef STB_IMAGE_WRITE_IMPLEMENTATION
#undef STB_IMAGE_WRITE_STATIC
#undef STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_ASSERT(x) static_cast<void>(x)

#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wconversion"
#  pragma GCC diagnostic ignored "-Wdouble-promotion"
#  pragma GCC diagnostic ignored "-Wextra"
#  pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#  pragma GCC diagnostic ignored "-Wold-style-cast"
#  pragma GCC diagnostic ignored "-Wshadow"
#  pragma GCC diagnostic ignored "-Wsign-compare"
#  pragma GCC diagnostic ignored "-Wsign-conversion"
#  pragma GCC diagnostic ignored "-Wunused-function"
#  pragma GCC diagnostic ignored "-Wunused-parameter"
#endif
GANVAS_BEGIN
namespace io::detail::stb {
using ::abs;  // of int; unqualified, the name would find ganvas::abs of a Var first
#if __has_include(<stb/stb_image_write.h>)
#  include <stb/stb_image_write.h>
#else
#  include <stb_image_write.h>
#endif
}  // namespace io::detail::stb
GANVAS_END
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif
#pragma pop_macro("stbiw__wptag")
#pragma pop_macro("stbiw__wp32")
#pragma pop_macro("stbiw__wpng4")
#pragma pop_macro("stbiw__ZHASH")
#pragma pop_macro("stbiw__zlib_huffb")
#pragma pop_macro("stbiw__zlib_huff")
#pragma pop_macro("stbiw__zlib_huff4")
#pragma pop_macro("stbiw__zlib_huff3")
#pragma pop_macro("stbiw__zlib_huff2")
#pragma pop_macro("stbiw__zlib_huff1")
#pragma pop_macro("stbiw__zlib_huffa")
#pragma pop_macro("stbiw__zlib_add")
#pragma pop_macro("stbiw__zlib_flush")
#pragma pop_macro("stbiw__sbfree")
#pragma pop_macro("stbiw__sbcount")
#pragma pop_macro("stbiw__sbpush")
#pragma pop_macro("stbiw__sbgrow")
#pragma pop_macro("stbiw__sbmaybegrow")
#pragma pop_macro("stbiw__sbneedgrow")
#pragma pop_macro("stbiw__sbn")
#pragma pop_macro("stbiw__sbm")
#pragma pop_macro("stbiw__sbraw")
#pragma pop_macro("stbiw__max")
#pragma pop_macro("STBIW_UCHAR")
#pragma pop_macro("STBIW_ZLIB_COMPRESS")
#pragma pop_macro("STBIW_MEMMOVE")
#pragma pop_macro("STBIW_FREE")
#pragma pop_macro("STBIW_REALLOC_SIZED")
#pragma pop_macro("STBIW_REALLOC")
#pragma pop_macro("STBIW_MALLOC")
#pragma pop_macro("STBIW_ASSERT")
#pragma pop_macro("STBIWDEF")
#pragma pop_macro("STBI_WRITE_NO_STDIO")
#pragma pop_macro("STB_IMAGE_WRITE_STATIC")
#pragma pop_macro("STB_IMAGE_WRITE_IMPLEMENTATION")
#pragma pop_macro("INCLUDE_STB_IMAGE_WRITE_H")

GANVAS_BEGIN

namespace io::detail {

/// 8-bit pixels, row by row, of 1 (grey), 3 (RGB) or 4 (RGBA) channels as the bytes of a PNG file.
inline std::string stb_png(const std::uint8_t* pixels, index_t width, index_t height, index_t channels) {
  constexpr index_t largest = index_t{1} << 30;  // stb counts in int
  require<ValueError>(
      width > 0 && height > 0 && width < largest && height < largest && (width * channels + 1) <= largest / height,
      "png", "a picture of ", width, " x ", height, " pixels and ", channels,
      " channels cannot be written; it needs at least one pixel and less than 1 GiB.");
  int length = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> bytes(
      stb::stbi_write_png_to_mem(pixels, static_cast<int>(width * channels), static_cast<int>(width),
                                 static_cast<int>(height), static_cast<int>(channels), &length),
      std::free);
  require<Error>(bytes != nullptr, "png", "no memory is left to encode a picture of ", width, " x ", height,
                 " pixels.");
  return std::string(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(length));
}

}  // namespace io::detail

GANVAS_END
