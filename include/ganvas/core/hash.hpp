#pragma once
// A short name for many bytes: 128 bits that tell data apart and show that they did not change. It is no protection
// against somebody who wants two contents to have one hash.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/parallel.hpp"

GANVAS_BEGIN

struct Hash128 {
  std::uint64_t first = 0, second = 0;
  friend constexpr bool operator==(const Hash128&, const Hash128&) = default;

  /// 32 hexadecimal digits, those of `first` before those of `second`.
  [[nodiscard]] std::string str() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {first, second})
      for (unsigned shift = 64; shift > 0; shift -= 4) text += digits[half >> (shift - 4) & 15U];
    return text;
  }
};

namespace detail {

constexpr std::uint64_t rotate_left(std::uint64_t x, unsigned by) { return x << by | x >> (64U - by); }

/// The finaliser: every bit of x changes half of the bits of the result.
constexpr std::uint64_t avalanche(std::uint64_t x) {
  x = (x ^ x >> 33U) * 0xFF51AFD7ED558CCDU;
  x = (x ^ x >> 33U) * 0xC4CEB9FE1A85EC53U;
  return x ^ x >> 33U;
}

}  // namespace detail

static_assert(std::endian::native == std::endian::little, "hash128 reads words as little-endian machines have them");

/// MurmurHash3_x64_128 [Appleby, github.com/aappleby/smhasher], on little-endian machines.
[[nodiscard]] inline Hash128 hash128(const void* bytes, std::size_t count, std::uint32_t seed = 0) {
  constexpr std::uint64_t c1 = 0x87C37B91114253D5U, c2 = 0x4CF5AD432745937FU;
  const auto mix1 = [](std::uint64_t k) { return detail::rotate_left(k * c1, 31) * c2; };
  const auto mix2 = [](std::uint64_t k) { return detail::rotate_left(k * c2, 33) * c1; };
  const auto* const from = static_cast<const unsigned char*>(bytes);
  std::uint64_t h1 = seed, h2 = seed;
  std::uint64_t k[2];
  const std::size_t whole = count / 16 * 16;
  for (std::size_t i = 0; i < whole; i += 16) {
    std::memcpy(k, from + i, 16);
    h1 = (detail::rotate_left(h1 ^ mix1(k[0]), 27) + h2) * 5 + 0x52DCE729U;
    h2 = (detail::rotate_left(h2 ^ mix2(k[1]), 31) + h1) * 5 + 0x38495AB5U;
  }
  if (whole < count) {  // the last bytes, filled up with zeros
    k[0] = k[1] = 0;
    std::memcpy(k, from + whole, count - whole);
    h1 ^= mix1(k[0]);
    h2 ^= mix2(k[1]);
  }
  h1 ^= count;
  h2 ^= count;
  h1 += h2;
  h2 += h1;
  h1 = detail::avalanche(h1);
  h2 = detail::avalanche(h2);
  h1 += h2;
  return {h1, h1 + h2};
}
[[nodiscard]] inline Hash128 hash128(std::string_view text) { return hash128(text.data(), text.size()); }

/// The hash of the hashes of blocks of one mebibyte, which threads make side by side: for arrays of any size. Not equal
/// to hash128 of the same bytes.
[[nodiscard]] inline Hash128 hash128_of_blocks(const void* bytes, std::size_t count) {
  constexpr std::size_t block = std::size_t{1} << 20;
  const auto* const from = static_cast<const unsigned char*>(bytes);
  std::vector<Hash128> hashes((count + block - 1) / block);
  parallel_chunks(static_cast<index_t>(hashes.size()), 1, [&](index_t begin, index_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      hashes[i] = hash128(from + i * block, std::min(block, count - i * block));
  });
  return hash128(hashes.data(), hashes.size() * sizeof(Hash128));
}

GANVAS_END
