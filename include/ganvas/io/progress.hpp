#pragma once
// Progress of long work: one live line on a terminal, a plain line now and then elsewhere.

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#  include <unistd.h>
#endif

#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace io {

/// "1:05", "12:00:03".
[[nodiscard]] inline std::string clock_text(double seconds) {
  const auto s = static_cast<long long>(seconds < 0 ? 0 : seconds + 0.5);
  char text[48];
  if (s >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
  return text;
}

/// Shows how far a loop of known length is, how fast it goes and how long it will take.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// total steps of `items` items each (images a batch); what an item is called. plain_every: seconds between two
  /// lines where the output is no terminal.
  Progress(index_t total, index_t items, std::string unit = "images", double plain_every = 10)
      : total_(total), items_(items), unit_(std::move(unit)), plain_every_(plain_every), start_(Clock::now()) {
#if defined(__unix__) || defined(__APPLE__)
    live_ = isatty(STDERR_FILENO) != 0;
#endif
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { finish(); }

  /// After `done` steps; text is the caller's own part of the line. True if a line was written.
  bool update(index_t done, const std::string& text) {
    const double now = seconds();
    const bool last = done >= total_;
    if (!last && now - shown_ < (live_ ? 0.1 : plain_every_)) return false;
    shown_ = now;
    const double rate = now > 0 ? static_cast<double>(done * items_) / now : 0;
    const double left = done > 0 ? now / static_cast<double>(done) * static_cast<double>(total_ - done) : 0;
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, "%5.1f %%  %s  %.0f %s/s  %s left",
                  100.0 * static_cast<double>(done) / static_cast<double>(total_ > 0 ? total_ : 1),
                  clock_text(now).c_str(), rate, unit_.c_str(), clock_text(left).c_str());
    std::fprintf(stderr, live_ ? "\r%s  %s\033[K" : "%s  %s\n", numbers, text.c_str());
    std::fflush(stderr);
    open_ = live_;
    return true;
  }

  /// Ends the live line, so that what is printed next starts on a line of its own.
  void finish() {
    if (open_) std::fputc('\n', stderr);
    open_ = false;
  }

  /// Seconds since the start.
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  index_t total_;
  index_t items_;
  std::string unit_;
  double plain_every_;
  Clock::time_point start_;
  double shown_ = -1e9;
  bool live_ = false;
  bool open_ = false;
};

}  // namespace io
GANVAS_END
