#include "ganvas/data/table.hpp"

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

namespace {

data::Table read(const std::string& text) {
  const test::Folder folder;
  test::put(folder / "a.tsv", text);
  return data::read_tsv(folder / "a.tsv");
}
std::string refusal(const std::string& text) {
  return sentence([&] { static_cast<void>(read(text)); });
}

}  // namespace

TEST_CASE("lines and fields", "[data]") {
  const auto t = read(
      "\xEF\xBB\xBF"
      "file\tcaption\r\na.png\ta cat\r\n\nb.png\t\nc.png\t\"quoted\"");
  CHECK(t.columns == std::vector<std::string>{"file", "caption"});
  REQUIRE(t.rows.size() == 3);
  CHECK(t.rows[0] == std::vector<std::string>{"a.png", "a cat"});
  CHECK(t.rows[1] == std::vector<std::string>{"b.png", ""});
  CHECK(t.rows[2][1] == "\"quoted\"");
  CHECK(t.column("caption") == 1);
  CHECK(says(sentence([&] { static_cast<void>(t.column("captions")); }),
             "has no column 'captions'; it has file and caption. Did you mean 'caption'?"));
  CHECK(read("file").rows.empty());
}

TEST_CASE("tables that are damaged", "[data]") {
  CHECK(says(refusal("a\tb\n1\t2\n3"), "line 3 has 1 fields between tabs, but the first line names 2 columns"));
  CHECK(says(refusal("a\tb\n1\t2\t3"), "line 2 has 3 fields"));
  CHECK(says(refusal("a\ta"), "two columns named 'a'"));
  CHECK(says(refusal("\n\n"), "is empty"));
  CHECK(says(refusal("a\n\xFF"), "is not UTF-8"));
  CHECK(says(sentence([] { static_cast<void>(data::read_tsv("/nowhere/a.tsv")); }), "does not exist"));
}
