#include "ganvas/io/read_image.hpp"

#include <cstdint>

#include "ganvas/io/png.hpp"

#include "support/files.hpp"
#include "support/pictures.hpp"

using namespace ganvas;
using test::picture_file;
using test::says;
using test::sentence;

namespace {

std::string refusal(const std::string& bytes, const io::ReadImageOptions& o = {}) {
  return sentence([&] { static_cast<void>(io::decode_image(bytes, o, "a.png")); });
}

/// Decodes what may be damaged: true if it was taken for a picture. Anything but a sentence fails the test.
bool survives(const std::string& bytes) {
  try {
    return io::decode_image(bytes, {.max_pixels = 100'000}).numel() > 0;
  } catch (const FileError& e) {
    const std::string text = e.what();
    CHECK(text.starts_with("[read_image] the picture "));
    CHECK(text.ends_with('.'));
    return false;
  }
}

const std::string end_of_png = test::png_chunk("IEND", "");

}  // namespace

TEST_CASE("what write_png writes is read back", "[io]") {
  const test::Folder folder;
  for (const index_t channels : {1, 3, 4}) {
    Tensor<float> image({4, 7, channels});
    for (index_t i = 0; i < image.numel(); ++i)
      image.mutable_data()[i] = static_cast<float>(i * 37 % 256) / 127.5F - 1.0F;
    io::write_png(folder / "a.png", image);
    const auto again = io::read_image(folder / "a.png");
    REQUIRE(again.shape() == image.shape());
    for (index_t i = 0; i < image.numel(); ++i) CHECK(again.data()[i] == Approx(image.data()[i]).margin(1e-6));
    CHECK(io::read_picture_info(folder / "a.png").channels == channels);
  }
  const auto unit = io::read_image<double>(folder / "a.png", {.low = 0});
  CHECK(unit(0, 0, 0) == 0.0);
  CHECK(unit(0, 0, 1) == Approx(37.0 / 255));
}

TEST_CASE("files that are no pictures say what they are", "[io]") {
  const test::Folder folder;
  const auto read = [&](const char* name) {
    return sentence([&] { static_cast<void>(io::read_image(folder / name)); });
  };
  CHECK(says(read("missing.png"), "missing.png does not exist"));
  CHECK(says(sentence([&] { static_cast<void>(io::read_image(folder.path())); }), "is a directory"));
  CHECK(says(sentence([&] { static_cast<void>(io::read_image("/dev/null")); }), "a device or pipe"));
  test::put(folder / "empty.png", "");
  CHECK(says(read("empty.png"), "empty.png is empty."));
  test::put(folder / "a.png", "GIF89a rest");
  CHECK(says(read("a.png"), "is no PNG or JPEG picture but a GIF picture"));
  CHECK(says(refusal("RIFF\1\2\3\4WEBPVP8 "), "a WebP picture"));
  CHECK(says(refusal("hello world"), "something that begins with 'hello wo'"));
  CHECK(says(refusal(std::string("\0\1\2", 3)),
             "something that begins with '?"
             "?"
             "?'"));
  CHECK(says(refusal("version https://git-lfs.github.com/spec/v1"), "a pointer of Git LFS"));
  CHECK(says(refusal("x"), "begins with 'x'"));
#if defined(__unix__)
  test::put(folder / "secret.png", picture_file("rgb8.png"));
  std::filesystem::permissions(folder / "secret.png", std::filesystem::perms::none);
  if (!std::ifstream(folder / "secret.png").is_open())  // root can read everything
    CHECK(says(read("secret.png"), "cannot open"));
#endif
}

TEST_CASE("options that make no sense", "[io]") {
  const std::string file = picture_file("rgb8.png");
  CHECK(says(refusal(file, {.low = 1}), "low must be less than high"));
  CHECK(says(refusal(file, {.max_pixels = 0}), "max_pixels at least 1"));
}

TEST_CASE("every truncation of every file is seen", "[io]") {
  for (const auto& one : test::picture_cases()) {
    CAPTURE(one.at("name").get<std::string>());
    const std::string file = test::bytes_of(one);
    REQUIRE(survives(file));
    CHECK(survives(file + "trailing bytes do no harm"));
    for (std::size_t n = 0; n < file.size(); ++n) {
      CAPTURE(n);
      CHECK_FALSE(survives(file.substr(0, n)));
    }
  }
  const std::string jpeg = picture_file("rgb420.jpg");
  CHECK(says(refusal(jpeg.substr(0, jpeg.size() - 2)), "is truncated: it ends within the picture"));
  CHECK(says(refusal("\x89PNG"), "is truncated"));
}

TEST_CASE("changed bytes never crash, and PNG's checksums find them", "[io]") {
  std::uint32_t state = 1;
  const auto random = [&state] { return (state = state * 1664525U + 1013904223U) >> 8U; };
  for (const auto& one : test::picture_cases()) {
    const auto name = one.at("name").get<std::string>();
    CAPTURE(name);
    const std::string file = test::bytes_of(one);
    for (int round = 0; round < 150; ++round) {
      std::string changed = file;
      const std::uint32_t changes = 1 + random() % 4;
      for (std::uint32_t i = 0; i < changes; ++i) {
        char& byte = changed[random() % file.size()];
        byte = static_cast<char>(round % 2 == 0 ? byte ^ (1 << random() % 8) : static_cast<int>(random() % 256));
      }
      const bool taken = survives(changed);
      if (name.ends_with(".png") && changed != file) CHECK_FALSE(taken);
    }
  }
}

TEST_CASE("damage behind right checksums", "[io]") {
  const std::string pixels = test::zlib_pack(std::string(std::size_t{4} * 13, '\0'));  // 4 x 4 RGB
  CHECK(io::decode_image(test::png_file(4, 4, 8, 2, pixels)).shape() == Shape{4, 4, 3});
  CHECK(says(refusal(test::png_file(4, 5, 8, 2, pixels)), "is damaged"));  // too few pixels
  CHECK(says(refusal(test::png_file(4, 4, 8, 2, "rubbish")), "is damaged"));
  CHECK(says(refusal(test::png_file(4, 4, 8, 3, pixels)), "is damaged"));  // no palette
  CHECK(says(refusal(test::png_file(4, 4, 8, 5, pixels)), "colour type 5 with 8 bits"));
  CHECK(says(refusal(test::png_file(4, 4, 3, 0, pixels)), "colour type 0 with 3 bits"));
  CHECK(says(refusal(test::png_file(4, 4, 16, 3, pixels)), "colour type 3 with 16 bits"));
  CHECK(says(refusal(test::png_file(0, 4, 8, 2, pixels)), "declares 0 x 4 pixels"));
  CHECK(says(refusal("\x89PNG\r\n\x1A\n" + test::png_chunk("IDAT", pixels) + end_of_png),
             "does not begin with a header"));
  CHECK(says(refusal(test::png_file(4, 4, 8, 2, "")), "holds no pixels"));
  const std::string five(std::size_t{4} * 13, '\5');  // a filter that does not exist
  CHECK(says(refusal(test::png_file(4, 4, 8, 2, test::zlib_pack(five))), "is damaged"));
  CHECK_FALSE(survives(test::png_file(4, 4, 8, 2, pixels, test::png_chunk("IHDR", std::string(13, '\1')))));
  CHECK_FALSE(survives(test::png_file(4, 4, 8, 2, pixels, test::png_chunk("tRNS", std::string(300, '\1')))));
  CHECK_FALSE(survives(test::png_file(4, 4, 8, 3, pixels, test::png_chunk("PLTE", std::string(769, '\1')))));
}

TEST_CASE("bombs cost no memory", "[io]") {
  const std::string zeros = test::zlib_pack(std::string(20'000'000, '\0'));
  CHECK(zeros.size() < 30'000);
  // Pixels that are there, but more than the options allow.
  CHECK(says(refusal(test::png_file(4000, 4999, 8, 0, zeros), {.max_pixels = 1000}),
             "has 4000 x 4999 pixels; at most 1000 are read here (max_pixels)"));
  CHECK(says(refusal(test::png_file(0xFFFFFFFF, 0xFFFFFFFF, 16, 6, zeros)), "has only"));
  CHECK(says(refusal(test::png_file(60'000, 1'000, 16, 6, "tiny")),
             "declares 60000 x 1000 pixels, but has only 4 bytes"));
  // A header of 2 x 2 pixels before 20 MB: unpacking stops where there is more than a picture of that size has.
  const std::string text = refusal(test::png_file(2, 2, 8, 0, zeros));
  CHECK(says(text, "is damaged"));
  std::string jpeg = picture_file("progressive.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC2");
  REQUIRE(frame != std::string::npos);
  for (std::size_t i = 5; i < 9; ++i) jpeg[frame + i] = '\xFF';
  CHECK(says(refusal(jpeg), "declares 65535 x 65535 pixels, but has only"));
  const std::size_t scan = jpeg.find("\xFF\xDA");
  std::string many = picture_file("progressive.jpg");
  const std::size_t length = 2 + static_cast<std::size_t>(static_cast<unsigned char>(many[scan + 3]));
  const std::string header = many.substr(scan, length);
  std::string scans;
  for (int i = 0; i < 600; ++i) scans += header;
  many.insert(scan, scans);
  CHECK(says(refusal(many), "more than 100 passes"));
}

TEST_CASE("a JPEG file has a bit or more for each block of 8 x 8 pixels", "[io]") {
  using namespace std::string_literals;
  // Flat and progressive, 1024 x 1024: one code, of one bit, says that a block is as bright as the one before.
  const std::string begin = "\xFF\xD8\xFF\xDB\0\x43\0"s + std::string(64, '\1') +
                            "\xFF\xC2\0\x0B\x08\4\0\4\0\1\1\x11\0\xFF\xC4\0\x14\0\1"s + std::string(16, '\0') +
                            "\xFF\xDA\0\x08\1\1\0\0\0\0"s;
  const auto with = [&](std::size_t pixels) { return begin + std::string(pixels, '\0') + "\xFF\xD9"; };
  const auto flat = io::decode_image(with(128 * 128 / 8));
  REQUIRE(flat.shape() == Shape{1024, 1024, 1});
  CHECK(flat(1023, 1023, 0) == flat(0, 0, 0));
  CHECK(says(refusal(with(1024)), "declares 1024 x 1024 pixels, but has only 1142 bytes"));
}

TEST_CASE("JPEG of kinds that are not read", "[io]") {
  std::string jpeg = picture_file("rgb444.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  REQUIRE(frame != std::string::npos);
  const auto with = [&](std::size_t offset, char value) {
    std::string changed = jpeg;
    changed[frame + offset] = value;
    return changed;
  };
  CHECK(says(refusal(with(1, '\xC9')), "of a rare kind (lossless, hierarchical or arithmetic)"));
  CHECK(says(refusal(with(4, '\x0C')), "has 12 bits a channel"));
  CHECK(says(refusal(with(9, '\2')), "has 2 colour components"));
  CHECK(says(refusal(with(0, '\0')), "should begin at byte"));
  CHECK(says(refusal(std::string("\xFF\xD8\xFF\xD9", 4)), "has no scan"));
  CHECK(says(refusal(std::string("\xFF\xD8\xFF\xE0\0\1", 6)), "impossible length"));
  CHECK(says(refusal(std::string("\xFF\xD8\xFF\xDA\0\2\xFF\xD9", 8)), "pixels come before the frame header"));
  // A table of 16 times 255 codes, which overflows the decoder's memory in the versions of before 2023.
  std::string codes = jpeg;
  codes.insert(frame, std::string("\xFF\xC4\x10\x03\0", 5) + std::string(4096, '\xFF'));
  CHECK(says(refusal(codes), "a table of codes has 4080 values; at most 256 are possible"));
  codes = jpeg;
  codes.insert(frame, std::string("\xFF\xC4\0\x04\0\1", 6));
  CHECK(says(refusal(codes), "is damaged: a table of codes"));
  CHECK_FALSE(survives(with(11, '\0')));  // sampling factors of zero
  CHECK_FALSE(survives(with(11, '\xFF')));
}

TEST_CASE("EXIF data that is damaged turns nothing", "[io]") {
  using io::detail::exif_orientation;
  const std::string good("MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0", 26);
  CHECK(exif_orientation(good) == 6);
  for (std::size_t n = 0; n < 22; ++n) CHECK(exif_orientation(std::string_view(good).substr(0, n)) == 1);
  const auto with = [&](std::size_t at, char value) {
    std::string changed = good;
    changed[at] = value;
    return exif_orientation(changed);
  };
  CHECK(with(0, 'X') == 1);
  CHECK(with(3, '+') == 1);
  CHECK(with(4, '\xFF') == 1);  // a directory beyond the end
  CHECK(with(7, '\x19') == 1);
  CHECK(with(8, '\xFF') == 6);  // more entries than there is room for, behind the right one
  CHECK(with(13, '\4') == 1);   // a long number
  CHECK(with(17, '\2') == 1);   // two values
  CHECK(with(19, '\0') == 1);
  CHECK(with(19, '\11') == 1);
}
