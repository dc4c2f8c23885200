#include "ganvas/io/interrupt.hpp"

#include <csignal>

#include "support/catch.hpp"

using namespace ganvas;

TEST_CASE("the first signal is a request, and the handlers of before come back") {
  static int others = 0;
  const auto before = std::signal(SIGINT, [](int) { ++others; });
  {
    const io::Interrupt interrupt;
    CHECK_FALSE(interrupt.requested());
    std::raise(SIGINT);
    CHECK(interrupt.requested());
  }
  {
    const io::Interrupt outer;
    std::raise(SIGINT);
    const io::Interrupt inner;
    CHECK(inner.requested());  // a request is for all
  }
  {
    const io::Interrupt again;
    CHECK_FALSE(again.requested());  // a new one starts without a request
    std::raise(SIGTERM);
    CHECK(again.requested());
  }
  std::raise(SIGINT);
  CHECK(others == 1);
  std::signal(SIGINT, before);
}
