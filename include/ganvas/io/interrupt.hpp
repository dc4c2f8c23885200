#pragma once
// Ctrl-C as a question that a loop asks, so that long work ends in good order with what there is.

#include <array>
#include <csignal>
#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace io {

/// While it lives, the first Ctrl-C (SIGINT), SIGTERM or SIGHUP (the terminal was closed) only makes requested() true;
/// the second ends the program as usual, whichever of them it is. A SIGHUP that is ignored (nohup) stays so. A reader
/// that goes away (SIGPIPE) or a file that grows beyond its limit (SIGXFSZ) does not end it: writing fails then. The
/// handlers of before come back at the end.
///   const io::Interrupt interrupt;
///   while (!interrupt.requested()) step();
/// Objects may be nested: all of them see the same request.
class Interrupt {
 public:
  Interrupt() {
    if (depth()++ > 0) return;
    flag() = 0;
#if defined(__unix__) || defined(__APPLE__)
    struct sigaction action = {};
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      action.sa_handler = signals[i] == SIGPIPE || signals[i] == SIGXFSZ ? SIG_IGN : handle;
      sigaction(signals[i], &action, &before()[i]);
      if (signals[i] == SIGHUP && before()[i].sa_handler == SIG_IGN) sigaction(SIGHUP, &before()[i], nullptr);
    }
#else
    for (std::size_t i = 0; i < signals.size(); ++i) before()[i] = std::signal(signals[i], handle);
#endif
  }
  ~Interrupt() {
    if (--depth() > 0) return;
    for (std::size_t i = 0; i < signals.size(); ++i) {
#if defined(__unix__) || defined(__APPLE__)
      sigaction(signals[i], &before()[i], nullptr);
#else
      std::signal(signals[i], before()[i] == SIG_ERR ? SIG_DFL : before()[i]);
#endif
    }
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const { return flag() != 0; }

 private:
  using Handler = void (*)(int);
#if defined(__unix__) || defined(__APPLE__)
  static constexpr std::array<int, 5> signals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
#else
  static constexpr std::array<int, 2> signals = {SIGINT, SIGTERM};
#endif

  static volatile std::sig_atomic_t& flag() {
    static volatile std::sig_atomic_t value = 0;
    return value;
  }
  static int& depth() {
    static int value = 0;
    return value;
  }

#if defined(__unix__) || defined(__APPLE__)
  /// The next one of our signals finds no handler any more.
  static void handle(int) {
    flag() = 1;
    for (const int signal : signals) {
      struct sigaction now = {};
      if (sigaction(signal, nullptr, &now) != 0 || now.sa_handler != handle) continue;
      now.sa_handler = SIG_DFL;
      sigaction(signal, &now, nullptr);
    }
  }
  using Before = struct sigaction;
#else
  static void handle(int signal) {
    flag() = 1;
    std::signal(signal, SIG_DFL);
  }
  using Before = Handler;
#endif
  /// What the outermost object found.
  static std::array<Before, signals.size()>& before() {
    static std::array<Before, signals.size()> value{};
    return value;
  }
};

}  // namespace io
GANVAS_END
