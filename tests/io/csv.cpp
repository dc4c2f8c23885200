#include "ganvas/io/csv.hpp"

#include <cmath>
#include <limits>

#include "support/child.hpp"
#include "support/files.hpp"

#if defined(__unix__)
#  include <sys/stat.h>
#endif

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
  CHECK(
      says(sentence([&] { io::CsvWriter(folder.path(), {"a"}); }), "it is a directory; a table needs a regular file"));
#if defined(__unix__)
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(says(sentence([&] { io::CsvWriter(folder / "pipe", {"a"}); }), "pipe: it is a device or pipe; a table needs"));
  CHECK(says(sentence([] { io::CsvWriter("/dev/null", {"a"}); }), "it is a device or pipe"));

  const std::string text = test::on_full_disk(64, [&] { io::CsvWriter(folder / "a.csv", {std::string(1000, 'a')}); });
  CHECK(says(text, "a.csv: File too large"));
#endif
}

#if defined(__unix__)
TEST_CASE("with stderr closed its messages do not land in the table", "[io]") {
  const test::Folder folder;
  CHECK(test::in_child([&] {
          close(2);
          io::CsvWriter csv(folder / "a.csv", {"step"});
          static_cast<void>(!write(2, "progress", 8));
          csv.row({1});
        }) == 0);
  CHECK(test::get(folder / "a.csv") == "step\n1\n");
}
#endif
