#pragma once
// For tests with files: a folder that vanishes afterwards, and the sentence that a failing call throws.

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#if defined(__unix__)
#  include <csignal>
#  include <sys/resource.h>
#endif

#include "ganvas/core/error.hpp"

#include "support/catch.hpp"

namespace test {

/// A new empty folder, removed with all that is in it.
class Folder {
 public:
  Folder() {
    std::random_device random;
    path_ = std::filesystem::temp_directory_path() / ("ganvas-test-" + std::to_string(random()));
    std::filesystem::create_directory(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  /// How many files it holds: a failed write must leave none behind.
  [[nodiscard]] std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

inline void put(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
inline std::string get(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

/// What the call throws as ganvas::Error: one sentence that begins with "[where] " and ends as a sentence does. Fails
/// the test and returns "" if it throws nothing.
template <class Call>
std::string sentence(const Call& call) {
  try {
    call();
  } catch (const ganvas::Error& e) {
    const std::string text = e.what();
    CHECK(text.starts_with('['));
    CHECK((text.ends_with('.') || text.ends_with('?')));
    CHECK(text.find('\n') == std::string::npos);
    return text;
  }
  FAIL_CHECK("no error was thrown");
  return "";
}

/// True if text holds the words.
inline bool says(const std::string& text, const std::string& words) {
  const bool found = text.find(words) != std::string::npos;
  if (!found) UNSCOPED_INFO("the sentence is: " << text);
  return found;
}

#if defined(__unix__)
/// What call() throws as FileError where no file may grow beyond `bytes`: the full disk that a test can have anywhere.
template <class Call>
std::string on_full_disk(rlim_t bytes, const Call& call) {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{bytes, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string text;
  try {
    call();
  } catch (const ganvas::FileError& e) {
    text = e.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  return text;
}
#endif

}  // namespace test
