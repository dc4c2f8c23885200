#include "ganvas/io/csv.hpp"

#include <cmath>
#include <limits>

#include "support/files.hpp"

using namespace ganvas;
using test::says;
using test::sentence;

TEST_CASE("a table grows line by line and can be read meanwhile", "[io]") {
  const test::Folder folder;
  const auto path = folder / "losses.csv";
  test::put(path, "an older table");
  io::CsvWriter csv(path, {"step", "loss, D", ""});
  CHECK(test::get(path) == "step,\"loss, D\",\n");
  csv.row({1, 0.6931471805599453, std::nan("")});
  csv.row({2, -1e-10, std::numeric_limits<double>::infinity()});
  csv.text_row({std::string(), "a\"b", "c\nd"});
  CHECK(test::get(path) == "step,\"loss, D\",\n1,0.69314718,nan\n2,-1e-10,inf\n,\"a\"\"b\",\"c\nd\"\n");
  CHECK(says(sentence([&] { csv.row({1.0}); }), "a row of 1 fields was given"));
  io::CsvWriter moved = std::move(csv);
  moved.row({3, 4, 5});
  CHECK(test::get(path).ends_with("3,4,5\n"));
}

TEST_CASE("a table that cannot be written", "[io]") {
  const test::Folder folder;
  CHECK(says(sentence([&] { io::CsvWriter(folder / "none" / "a.csv", {"a"}); }), "none/a.csv: No such file"));
  CHECK(says(sentence([&] { io::CsvWriter(folder.path(), {"a"}); }), "Is a directory"));
#if defined(__linux__)
  CHECK(says(sentence([] { io::CsvWriter("/dev/full", {"a"}); }), "cannot write /dev/full: No space left"));
#endif
}
