#include "ganvas/io/text.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"

using namespace ganvas;
using namespace ganvas::io::detail;

TEST_CASE("base64 of the examples of RFC 4648", "[io]") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFF\xFE\xFD") == "//79");
}

TEST_CASE("texts are escaped for where they go", "[io]") {
  CHECK(escape_html("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(escape_html(std::string_view("a\0b\x1B", 4)) == "a b ");
  CHECK(escape_csv("plain") == "plain");
  CHECK(escape_csv("a,\"b\"") == "\"a,\"\"b\"\"\"");
  CHECK(quote("a\nb") == "'a?b'");
  CHECK(quote(std::string(200, 'x')) == "'" + std::string(80, 'x') + "...'");
}

TEST_CASE("JSON strings are those of nlohmann/json, which also says what is UTF-8", "[io]") {
  const auto agrees = [](const std::string& text) {
    try {
      return nlohmann::json(text).dump() == '"' + escape_json(text) + '"' && is_utf8(text);
    } catch (const nlohmann::json::exception&) {
      return !is_utf8(text);
    }
  };
  CHECK(agrees(""));
  CHECK(is_utf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"));
  const unsigned char edges[] = {0x00, 0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
                                 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF};
  std::string wrong;  // the first text on which they differ
  const auto check = [&](const std::string& text) {
    if (wrong.empty() && !agrees(text)) wrong = text;
  };
  for (unsigned a = 0; a < 256; ++a) {
    const std::string one(1, static_cast<char>(a));
    check(one);
    for (const unsigned char b : edges) {
      const std::string two = one + static_cast<char>(b);
      check(two);
      for (const unsigned char c : edges) {
        check(two + static_cast<char>(c));
        if (a >= 0xE0)
          for (const unsigned char d : edges) check(two + static_cast<char>(c) + static_cast<char>(d));
      }
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("short numbers", "[io]") {
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(-0.0) == "0");
  CHECK(short_number(12000) == "12000");
  CHECK(short_number(1e-5) == "1e-05");
  CHECK(short_number(3.14159265, 3) == "3.14");
  CHECK(short_number(1e300, 3) == "1e+300");
}
