#pragma once
// The two 16-bit formats of weight files: F16 (5 exponent bits, 10 fraction bits) and BF16 (8 and 7).

#include <bit>
#include <cstdint>
#include <limits>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace io::detail {

/// 2^k for k in [-1022, 1023].
constexpr double power_of_two(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52U); }

/// x in a format of E exponent and M fraction bits, to the nearest number, ties to the even one [IEEE 754, sec. 4.3.1].
/// Starting from double means one rounding only. Too large a number becomes infinity; NaN stays NaN.
template <int E, int M>
constexpr std::uint16_t encode_float16(double x) {
  constexpr int bias = (1 << (E - 1)) - 1;
  constexpr std::uint64_t infinity = ((std::uint64_t{1} << E) - 1) << M;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t sign = bits >> 63U << (E + M);
  const int exponent = static_cast<int>(bits >> 52U & 0x7FFU) - 1023;
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52U) - 1);
  if (exponent == 1024)
    return static_cast<std::uint16_t>(sign | infinity | (fraction != 0 ? std::uint64_t{1} << (M - 1) : 0));
  // |x| = significand 2^(exponent - 52). Cut it to M bits behind the point, fewer below the smallest normal number.
  const int subnormal = exponent < 1 - bias ? 1 - bias - exponent : 0;
  const int cut = 52 - M + subnormal;
  if (cut > 53) return static_cast<std::uint16_t>(sign);  // less than half of the smallest number
  const std::uint64_t significand = fraction | std::uint64_t{1} << 52U;
  const std::uint64_t rest = significand & ((std::uint64_t{1} << cut) - 1);
  const std::uint64_t half = std::uint64_t{1} << (cut - 1);
  std::uint64_t kept = significand >> cut;
  if (rest > half || (rest == half && (kept & 1U) != 0)) ++kept;
  // A normal number's leading one, and any carry of the rounding, adds one to the exponent field.
  const std::uint64_t field = subnormal > 0 ? 0 : static_cast<std::uint64_t>(exponent + bias - 1) << M;
  const std::uint64_t magnitude = field + kept;
  return static_cast<std::uint16_t>(sign | (magnitude < infinity ? magnitude : infinity));
}

/// The number that such bits stand for; exact.
template <int E, int M>
constexpr double decode_float16(std::uint16_t bits) {
  constexpr int bias = (1 << (E - 1)) - 1;
  const int exponent = bits >> M & ((1 << E) - 1);
  const int fraction = bits & ((1 << M) - 1);
  double x = 0;
  if (exponent == (1 << E) - 1)
    x = fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    x = fraction * power_of_two(1 - bias - M);
  else
    x = (fraction + (1 << M)) * power_of_two(exponent - bias - M);
  return bits >> (E + M) != 0 ? -x : x;
}

constexpr std::uint16_t to_f16(double x) { return encode_float16<5, 10>(x); }
constexpr double from_f16(std::uint16_t bits) { return decode_float16<5, 10>(bits); }
constexpr std::uint16_t to_bf16(double x) { return encode_float16<8, 7>(x); }
constexpr double from_bf16(std::uint16_t bits) { return decode_float16<8, 7>(bits); }

}  // namespace io::detail

GANVAS_END
