#pragma once
// A small PNG decoder, written for the tests: every chunk's sum is checked, every filter is undone. 8 bits, no
// interlace.

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

namespace test {

struct Image {
  std::size_t width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> pixels;
  [[nodiscard]] int at(std::size_t x, std::size_t y, std::size_t c = 0) const {
    return pixels.at((y * width + x) * channels + c);
  }
};

inline Image decode_png(const std::string& file) {
  const auto check = [](bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
  };
  const auto number = [&](std::size_t at) {
    check(at + 4 <= file.size(), "the file is too short");
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < 4; ++i) n = n << 8U | static_cast<unsigned char>(file[at + i]);
    return n;
  };
  check(file.substr(0, 8) == "\x89PNG\r\n\x1A\n", "no PNG signature");
  Image image;
  std::string packed;
  bool ended = false;
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t length = number(at);
    const std::string type = file.substr(at + 4, 4);
    check(at + 12 + length <= file.size(), "a chunk is longer than the file");
    const auto* covered = reinterpret_cast<const Bytef*>(file.data() + at + 4);
    check(crc32(0, covered, static_cast<uInt>(length + 4)) == number(at + 8 + length), "a chunk's sum is wrong");
    if (type == "IHDR") {
      image.width = number(at + 8);
      image.height = number(at + 12);
      const int kind = file[at + 17];
      image.channels = kind == 0 ? 1 : kind == 2 ? 3 : kind == 6 ? 4 : 0;
      check(file[at + 16] == 8 && image.channels != 0 && file[at + 20] == 0, "not a kind that is decoded here");
    }
    if (type == "IDAT") packed += file.substr(at + 8, length);
    ended = type == "IEND";
    at += 12 + length;
  }
  check(ended, "no end");
  const std::size_t row = image.width * image.channels;
  std::vector<std::uint8_t> lines((row + 1) * image.height);
  uLongf got = lines.size();
  check(uncompress(lines.data(), &got, reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK &&
            got == lines.size(),
        "the pixels cannot be unpacked");
  image.pixels.resize(row * image.height);
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t i = 0; i < row; ++i) {
      const bool first = i < image.channels;
      const int a = first ? 0 : image.pixels[y * row + i - image.channels];
      const int b = y == 0 ? 0 : image.pixels[(y - 1) * row + i];
      const int c = first || y == 0 ? 0 : image.pixels[(y - 1) * row + i - image.channels];
      const int p = a + b - c;
      const int pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const int predicted[] = {0, a, b, (a + b) / 2, paeth};
      const std::uint8_t filter = lines[y * (row + 1)];
      check(filter < 5, "an unknown filter");
      image.pixels[y * row + i] = static_cast<std::uint8_t>(lines[y * (row + 1) + 1 + i] + predicted[filter]);
    }
  return image;
}

}  // namespace test
