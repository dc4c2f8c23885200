#pragma once
// safetensors: 8 bytes with the length of a JSON header, the header {"name": {"dtype", "shape", "data_offsets"}, ...},
// then the elements, row-major, little-endian, without gaps. [github.com/huggingface/safetensors, section "Format"]

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/safetensors_header.hpp"
#include "ganvas/io/safetensors_parser.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/io/write_safetensors.hpp"

GANVAS_BEGIN

namespace io {

/// A safetensors file whose header was read and found to be right. Tensors are read when they are asked for, by one
/// thread at a time.
class Safetensors {
 public:
  /// Throws FileError if the file is missing or its header is wrong in any way.
  explicit Safetensors(const std::filesystem::path& path) : file_(std::make_shared<InputFile>(path, where)) {
    constexpr std::uint64_t longest_header = 100'000'000;  // as in the reference implementation
    const std::uint64_t size = file_->size();
    require<FileError>(size >= 8, where, file_->name(), " has ", size,
                       " bytes; a safetensors file begins with 8 bytes for the length of its header.");
    std::uint64_t length = 0;
    file_->read(0, &length, 8);
    require<FileError>(length <= size - 8, where, file_->name(), " declares a header of ", length, " bytes, but only ",
                       size - 8, " bytes follow; it is truncated or no safetensors file.");
    require<FileError>(length <= longest_header, where, file_->name(), " declares a header of ", length,
                       " bytes; at most ", longest_header, " are accepted.");
    header_ = detail::parse_safetensors_header(file_->name(), file_->read(8, length), size - 8 - length);
    data_ = 8 + length;
  }

  /// The entries in the order of the header.
  [[nodiscard]] const std::vector<SafetensorsEntry>& entries() const { return header_.entries; }
  /// Free text by key, e.g. {"format": "pt"}.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  [[nodiscard]] bool contains(const std::string& name) const { return header_.index.contains(name); }
  [[nodiscard]] std::string name() const { return file_->name(); }

  /// Dtype and shape of an entry. Throws FileError, naming what there is, if there is none of that name.
  [[nodiscard]] const SafetensorsEntry& entry(const std::string& name) const {
    const auto found = header_.index.find(name);
    if (found != header_.index.end()) return header_.entries[found->second];
    std::string there;
    for (std::size_t i = 0; i < std::min<std::size_t>(4, header_.entries.size()); ++i)
      there += (i == 0 ? "" : ", ") + detail::quote(header_.entries[i].name);
    fail<FileError>(where, file_->name(), " has no entry ", detail::quote(name), "; it has ", header_.entries.size(),
                    " entries", there.empty() ? "" : ": ", there, header_.entries.size() > 4 ? ", ..." : "", ".");
  }

  /// The elements of an entry as T: float, double, or std::int64_t for an entry of integers.
  template <class T>
  [[nodiscard]] Tensor<T> get(const std::string& name) const {
    const SafetensorsEntry& e = entry(name);
    if constexpr (detail::native_dtype<T>() == Dtype::I64)
      require<FileError>(!detail::is_floating(e.dtype), where, file_->name(), ": entry ", detail::quote(name), " is ",
                         detail::info(e.dtype).name, "; read it as float or double, not as integers.");
    Tensor<T> t(e.shape);
    T* const out = t.mutable_data();
    if (e.dtype == detail::native_dtype<T>()) {
      file_->read(data_ + e.begin, out, e.end - e.begin);
      return t;
    }
    const std::size_t size = detail::info(e.dtype).size;
    constexpr std::size_t block = 8192;
    std::vector<char> bytes(block * size);
    const auto n = static_cast<std::size_t>(t.numel());
    for (std::size_t i = 0; i < n; i += block) {
      const std::size_t count = std::min(block, n - i);
      file_->read(data_ + e.begin + i * size, bytes.data(), count * size);
      detail::decode(e.dtype, bytes.data(), out + i, count);
    }
    return t;
  }

 private:
  static constexpr const char* where = "safetensors";
  std::shared_ptr<InputFile> file_;
  detail::SafetensorsHeader header_;
  std::uint64_t data_ = 0;
};

inline Safetensors read_safetensors(const std::filesystem::path& path) { return Safetensors(path); }

}  // namespace io

GANVAS_END
