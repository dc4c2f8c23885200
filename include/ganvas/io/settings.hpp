#pragma once
// The settings of a run: named values that a program asks for by name, type and range. What it asks for are the names
// that exist, so there is no list of them to keep: refuse_unknown() finds the names that nobody asked for, full() gives
// every value that was used. Needs nlohmann/json. Files: io/read_settings.hpp.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/did_you_mean.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/setting_value.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// Values by name. Names of groups and settings are joined by dots: "optim.lr" is lr in the group optim, and the same
/// in a file as {"optim": {"lr": 1}} or {"optim.lr": 1}.
class Settings {
 public:
  using Json = nlohmann::json;

  Settings() = default;
  /// From a JSON object; `source` names it in sentences. Throws ValueError for what is no object, an empty name, and a
  /// name that is both a setting and a group.
  explicit Settings(const Json& object, const std::string& source = "the settings") {
    require<ValueError>(object.is_object(), "settings", source, " must hold names and values, but is ",
                        detail::describe(object), ".");
    flatten(object, "", source, 0, false);
  }

  /// Takes "name=value", as --set gives it. The value is read as JSON (3, 1e-4, true, [1,2], "text"); what is no JSON
  /// is a text as it stands. Throws ValueError.
  void set(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    require<ValueError>(equals != std::string::npos && equals > 0, "settings", "--set takes NAME=VALUE, but ",
                        detail::quote(assignment), " was given.");
    require<ValueError>(detail::is_utf8(assignment), "settings",
                        "--set was given text that is not UTF-8: ", detail::quote(assignment), ".");
    const std::string name = assignment.substr(0, equals), text = assignment.substr(equals + 1);
    Json value = text;
    try {
      value = detail::parse_json(text, "--set " + name);
    } catch (const FileError&) {  // a text
    }
    if (value.is_object()) {
      flatten(value, name + ".", "--set", 1, true);
      return;
    }
    insert(name, std::move(value), "--set", true);
  }

  /// Takes over all values of `other`; they replace those of the same name here.
  void merge(const Settings& other) {
    for (const auto& [name, value] : other.values_) insert(name, value.json, value.source, true);
  }

  /// As if the setting had never been set.
  void forget(const std::string& name) { values_.erase(name); }

  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

  /// The value of a setting, or `otherwise` where it is not set. T is bool, an integer, float, double, std::string or a
  /// std::vector of these; bounds hold for numbers, also in lists. Throws ValueError for another type or range.
  template <class T>
  [[nodiscard]] T get(const std::string& name, T otherwise, const Bounds& bounds = {}) {
    const auto found = values_.find(name);
    T value = std::move(otherwise);
    if (found != values_.end() && !detail::convert_setting(found->second.json, bounds, value))
      refuse(name, found->second, detail::expected_setting<T>(bounds));
    use(name, detail::setting_to_json(value));
    return value;
  }
  [[nodiscard]] std::string get(const std::string& name, const char* otherwise) {
    return get<std::string>(name, otherwise);
  }

  /// The value of a setting that must be set. Throws ValueError.
  template <class T>
  [[nodiscard]] T require_value(const std::string& name, const Bounds& bounds = {}) {
    require<ValueError>(has(name), "settings", "the setting ", detail::quote(name),
                        " is needed: ", detail::expected_setting<T>(bounds), ".", detail::did_you_mean(name, names()));
    return get<T>(name, T{}, bounds);
  }

  /// A text that is one of the choices. Throws ValueError.
  [[nodiscard]] std::string choice(const std::string& name, const std::string& otherwise,
                                   const std::vector<std::string>& choices) {
    const std::string value = get<std::string>(name, otherwise);
    if (std::find(choices.begin(), choices.end(), value) == choices.end())
      fail<ValueError>("settings", name, " is ", detail::quote(value), "; it takes one of ", detail::enumerate(choices),
                       ".", detail::did_you_mean(value, choices));
    return value;
  }

  /// To be called when everything has been asked for. Throws ValueError for a name that nothing asked for, with the
  /// name that was meant, if one is near.
  void refuse_unknown() const {
    std::vector<std::string> known;
    for (const auto& [name, value] : used_) known.push_back(name);
    for (const auto& [name, value] : values_) {
      if (used_.contains(name)) continue;
      std::vector<std::string> inside;
      for (const std::string& k : known)
        if (k.starts_with(name + ".")) inside.push_back(k);
      require<ValueError>(inside.empty(), "settings", value.source, ": ", detail::quote(name),
                          " is a group and takes no value; its settings are ", detail::enumerate(inside), ".");
      const std::string hint = detail::did_you_mean(name, known);
      constexpr std::size_t shown = 20;
      const bool all = hint.empty() && known.size() <= shown && !known.empty();
      fail<ValueError>("settings", value.source, ": there is no setting ", detail::quote(name), ".", hint,
                       all ? " There are " + detail::enumerate(known) + "." : std::string());
    }
  }

