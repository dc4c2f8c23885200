#pragma once
// JSON texts that may be hostile: every name once in its object, not deeper than a person would nest, mistakes as
// sentences with line and column. Needs nlohmann/json.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io::detail {

inline constexpr int deepest_json = 32;

/// The value of a text [RFC 8259]. Throws FileError: a mistake of syntax, not UTF-8, a number beyond double, a name
/// twice, more than 32 levels.
inline nlohmann::json parse_json(const std::string& text, const std::string& name) {
  using nlohmann::json;
  require<FileError>(text.find('\0') == std::string::npos, "settings", name,
                     " is not valid JSON: it has a zero byte.");  // what is behind it would not be read
  std::vector<std::set<std::string>> names;                       // of the objects that are open
  const auto event = [&](int depth, json::parse_event_t what, json& value) {
    require<FileError>(depth <= deepest_json, "settings", name, " has values within values, more than ", deepest_json,
                       " deep.");
    if (what == json::parse_event_t::object_start) names.emplace_back();
    if (what == json::parse_event_t::object_end) names.pop_back();
    if (what == json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      require<FileError>(names.back().insert(key).second, "settings", name, " has the name ", quote(key), " twice.");
    }
    return true;
  };
  try {
    return json::parse(text, event);
  } catch (const json::parse_error& error) {
    const std::size_t end = std::min(error.byte, text.size());
    const std::string before = text.substr(0, end == 0 ? 0 : end - 1);
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 = 0
    fail<FileError>("settings", name, " is not valid JSON: the mistake is in line ",
                    1 + std::count(before.begin(), before.end(), '\n'), ", at character ",
                    before.size() - line_begin + 1, ".");
  } catch (const json::out_of_range&) {
    fail<FileError>("settings", name, " has a number that is too large.");
  }
}

}  // namespace io::detail

GANVAS_END
