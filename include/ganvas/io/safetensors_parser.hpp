#pragma once
// The JSON header of a safetensors file: parsed event by event, so that what a tree of values would hide (names that
// occur twice) is seen, and checked until every byte of the data belongs to exactly one entry.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/safetensors_header.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io::detail {

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::size_t> index;  ///< name -> place in entries
  std::map<std::string, std::string> metadata;
};

/// Receives the parser's events. There are four levels: the file, an entry, its fields, the numbers of a field.
class SafetensorsEvents {
 public:
  SafetensorsEvents(std::string file, SafetensorsHeader& header) : file_(std::move(file)), header_(header) {}

  bool start_object(std::size_t) {
    if (in_ == In::nothing) {
      in_ = In::file;
    } else if (in_ == In::file && entry_name_ == "__metadata__") {
      in_ = In::metadata;
    } else if (in_ == In::file) {
      in_ = In::entry;
      fields_.clear();
      extents_.clear();
      offsets_.clear();
    } else {
      refuse("has an object where ", expected(), " belongs");
    }
    return true;
  }
  bool end_object() {
    if (in_ == In::entry) finish_entry();
    in_ = in_ == In::file ? In::nothing : In::file;
    return true;
  }
  bool key(std::string& name) {
    if (in_ == In::file) {
      entry_name_ = name;
      if (!names_.insert(name).second) refuse("occurs twice");
    } else {
      field_ = name;
      if (!fields_.insert(name).second) refuse("has the field ", quote(name), " twice");
      if (in_ == In::entry && name != "dtype" && name != "shape" && name != "data_offsets")
        refuse("has an unknown field ", quote(name));
    }
    return true;
  }
  bool string(std::string& text) {
    if (in_ == In::metadata) {
      header_.metadata[field_] = text;
      return true;
    }
    if (in_ != In::entry || field_ != "dtype") refuse("has a string where ", expected(), " belongs");
    const DtypeInfo* dtype = find_dtype(text, &DtypeInfo::name);
    if (dtype == nullptr)
      refuse("has the dtype ", quote(text), ", which is not read here; convert it to F32, F16 or BF16");
    dtype_ = dtype->dtype;
    return true;
  }
  bool start_array(std::size_t) {
    if (in_ == In::entry && field_ == "shape")
      in_ = In::shape;
    else if (in_ == In::entry && field_ == "data_offsets")
      in_ = In::offsets;
    else
      refuse("has a list where ", expected(), " belongs");
    return true;
  }
  bool end_array() {
    in_ = In::entry;
    return true;
  }
  bool number_unsigned(std::uint64_t value) {
    if (in_ == In::shape) {
      if (extents_.size() == Shape::max_rank) refuse("has more than ", int{Shape::max_rank}, " axes");
      extents_.push_back(value);
    } else if (in_ == In::offsets) {
      if (offsets_.size() == 2) refuse("has more than two data_offsets");
      offsets_.push_back(value);
    } else {
      refuse("has a number where ", expected(), " belongs");
    }
    return true;
  }
  bool number_integer(std::int64_t value) { refuse("has the number ", value, " where ", expected(), " belongs"); }
  bool number_float(double, const std::string& text) {
    refuse("has the number ", quote(text), " where ", expected(), " belongs");
  }
  bool null() { refuse("has null where ", expected(), " belongs"); }
  bool boolean(bool) { refuse("has true or false where ", expected(), " belongs"); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // does not occur in JSON text

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    fail<FileError>("safetensors", file_, ": the header is not valid JSON; the mistake is at its byte ", position, ".");
  }

 private:
  enum class In { nothing, file, metadata, entry, shape, offsets };

