#pragma once
// The PNG and JPEG decoders of stb_image, in a namespace of ours as the encoder is in io/stb_png.hpp: no clash with
// another use of stb in the same program or file, no warnings in a strict build, and no block of memory larger than the
// caller allows, whatever a file says about itself.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits.h>
#include <memory>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <string>

#include "ganvas/core/config.hpp"

// Every macro that stb reads or leaves behind gets its old meaning back below.
#pragma push_macro("STBI_INCLUDE_STB_IMAGE_H")
#pragma push_macro("STB_IMAGE_IMPLEMENTATION")
#pragma push_macro("STB_IMAGE_STATIC")
#pragma push_macro("STBIDEF")
#pragma push_macro("STBI_VERSION")
#pragma push_macro("STBI_EXTERN")
#pragma push_macro("STBI_ASSERT")
#pragma push_macro("STBI_MALLOC")
#pragma push_macro("STBI_REALLOC")
#pragma push_macro("STBI_REALLOC_SIZED")
#pragma push_macro("STBI_FREE")
#pragma push_macro("STBI_ONLY_JPEG")
#pragma push_macro("STBI_ONLY_PNG")
#pragma push_macro("STBI_ONLY_BMP")
#pragma push_macro("STBI_ONLY_GIF")
#pragma push_macro("STBI_ONLY_HDR")
#pragma push_macro("STBI_ONLY_PIC")
#pragma push_macro("STBI_ONLY_PNM")
#pragma push_macro("STBI_ONLY_PSD")
#pragma push_macro("STBI_ONLY_TGA")
#pragma push_macro("STBI_ONLY_ZLIB")
#pragma push_macro("STBI_NO_JPEG")
#pragma push_macro("STBI_NO_PNG")
#pragma push_macro("STBI_NO_BMP")
#pragma push_macro("STBI_NO_GIF")
#pragma push_macro("STBI_NO_HDR")
#pragma push_macro("STBI_NO_PIC")
#pragma push_macro("STBI_NO_PNM")
#pragma push_macro("STBI_NO_PSD")
#pragma push_macro("STBI_NO_TGA")
#pragma push_macro("STBI_NO_ZLIB")
#pragma push_macro("STBI_NO_LINEAR")
#pragma push_macro("STBI_NO_STDIO")
#pragma push_macro("STBI_NO_SIMD")
#pragma push_macro("STBI_NO_FAILURE_STRINGS")
#pragma push_macro("STBI_NO_THREAD_LOCALS")
#pragma push_macro("STBI_FAILURE_USERMSG")
#pragma push_macro("STBI_SUPPORT_ZLIB")
#pragma push_macro("STBI_JPEG_OLD")
#pragma push_macro("STBI_SIMD")
#pragma push_macro("STBI_SSE2")
#pragma push_macro("STBI_NEON")
#pragma push_macro("STBI_SIMD_ALIGN")
#pragma push_macro("STBI_MAX_DIMENSIONS")
#pragma push_macro("STBI_THREAD_LOCAL")
#pragma push_macro("STBI_NOTUSED")
#pragma push_macro("STBI_HAS_LROTL")
#pragma push_macro("STBI_WINDOWS_UTF8")
#pragma push_macro("STBI__X64_TARGET")
#pragma push_macro("STBI__X86_TARGET")
#pragma push_macro("STBI__BYTECAST")
#pragma push_macro("STBI__CASE")
#pragma push_macro("STBI__COMBO")
#pragma push_macro("STBI__HDR_BUFLEN")
#pragma push_macro("STBI__IDCT_1D")
#pragma push_macro("STBI__MARKER_none")
#pragma push_macro("STBI__PNG_TYPE")
#pragma push_macro("STBI__RESTART")
#pragma push_macro("STBI__ZFAST_BITS")
#pragma push_macro("STBI__ZFAST_MASK")
#pragma push_macro("STBI__ZNSYMS")
#pragma push_macro("FAST_BITS")
#pragma push_macro("stbi_inline")
#pragma push_macro("stbi_lrot")
#pragma push_macro("stbi__DNL")
#pragma push_macro("stbi__EOI")
#pragma push_macro("stbi__SOF")
#pragma push_macro("stbi__SOF_progressive")
#pragma push_macro("stbi__SOI")
#pragma push_macro("stbi__SOS")
#pragma push_macro("stbi__de_iphone_flag")
#pragma push_macro("stbi__div16")
#pragma push_macro("stbi__div4")
#pragma push_macro("stbi__err")
#pragma push_macro("stbi__errpf")
#pragma push_macro("stbi__errpuc")
#pragma push_macro("stbi__f2f")
#pragma push_macro("stbi__float2fixed")
#pragma push_macro("stbi__float2int")
#pragma push_macro("stbi__fsh")
#pragma push_macro("stbi__unpremultiply_on_load")
#pragma push_macro("stbi__vertically_flip_on_load")
#undef STBI_INCLUDE_STB_IMAGE_H
#undef STB_IMAGE_IMPLEMENTATION
#undef STB_IMAGE_STATIC
#undef STBIDEF
#undef STBI_VERSION
#undef STBI_EXTERN
#undef STBI_ASSERT
#undef STBI_MALLOC
#undef STBI_REALLOC
#undef STBI_REALLOC_SIZED
#undef STBI_FREE
#undef STBI_ONLY_JPEG
#undef STBI_ONLY_PNG
#undef STBI_ONLY_BMP
#undef STBI_ONLY_GIF
#undef STBI_ONLY_HDR
#undef STBI_ONLY_PIC
#undef STBI_ONLY_PNM
#undef STBI_ONLY_PSD
#undef STBI_ONLY_TGA
#undef STBI_ONLY_ZLIB
#undef STBI_NO_JPEG
#undef STBI_NO_PNG
#undef STBI_NO_BMP
#undef STBI_NO_GIF
#undef STBI_NO_HDR
#undef STBI_NO_PIC
#undef STBI_NO_PNM
#undef STBI_NO_PSD
#undef STBI_NO_TGA
#undef STBI_NO_ZLIB
#undef STBI_NO_LINEAR
#undef STBI_NO_STDIO
#undef STBI_NO_SIMD
#undef STBI_NO_FAILURE_STRINGS
#undef STBI_NO_THREAD_LOCALS
#undef STBI_FAILURE_USERMSG
#undef STBI_SUPPORT_ZLIB
#undef STBI_JPEG_OLD
#undef STBI_SIMD
#undef STBI_SSE2
#undef STBI_NEON
#undef STBI_SIMD_ALIGN
#undef STBI_MAX_DIMENSIONS
#undef STBI_THREAD_LOCAL
#undef STBI_NOTUSED
#undef STBI_HAS_LROTL
#undef STBI_WINDOWS_UTF8
#undef STBI__X64_TARGET
#undef STBI__X86_TARGET
#undef STBI__BYTECAST
#undef STBI__CASE
#undef STBI__COMBO
#undef STBI__HDR_BUFLEN
#undef STBI__IDCT_1D
#undef STBI__MARKER_none
#undef STBI__PNG_TYPE
#undef STBI__RESTART
#undef STBI__ZFAST_BITS
#undef STBI__ZFAST_MASK
#undef STBI__ZNSYMS
#undef FAST_BITS
#undef stbi_inline
#undef stbi_lrot
#undef stbi__DNL
#undef stbi__EOI
#undef stbi__SOF
#undef stbi__SOF_progressive
#undef stbi__SOI
#undef stbi__SOS
#undef stbi__de_iphone_flag
#undef stbi__div16
#undef stbi__div4
#undef stbi__err
#undef stbi__errpf
#undef stbi__errpuc
#undef stbi__f2f
#undef stbi__float2fixed
#undef stbi__float2int
#undef stbi__fsh
#undef stbi__unpremultiply_on_load
#undef stbi__vertically_flip_on_load
#define STB_IMAGE_IMPLEMENTATION
#define STBI_INCLUDE_STB_IMAGE_H
#define STBIDEF static
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_STDIO
#define STBI_NO_SIMD  // the same pixels on every machine; and no headers of intrinsics inside a namespace
#define STBI_ASSERT(x) static_cast<void>(x)
#define STBI_MALLOC(size) limited_realloc(nullptr, size)
#define STBI_REALLOC(block, size) limited_realloc(block, size)
#define STBI_FREE(block) free(block)

