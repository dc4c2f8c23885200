#pragma once
// Small text helpers of the file formats: quoting for sentences, escaping for HTML, CSV and JSON, base64, short
// numbers.

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN

namespace io::detail {

/// A name from a file, fit for an error sentence: in quotes, short, without control characters.
inline std::string quote(std::string_view name) {
  constexpr std::size_t longest = 80;
  std::string text = "'";
  for (const char c : name.substr(0, longest)) {
    const auto u = static_cast<unsigned char>(c);
    text += u < 0x20 || u == 0x7F ? '?' : c;
  }
  return text + (name.size() > longest ? "...'" : "'");
}

/// Text that HTML shows as it is, also inside an attribute. Control characters, which XML forbids, become spaces.
inline std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

/// A field of a CSV line [RFC 4180]: in quotes if it holds a comma, a quote or a line break.
inline std::string escape_csv(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// True for well-formed UTF-8 [RFC 3629, section 4]: no overlong forms, no surrogates, nothing above U+10FFFF.
inline bool is_utf8(std::string_view text) {
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};  // by the number of bytes
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<std::uint32_t>(static_cast<unsigned char>(text[i++]));
    if (first < 0x80) continue;
    if (first < 0xC0 || first > 0xF7) return false;
    const std::size_t bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t code = first & (0x7FU >> bytes);
    for (std::size_t k = 1; k < bytes; ++k, ++i) {
      const std::uint32_t next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
      if ((next & 0xC0U) != 0x80) return false;
      code = code << 6U | (next & 0x3FU);
    }
    if (code < smallest[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
  }
  return true;
}

/// Text inside a JSON string [RFC 8259, section 7].
inline std::string escape_json(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view short_forms = "btn?fr";  // of the characters 8 to 13
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u >= 8 && u <= 13 && u != 11) {
      out += '\\';
      out += short_forms[u - 8U];
    } else if (u < 0x20) {
      out += "\\u00";
      out += digits[u >> 4U];
      out += digits[u & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

/// Bytes as base64 [RFC 4648, section 4].
inline std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    const std::array<std::uint32_t, 4> index = {group >> 18U, group >> 12U & 63U, group >> 6U & 63U, group & 63U};
    for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? digits[index[k]] : '=';
  }
  return out;
}

/// A number with at most the given significant digits, without trailing zeros: 0.25, 1e-05, 12000.
/// Files are the same in every locale: no comma where the user's language has one.
inline std::string short_number(double value, int digits = 6) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value == 0 ? 0.0 : value,  // no "-0"
                                 std::chars_format::general, digits);
  return {text.data(), end.ptr};
}

}  // namespace io::detail

GANVAS_END
