#pragma once
// Writing files so that a reader sees the whole new file or the old one: write beside it, flush to the disk, rename.

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#  include <fcntl.h>
#  include <unistd.h>
#endif

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/file.hpp"

GANVAS_BEGIN

namespace io {

/// A file in the making. Until commit() returns, the path holds what it held before; if an error is thrown or the
/// object dies without commit(), the unfinished file is removed. A device or pipe (/dev/stdout) is written directly.
class AtomicFile {
 public:
  /// Throws FileError if no file can be made there.
  explicit AtomicFile(const std::filesystem::path& path) : path_(path), target_(path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status) || !path.has_filename()) stop("it names a directory");
    direct_ = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    if (direct_) {
      file_ = std::fopen(path.string().c_str(), "wb");
      if (file_ == nullptr) stop(detail::reason(errno));
      return;
    }
    if (std::filesystem::is_symlink(path, error)) {  // replace what a link points to, not the link
      auto pointed_to = std::filesystem::weakly_canonical(path, error);
      if (!error) target_ = std::move(pointed_to);
    }
    const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::exists(folder, error) && !error)
      stop("the directory " + folder.string() + " does not exist; make it first");
    for (int i = 0; i < 1000 && file_ == nullptr; ++i) {
      temporary_ = folder / (".ganvas-" + std::to_string(i) + ".part");
      file_ = std::fopen(temporary_.string().c_str(), "wbx");  // x: fails if somebody else has this name
      if (file_ == nullptr && errno != EEXIST) break;
    }
    if (file_ == nullptr) stop(detail::reason(errno));
    if (std::filesystem::exists(status)) std::filesystem::permissions(temporary_, status.permissions(), error);
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() { discard(); }

  /// Appends bytes. Throws FileError, e.g. when the disk is full.
  void write(const void* bytes, std::size_t count) {
    if (file_ == nullptr) stop("it was finished before");
    if (count > 0 && std::fwrite(bytes, 1, count, file_) != count) stop(detail::reason(errno));
  }
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }

  /// Writes over the first bytes of the file (a header that is known only at the end) and returns to the end.
  void overwrite_begin(std::string_view bytes) {
    if (file_ == nullptr || std::fseek(file_, 0, SEEK_SET) != 0) stop(detail::reason(errno));
    write(bytes);
    if (std::fseek(file_, 0, SEEK_END) != 0) stop(detail::reason(errno));
  }

  /// Makes what was written the content of the path. Throws FileError; then the path holds what it held before.
  void commit() {
    if (file_ == nullptr) stop("it was finished before");
    if (std::fflush(file_) != 0) stop(detail::reason(errno));
#if defined(__unix__) || defined(__APPLE__)
    if (!direct_ && ::fsync(::fileno(file_)) != 0) stop(detail::reason(errno));
#endif
    std::FILE* const file = std::exchange(file_, nullptr);
    if (std::fclose(file) != 0) stop(detail::reason(errno));
    if (direct_) return;
    std::error_code error;
    std::filesystem::rename(temporary_, target_, error);
    if (error) stop(error.message());
    temporary_.clear();
    sync_folder();
  }

 private:
  [[noreturn]] void stop(const std::string& why) {
    discard();
    fail<FileError>("write", "cannot write ", path_.string().empty() ? "a file without a name" : path_.string(), ": ",
                    why, ".");
  }

  void discard() noexcept {
    if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
    temporary_.clear();
  }

  /// The rename itself must reach the disk too. Not every file system can do this; the file is whole in any case.
  void sync_folder() const noexcept {
#if defined(__unix__) || defined(__APPLE__)
    const auto folder = target_.has_parent_path() ? target_.parent_path().string() : std::string(".");
    const int handle = ::open(folder.c_str(), O_RDONLY);
    if (handle < 0) return;
    static_cast<void>(::fsync(handle));
    ::close(handle);
#endif
  }

  std::filesystem::path path_, target_, temporary_;
  std::FILE* file_ = nullptr;
  bool direct_ = false;
};

/// Writes a whole file at once: afterwards it holds exactly these bytes, or FileError is thrown and nothing changed.
inline void atomic_write(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

/// Makes a directory and those above it; fine if it is there already. Throws FileError.
inline void make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  require<FileError>(!error && std::filesystem::is_directory(path, error), "write", "cannot make the directory ",
                     path.string(), ": ", error ? error.message() : "a file of that name is in the way", ".");
}

}  // namespace io

GANVAS_END
