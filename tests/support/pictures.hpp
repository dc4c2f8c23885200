#pragma once
// Picture files for tests: the ones of golden/data/pictures.json (made by PIL and by Python), and PNG chunks.

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

#ifndef GANVAS_TESTS_DIR  // set by tests/CMakeLists.txt
#  define GANVAS_TESTS_DIR "tests"
#endif

namespace test {

inline const nlohmann::json& picture_cases() {
  static const nlohmann::json all = [] {
    std::ifstream in(GANVAS_TESTS_DIR "/golden/data/pictures.json");
    return nlohmann::json::parse(in).at("cases");
  }();
  return all;
}

/// The bytes of a case's file.
inline std::string bytes_of(const nlohmann::json& one) {
  const auto hex = one.at("file").get<std::string>();
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}
inline std::string picture_file(const std::string& name) {
  for (const auto& one : picture_cases())
    if (one.at("name") == name) return bytes_of(one);
  throw std::runtime_error("there is no picture " + name);
}

/// Four big-endian bytes.
inline std::string four_bytes(std::uint32_t n) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(n >> shift & 0xFFU);
  return bytes;
}

/// A chunk of a PNG file with its checksum.
inline std::string png_chunk(const std::string& type, const std::string& content) {
  const std::string summed = type + content;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(summed.data()), static_cast<uInt>(summed.size()));
  return four_bytes(static_cast<std::uint32_t>(content.size())) + summed + four_bytes(static_cast<std::uint32_t>(sum));
}

/// A PNG file of the given header and packed pixels.
inline std::string png_file(std::uint32_t width, std::uint32_t height, int depth, int colour, const std::string& packed,
                            const std::string& between = "") {
  const std::string header = four_bytes(width) + four_bytes(height) + static_cast<char>(depth) +
                             static_cast<char>(colour) + std::string(3, '\0');
  return "\x89PNG\r\n\x1A\n" + png_chunk("IHDR", header) + between + png_chunk("IDAT", packed) + png_chunk("IEND", "");
}

/// Bytes packed as zlib packs them.
inline std::string zlib_pack(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<Bytef> packed(size);
  if (compress2(packed.data(), &size, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                9) != Z_OK)
    throw std::runtime_error("compress2");
  return {packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace test
