#pragma once
// Which pictures a folder holds, in an order that is the same everywhere, and the class of each.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/data/picture_options.hpp"
#include "ganvas/data/table.hpp"
#include "ganvas/io/did_you_mean.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace data::detail {

struct PictureList {
  std::vector<std::string> files;  ///< paths inside the folder, with '/', sorted byte by byte
  std::vector<index_t> labels;     ///< one a file, or none
  std::vector<std::string> class_names;
};

/// Walks through a folder. Hidden files and folders (.name) are passed over, links to folders are followed unless that
/// place was seen before: a loop ends there.
class PictureWalk {
 public:
  explicit PictureWalk(const std::filesystem::path& folder) { walk(folder, "", 0); }

  std::vector<std::string> files;
  std::map<std::string, index_t> others;  ///< how many files there are with other extensions

 private:
  static constexpr int deepest = 32;  // folders within each other

  void walk(const std::filesystem::path& folder, const std::string& prefix, int depth) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path place = fs::canonical(folder, error);
    if (error || depth > deepest || !seen_.insert(place.string()).second) return;
    std::vector<fs::path> entries;
    fs::directory_iterator entry(folder, error);
    require<FileError>(!error, "pictures", "cannot look into the folder ", folder.string(), ": ", error.message(), ".");
    for (; entry != fs::directory_iterator(); entry.increment(error)) {
      entries.push_back(entry->path().filename());
      if (error) break;
    }
    require<FileError>(!error, "pictures", "cannot look into the folder ", folder.string(), ": ", error.message(), ".");
    std::sort(entries.begin(), entries.end(),
              [](const fs::path& a, const fs::path& b) { return a.string() < b.string(); });
    for (const fs::path& name : entries) {
      const std::string text = name.string();
      if (text.starts_with('.')) continue;
      if (fs::is_directory(folder / name, error)) {
        walk(folder / name, prefix + text + "/", depth + 1);
        continue;
      }
      std::string extension = name.extension().string();
      for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (extension == ".png" || extension == ".jpg" || extension == ".jpeg")
        files.push_back(prefix + text);
      else
        ++others[extension];
    }
  }

  std::set<std::string> seen_;
};

/// Gives each file the number of its class among the sorted names.
inline void number_classes(PictureList& list, const std::vector<std::string>& class_of_file) {
  const std::set<std::string> names(class_of_file.begin(), class_of_file.end());
  list.class_names.assign(names.begin(), names.end());
  for (const std::string& name : class_of_file)
    list.labels.push_back(std::lower_bound(list.class_names.begin(), list.class_names.end(), name) -
                          list.class_names.begin());
}

inline PictureList list_from_table(const std::filesystem::path& folder, const PictureOptions& o) {
  const std::filesystem::path path = o.table.empty() ? "captions.tsv" : o.table;
  std::error_code error;
  const bool inside = path.is_relative() && std::filesystem::exists(folder / path, error);
  const Table table = read_tsv(inside || o.table.empty() ? folder / path : path);
  const std::size_t file = table.column("file");
  std::map<std::string, std::string> label_of;
  for (const auto& row : table.rows) {
    const std::filesystem::path inner(row[file]);
    const bool leaves =
        inner.empty() || inner.is_absolute() || std::find(inner.begin(), inner.end(), "..") != inner.end();
    require<FileError>(!leaves, "pictures", table.name, " names the file ", io::detail::quote(row[file]),
                       "; it must be a path inside the folder.");
    const std::string label = o.label_column.empty() ? "" : row[table.column(o.label_column)];
    require<FileError>(label_of.emplace(inner.generic_string(), label).second, "pictures", table.name,
                       " names the file ", io::detail::quote(row[file]), " twice.");
  }
  PictureList list;
  std::vector<std::string> labels;
  for (const auto& [name, label] : label_of) {
    list.files.push_back(name);
    labels.push_back(label);
  }
  if (!o.label_column.empty()) number_classes(list, labels);
  return list;
}

/// The pictures of a folder. Throws FileError if there is no such folder or no picture in it.
inline PictureList list_pictures(const std::filesystem::path& folder, const PictureOptions& o) {
  std::error_code error;
  const auto status = std::filesystem::status(folder, error);
  require<FileError>(std::filesystem::exists(status), "pictures", "there is no folder ", folder.string(), ".");
  require<FileError>(std::filesystem::is_directory(status), "pictures", folder.string(),
                     " is a file; name its folder.");
  PictureList list;
  if (!o.table.empty() || !o.label_column.empty()) {
    list = list_from_table(folder, o);
    require<FileError>(!list.files.empty(), "pictures", "the table of ", folder.string(), " names no pictures.");
    return list;
  }
  PictureWalk walk(folder);
  list.files = std::move(walk.files);
  if (list.files.empty()) {
    std::vector<std::string> others;
    for (const auto& [extension, n] : walk.others)
      if (others.size() < 5)
        others.push_back(std::to_string(n) + (extension.empty() ? " without an extension" : " " + extension));
    fail<FileError>("pictures", "there is no picture in ", folder.string(),
                    " or its subfolders; looked for .png, .jpg and .jpeg",
                    others.empty() ? "." : ", found only other files: " + io::detail::enumerate(others) + ".");
  }
  std::sort(list.files.begin(), list.files.end());
  if (!o.classes_from_subfolders) return list;
  std::vector<std::string> top;
  index_t beside = 0;
  for (const std::string& file : list.files) {
    const std::size_t slash = file.find('/');
    top.push_back(slash == std::string::npos ? "" : file.substr(0, slash));
    if (slash == std::string::npos) ++beside;
  }
  const std::set<std::string> names(top.begin(), top.end());
  if (names.size() < 2) return list;  // one folder tells nothing apart
  require<FileError>(beside == 0, "pictures", folder.string(), " has ", beside, " pictures beside its ",
                     names.size() - 1,
                     " subfolders, so they have no class; move them into one, or set "
                     "classes_from_subfolders to false: then no picture has one.");
  number_classes(list, top);
  return list;
}

}  // namespace data::detail

GANVAS_END
