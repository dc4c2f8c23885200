#pragma once
// What somebody may have meant by a name that does not exist.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io::detail {

/// The least number of insertions, deletions, replacements and swaps of neighbours that make a from b (optimal string
/// alignment) [Damerau 1964; Wagner and Fischer 1974].
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// The known name that is nearest to the given one: equal but for capitals, hyphens and the part before the last dot,
/// or with a third of its letters wrong at most; "" if none is.
inline std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 100;  // the distance costs the product of both lengths
  if (name.empty() || name.size() > longest) return "";
  const auto plain = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  };
  const auto last_part = [](std::string_view text) { return text.substr(text.rfind('.') + 1); };
  std::string best;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& k : known) {
    if (k.size() > longest) continue;
    std::size_t distance = edit_distance(plain(name), plain(k));
    if (distance > 1 && plain(last_part(name)) == plain(last_part(k))) distance = 1;
    if (distance < least) {
      least = distance;
      best = k;
    }
  }
  return best;
}

/// " Did you mean 'x'?" if something is near, "" if not.
inline std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const std::string best = nearest(name, known);
  return best.empty() ? "" : " Did you mean " + quote(best) + "?";
}

/// "a, b and c".
inline std::string enumerate(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

}  // namespace io::detail

GANVAS_END
