// ganvas beside a program's own stb_image: its implementation with external linkage before our header, its macros kept.
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ASSERT(x) ((void)(x))
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wconversion"
#  pragma GCC diagnostic ignored "-Wdouble-promotion"
#  pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#  pragma GCC diagnostic ignored "-Wold-style-cast"
#  pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include <stb/stb_image.h>
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

#include "ganvas/io/read_image.hpp"

#include "support/catch.hpp"
#include "support/pictures.hpp"

#if !defined(STBI_INCLUDE_STB_IMAGE_H) || !defined(STBI_MALLOC) || defined(STB_IMAGE_STATIC) || \
    defined(STBI_NO_STDIO) || defined(STBI_ONLY_PNG) || !defined(STBI_VERSION) || !defined(stbi__SOF)
#  error "the macros of the program are not what they were"
#endif

TEST_CASE("stb_image of the program and that of ganvas work side by side", "[io]") {
  const std::string file = test::picture_file("rgb8.png");
  int w = 0, h = 0, c = 0;
  stbi_set_flip_vertically_on_load(1);  // theirs, not ours
  unsigned char* const theirs = stbi_load_from_memory(reinterpret_cast<const unsigned char*>(file.data()),
                                                      static_cast<int>(file.size()), &w, &h, &c, 0);
  REQUIRE(theirs != nullptr);
  const auto ours = ganvas::io::decode_image<double>(file, {.low = 0});
  REQUIRE(ours.shape() == ganvas::Shape{h, w, c});
  const long last_row = static_cast<long>(h - 1) * w * c;
  for (int i = 0; i < w * c; ++i) {
    CHECK(ours.data()[i] * 255 == Approx(static_cast<double>(theirs[last_row + i])));
    CHECK(ours.data()[last_row + i] * 255 == Approx(static_cast<double>(theirs[i])));
  }
  stbi_image_free(theirs);
}