  void finish_entry() {
    for (const char* field : {"dtype", "shape", "data_offsets"})
      if (!fields_.contains(field)) refuse("has no ", field);
    if (offsets_.size() != 2) refuse("has ", offsets_.size(), " data_offsets; two are needed, begin and end");
    SafetensorsEntry e{entry_name_, dtype_, {}, offsets_[0], offsets_[1]};
    try {
      for (const std::uint64_t extent : extents_) {
        if (extent > static_cast<std::uint64_t>(std::numeric_limits<index_t>::max())) fail("shape", "too large");
        e.shape.append(static_cast<index_t>(extent));
      }
    } catch (const ShapeError&) {
      refuse("has an absurd shape: its number of elements overflows");
    }
    header_.index[entry_name_] = header_.entries.size();
    header_.entries.push_back(std::move(e));
  }

  [[nodiscard]] std::string expected() const {
    switch (in_) {
      case In::nothing:
        return "an object with the tensors' names";
      case In::file:
        return "an object with dtype, shape and data_offsets";
      case In::metadata:
        return "a text";
      case In::entry:
        return field_ == "dtype" ? "the name of a dtype" : "a list of sizes";
      default:
        return "a size (0, 1, 2, ...)";
    }
  }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    if (in_ == In::nothing) fail<FileError>("safetensors", file_, ": the header ", parts..., ".");
    fail<FileError>("safetensors", file_, ": entry ", quote(entry_name_), " ", parts..., ".");
  }

  std::string file_;
  SafetensorsHeader& header_;
  In in_ = In::nothing;
  std::string entry_name_, field_;
  std::set<std::string> names_, fields_;
  Dtype dtype_ = Dtype::F32;
  std::vector<std::uint64_t> extents_, offsets_;
};

/// Every entry's bytes are as many as its shape needs, and together they cover the data without gap or overlap.
inline void check_safetensors_data(const std::string& file, const SafetensorsHeader& header, std::uint64_t data_size) {
  std::vector<std::size_t> order(header.entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const SafetensorsEntry& e : header.entries) {
    const auto refuse = [&](const auto&... parts) {
      fail<FileError>("safetensors", file, ": entry ", quote(e.name), " ", parts..., ".");
    };
    if (e.begin > e.end) refuse("has data_offsets ", e.begin, " to ", e.end, ", which run backwards");
    if (e.end > data_size)
      refuse("has data_offsets ", e.begin, " to ", e.end, ", past the end of the ", data_size,
             " bytes that follow the header; the file is truncated or lies");
    const std::uint64_t needed = static_cast<std::uint64_t>(e.shape.numel()) * info(e.dtype).size;
    if (e.end - e.begin != needed)
      refuse("has ", e.end - e.begin, " bytes, but shape ", e.shape, " of ", info(e.dtype).name, " needs ", needed);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(header.entries[a].begin, header.entries[a].end) <
           std::pair(header.entries[b].begin, header.entries[b].end);
  });
  std::uint64_t covered = 0;
  const SafetensorsEntry* last = nullptr;
  for (const std::size_t i : order) {
    const SafetensorsEntry& e = header.entries[i];
    require<FileError>(e.begin >= covered, "safetensors", file, ": entry ", quote(e.name), " begins at byte ", e.begin,
                       " and overlaps entry ", quote(last == nullptr ? "" : last->name), ", which ends at ", covered,
                       ".");
    require<FileError>(e.begin == covered, "safetensors", file, ": bytes ", covered, " to ", e.begin, " before entry ",
                       quote(e.name), " belong to no entry.");
    covered = e.end;
    last = &e;
  }
  require<FileError>(covered == data_size, "safetensors", file, ": the entries end at byte ", covered,
                     ", but the data has ", data_size, " bytes; ", data_size - covered, " belong to no entry.");
}

inline SafetensorsHeader parse_safetensors_header(const std::string& file, std::string_view json,
                                                  std::uint64_t data_size) {
  // The parser would take a zero byte for the end of the text and not see what comes after it.
  require<FileError>(json.starts_with('{') && json.find('\0') == std::string_view::npos, "safetensors", file,
                     ": the header is not valid JSON; it must begin with { and hold no zero bytes.");
  SafetensorsHeader header;
  SafetensorsEvents events(file, header);
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  check_safetensors_data(file, header, data_size);
  return header;
}

}  // namespace io::detail

GANVAS_END
