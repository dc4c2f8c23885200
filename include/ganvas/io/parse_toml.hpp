#pragma once
// TOML texts [toml.io, 1.0.0] as JSON values. Needs toml++ (Debian: libtomlplusplus-dev), header-only.

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <toml++/toml.h>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io::detail {

inline nlohmann::json toml_to_json(const toml::node& node, const std::string& name, int depth) {
  require<FileError>(depth <= deepest_json, "settings", name, " has values within values, more than ", deepest_json,
                     " deep.");
  if (const auto* table = node.as_table()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = toml_to_json(value, name, depth + 1);
    return object;
  }
  if (const auto* array = node.as_array()) {
    nlohmann::json list = nlohmann::json::array();
    for (const toml::node& value : *array) list.push_back(toml_to_json(value, name, depth + 1));
    return list;
  }
  const auto line = node.source().begin.line;
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* number = node.as_floating_point()) {
    require<FileError>(std::isfinite(number->get()), "settings", name, ": line ", line,
                       " has nan or inf; settings are finite numbers.");
    return number->get();
  }
  fail<FileError>("settings", name, ": line ", line,
                  " has a date or time; settings are numbers, texts, true or false, "
                  "and lists of these. Put it in quotes.");
}

/// The parser makes a table for every dot of a name and destroys them by recursion: a line of a thousand dots would end
/// the program. Throws FileError where more than 32 dots stand in a row with nothing between them but names.
inline void check_toml_dots(std::string_view text, const std::string& name) {
  constexpr std::string_view ends = "={}[],#\n";
  int dots = 0;
  for (const char c : text) {
    if (ends.find(c) != std::string_view::npos) dots = 0;
    if (c == '.') ++dots;
    require<FileError>(dots <= deepest_json, "settings", name, " has a name or text with more than ", deepest_json,
                       " dots, which is deeper than settings nest.");
  }
}

/// The value of a text. Throws FileError.
inline nlohmann::json parse_toml(const std::string& text, const std::string& name) {
  check_toml_dots(text, name);
  try {
    return toml_to_json(toml::parse(text), name, 0);
  } catch (const toml::parse_error& error) {
    std::string why(error.description());
    for (char& c : why)
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    fail<FileError>("settings", name, " is not valid TOML: line ", error.source().begin.line, ", character ",
                    error.source().begin.column, " (", why, ").");
  }
}

}  // namespace io::detail

GANVAS_END
