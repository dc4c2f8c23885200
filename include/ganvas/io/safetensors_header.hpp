#pragma once
// The JSON header of a safetensors file, as it is written. A parser is only needed to read one:
// io/safetensors_parser.hpp.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// What a safetensors header says about one tensor.
struct SafetensorsEntry {
  std::string name;
  Dtype dtype = Dtype::F32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes of the elements, counted from the end of the header
};

namespace detail {

/// A text as a JSON string. Throws ValueError if it is not UTF-8.
inline std::string json_string(std::string_view text) {
  require<ValueError>(is_utf8(text), "safetensors", "the name or text ", quote(text), " is not UTF-8.");
  return '"' + escape_json(text) + '"';
}

inline std::string print_safetensors_header(const std::vector<SafetensorsEntry>& entries,
                                            const std::map<std::string, std::string>& metadata) {
  std::set<std::string> names = {"__metadata__"};
  std::string json = "{";
  if (!metadata.empty()) {
    json += "\"__metadata__\":{";
    for (const auto& [key, text] : metadata) json += json_string(key) + ":" + json_string(text) + ",";
    json.back() = '}';
    json += ",";
  }
  for (const SafetensorsEntry& e : entries) {
    require<ValueError>(names.insert(e.name).second, "safetensors", "the name ", quote(e.name),
                        e.name == "__metadata__" ? " is reserved by the format." : " is given to two tensors.");
    std::string extents;
    for (int i = 0; i < e.shape.rank(); ++i) extents += (i == 0 ? "" : ",") + std::to_string(e.shape[i]);
    json += json_string(e.name) + ":{\"dtype\":\"" + std::string(info(e.dtype).name) + "\",\"shape\":[" + extents +
            "],\"data_offsets\":[" + std::to_string(e.begin) + "," + std::to_string(e.end) + "]},";
  }
  if (json.size() > 1) json.pop_back();
  return json + "}";
}

}  // namespace detail
}  // namespace io

GANVAS_END
