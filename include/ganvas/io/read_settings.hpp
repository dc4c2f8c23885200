#pragma once
// Settings from files: .json, and .toml where the compiler finds toml++.

#include <filesystem>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/settings.hpp"

#if __has_include(<toml++/toml.h>)
#  include "ganvas/io/parse_toml.hpp"
#endif

GANVAS_BEGIN

namespace io {

/// Reads a settings file of at most 1 MiB; the extension says what it is. Throws FileError where it is missing or
/// damaged, ValueError where its names clash.
[[nodiscard]] inline Settings read_settings(const std::filesystem::path& path) {
  const std::string name = path.string(), extension = path.extension().string();
  require<FileError>(extension == ".json" || extension == ".toml", "settings", name,
                     " is no settings file by its name; those end in .json or .toml.");
  const std::string text = read_file(path, std::uint64_t{1} << 20);
  if (extension == ".json") return Settings(detail::parse_json(text, name), name);
#if __has_include(<toml++/toml.h>)
  return Settings(detail::parse_toml(text, name), name);
#else
  fail<FileError>("settings", name, " cannot be read: this program was built without toml++; write it as .json.");
#endif
}

}  // namespace io

GANVAS_END
