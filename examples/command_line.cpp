#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <type_traits>

namespace {

/// "1 to 1024", or "0 or more".
template <class T>
std::string bounds(const Option& option) {
  char text[64];
  if (option.most < static_cast<double>(std::numeric_limits<T>::max()))
    std::snprintf(text, sizeof text, "%.10g to %.10g", option.least, option.most);
  else
    std::snprintf(text, sizeof text, "%.10g or more", option.least);
  return text;
}

/// Takes the whole text for one decimal number.
template <class T>
bool read_number(const std::string& text, T& number) {
  const char* const end = text.c_str() + text.size();
  if constexpr (std::is_integral_v<T>) {
    const auto [last, error] = std::from_chars(text.c_str(), end, number);
    return error == std::errc() && last == end;
  } else {
    char* last = nullptr;
    number = std::strtod(text.c_str(), &last);
    return !text.empty() && last == end;
  }
}

/// Refuses what is no number within the bounds, and hands whole numbers on in a form that CLI11 reads alike: it takes
/// 010 for eight.
template <class T>
CLI::Validator within_bounds(const Option& option) {
  const auto check = [option](std::string& text) -> std::string {
    T number{};
    const bool good = read_number(text, number) && option.least <= static_cast<double>(number) &&
                      static_cast<double>(number) <= option.most;
    if (!good)
      return std::string(std::is_integral_v<T> ? "takes a whole number, " : "takes a number, ") + bounds<T>(option) +
             ", but '" + text + "' was given.";
    if constexpr (std::is_integral_v<T>) text = std::to_string(number);
    return "";
  };
  return {check, bounds<T>(option)};
}

void add(CLI::App& app, const Option& option) {
  const auto add_one = [&](auto* value) {
    using T = std::remove_pointer_t<decltype(value)>;
    if constexpr (std::is_same_v<T, bool>) {
      app.add_flag(option.name, *value, option.help);
    } else {
      CLI::Option* added = app.add_option(option.name, *value, option.help);
      if constexpr (std::is_same_v<T, std::string>) {
        if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
        added->check([](const std::string& text) { return text.empty() ? "must not be empty." : std::string(); }, "");
        if (!value->empty()) added->capture_default_str();
      } else if constexpr (std::is_arithmetic_v<T>) {
        added->transform(within_bounds<T>(option));
        if (static_cast<double>(*value) >= option.least) added->capture_default_str();  // below: "choose for me"
      }
    }
  };
  std::visit(add_one, option.value);
}

}  // namespace

std::optional<int> read_options(int argc, const char* const* argv, const std::string& program,
                                const std::vector<Option>& options, const std::string& more) {
  CLI::App app(program);
  if (!more.empty()) app.footer(more);
  for (const Option& option : options) add(app, option);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

int after_output(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("What was printed did not arrive: the standard output cannot be written.\n", stderr);
  return 2;
}
