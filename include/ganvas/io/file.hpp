#pragma once
// Reading files that may be missing, damaged or hostile: nothing is allocated beyond what the file's size justifies.

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

namespace io {

namespace detail {

/// The system's words for an error number, e.g. "No space left on device".
inline std::string reason(int error) {
  return error == 0 ? std::string("unknown error") : std::generic_category().message(error);
}

}  // namespace detail

/// A regular file of known size, open for reading at any place. One thread at a time.
class InputFile {
 public:
  /// Throws FileError if there is no such file or it cannot be read; `where` is the name that error sentences begin
  /// with.
  explicit InputFile(const std::filesystem::path& path, const char* where = "read") : path_(path), where_(where) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    require<FileError>(std::filesystem::exists(status), where_, name(), " does not exist",
                       error && error != std::errc::no_such_file_or_directory ? " (" + error.message() + ")" : "", ".");
    require<FileError>(std::filesystem::is_regular_file(status), where_, name(), " is ",
                       std::filesystem::is_directory(status) ? "a directory" : "a device or pipe",
                       "; a regular file is needed.");
    size_ = std::filesystem::file_size(path, error);
    require<FileError>(!error, where_, "cannot read ", name(), ": ", error.message(), ".");
    errno = 0;
    stream_.open(path, std::ios::binary);
    require<FileError>(stream_.is_open(), where_, "cannot open ", name(), ": ", detail::reason(errno), ".");
  }

  [[nodiscard]] std::string name() const { return path_.string(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Copies bytes [offset, offset + count) to the given memory. Throws FileError where the file ends before.
  void read(std::uint64_t offset, void* to, std::uint64_t count) {
    require<FileError>(offset <= size_ && count <= size_ - offset, where_, name(), " has ", size_, " bytes, but ",
                       count, " are needed at byte ", offset, "; it is truncated.");
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(count));
    require<FileError>(stream_.gcount() == static_cast<std::streamsize>(count), where_, name(),
                       " became shorter while it was read, or the disk failed at byte ",
                       offset + static_cast<std::uint64_t>(stream_.gcount()), ".");
  }
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t count) {
    require<FileError>(count <= size_, where_, name(), " has only ", size_, " of ", count, " bytes.");
    std::string bytes(static_cast<std::size_t>(count), '\0');
    read(offset, bytes.data(), count);
    return bytes;
  }

 private:
  std::filesystem::path path_;
  const char* where_;
  std::uint64_t size_ = 0;
  std::ifstream stream_;
};

/// The whole content of a file, of any kind, that is at most `limit` bytes long. Throws FileError.
inline std::string read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 30) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status) || !std::filesystem::is_other(status)) {
    InputFile file(path);
    require<FileError>(file.size() <= limit, "read", file.name(), " has ", file.size(), " bytes; at most ", limit,
                       " are read here.");
    if (file.size() > 0) return file.read(0, file.size());
  }
  // Pipes and the files of /proc have no size: read until they end.
  std::ifstream stream(path, std::ios::binary);
  std::string bytes;
  std::string block(std::size_t{1} << 14, '\0');
  while (stream) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    bytes.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    require<FileError>(bytes.size() <= limit, "read", path.string(), " has more than the ", limit,
                       " bytes that are read here.");
  }
  return bytes;
}

}  // namespace io

GANVAS_END
