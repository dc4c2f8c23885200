#pragma once
// Ctrl-C as a question that a loop asks, so that long work ends in good order with what there is.

#include <csignal>

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace io {

/// While it lives, the first Ctrl-C (SIGINT) or SIGTERM only makes requested() true; the second ends the program as
/// usual. The handlers of before come back at the end.
///   const io::Interrupt interrupt;
///   while (!interrupt.requested()) step();
class Interrupt {
 public:
  Interrupt() : before_int_(std::signal(SIGINT, handle)), before_term_(std::signal(SIGTERM, handle)) { flag() = 0; }
  ~Interrupt() {
    std::signal(SIGINT, before_int_ == SIG_ERR ? SIG_DFL : before_int_);
    std::signal(SIGTERM, before_term_ == SIG_ERR ? SIG_DFL : before_term_);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const { return flag() != 0; }

 private:
  using Handler = void (*)(int);

  static volatile std::sig_atomic_t& flag() {
    static volatile std::sig_atomic_t value = 0;
    return value;
  }
  static void handle(int signal) {
    flag() = 1;
    std::signal(signal, SIG_DFL);
  }

  Handler before_int_;
  Handler before_term_;
};

}  // namespace io
GANVAS_END
