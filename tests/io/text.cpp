#include "ganvas/io/text.hpp"

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

TEST_CASE("short numbers", "[io]") {
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(-0.0) == "0");
  CHECK(short_number(12000) == "12000");
  CHECK(short_number(1e-5) == "1e-05");
  CHECK(short_number(3.14159265, 3) == "3.14");
  CHECK(short_number(1e300, 3) == "1e+300");
}
