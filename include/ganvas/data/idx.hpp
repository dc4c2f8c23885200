#pragma once
// IDX, the file format of MNIST [LeCun, yann.lecun.com/exdb/mnist]: two zero bytes, a type, the number of axes, each
// extent in four bytes, then the elements; all big-endian. Plain or packed by gzip, whatever the name says.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>
#include <zlib.h>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/file.hpp"

GANVAS_BEGIN

namespace data {

namespace detail {

/// The bytes of a file one after the other, unpacked if it is packed by gzip.
class IdxStream {
 public:
  explicit IdxStream(const std::filesystem::path& path) : file_(path, "idx") {
    packed_ = file_.size() >= 2 && file_.read(0, 2) == "\x1F\x8B";
    if (!packed_) return;
    packed_bytes_.resize(std::size_t{1} << 16);
    require<Error>(inflateInit2(&inflate_, 15 + 16) == Z_OK, "idx", "no memory is left to unpack ", name(), ".");
  }
  IdxStream(const IdxStream&) = delete;
  IdxStream& operator=(const IdxStream&) = delete;
  ~IdxStream() {
    if (packed_) inflateEnd(&inflate_);
  }

  [[nodiscard]] std::string name() const { return file_.name(); }
  [[nodiscard]] bool packed() const { return packed_; }
  /// Bytes of the file as it lies on the disk.
  [[nodiscard]] std::uint64_t size() const { return file_.size(); }
  /// True if the file ended before its packing did.
  [[nodiscard]] bool cut_off() const { return cut_off_; }

  /// As many of `count` bytes as there are. Throws FileError if the packing is damaged.
  std::size_t read(unsigned char* to, std::size_t count) {
    if (!packed_) return take(to, count);
    inflate_.next_out = to;
    inflate_.avail_out = static_cast<uInt>(count);
    while (inflate_.avail_out > 0) {
      if (inflate_.avail_in == 0) {
        inflate_.next_in = packed_bytes_.data();
        inflate_.avail_in = static_cast<uInt>(take(packed_bytes_.data(), packed_bytes_.size()));
        cut_off_ = inflate_.avail_in == 0 && !ended_;
        if (inflate_.avail_in == 0) break;
      }
      if (ended_) inflateReset(&inflate_);  // a packed file may have several parts
      const int code = ::inflate(&inflate_, Z_NO_FLUSH);
      require<FileError>(code == Z_OK || code == Z_STREAM_END, "idx", name(),
                         " is damaged: its gzip packing cannot be undone (",
                         inflate_.msg != nullptr ? inflate_.msg : "unknown reason", ").");
      ended_ = code == Z_STREAM_END;
    }
    return count - inflate_.avail_out;
  }

 private:
  std::size_t take(unsigned char* to, std::size_t count) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(count, file_.size() - at_));
    file_.read(at_, to, n);
    at_ += n;
    return n;
  }

  io::InputFile file_;
  std::uint64_t at_ = 0;
  bool packed_ = false, cut_off_ = false, ended_ = false;
  z_stream inflate_{};
  std::vector<unsigned char> packed_bytes_;
};

/// A number of four big-endian bytes.
inline std::uint32_t big_endian(const unsigned char* b) {
  return std::uint32_t{b[0]} << 24U | std::uint32_t{b[1]} << 16U | std::uint32_t{b[2]} << 8U | b[3];
}

/// count big-endian elements of a type as T.
template <class Stored, class T>
void convert(const IdxStream& file, const unsigned char* from, T* to, std::size_t count) {
  if constexpr (std::is_integral_v<T> && std::is_floating_point_v<Stored>) {
    fail<FileError>("idx", file.name(), " holds floating-point numbers; read them as float or double.");
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      std::array<unsigned char, sizeof(Stored)> bytes{};
      std::reverse_copy(from + i * sizeof(Stored), from + (i + 1) * sizeof(Stored), bytes.begin());
      static_assert(std::endian::native == std::endian::little, "reverse_copy makes little-endian numbers");
      const auto x = std::bit_cast<Stored>(bytes);
      if constexpr (std::is_integral_v<T>) {
        constexpr auto low = static_cast<std::int64_t>(std::numeric_limits<T>::min());
        constexpr auto high = static_cast<std::int64_t>(std::numeric_limits<T>::max());
        require<FileError>(x >= low && x <= high, "idx", file.name(), " holds the number ", +x,
                           ", which the integer type asked for cannot hold.");
      }
      to[i] = static_cast<T>(x);
    }
  }
}

