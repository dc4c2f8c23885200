#pragma once
// CSV tables that grow while a program runs, e.g. one line of losses a step.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// Writes a header line, then one line a row. Every line goes to the system whole, so a program that stops leaves a
/// table without half a line, and another program can watch it grow. This is the one file that is not written beside.
class CsvWriter {
 public:
  /// Starts a new table in place of what the path held. Throws FileError.
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
      : CsvWriter(path, columns, false) {}
  /// append: goes on in a table that is there, whose columns are these.
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns, bool append)
      : path_(path), columns_(columns.size()), file_(open(path, append ? "ab" : "wb")) {
    try {
      if (!append) put(columns);
    } catch (...) {
      std::fclose(std::exchange(file_, nullptr));
      throw;
    }
  }
  CsvWriter(CsvWriter&& other) noexcept
      : path_(std::move(other.path_)), columns_(other.columns_), file_(std::exchange(other.file_, nullptr)) {}
  CsvWriter& operator=(CsvWriter&&) = delete;
  ~CsvWriter() {
    if (file_ != nullptr) std::fclose(file_);
  }

  /// One row of numbers, with up to eight digits. NaN and infinity are written as nan and inf.
  void row(const std::vector<double>& values) {
    std::vector<std::string> fields;
    fields.reserve(values.size());
    for (const double v : values) fields.push_back(detail::short_number(v, 8));
    text_row(fields);
  }
  /// One row of texts. Throws ValueError if the header has another number of columns, FileError if the disk is full.
  void text_row(const std::vector<std::string>& fields) {
    require<ValueError>(fields.size() == columns_, "csv", "a row of ", fields.size(), " fields was given for ",
                        path_.string(), ", whose header has ", columns_, ".");
    put(fields);
  }

 private:
  static std::FILE* open(const std::filesystem::path& path, const char* mode) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    require<FileError>(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status), "csv",
                       "cannot write ", path.string(), ": it is ",
                       std::filesystem::is_directory(status) ? "a directory" : "a device or pipe",
                       "; a table needs a regular file.");
    std::FILE* const file = detail::open_to_write(path, mode);
    require<FileError>(file != nullptr, "csv", "cannot write ", path.string(), ": ", detail::reason(errno), ".");
    return file;
  }
  void put(const std::vector<std::string>& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + detail::escape_csv(fields[i]);
    line += '\n';
    const bool written = std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fflush(file_) == 0;
    require<FileError>(written, "csv", "cannot write ", path_.string(), ": ", detail::reason(errno), ".");
  }

  std::filesystem::path path_;
  std::size_t columns_;
  std::FILE* file_;
};

/// A table of numbers that was read back.
struct NumberTable {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> values;  ///< by column

  /// The column of that name; empty if there is none.
  [[nodiscard]] std::vector<double> operator[](std::string_view name) const {
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i] == name) return values[i];
    return {};
  }
};

/// Reads a table of numbers that CsvWriter wrote. Lines of another length (the last one of a table that grows) are left
/// out; what is no number is NaN. Throws FileError if the file is missing or longer than 256 MiB.
[[nodiscard]] inline NumberTable read_numbers(const std::filesystem::path& path) {
  const std::string text = read_file(path, std::uint64_t{256} << 20U);
  NumberTable table;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::vector<std::string> cells(1);
    for (const char c : std::string_view(text).substr(at, end - at))
      if (c == ',')
        cells.emplace_back();
      else if (c != '\r')
        cells.back() += c;
    at = end + 1;
    if (table.columns.empty()) {
      table.columns = cells;
      table.values.resize(cells.size());
    } else if (cells.size() == table.columns.size()) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        double value = std::numeric_limits<double>::quiet_NaN();
        std::istringstream in(cells[i]);
        in.imbue(std::locale::classic());
        if (!(in >> value)) value = std::numeric_limits<double>::quiet_NaN();
        table.values[i].push_back(value);
      }
    }
  }
  return table;
}

}  // namespace io

GANVAS_END