  /// Forgets the values of one source that nothing asked for: of defaults that may say more than a program needs.
  void drop_unused(const std::string& source) {
    for (auto at = values_.begin(); at != values_.end();)
      at = at->second.source == source && !used_.contains(at->first) ? values_.erase(at) : std::next(at);
  }

  /// Every setting that was asked for, with its value, set or not: what it takes to do the same again.
  [[nodiscard]] Json full() const {
    Json object = Json::object();
    for (const auto& [name, value] : used_) {
      Json* group = &object;
      std::size_t at = 0;
      for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', at)) {
        group = &(*group)[name.substr(at, dot - at)];
        at = dot + 1;
      }
      (*group)[name.substr(at)] = value;
    }
    return object;
  }

  /// The names that are set, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, value] : values_) all.push_back(name);
    return all;
  }

 private:
  struct Value {
    Json json;
    std::string source;
  };

  [[noreturn]] static void refuse(const std::string& name, const Value& v, const std::string& expected) {
    const bool could_be_text = v.json.is_primitive() && !v.json.is_string() && expected == "a text";
    fail<ValueError>("settings", v.source, ": ", name, " is ", detail::describe(v.json), "; it takes ", expected, ".",
                     could_be_text ? " A text that looks like a number stands in quotes." : "");
  }

  /// True if a name of the map is `name` with more parts, or the reverse: a group and a setting at once.
  template <class Map>
  static std::string clash(const Map& map, const std::string& name) {
    const auto next = map.lower_bound(name + ".");
    if (next != map.end() && next->first.starts_with(name + ".")) return next->first;
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
      if (map.contains(name.substr(0, dot))) return name.substr(0, dot);
    return "";
  }

  static void check_name(const std::string& name, const std::string& source) {
    const bool good = !name.empty() && !name.starts_with('.') && !name.ends_with('.') &&
                      name.find("..") == std::string::npos && detail::is_utf8(name);
    require<ValueError>(good, "settings", source, ": ", detail::quote(name),
                        " is no name of a setting; names are words, joined by dots where they are in groups.");
  }

  void insert(const std::string& name, Json value, const std::string& source, bool replace) {
    check_name(name, source);
    const std::string other = clash(values_, name);
    require<ValueError>(other.empty(), "settings", source, ": ", detail::quote(name), " and ", detail::quote(other),
                        " cannot both be set; one of them would be a setting and a group.");
    require<ValueError>(replace || !values_.contains(name), "settings", source, ": ", detail::quote(name),
                        " is set twice.");
    values_[name] = {std::move(value), source};
  }

  void flatten(const Json& object, const std::string& prefix, const std::string& source, int depth, bool replace) {
    require<ValueError>(depth < detail::deepest_json, "settings", source, " has groups within groups, more than ",
                        detail::deepest_json, " deep.");
    require<ValueError>(depth == 0 || !object.empty(), "settings", source, ": the group ",
                        detail::quote(prefix.substr(0, prefix.size() - 1)), " is empty; leave it out.");
    for (const auto& [name, value] : object.items()) {
      if (value.is_object())
        flatten(value, prefix + name + ".", source, depth + 1, replace);
      else
        insert(prefix + name, value, source, replace);
    }
  }

  void use(const std::string& name, Json value) {
    check_name(name, "the program");
    const auto text = [](const Json& v) { return !v.is_string() || detail::is_utf8(v.get_ref<const std::string&>()); };
    require<ValueError>(text(value) && (!value.is_array() || std::all_of(value.begin(), value.end(), text)), "settings",
                        name, " is a text that is not UTF-8, which no settings file can hold.");
    used_[name] = std::move(value);
  }

  std::map<std::string, Value> values_;
  std::map<std::string, Json> used_;
};

/// Writes settings.full() as JSON. Throws FileError.
inline void write_settings(const std::filesystem::path& path, const Settings& settings) {
  atomic_write(path, settings.full().dump(2) + "\n");
}

}  // namespace io

GANVAS_END
