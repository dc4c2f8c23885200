#pragma once
// Makes IDX files, and packs bytes by gzip.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

namespace test {

/// An IDX file of the given type, extents and bytes of elements.
inline std::string idx(int type, const std::vector<std::uint32_t>& extents, const std::string& data) {
  std::string bytes{'\0', '\0', static_cast<char>(type), static_cast<char>(extents.size())};
  for (const std::uint32_t e : extents)
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(e >> shift & 0xFFU);
  return bytes + data;
}

inline std::string gzip(const std::string& bytes) {
  z_stream z{};
  if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("deflateInit2");
  std::string packed(deflateBound(&z, static_cast<uLong>(bytes.size())) + 32, '\0');
  std::vector<Bytef> in(bytes.begin(), bytes.end());
  z.next_in = in.data();
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&z, Z_FINISH);
  packed.resize(packed.size() - z.avail_out);
  deflateEnd(&z);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

}  // namespace test
