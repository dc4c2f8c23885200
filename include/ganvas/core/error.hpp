#pragma once
// Errors are sentences: `[op] what was expected, what was given, what to do.`

#include <sstream>
#include <stdexcept>
#include <string>

#include "ganvas/core/config.hpp"

// The types of exceptions are the same in every object of a program, whatever flags it was built with: they are no part
// of the inline namespace.
namespace ganvas {

/// Base of every exception that ganvas throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Shapes, ranks or sizes that do not fit the operation.
struct ShapeError : Error {
  using Error::Error;
};
/// An argument outside its domain (a negative learning rate, an unknown option).
struct ValueError : Error {
  using Error::Error;
};
/// A file that is missing, damaged, hostile or cannot be written.
struct FileError : Error {
  using Error::Error;
};
/// NaN or infinity where a finite number is needed.
struct NumericError : Error {
  using Error::Error;
};

}  // namespace ganvas

GANVAS_BEGIN

/// Throws E with the sentence "[where] parts...".
template <class E = ShapeError, class... Parts>
[[noreturn]] void fail(const char* where, const Parts&... parts) {
  std::ostringstream text;
  text << '[' << where << "] ";
  (text << ... << parts);
  throw E(text.str());
}

/// fail<E>(where, parts...) unless the condition holds. The parts are only printed when it does not.
template <class E = ShapeError, class... Parts>
constexpr void require(bool condition, const char* where, const Parts&... parts) {
  if (!condition) fail<E>(where, parts...);
}

GANVAS_END