template <class T>
using IdxConvert = void (*)(const IdxStream&, const unsigned char*, T*, std::size_t);

/// What the third byte of the file means.
template <class T>
struct IdxType {
  int code;
  std::size_t size;
  IdxConvert<T> convert;
};

template <class T>
IdxType<T> idx_type(const IdxStream& file, int code) {
  constexpr IdxType<T> types[] = {{0x08, 1, convert<std::uint8_t, T>}, {0x09, 1, convert<std::int8_t, T>},
                                  {0x0B, 2, convert<std::int16_t, T>}, {0x0C, 4, convert<std::int32_t, T>},
                                  {0x0D, 4, convert<float, T>},        {0x0E, 8, convert<double, T>}};
  for (const IdxType<T>& type : types)
    if (type.code == code) return type;
  fail<FileError>("idx", file.name(), " has the element type ", code,
                  "; IDX knows 8 (unsigned byte), 9, 11, 12, 13 and 14.");
}

}  // namespace detail

/// The array of an IDX file as a tensor of T (float, double or an integer type); numbers keep their value, so pixels
/// are 0..255. Throws FileError for a file that is missing, no IDX, too short or too long; never allocates more than
/// the file can hold.
template <class T>
[[nodiscard]] Tensor<T> read_idx(const std::filesystem::path& path) {
  static_assert(std::is_arithmetic_v<T> && !(std::is_integral_v<T> && std::is_unsigned_v<T> && sizeof(T) == 8),
                "read_idx makes tensors of float, double or integers of at most 63 bits");
  detail::IdxStream file(path);
  const char* const kind = file.packed() ? " unpacked bytes" : " bytes";
  std::array<unsigned char, 4> magic{};
  require<FileError>(file.read(magic.data(), 4) == 4 && magic[0] == 0 && magic[1] == 0, "idx", file.name(),
                     " is no IDX file; those begin with two zero bytes, a type and the number of axes.");
  const auto type = detail::idx_type<T>(file, magic[2]);
  const std::size_t rank = magic[3];
  require<FileError>(rank >= 1 && rank <= Shape::max_rank, "idx", file.name(), " has ", rank, " axes; 1 to ",
                     int{Shape::max_rank}, " are read here.");
  std::array<unsigned char, std::size_t{4} * Shape::max_rank> extents{};
  require<FileError>(file.read(extents.data(), 4 * rank) == 4 * rank, "idx", file.name(), " ends within its header of ",
                     4 + 4 * rank, kind, ".");
  Shape shape;
  try {
    for (std::size_t i = 0; i < rank; ++i)
      shape.append(static_cast<index_t>(detail::big_endian(extents.data() + 4 * i)));
  } catch (const ShapeError&) {
    fail<FileError>("idx", file.name(), " declares an absurd shape: its number of elements overflows.");
  }

  // gzip packs at best 1032 to 1, so a file that declares more than that is a lie, seen before memory is asked for.
  const std::uint64_t header = 4 + 4 * rank;
  const std::uint64_t expected = header + static_cast<std::uint64_t>(shape.numel()) * type.size;
  const std::uint64_t most = file.packed() ? file.size() * 1032 : file.size();
  require<FileError>(file.packed() ? expected <= most : expected == most, "idx", file.name(), ": shape ", shape,
                     " needs ", expected, kind, ", but the file has ", file.packed() ? "at most " : "", most, ".");
  Tensor<T> t(shape);
  T* const out = t.mutable_data();
  const auto n = static_cast<std::size_t>(t.numel());
  constexpr std::size_t block = std::size_t{1} << 16;
  std::vector<unsigned char> bytes(block * type.size);
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t count = std::min(block, n - i);
    const std::size_t got = file.read(bytes.data(), count * type.size);
    require<FileError>(got == count * type.size, "idx", file.name(), ": shape ", shape, " needs ", expected, kind,
                       ", but the file has ", header + i * type.size + got, "; it is truncated.");
    type.convert(file, bytes.data(), out + i, count);
  }
  // Reading on finds what is too much, and makes zlib check its sum over the whole content.
  require<FileError>(file.read(bytes.data(), 1) == 0, "idx", file.name(), ": shape ", shape, " needs ", expected, kind,
                     ", but the file has more.");
  require<FileError>(!file.cut_off(), "idx", file.name(), " is truncated: the end of its gzip packing is missing.");
  return t;
}

}  // namespace data

GANVAS_END
