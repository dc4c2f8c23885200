#pragma once
// SHA-256 [NIST FIPS 180-4, sec. 4.1.2, 5.1.1 and 6.2]: a name for content that nobody can fool. Of a file's bytes it
// is what `sha256sum` prints.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/dtype.hpp"

GANVAS_BEGIN

namespace io {

/// Takes bytes in any portions: Sha256().add("abc").hex().
class Sha256 {
 public:
  Sha256& add(const void* bytes, std::size_t count) {
    const auto* from = static_cast<const unsigned char*>(bytes);
    bytes_ += count;
    while (count > 0) {
      const std::size_t part = std::min(count, block_.size() - filled_);
      std::copy_n(from, part, block_.begin() + static_cast<std::ptrdiff_t>(filled_));
      from += part;
      count -= part;
      filled_ += part;
      if (filled_ < block_.size()) return *this;
      compress();
      filled_ = 0;
    }
    return *this;
  }
  Sha256& add(std::string_view text) { return add(text.data(), text.size()); }

  /// A zero byte, so that "ab", "c" and "a", "bc" differ.
  Sha256& end_part() {
    constexpr char zero = 0;
    return add(&zero, 1);
  }

  /// A tensor: its dtype and shape as "F32 (2,3)" and a zero byte, then its elements, little-endian. So tensors of the
  /// same bytes and other shapes differ.
  template <class T>
  Sha256& add(const Tensor<T>& t) {
    add(detail::info(detail::native_dtype<T>()).name).add(" ").add(t.shape().str()).end_part();
    return add(t.data(), static_cast<std::size_t>(t.numel()) * sizeof(T));
  }

  /// The hash of what was added so far, as 64 hexadecimal digits. More may be added afterwards.
  [[nodiscard]] std::string hex() const {
    Sha256 end = *this;  // the message, a bit 1, zeros, and the number of bits in 8 bytes [sec. 5.1.1]
    const std::uint64_t bits = bytes_ * 8;
    constexpr std::array<unsigned char, 64> padding{0x80};
    end.add(padding.data(), filled_ < 56 ? 56 - filled_ : 120 - filled_);
    std::array<unsigned char, 8> length{};
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<unsigned char>(bits >> (56 - 8 * i) & 0xFFU);
    end.add(length.data(), length.size());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint32_t word : end.state_)
      for (unsigned shift = 32; shift > 0; shift -= 4) text += digits[word >> (shift - 4) & 15U];
    return text;
  }

 private:
  /// The 64 steps on one block [sec. 6.2.2].
  void compress() {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t t = 0; t < 16; ++t)
      w[t] = std::uint32_t{block_[4 * t]} << 24U | std::uint32_t{block_[4 * t + 1]} << 16U |
             std::uint32_t{block_[4 * t + 2]} << 8U | std::uint32_t{block_[4 * t + 3]};
    for (std::size_t t = 16; t < 64; ++t) {
      const std::uint32_t x = w[t - 15], y = w[t - 2];
      w[t] = w[t - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3U) + w[t - 7] +
             (std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10U);
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t t = 0; t < 64; ++t) {
      const std::uint32_t t1 =
          h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + constants[t] + w[t];
      const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> step{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state_[i] += step[i];
  }

  // The first 32 bits of the fractions of the cube roots of the first 64 primes [sec. 4.2.2].
  static constexpr std::array<std::uint32_t, 64> constants{
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  // And of the square roots of the first 8 [sec. 5.3.3].
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t bytes_ = 0;
};

/// The hash of one tensor: its dtype, shape and elements.
template <class T>
[[nodiscard]] std::string content_hash(const Tensor<T>& t) {
  return Sha256().add(t).hex();
}

}  // namespace io

GANVAS_END
