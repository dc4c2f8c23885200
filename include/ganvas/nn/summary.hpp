#pragma once
// summary(): a network as a table of layers, output shapes and numbers of parameters.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/sequential.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

using SummaryRow = std::array<std::string, 4>;  ///< name, layer, output shape, parameters

template <class M>
std::optional<Shape> shape_after_module(const M& module, const std::optional<Shape>& x) {
  if constexpr (requires { rule_of(module).output_shape(*x); })
    if (x) return rule_of(module).output_shape(*x);
  return std::nullopt;
}

template <class F>
constexpr bool holds_modules() {
  if constexpr (is_list<F> || is_optional<F>)
    return holds_modules<typename F::value_type>();
  else
    return is_tuple<F> || Module<F>;
}
template <class M>
constexpr bool has_modules() {
  return []<class... Class, class... Field>(const std::tuple<Member<Class, Field>...>&) {
    return (holds_modules<Field>() || ...);
  }(M::members);
}

template <class F>
void summary_member(const F& field, const std::string& name, std::vector<SummaryRow>& rows);

/// Adds a row for each layer of a container and for each module of a user's struct (whose wiring, and so whose shapes,
/// only its own code knows), and one for any other module; returns the shape behind it.
template <class M>
std::optional<Shape> summary_rows(const M& module, const std::string& name, const std::optional<Shape>& x,
                                  std::vector<SummaryRow>& rows) {
  std::optional<Shape> y = x;
  std::size_t i = 0;
  if constexpr (requires { module.layer_names(); }) {  // Sequential
    const auto row = [&](const auto& layer) {
      y = summary_rows(layer, join(name, module.layer_names()[i++]), y, rows);
    };
    std::apply([&](const auto&... layer) { (row(layer), ...); }, module.layers);
  } else if constexpr (requires { M::container; }) {  // Stack
    for (const auto& layer : module.layers) y = summary_rows(layer, join(name, std::to_string(i++)), y, rows);
  } else {
    y = shape_after_module(module, x);
    if constexpr (has_modules<M>())
      std::apply([&](auto... entry) { (summary_member(module.*entry.pointer, join(name, entry.name), rows), ...); },
                 M::members);
    else
      rows.push_back({name, describe(module), y ? y->str() : "-", std::to_string(count_parameters(module))});
  }
  return y;
}

template <class F>
void summary_member(const F& field, const std::string& name, std::vector<SummaryRow>& rows) {
  if constexpr (is_tuple<F>) {
    std::size_t i = 0;
    std::apply([&](const auto&... m) { (summary_member(m, join(name, std::to_string(i++)), rows), ...); }, field);
  } else if constexpr (is_list<F>) {
    std::size_t i = 0;
    for (const auto& m : field) summary_member(m, join(name, std::to_string(i++)), rows);
  } else if constexpr (is_optional<F>) {
    if (field) summary_member(*field, name, rows);
  } else if constexpr (Module<F>) {
    summary_rows(field, name, std::nullopt, rows);
  }
}

}  // namespace detail

/// A table with one line a layer and a line for the total, ending in a newline. x is the shape of the input, batch
/// included; a shape that a module does not know is shown as "-". Throws ShapeError where the network refuses x.
template <Module M>
[[nodiscard]] std::string summary(const M& module, const Shape& x) {
  std::vector<detail::SummaryRow> rows{{"", "layer", "output shape", "parameters"}, {"", "input", x.str(), ""}};
  detail::summary_rows(module, "", x, rows);
  rows.push_back({"", "total", "", std::to_string(count_parameters(module))});
  std::array<std::size_t, 4> width{};
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(width[c] - row[c].size(), ' ');
      line += c == 3 ? "  " + space + row[c] : (c == 0 ? "" : "  ") + row[c] + space;  // numbers end in one column
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace nn

GANVAS_END
