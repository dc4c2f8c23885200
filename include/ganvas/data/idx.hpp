#pragma once
// IDX, the file format of MNIST [LeCun, yann.lecun.com/exdb/mnist]: two zero bytes, a type, the number of axes, each
// extent in four bytes, then the elements; all big-endian. Plain or packed by gzip, whatever the name says.

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>
#include <zlib.h>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

namespace data {

namespace detail {

/// The bytes of a file, unpacked if it is packed by gzip.
class IdxStream {
 public:
  explicit IdxStream(const std::filesystem::path& path) : name_(path.string()), file_(nullptr, gzclose) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    require<FileError>(std::filesystem::exists(status), "idx", name_, " does not exist.");
    require<FileError>(std::filesystem::is_regular_file(status), "idx", name_, " is not a regular file.");
    size_ = std::filesystem::file_size(path, error);
    errno = 0;
    file_.reset(gzopen(name_.c_str(), "rb"));
    require<FileError>(file_ != nullptr, "idx", "cannot open ", name_, ": ",
                       errno != 0 ? std::generic_category().message(errno) : "no memory", ".");
    packed_ = gzdirect(file_.get()) == 0;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool packed() const { return packed_; }
  /// Bytes of the file as it lies on the disk.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// As many of `count` bytes as there are. Throws FileError if the packing is damaged.
  std::size_t read(void* to, std::size_t count) {
    const int got = gzread(file_.get(), to, static_cast<unsigned>(count));
    int code = Z_OK;  // Z_BUF_ERROR: the packed file ends too early
    const char* words = gzerror(file_.get(), &code);
    require<FileError>(code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END, "idx", name_,
                       " is damaged: its gzip packing cannot be undone (",
                       code == Z_ERRNO ? std::generic_category().message(errno) : std::string(words), ").");
    cut_off_ = code == Z_BUF_ERROR;
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  /// True if the last read ran into the end of a packed file that should be longer.
  [[nodiscard]] bool cut_off() const { return cut_off_; }

 private:
  std::string name_;
  std::uint64_t size_ = 0;
  bool packed_ = false, cut_off_ = false;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
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
