#pragma once
// One setting's value: read as a type of C++ from JSON, within bounds, said in a sentence, and written back.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// The numbers that a setting may be: least <= x <= most, and x > above.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  double above = -std::numeric_limits<double>::infinity();

  [[nodiscard]] bool hold(double x) const { return least <= x && x <= most && x > above; }
  /// " from 1 to 1024", " above 0", " of at least 0", or nothing.
  [[nodiscard]] std::string str() const {
    const bool has_least = std::isfinite(least), has_most = std::isfinite(most);
    std::string text;
    if (std::isfinite(above)) text = " above " + detail::short_number(above);
    if (has_least && has_most)
      text += " from " + detail::short_number(least, 15) + " to " + detail::short_number(most, 15);
    else if (has_least)
      text += " of at least " + detail::short_number(least, 15);
    else if (has_most)
      text += (text.empty() ? " of at most " : " and at most ") + detail::short_number(most, 15);
    return text;
  }
};

namespace detail {

/// A JSON value in a sentence.
inline std::string describe(const nlohmann::json& v) {
  if (v.is_string()) return "the text " + quote(v.get_ref<const std::string&>());
  if (v.is_array()) return "a list of " + std::to_string(v.size());
  if (v.is_object()) return "a group of settings";
  return v.dump();
}

template <class T>
struct is_list : std::false_type {};
template <class T>
struct is_list<std::vector<T>> : std::true_type {};

/// v as a T where it is one; false where it is not. A number without a fraction is an integer, however it is written.
template <class T>
bool convert_setting(const nlohmann::json& v, const Bounds& bounds, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!v.is_boolean()) return false;
    out = v.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    const auto take = [&out](auto x) {
      if (!std::in_range<T>(x)) return false;
      out = static_cast<T>(x);
      return true;
    };
    const double real = v.is_number_float() ? v.get<double>() : 0.0;
    const bool whole = v.is_number_float() && real == std::floor(real) && std::abs(real) <= 0x1p53;
    if (!(v.is_number_unsigned()  ? take(v.get<std::uint64_t>())
          : v.is_number_integer() ? take(v.get<std::int64_t>())
                                  : whole && take(static_cast<std::int64_t>(real))))
      return false;
    return bounds.hold(static_cast<double>(out));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!v.is_number()) return false;
    const double x = v.get<double>();
    if (!(std::abs(x) <= static_cast<double>(std::numeric_limits<T>::max()))) return false;  // NaN neither
    out = static_cast<T>(x);
    return bounds.hold(x);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!v.is_string()) return false;
    out = v.get<std::string>();
  } else {
    static_assert(is_list<T>::value, "settings are bool, integers, float, double, std::string or std::vector of these");
    if (!v.is_array()) return false;
    out.clear();
    for (const auto& e : v) {
      typename T::value_type x{};
      if (!convert_setting(e, bounds, x)) return false;
      out.push_back(std::move(x));
    }
  }
  return true;
}

/// "a whole number from 1 to 10": what a setting of type T takes.
template <class T>
std::string expected_setting(const Bounds& bounds, bool many = false) {
  const auto noun = [many](const char* one, const char* several) { return std::string(many ? several : one); };
  if constexpr (std::is_same_v<T, bool>)
    return noun("true or false", "true or false each");
  else if constexpr (std::is_integral_v<T>)
    return noun("a whole number", "whole numbers") + bounds.str();
  else if constexpr (std::is_floating_point_v<T>)
    return noun("a number", "numbers") + bounds.str();
  else if constexpr (std::is_same_v<T, std::string>)
    return noun("a text", "texts");
  else
    return noun("a list of ", "lists of ") + expected_setting<typename T::value_type>(bounds, true);
}

/// The value as it is written into a file. A float as the shortest number that is read back as it: 0.0002, not
/// 0.00019999999494757503.
template <class T>
nlohmann::json setting_to_json(const T& value) {
  if constexpr (std::is_same_v<T, float>) {
    char text[32];
    double shortest = 0;
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    std::from_chars(text, end, shortest);
    return shortest;
  } else if constexpr (is_list<T>::value) {
    nlohmann::json list = nlohmann::json::array();
    for (const typename T::value_type& e : value) list.push_back(setting_to_json(e));
    return list;
  } else {
    return value;
  }
}

}  // namespace detail

}  // namespace io

GANVAS_END
