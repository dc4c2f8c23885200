// ganvas leaves no macro of stb in a program that has none of its own. Asked before Catch is included: what that brings
// must not be what is looked at.
#include "ganvas/io/stb_load.hpp"
#include "ganvas/io/stb_png.hpp"

#if defined(INCLUDE_STB_IMAGE_WRITE_H) || defined(STB_IMAGE_WRITE_IMPLEMENTATION) || defined(STBIWDEF) ||            \
    defined(STBIW_ASSERT) || defined(STBIW_MALLOC) || defined(STBIW_REALLOC_SIZED) || defined(STBIW_UCHAR) ||        \
    defined(stbiw__max) || defined(stbiw__sbraw) || defined(stbiw__sbm) || defined(stbiw__sbn) ||                    \
    defined(stbiw__sbneedgrow) || defined(stbiw__sbmaybegrow) || defined(stbiw__sbgrow) || defined(stbiw__sbpush) || \
    defined(stbiw__sbcount) || defined(stbiw__sbfree) || defined(stbiw__zlib_flush) || defined(stbiw__zlib_add) ||   \
    defined(stbiw__zlib_huffa) || defined(stbiw__zlib_huff1) || defined(stbiw__zlib_huff2) ||                        \
    defined(stbiw__zlib_huff3) || defined(stbiw__zlib_huff4) || defined(stbiw__zlib_huff) ||                         \
    defined(stbiw__zlib_huffb) || defined(stbiw__ZHASH) || defined(stbiw__wpng4) || defined(stbiw__wp32) ||          \
    defined(stbiw__wptag) || defined(STBI_INCLUDE_STB_IMAGE_H) || defined(STB_IMAGE_IMPLEMENTATION) ||               \
    defined(STB_IMAGE_STATIC) || defined(STBIDEF) || defined(STBI_VERSION) || defined(STBI_EXTERN) ||                \
    defined(STBI_ASSERT) || defined(STBI_MALLOC) || defined(STBI_REALLOC) || defined(STBI_REALLOC_SIZED) ||          \
    defined(STBI_FREE) || defined(STBI_ONLY_JPEG) || defined(STBI_ONLY_PNG) || defined(STBI_ONLY_BMP) ||             \
    defined(STBI_ONLY_GIF) || defined(STBI_ONLY_HDR) || defined(STBI_ONLY_PIC) || defined(STBI_ONLY_PNM) ||          \
    defined(STBI_ONLY_PSD) || defined(STBI_ONLY_TGA) || defined(STBI_ONLY_ZLIB) || defined(STBI_NO_JPEG) ||          \
    defined(STBI_NO_PNG) || defined(STBI_NO_BMP) || defined(STBI_NO_GIF) || defined(STBI_NO_HDR) ||                  \
    defined(STBI_NO_PIC) || defined(STBI_NO_PNM) || defined(STBI_NO_PSD) || defined(STBI_NO_TGA) ||                  \
    defined(STBI_NO_ZLIB) || defined(STBI_NO_LINEAR) || defined(STBI_NO_STDIO) || defined(STBI_NO_SIMD) ||           \
    defined(STBI_NO_FAILURE_STRINGS) || defined(STBI_NO_THREAD_LOCALS) || defined(STBI_FAILURE_USERMSG) ||           \
    defined(STBI_SUPPORT_ZLIB) || defined(STBI_JPEG_OLD) || defined(STBI_SIMD) || defined(STBI_SSE2) ||              \
    defined(STBI_NEON) || defined(STBI_SIMD_ALIGN) || defined(STBI_MAX_DIMENSIONS) || defined(STBI_THREAD_LOCAL) ||  \
    defined(STBI_NOTUSED) || defined(STBI_HAS_LROTL) || defined(STBI_WINDOWS_UTF8) || defined(STBI__X64_TARGET) ||   \
    defined(STBI__X86_TARGET) || defined(STBI__BYTECAST) || defined(STBI__CASE) || defined(STBI__COMBO) ||           \
    defined(STBI__HDR_BUFLEN) || defined(STBI__IDCT_1D) || defined(STBI__MARKER_none) || defined(STBI__PNG_TYPE) ||  \
    defined(STBI__RESTART) || defined(STBI__ZFAST_BITS) || defined(STBI__ZFAST_MASK) || defined(STBI__ZNSYMS) ||     \
    defined(FAST_BITS) || defined(stbi_inline) || defined(stbi_lrot) || defined(stbi__DNL) || defined(stbi__EOI) ||  \
    defined(stbi__SOF) || defined(stbi__SOF_progressive) || defined(stbi__SOI) || defined(stbi__SOS) ||              \
    defined(stbi__de_iphone_flag) || defined(stbi__div16) || defined(stbi__div4) || defined(stbi__err) ||            \
    defined(stbi__errpf) || defined(stbi__errpuc) || defined(stbi__f2f) || defined(stbi__float2fixed) ||             \
    defined(stbi__float2int) || defined(stbi__fsh) || defined(stbi__unpremultiply_on_load) ||                        \
    defined(stbi__vertically_flip_on_load)
constexpr bool left_a_macro = true;
#else
constexpr bool left_a_macro = false;
#endif

#include "support/catch.hpp"

TEST_CASE("ganvas leaves no macro of stb behind", "[io]") { CHECK_FALSE(left_a_macro); }
