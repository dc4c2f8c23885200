// ganvas beside a program's own stb: its implementation with external linkage before our header, its macros kept.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBIW_MEMMOVE(a, b, sz) std::memmove(a, b, sz)
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#  pragma GCC diagnostic ignored "-Wold-style-cast"
#endif
#include <cstring>
#include <stb/stb_image_write.h>
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

#include "ganvas/io/png.hpp"

#include "support/files.hpp"
#include "support/png.hpp"

#if !defined(INCLUDE_STB_IMAGE_WRITE_H) || !defined(STBIW_MEMMOVE) || defined(STB_IMAGE_WRITE_STATIC) || \
    defined(STBI_WRITE_NO_STDIO) || !defined(STBIW_UCHAR) || !defined(stbiw__sbpush)
#  error "the macros of the program are not what they were"
#endif

TEST_CASE("stb of the program and stb of ganvas work side by side", "[io]") {
  const test::Folder folder;
  const std::uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
  CHECK(stbi_write_png((folder / "theirs.png").string().c_str(), 3, 2, 1, pixels, 3) == 1);
  ganvas::io::Picture picture(3, 2, 1);
  picture.pixels.assign(pixels, pixels + 6);
  stbi_write_png_compression_level = 1;  // theirs, not ours
  stbi_flip_vertically_on_write(1);
  const auto ours = test::decode_png(ganvas::io::encode_png(picture));
  CHECK(ours.pixels == picture.pixels);
  CHECK(test::decode_png(test::get(folder / "theirs.png")).pixels == picture.pixels);
}
