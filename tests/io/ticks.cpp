#include "ganvas/io/ticks.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace ganvas::io::detail;

TEST_CASE("ticks are round and lie inside", "[io]") {
  CHECK(ticks({0, 10}, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(ticks({-1.5, 1.5}, 3) == std::vector<double>{-1, 0, 1});
  CHECK(ticks({12, 4700}, 5) == std::vector<double>{1000, 2000, 3000, 4000});
  const auto small = ticks({1e-5, 3.1e-5}, 4);
  REQUIRE(small.size() == 3);
  CHECK(small[0] == Approx(1e-5));
  CHECK(small[2] == Approx(3e-5));
  CHECK(ticks({1, 1}, 5).empty());
  CHECK(ticks({0, std::numeric_limits<double>::infinity()}, 5).empty());
  CHECK(ticks({1e17, 1e17 + 64}, 5).size() < 100);
}

TEST_CASE("a range grows with finite numbers only", "[io]") {
  Range r;
  CHECK(r.empty());
  r.add(std::numeric_limits<double>::quiet_NaN());
  r.add(-std::numeric_limits<double>::infinity());
  CHECK(r.empty());
  CHECK(r.widened(0.1).low == 0);
  CHECK(r.widened(0.1).high == 1);
  r.add(3);
  CHECK_FALSE(r.empty());
  CHECK(r.widened(0.05).low < 3);
  CHECK(r.widened(0.05).high > 3);
  r.add(-1);
  r.add(2);
  CHECK(r.low == -1);
  CHECK(r.high == 3);
  CHECK(r.widened(0.25).high == 4);
}
