#pragma once
// Checks that every tag of HTML or SVG is closed where it should be.

#include <string>
#include <vector>

namespace test {

/// "" if the tags balance and no < or & stands alone, else what is wrong.
inline std::string markup_mistake(const std::string& text) {
  const std::vector<std::string> alone = {"!DOCTYPE", "meta", "img"};  // tags that HTML never closes
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const std::size_t end = text.find(';', i);
      if (end == std::string::npos || end - i > 6) return "a lone & at " + text.substr(i, 20);
    }
    if (text[i] == '>') return "a lone > at " + text.substr(i, 20);
    if (text[i] != '<') continue;
    std::size_t end = i + 1;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '<') return "a < inside a tag at " + text.substr(i, 20);
    }
    if (end == text.size()) return "a tag without end at " + text.substr(i, 20);
    const std::string tag = text.substr(i + 1, end - i - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (name == "style") {  // no tags inside
      end = text.find("</style>", end) + 7;
    } else if (name.starts_with('/')) {
      if (open.empty() || open.back() != name.substr(1)) return "<" + name + "> closes nothing";
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      bool needs_end = true;
      for (const std::string& a : alone) needs_end = needs_end && a != name;
      if (needs_end) open.push_back(name);
    }
    i = end;
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

}  // namespace test
