#include "ganvas/io/progress.hpp"

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("times read like a clock") {
  CHECK(io::clock_text(0) == "0:00");
  CHECK(io::clock_text(65.2) == "1:05");
  CHECK(io::clock_text(12 * 3600 + 3) == "12:00:03");
  CHECK(io::clock_text(-5) == "0:00");
}

TEST_CASE("where there is no terminal, lines come seldom and the last one always") {
  io::Progress progress(1000, 64, "images", 3600);
  int lines = 0;
  for (index_t i = 1; i <= 1000; ++i) lines += progress.update(i, "loss 1.0") ? 1 : 0;
  CHECK(lines >= 2);
  CHECK(progress.seconds() >= 0);
}
