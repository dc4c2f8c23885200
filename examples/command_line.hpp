#pragma once
// The command line of the examples. CLI11 reads it, in command_line.cpp: it takes 5 seconds to compile, which is enough
// once. A program of your own may as well include CLI11 itself.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// One option: its name ("-n,--n": two of them), the variable that it sets, and what it is for. A name without dashes
/// takes what stands alone.
/// What the variable holds before is the default.
struct Option {
  std::string name;
  std::variant<bool*, int*, std::ptrdiff_t*, std::uint64_t*, double*, std::string*, std::vector<std::string>*> value;
  std::string help;
  double least = 0;  ///< bounds of a number
  double most = std::numeric_limits<double>::max();
  std::vector<std::string> choices = {};  ///< words that are allowed; none: any
};

/// Sets the variables. Nothing, if the program shall go on, else its exit code: 0 after --help, 2 after a mistake,
/// which has been named on the standard error stream. --help begins with `program`, what it does, and ends with `more`.
[[nodiscard]] std::optional<int> read_options(int argc, const char* const* argv, const std::string& program,
                                              const std::vector<Option>& options, const std::string& more = "");

/// For the end of main: the exit code, or 2 with a sentence if what was printed did not arrive (a full disk).
[[nodiscard]] int after_output(int code);
