// ganvas leaves no macro of stb in a program that has none of its own. Asked before Catch is included: what that brings
// must not be what is looked at.
#include "ganvas/io/stb_png.hpp"

#if defined(INCLUDE_STB_IMAGE_WRITE_H) || defined(STB_IMAGE_WRITE_IMPLEMENTATION) || defined(STBIWDEF) ||            \
    defined(STBIW_ASSERT) || defined(STBIW_MALLOC) || defined(STBIW_REALLOC_SIZED) || defined(STBIW_UCHAR) ||        \
    defined(stbiw__max) || defined(stbiw__sbraw) || defined(stbiw__sbm) || defined(stbiw__sbn) ||                    \
    defined(stbiw__sbneedgrow) || defined(stbiw__sbmaybegrow) || defined(stbiw__sbgrow) || defined(stbiw__sbpush) || \
    defined(stbiw__sbcount) || defined(stbiw__sbfree) || defined(stbiw__zlib_flush) || defined(stbiw__zlib_add) ||   \
    defined(stbiw__zlib_huffa) || defined(stbiw__zlib_huff1) || defined(stbiw__zlib_huff2) ||                        \
    defined(stbiw__zlib_huff3) || defined(stbiw__zlib_huff4) || defined(stbiw__zlib_huff) ||                         \
    defined(stbiw__zlib_huffb) || defined(stbiw__ZHASH) || defined(stbiw__wpng4) || defined(stbiw__wp32) ||          \
    defined(stbiw__wptag)
constexpr bool left_a_macro = true;
#else
constexpr bool left_a_macro = false;
#endif

#include "support/catch.hpp"

TEST_CASE("ganvas leaves no macro of stb behind", "[io]") { CHECK_FALSE(left_a_macro); }
