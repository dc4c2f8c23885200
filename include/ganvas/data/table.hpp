#pragma once
// Tables as text (.tsv): lines of fields between tabs; the first line names the columns. No quotes, no escapes.

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/did_you_mean.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace data {

struct Table {
  std::string name;  ///< for sentences
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as columns

  /// The place of a column. Throws ValueError, saying which there are, if there is none of that name.
  [[nodiscard]] std::size_t column(const std::string& wanted) const {
    const auto found = std::find(columns.begin(), columns.end(), wanted);
    require<ValueError>(found != columns.end(), "table", name, " has no column ", io::detail::quote(wanted),
                        "; it has ", io::detail::enumerate(columns), ".", io::detail::did_you_mean(wanted, columns));
    return static_cast<std::size_t>(found - columns.begin());
  }
};

/// Reads a table of UTF-8 text of at most 256 MiB. Empty lines are skipped. Throws FileError for a line with more or
/// less fields than the first, a column name twice, or no line at all.
[[nodiscard]] inline Table read_tsv(const std::filesystem::path& path) {
  const std::string text = io::read_file(path, std::uint64_t{1} << 28);
  Table table;
  table.name = path.string();
  require<FileError>(io::detail::is_utf8(text), "table", table.name, " is not UTF-8 text.");
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);  // the mark that some editors put first
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    std::vector<std::string> fields;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t tab = std::min(line.find('\t', at), line.size());
      fields.emplace_back(line.substr(at, tab - at));
      at = tab + 1;
    }
    if (table.columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        require<FileError>(std::find(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(i), fields[i]) ==
                               fields.begin() + static_cast<std::ptrdiff_t>(i),
                           "table", table.name, " has two columns named ", io::detail::quote(fields[i]), ".");
      table.columns = std::move(fields);
      continue;
    }
    require<FileError>(fields.size() == table.columns.size(), "table", table.name, ": line ", number, " has ",
                       fields.size(), " fields between tabs, but the first line names ", table.columns.size(),
                       " columns.");
    table.rows.push_back(std::move(fields));
  }
  require<FileError>(!table.columns.empty(), "table", table.name, " is empty; its first line should name columns.");
  return table;
}

}  // namespace data

GANVAS_END
