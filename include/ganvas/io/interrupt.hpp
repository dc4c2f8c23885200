#pragma once
// Ctrl-C as a question that a loop asks, so that long work ends in good order with what there is.

#include <array>
#include <csignal>
#include <cstddef>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace io {

/// While it lives, the first Ctrl-C (SIGINT), SIGTERM or SIGHUP (the terminal was closed) only makes requested() true;
/// the second ends the program as usual. A reader that goes away (SIGPIPE) does not end it. The handlers of before come
/// back at the end.
///   const io::Interrupt interrupt;
///   while (!interrupt.requested()) step();
/// Objects may be nested: all of them see the same request.
class Interrupt {
 public:
  Interrupt() {
    if (depth()++ == 0) flag() = 0;
#if defined(__unix__) || defined(__APPLE__)
    struct sigaction action = {};
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // once: the second signal does what it did before
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      action.sa_handler = signals[i] == SIGPIPE ? SIG_IGN : Handler{[](int) { flag() = 1; }};
      sigaction(signals[i], &action, &before_[i]);
      if (signals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN)  // nohup
        sigaction(SIGHUP, &before_[i], nullptr);
    }
#else
    for (std::size_t i = 0; i < signals.size(); ++i) before_[i] = std::signal(signals[i], handle);
#endif
  }
  ~Interrupt() {
    --depth();
    for (std::size_t i = 0; i < signals.size(); ++i) {
#if defined(__unix__) || defined(__APPLE__)
      sigaction(signals[i], &before_[i], nullptr);
#else
      std::signal(signals[i], before_[i] == SIG_ERR ? SIG_DFL : before_[i]);
#endif
    }
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const { return flag() != 0; }

 private:
  using Handler = void (*)(int);
#if defined(__unix__) || defined(__APPLE__)
  static constexpr std::array<int, 4> signals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
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
  std::array<struct sigaction, signals.size()> before_{};
#else
  static void handle(int signal) {
    flag() = 1;
    std::signal(signal, SIG_DFL);
  }
  std::array<Handler, signals.size()> before_{};
#endif
};

}  // namespace io
GANVAS_END
