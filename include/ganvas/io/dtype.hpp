#pragma once
// The element types of files (safetensors, .npy) and their conversion to and from a tensor's scalar.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/float16.hpp"

GANVAS_BEGIN

namespace io {

static_assert(
    std::endian::native == std::endian::little,
    "ganvas/io reads and writes little-endian files byte for byte; a big-endian machine needs byte swaps here");

/// Element type of an array in a file, by its safetensors name.
enum class Dtype { F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL };

namespace detail {

struct DtypeInfo {
  Dtype dtype;
  std::string_view name;   ///< in safetensors
  std::string_view numpy;  ///< in .npy; numpy has no BF16
  std::size_t size;        ///< bytes an element
};
inline constexpr DtypeInfo dtypes[] = {{Dtype::F64, "F64", "<f8", 8}, {Dtype::F32, "F32", "<f4", 4},
                                       {Dtype::F16, "F16", "<f2", 2}, {Dtype::BF16, "BF16", "", 2},
                                       {Dtype::I64, "I64", "<i8", 8}, {Dtype::I32, "I32", "<i4", 4},
                                       {Dtype::I16, "I16", "<i2", 2}, {Dtype::I8, "I8", "|i1", 1},
                                       {Dtype::U8, "U8", "|u1", 1},   {Dtype::BOOL, "BOOL", "|b1", 1}};

constexpr const DtypeInfo& info(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)]; }

/// The entry with the given safetensors or numpy name, or null.
constexpr const DtypeInfo* find_dtype(std::string_view name, std::string_view DtypeInfo::*column) {
  for (const DtypeInfo& d : dtypes)
    if (!name.empty() && d.*column == name) return &d;
  return nullptr;
}

/// The dtype that holds a T exactly.
template <class T>
constexpr Dtype native_dtype() {
  static_assert(std::is_same_v<T, double> || std::is_same_v<T, float> || std::is_same_v<T, std::int64_t>,
                "files hold tensors of float, double or std::int64_t; cast<float>() the tensor first");
  if constexpr (std::is_same_v<T, double>) return Dtype::F64;
  if constexpr (std::is_same_v<T, float>) return Dtype::F32;
  return Dtype::I64;
}

constexpr bool is_floating(Dtype dtype) { return dtype <= Dtype::BF16; }

template <class Stored, class T>
void widen(const char* from, T* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored x;
    std::memcpy(&x, from + i * sizeof(Stored), sizeof(Stored));
    to[i] = static_cast<T>(x);
  }
}

/// count elements of the given dtype as T. For an integer T the dtype must be an integer too.
template <class T>
void decode(Dtype dtype, const char* from, T* to, std::size_t count) {
  const auto bits = [from](std::size_t i) {
    std::uint16_t b = 0;
    std::memcpy(&b, from + 2 * i, 2);
    return b;
  };
  switch (dtype) {
    case Dtype::F16:
      for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<T>(from_f16(bits(i)));
      break;
    case Dtype::BF16:
      for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<T>(from_bf16(bits(i)));
      break;
    case Dtype::F64:
      widen<double>(from, to, count);
      break;
    case Dtype::F32:
      widen<float>(from, to, count);
      break;
    case Dtype::I64:
      widen<std::int64_t>(from, to, count);
      break;
    case Dtype::I32:
      widen<std::int32_t>(from, to, count);
      break;
    case Dtype::I16:
      widen<std::int16_t>(from, to, count);
      break;
    case Dtype::I8:
      widen<std::int8_t>(from, to, count);
      break;
    case Dtype::U8:
    case Dtype::BOOL:
      widen<std::uint8_t>(from, to, count);
      break;
  }
}

/// One number as the bytes of a floating dtype; false where a finite number would become infinite.
inline bool encode(Dtype dtype, double x, char* to) {
  const auto put = [to](const auto value) { std::memcpy(to, &value, sizeof(value)); };
  switch (dtype) {
    case Dtype::F64:
      put(x);
      return true;
    case Dtype::F32: {
      if (std::abs(x) >= 0x1.ffffffp127 && !std::isinf(x)) return false;  // rounds to 2^128
      put(static_cast<float>(x));
      return true;
    }
    case Dtype::F16:
      put(to_f16(x));
      return std::isfinite(from_f16(to_f16(x))) || !std::isfinite(x);
    case Dtype::BF16:
      put(to_bf16(x));
      return std::isfinite(from_bf16(to_bf16(x))) || !std::isfinite(x);
    default:
      fail<ValueError>("dtype", "floating-point numbers are not written as ", info(dtype).name, ".");
  }
}

}  // namespace detail
}  // namespace io

GANVAS_END
