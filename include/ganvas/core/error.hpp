#pragma once
// Errors are sentences: `[op] what was expected, what was given, what to do.`

#include <initializer_list>
#include <ostream>
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
/// The system has no memory left.
struct MemoryError : Error {
  using Error::Error;
};
/// NaN or infinity where a finite number is needed.
struct NumericError : Error {
  using Error::Error;
};

}  // namespace ganvas

GANVAS_BEGIN

namespace detail {

/// A part of a sentence: where it is and how to print it. Sentences are put together by one function that knows no
/// types, because a library of checks compiles hundreds of them.
struct Part {
  const void* value;
  void (*print)(std::ostream&, const void*);
};

template <class T>
void print_part(std::ostream& out, const void* at) {
  out << *static_cast<const T*>(at);
}
inline void print_text(std::ostream& out, const void* at) { out << static_cast<const char*>(at); }

template <class T>
GANVAS_INLINE Part part(const T& value) {
  return {&value, &print_part<T>};
}
GANVAS_INLINE Part part(const char* text) { return {text, &print_text}; }

inline std::string sentence(const char* where, std::initializer_list<Part> parts) {
  std::ostringstream text;
  text << '[' << where << "] ";
  for (const Part& p : parts) p.print(text, p.value);
  return text.str();
}

template <class E>
[[noreturn]] void fail_with(const char* where, std::initializer_list<Part> parts) {
  throw E(sentence(where, parts));
}

}  // namespace detail

/// Throws E with the sentence "[where] parts...".
template <class E = ShapeError, class... Parts>
[[noreturn]] void fail(const char* where, const Parts&... parts) {
  detail::fail_with<E>(where, {detail::part(parts)...});
}

/// fail<E>(where, parts...) unless the condition holds. The parts are only printed when it does not.
template <class E = ShapeError, class... Parts>
constexpr void require(bool condition, const char* where, const Parts&... parts) {
  if (!condition) detail::fail_with<E>(where, {detail::part(parts)...});
}

GANVAS_END