#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wcast-qual"
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
// A damaged JPEG file has coefficients whose sums overflow. The pixels are rubbish then and nothing else, as stb cuts
// every one of them to 0..255; the sanitizer need not end the program.
#if defined(__clang__)
#  pragma clang attribute push(__attribute__((no_sanitize("signed-integer-overflow", "shift"))), apply_to = function)
#endif
GANVAS_BEGIN
namespace io::detail::stb {
using ::abs;  // of int; unqualified, the name would find ganvas::abs of a Var first

/// The largest block that stb may ask for in this thread. A PNG file of a few kilobytes can unpack to gigabytes.
inline thread_local std::size_t largest_block = 0;
inline void* limited_realloc(void* block, std::size_t size) {
  return size > largest_block ? nullptr : std::realloc(block, size);
}

// What stb_image's own declarations say of types. They are passed over (by the macro of their include guard), because
// they give the functions C linkage: those of two namespaces would then be the same function.
enum { STBI_default = 0, STBI_grey = 1, STBI_grey_alpha = 2, STBI_rgb = 3, STBI_rgb_alpha = 4 };
using stbi_uc = unsigned char;
using stbi_us = unsigned short;
struct stbi_io_callbacks {
  int (*read)(void* user, char* data, int size);
  void (*skip)(void* user, int n);
  int (*eof)(void* user);
};

#if __has_include(<stb/stb_image.h>)
#  include <stb/stb_image.h>
#else
#  include <stb_image.h>
#endif
}  // namespace io::detail::stb
GANVAS_END
#if defined(__clang__)
#  pragma clang attribute pop
#endif
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif
#pragma pop_macro("stbi__vertically_flip_on_load")
#pragma pop_macro("stbi__unpremultiply_on_load")
#pragma pop_macro("stbi__fsh")
#pragma pop_macro("stbi__float2int")
#pragma pop_macro("stbi__float2fixed")
#pragma pop_macro("stbi__f2f")
#pragma pop_macro("stbi__errpuc")
#pragma pop_macro("stbi__errpf")
#pragma pop_macro("stbi__err")
#pragma pop_macro("stbi__div4")
#pragma pop_macro("stbi__div16")
#pragma pop_macro("stbi__de_iphone_flag")
#pragma pop_macro("stbi__SOS")
#pragma pop_macro("stbi__SOI")
#pragma pop_macro("stbi__SOF_progressive")
#pragma pop_macro("stbi__SOF")
#pragma pop_macro("stbi__EOI")
#pragma pop_macro("stbi__DNL")
#pragma pop_macro("stbi_lrot")
#pragma pop_macro("stbi_inline")
#pragma pop_macro("FAST_BITS")
#pragma pop_macro("STBI__ZNSYMS")
#pragma pop_macro("STBI__ZFAST_MASK")
#pragma pop_macro("STBI__ZFAST_BITS")
#pragma pop_macro("STBI__RESTART")
#pragma pop_macro("STBI__PNG_TYPE")
#pragma pop_macro("STBI__MARKER_none")
#pragma pop_macro("STBI__IDCT_1D")
#pragma pop_macro("STBI__HDR_BUFLEN")
#pragma pop_macro("STBI__COMBO")
#pragma pop_macro("STBI__CASE")
#pragma pop_macro("STBI__BYTECAST")
#pragma pop_macro("STBI__X86_TARGET")
#pragma pop_macro("STBI__X64_TARGET")
#pragma pop_macro("STBI_WINDOWS_UTF8")
#pragma pop_macro("STBI_HAS_LROTL")
#pragma pop_macro("STBI_NOTUSED")
#pragma pop_macro("STBI_THREAD_LOCAL")
#pragma pop_macro("STBI_MAX_DIMENSIONS")
#pragma pop_macro("STBI_SIMD_ALIGN")
#pragma pop_macro("STBI_NEON")
#pragma pop_macro("STBI_SSE2")
#pragma pop_macro("STBI_SIMD")
#pragma pop_macro("STBI_JPEG_OLD")
#pragma pop_macro("STBI_SUPPORT_ZLIB")
#pragma pop_macro("STBI_FAILURE_USERMSG")
#pragma pop_macro("STBI_NO_THREAD_LOCALS")
#pragma pop_macro("STBI_NO_FAILURE_STRINGS")
#pragma pop_macro("STBI_NO_SIMD")
#pragma pop_macro("STBI_NO_STDIO")
#pragma pop_macro("STBI_NO_LINEAR")
#pragma pop_macro("STBI_NO_ZLIB")
#pragma pop_macro("STBI_NO_TGA")
#pragma pop_macro("STBI_NO_PSD")
#pragma pop_macro("STBI_NO_PNM")
#pragma pop_macro("STBI_NO_PIC")
#pragma pop_macro("STBI_NO_HDR")
#pragma pop_macro("STBI_NO_GIF")
#pragma pop_macro("STBI_NO_BMP")
#pragma pop_macro("STBI_NO_PNG")
#pragma pop_macro("STBI_NO_JPEG")
#pragma pop_macro("STBI_ONLY_ZLIB")
#pragma pop_macro("STBI_ONLY_TGA")
#pragma pop_macro("STBI_ONLY_PSD")
#pragma pop_macro("STBI_ONLY_PNM")
#pragma pop_macro("STBI_ONLY_PIC")
#pragma pop_macro("STBI_ONLY_HDR")
#pragma pop_macro("STBI_ONLY_GIF")
#pragma pop_macro("STBI_ONLY_BMP")
#pragma pop_macro("STBI_ONLY_PNG")
#pragma pop_macro("STBI_ONLY_JPEG")
#pragma pop_macro("STBI_FREE")
#pragma pop_macro("STBI_REALLOC_SIZED")
#pragma pop_macro("STBI_REALLOC")
#pragma pop_macro("STBI_MALLOC")
#pragma pop_macro("STBI_ASSERT")
#pragma pop_macro("STBI_EXTERN")
#pragma pop_macro("STBI_VERSION")
#pragma pop_macro("STBIDEF")
#pragma pop_macro("STB_IMAGE_STATIC")
#pragma pop_macro("STB_IMAGE_IMPLEMENTATION")
#pragma pop_macro("STBI_INCLUDE_STB_IMAGE_H")

GANVAS_BEGIN

namespace io::detail {

/// What stb makes of a file: width x height pixels of 1 to 4 channels, row by row. Null data: `error` says why, in
/// stb's words.
struct StbPixels {
  std::unique_ptr<void, void (*)(void*)> data{nullptr, std::free};
  int width = 0, height = 0, channels = 0;
  const char* error = "";
};

/// Decodes a PNG or JPEG file in memory (less than 2 GiB) to 8 bits a channel, or to 16 in native order.
inline StbPixels stb_load(const std::string& bytes, bool sixteen_bits, std::size_t largest_block) {
  StbPixels pixels;
  stb::largest_block = largest_block;
  const auto* const from = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  if (sixteen_bits)
    pixels.data.reset(stb::stbi_load_16_from_memory(from, size, &pixels.width, &pixels.height, &pixels.channels, 0));
  else
    pixels.data.reset(stb::stbi_load_from_memory(from, size, &pixels.width, &pixels.height, &pixels.channels, 0));
  if (!pixels.data) pixels.error = stb::stbi_failure_reason();
  return pixels;
}

}  // namespace io::detail

GANVAS_END
