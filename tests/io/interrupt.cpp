#include "ganvas/io/interrupt.hpp"

#include <csignal>

#if defined(__unix__) || defined(__APPLE__)
#  include <sys/wait.h>
#  include <unistd.h>
#endif

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
    { const io::Interrupt inner; }
    std::raise(SIGINT);
    const io::Interrupt inner;
    CHECK((inner.requested() && outer.requested()));  // a request is for all
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

#if defined(__unix__) || defined(__APPLE__)
TEST_CASE("the second signal ends the program, whichever it is, but no hang-up that was ignored before") {
  const auto end_of = [](int first, int second) {
    const pid_t child = fork();
    if (child == 0) {
      std::signal(SIGHUP, SIG_IGN);  // nohup
      const io::Interrupt interrupt;
      std::raise(first);
      std::raise(second);
      _exit(interrupt.requested() ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  };
  CHECK(end_of(SIGTERM, SIGINT) == 128 + SIGINT);
  CHECK(end_of(SIGINT, SIGTERM) == 128 + SIGTERM);
  CHECK(end_of(SIGINT, SIGINT) == 128 + SIGINT);
  CHECK(end_of(SIGINT, SIGHUP) == 0);
  CHECK(end_of(SIGHUP, SIGPIPE) == 1);
  CHECK(end_of(SIGINT, SIGXFSZ) == 0);
}
#endif
