#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <type_traits>

namespace {

/// "1 to 1024", or "0 or more".
std::string bounds(const Option& option) {
  char text[64];
  if (option.most < std::numeric_limits<double>::max())
    std::snprintf(text, sizeof text, "%.10g to %.10g", option.least, option.most);
  else
    std::snprintf(text, sizeof text, "%.10g or more", option.least);
  return text;
}

/// Refuses numbers outside the bounds or outside T; what is no number at all CLI11 refuses itself.
template <class T>
CLI::Validator within_bounds(const Option& option) {
  const auto problem = [option](const std::string& given) -> std::string {
    if constexpr (std::is_integral_v<T>) {
      T whole{};
      if (std::from_chars(given.data(), given.data() + given.size(), whole).ec == std::errc::result_out_of_range)
        return given + " is too large a number.";
    }
    char* end = nullptr;
    const double x = std::strtod(given.c_str(), &end);
    const bool good = end == given.c_str() || (option.least <= x && x <= option.most);
    return good ? "" : "takes " + bounds(option) + ", but " + given + " was given.";
  };
  return {problem, bounds(option)};
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
        added->capture_default_str();
      } else if constexpr (std::is_arithmetic_v<T>) {
        added->check(within_bounds<T>(option));
        if (static_cast<double>(*value) >= option.least) added->capture_default_str();  // below: "choose for me"
      }
    }
  };
  std::visit(add_one, option.value);
}

}  // namespace

std::optional<int> read_options(int argc, const char* const* argv, const std::string& program,
                                const std::vector<Option>& options) {
  CLI::App app(program);
  for (const Option& option : options) add(app, option);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}
