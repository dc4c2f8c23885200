// Picture files have the pixels that they were made from (PNG) or that PIL reads (JPEG), upright.

#include "support/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ganvas/io/read_image.hpp"

#include "golden/golden.hpp"

using namespace ganvas;

TEST_CASE("pixels of PNG and JPEG files", "[golden]") {
  REQUIRE(test::picture_cases().size() == 28);
  for (const auto& one : test::picture_cases()) {
    const auto name = one.at("name").get<std::string>();
    CAPTURE(name);
    const double maximum = one.at("maximum").get<double>();
    const auto expected = golden::tensor<double>(one.at("pixels"));
    const std::string file = test::bytes_of(one);
    const auto exact = io::decode_image<double>(file, {.low = 0}, name);
    const auto image = io::decode_image<float>(file);
    REQUIRE(exact.shape() == expected.shape());
    REQUIRE(image.shape() == expected.shape());
    double worst = 0, worst_float = 0;
    for (index_t i = 0; i < exact.numel(); ++i) {
      worst = std::max(worst, std::abs(exact.data()[i] * maximum - expected.data()[i]));
      worst_float = std::max(worst_float, std::abs(static_cast<double>(image.data()[i]) - (2 * exact.data()[i] - 1)));
    }
    CHECK(worst <= one.at("tolerance").get<double>() + 1e-9);
    CHECK(worst_float <= 1e-7);
  }
}

TEST_CASE("what files say about themselves", "[golden]") {
  const auto info = [](const char* name) { return io::picture_info(test::picture_file(name), name, 1000); };
  CHECK(info("rgba16.png").channels == 4);
  CHECK(info("rgba16.png").bits == 16);
  CHECK(info("rgba16.png").png);
  CHECK(info("palette2_alpha.png").channels == 4);
  CHECK(info("grey8_key.png").channels == 2);
  CHECK(info("rgb8_exif6.png").orientation == 6);
  CHECK(info("grey.jpg").channels == 1);
  CHECK_FALSE(info("grey.jpg").png);
  for (int o = 1; o <= 8; ++o) {
    const auto i = info(("exif" + std::to_string(o) + ".jpg").c_str());
    CHECK(i.orientation == o);
    CHECK(i.width == 13);  // as it is stored
    CHECK(i.height == 18);
  }
  const auto flat = io::decode_image<float>(test::picture_file("exif6.jpg"), {.orient = false});
  CHECK(flat.shape() == Shape{18, 13, 3});
}
