#pragma once
// Writing files so that a reader sees the whole new file or the old one: write beside it, flush to the disk, rename.

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#  include <fcntl.h>
#  include <signal.h>
#  include <sys/file.h>
#  include <sys/types.h>
#  include <unistd.h>
#endif

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/file.hpp"

GANVAS_BEGIN

namespace io {

namespace detail {

/// fopen for writing; null with errno where it fails. Never one of the descriptors 0 to 2: in a program that runs with
/// stderr closed the file would get its number, and every message of the program would land in it.
inline std::FILE* open_to_write(const std::filesystem::path& path, const char* mode) {
  std::FILE* const file = std::fopen(path.string().c_str(), mode);
#if defined(__unix__) || defined(__APPLE__)
  if (file != nullptr && ::fileno(file) <= 2) {
    const int moved = ::fcntl(::fileno(file), F_DUPFD_CLOEXEC, 3);
    std::FILE* const again = moved < 0 ? nullptr : ::fdopen(moved, "wb");
    const int error = errno;
    if (again == nullptr && moved >= 0) ::close(moved);
    std::fclose(file);
    errno = error;
    return again;
  }
#endif
  return file;
}

inline long process_id() {
#if defined(__unix__) || defined(__APPLE__)
  return static_cast<long>(::getpid());
#else
  return 0;
#endif
}

/// Removes the files FOLDER/PREFIX<process>-*.part of processes that died while they wrote.
inline void remove_leftovers(const std::filesystem::path& folder, const std::string& prefix) {
#if defined(__unix__) || defined(__APPLE__)
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder, error), end; i != end; i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(".part")) continue;
    pid_t maker = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), maker);
    std::error_code ignored;
    if (maker > 0 && ::kill(maker, 0) != 0 && errno == ESRCH) std::filesystem::remove(i->path(), ignored);
  }
#else
  static_cast<void>(folder);
  static_cast<void>(prefix);
#endif
}

}  // namespace detail

/// A file in the making. Until commit() returns, the path holds what it held before; if an error is thrown or the
/// object dies without commit(), the unfinished file is removed. A device or pipe (/dev/stdout) is written directly.
/// Where a program is killed, .ganvas-*.part stays beside the path; the next one that writes the path removes it.
class AtomicFile {
 public:
  /// Throws FileError if no file can be made there.
  explicit AtomicFile(const std::filesystem::path& path) : path_(path), target_(path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_directory(status) || !path.has_filename()) stop("it names a directory");
    direct_ = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    if (direct_) {
      file_ = detail::open_to_write(path, "wb");
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
    // A number stands for the target's name: that may be as long as a name can be.
    const std::string prefix = ".ganvas-" + std::to_string(std::hash<std::string>{}(target_.filename().string())) + '-';
    detail::remove_leftovers(folder, prefix);
    const std::string mine = prefix + std::to_string(detail::process_id()) + '-';
    for (int i = 0; i < 1000 && file_ == nullptr; ++i) {
      temporary_ = folder / (mine + std::to_string(i) + ".part");
      file_ = detail::open_to_write(temporary_, "wbx");  // x: fails if somebody else has this name
      if (file_ != nullptr) break;
      if (errno != EEXIST) stop(detail::reason(errno));
      temporary_.clear();
    }
    if (file_ == nullptr) stop("too many files are unfinished; remove the .ganvas-*.part files in " + folder.string());
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
    if (file_ == nullptr) stop("it was finished before");
    if (std::fseek(file_, 0, SEEK_SET) != 0) stop(detail::reason(errno));
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
  require<FileError>(!path.empty(), "write", "cannot make a directory: the path is empty.");
  std::error_code error, ignored;
  std::filesystem::create_directories(path, error);
  if (!error && std::filesystem::is_directory(path, error)) return;
  for (auto p = path; p.has_relative_path(); p = p.parent_path())
    require<FileError>(!std::filesystem::is_symlink(p, ignored) || std::filesystem::exists(p, ignored), "write",
                       "cannot make the directory ", path.string(), ": ", p.string(), " is a link to ",
                       std::filesystem::read_symlink(p, ignored).string(), ", which does not exist.");
  fail<FileError>("write", "cannot make the directory ", path.string(), ": ",
                  error ? error.message() : "a file of that name is in the way", ".");
}

/// While it lives, nobody else who asks for the same folder gets it, in this process or another. The lock ends with the
/// process, however that ends.
class FolderLock {
 public:
  /// Throws FileError if somebody else has the folder. A file system without locks grants every one.
  explicit FolderLock(const std::filesystem::path& folder) {
#if defined(__unix__) || defined(__APPLE__)
    handle_ = ::open(folder.string().c_str(), O_RDONLY | O_CLOEXEC);
    if (handle_ < 0 || ::flock(handle_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    ::close(handle_);
    fail<FileError>("write", "another program is writing into ", folder.string(),
                    "; wait for it, or choose another folder.");
#else
    static_cast<void>(folder);
#endif
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
#if defined(__unix__) || defined(__APPLE__)
    if (handle_ >= 0) ::close(handle_);
#endif
  }

 private:
  int handle_ = -1;
};

}  // namespace io

GANVAS_END
