#pragma once
// .npy, numpy's file of one array: the magic bytes, a Python dictionary with dtype, order and shape, then the elements.
// [numpy.org, "NEP 1: A simple file format for NumPy arrays"]

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

namespace detail {

struct NpyHeader {
  Dtype dtype = Dtype::F32;
  bool fortran_order = false;
  Shape shape;
  std::uint64_t data = 0;  ///< where the elements begin
};

/// Reads the dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, its keys in any order.
class NpyDictionary {
 public:
  NpyDictionary(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  [[nodiscard]] NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    need('{');
    while (!take('}')) {
      const std::string_view key = string();
      bool& seen = key == "descr" ? descr : key == "fortran_order" ? order : shape;
      if (key != "descr" && key != "fortran_order" && key != "shape") refuse("an unknown key ", quote(key));
      if (seen) refuse("the key ", quote(key), " twice");
      seen = true;
      need(':');
      if (key == "descr") {
        header.dtype = dtype();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else {
        header.shape = extents();
      }
      if (!take(',')) {
        need('}');
        break;
      }
    }
    skip();
    if (!text_.empty()) refuse("text behind its end");
    if (!descr || !order || !shape) refuse("no ", !descr ? "descr" : !order ? "fortran_order" : "shape");
    return header;
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... what) const {
    fail<FileError>("npy", file_, ": the header has ", what..., ".");
  }
  void skip() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool take(char c) {
    skip();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(char c) {
    if (!take(c)) refuse("no '", c, "' before ", quote(text_.substr(0, 20)));
  }
  std::string_view string() {
    skip();
    const char mark = text_.empty() ? ' ' : text_.front();
    if (mark != '\'' && mark != '"') refuse("no string before ", quote(text_.substr(0, 20)));
    const std::size_t end = text_.find(mark, 1);
    if (end == std::string_view::npos) refuse("a string without an end");
    const std::string_view s = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return s;
  }
  Dtype dtype() {
    skip();
    if (text_.starts_with('[')) refuse("a structured dtype; save a plain array of numbers");
    const std::string_view name = string();
    const DtypeInfo* found = find_dtype(name, &DtypeInfo::numpy);
    if (found == nullptr)
      refuse("the dtype ", quote(name), ", which is not read here; save the array with .astype('<f4')");
    return found->dtype;
  }
  bool boolean() {
    skip();
    const bool yes = text_.starts_with("True");
    if (!yes && !text_.starts_with("False")) refuse("a fortran_order that is neither True nor False");
    text_.remove_prefix(yes ? 4 : 5);
    return yes;
  }
  [[nodiscard]] bool is_digit(std::size_t i) const { return i < text_.size() && text_[i] >= '0' && text_[i] <= '9'; }
  Shape extents() {
    Shape shape;
    need('(');
    while (!take(')')) {
      if (shape.rank() == Shape::max_rank) refuse("a shape of more than ", int{Shape::max_rank}, " axes");
      skip();
      index_t extent = 0;
      std::size_t digits = 0;
      while (digits < 18 && is_digit(digits)) extent = extent * 10 + (text_[digits++] - '0');
      if (digits == 0 || is_digit(digits))
        refuse("a shape with an extent that is no size: ", quote(text_.substr(0, 24)));
      text_.remove_prefix(digits);
      try {
        shape.append(extent);
      } catch (const ShapeError&) {
        refuse("an absurd shape: its number of elements overflows");
      }
      if (!take(',')) {
        need(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
  std::string file_;
};

inline NpyHeader read_npy_header(InputFile& file) {
  require<FileError>(file.size() >= 10 && file.read(0, 6) == "\x93NUMPY", "npy", file.name(),
                     " is no .npy file; those begin with the bytes 93 NUMPY.");
  const int version = static_cast<unsigned char>(file.read(6, 1)[0]);
  require<FileError>(version >= 1 && version <= 3, "npy", file.name(), " has format version ", version,
                     "; 1, 2 and 3 are known.");
  std::uint32_t length = 0;
  file.read(8, &length, version == 1 ? 2 : 4);
  const std::uint64_t begin = version == 1 ? 10 : 12;
  require<FileError>(begin + length <= file.size(), "npy", file.name(), " declares a header of ", length,
                     " bytes, but the file has only ", file.size(), "; it is truncated.");
  const std::string text = file.read(begin, length);
  NpyHeader header = NpyDictionary(text, file.name()).parse();
  header.data = begin + length;
  const std::uint64_t expected = static_cast<std::uint64_t>(header.shape.numel()) * info(header.dtype).size;
  require<FileError>(file.size() - header.data == expected, "npy", file.name(), ": shape ", header.shape, " of ",
                     info(header.dtype).numpy, " needs ", expected, " bytes, but ", file.size() - header.data,
                     " follow the header.");
  return header;
}

/// A header of format 1.0. Every shape of up to five axes fits its 192 bytes, so that a first extent that is known only
/// at the end can be written over one of other length.
template <class T>
std::string print_npy_header(const Shape& shape) {
  std::string extents;
  for (int i = 0; i < shape.rank(); ++i) extents += std::to_string(shape[i]) + ",";  // Python reads (3,) and (3,4,)
  std::string text = "{'descr': '" + std::string(info(native_dtype<T>()).numpy) +
                     "', 'fortran_order': False, 'shape': (" + extents + "), }";
  constexpr std::size_t total = 192, before = 10;  // numpy wants the elements at a multiple of 64
  text.append(total - before - text.size() - 1, ' ');
  const std::string length{static_cast<char>(total - before), '\0'};  // two bytes, the low one first
  return std::string("\x93NUMPY\x01\0", 8) + length + text + '\n';
}

}  // namespace detail

/// The array of a .npy file as a tensor. Numbers of another type are converted; Fortran order is turned into row-major.
/// Throws FileError if the file is missing or wrong in any way.
template <class T>
[[nodiscard]] Tensor<T> read_npy(const std::filesystem::path& path) {
  InputFile file(path, "npy");
  const detail::NpyHeader header = detail::read_npy_header(file);
  if constexpr (detail::native_dtype<T>() == Dtype::I64)
    require<FileError>(!detail::is_floating(header.dtype), "npy", file.name(), " holds ",
                       detail::info(header.dtype).numpy, "; read it as float or double, not as integers.");
  Tensor<T> t(header.shape);
  T* const out = t.mutable_data();
  const std::size_t size = detail::info(header.dtype).size;
  const auto n = static_cast<std::size_t>(t.numel());
  constexpr std::size_t block = 8192;
  std::vector<char> bytes(std::min(block, n) * size);
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t count = std::min(block, n - i);
    file.read(header.data + i * size, bytes.data(), count * size);
    detail::decode(header.dtype, bytes.data(), out + i, count);
  }
  if (!header.fortran_order || t.rank() < 2 || t.empty()) return t;

  // Element k of the file has indices (i0, i1, ...) with the first running fastest.
  Tensor<T> rows(header.shape);
  const auto strides = row_major_strides(header.shape);
  std::array<index_t, Shape::max_rank> at{};
  index_t to = 0;
  for (index_t k = 0; k < t.numel(); ++k) {
    rows.mutable_data()[to] = out[k];
    for (int axis = 0; axis < t.rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      to += strides[a];
      if (++at[a] < header.shape[axis]) break;
      to -= strides[a] * header.shape[axis];
      at[a] = 0;
    }
  }
  return rows;
}

/// Writes a tensor of float, double or std::int64_t as numpy.load reads it.
template <class T>
void write_npy(const std::filesystem::path& path, const Tensor<T>& t) {
  AtomicFile file(path);
  file.write(detail::print_npy_header<T>(t.shape()));
  file.write(t.data(), static_cast<std::size_t>(t.numel()) * sizeof(T));
  file.commit();
}

/// A .npy file that is written batch by batch, e.g. samples of a generator. Before finish() there is no file.
template <class T>
class NpyWriter {
 public:
  /// sample_shape is the shape of one row: (28,28,1) for an array (N,28,28,1).
  NpyWriter(const std::filesystem::path& path, const Shape& sample_shape) : sample_(sample_shape), file_(path) {
    file_.write(detail::print_npy_header<T>(full_shape()));
  }

  /// Appends the rows of a tensor (n, sample_shape...).
  void append(const Tensor<T>& batch) {
    bool fits = batch.rank() == sample_.rank() + 1;
    for (int i = 0; fits && i < sample_.rank(); ++i) fits = batch.shape()[i + 1] == sample_[i];
    require(fits, "npy", "rows of shape ", sample_, " are needed, but the batch has shape ", batch.shape(), ".");
    file_.write(batch.data(), static_cast<std::size_t>(batch.numel()) * sizeof(T));
    rows_ += batch.shape()[0];
  }

  [[nodiscard]] index_t rows() const { return rows_; }

  /// Puts the number of rows into the header and the file in its place.
  void finish() {
    file_.overwrite_begin(detail::print_npy_header<T>(full_shape()));
    file_.commit();
  }

 private:
  [[nodiscard]] Shape full_shape() const {
    Shape s{rows_};
    for (int i = 0; i < sample_.rank(); ++i) s.append(sample_[i]);
    return s;
  }

  Shape sample_;
  index_t rows_ = 0;
  AtomicFile file_;
};

}  // namespace io

GANVAS_END
