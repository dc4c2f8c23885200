#pragma once
// summary(): a network as a table of layers, output shapes and numbers of parameters.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/sequential.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

struct SummaryRow {
  std::string name, layer, shape, parameters;
  const void* first_parameter = nullptr;  ///< where the history of the evaluation meets this layer
};

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

/// Rows for the modules in a member of a user's struct.
template <class F>
void summary_member(const F& field, const std::string& name, std::vector<SummaryRow>& rows);

/// Adds a row for each layer of a container and for each module of a user's struct (whose wiring only its own code
/// knows), and one for any other module; returns the shape behind it if the shape rules tell.
template <class M>
std::optional<Shape> summary_rows(const M& module, const std::string& name, std::optional<Shape> x,
                                  std::vector<SummaryRow>& rows) {
  std::size_t i = 0;
  if constexpr (is_sequential<M>) {
    const auto names = layer_names(module.names);
    const auto row = [&](const auto& layer) { x = summary_rows(layer, join(name, names[i++]), x, rows); };
    std::apply([&](const auto&... layer) { (row(layer), ...); }, module.layers);
    return x;
  } else if constexpr (requires { M::container; }) {  // Stack
    for (const auto& layer : module.layers) x = summary_rows(layer, join(name, std::to_string(i++)), x, rows);
    return x;
  } else {
    std::optional<Shape> y;
    if constexpr (requires { rule_of(module).output_shape(*x); })
      if (x) y = rule_of(module).output_shape(*x);
    if constexpr (has_modules<M>()) {
      std::apply([&](auto... entry) { (summary_member(module.*entry.pointer, join(name, entry.name), rows), ...); },
                 M::members);
    } else {
      rows.push_back({name, describe(module), y ? y->str() : "-", std::to_string(count_parameters(module)), nullptr});
      for_each_parameter(module, [&](const std::string&, const auto& p) {
        if (rows.back().first_parameter == nullptr) rows.back().first_parameter = p.handle().get();
      });
    }
    return y;
  }
}

template <class F>
void summary_member(const F& field, const std::string& name, std::vector<SummaryRow>& rows) {
  std::size_t i = 0;
  if constexpr (is_tuple<F>) {
    std::apply([&](const auto&... m) { (summary_member(m, join(name, std::to_string(i++)), rows), ...); }, field);
  } else if constexpr (is_list<F>) {
    for (const auto& m : field) summary_member(m, join(name, std::to_string(i++)), rows);
  } else if constexpr (is_optional<F>) {
    if (field) summary_member(*field, name, rows);
  } else if constexpr (Module<F>) {
    summary_rows(field, name, std::nullopt, rows);
  }
}

/// For every variable in y's history the shape of an operation's result that took it: of a layer's weight, that is the
/// layer's output shape.
template <class T>
std::unordered_map<const void*, Shape> shapes_in_history(const Var<T>& y) {
  using Node = ganvas::detail::Node<T>;
  std::unordered_map<const void*, Shape> shapes;
  std::vector<const Node*> pending{y.handle().get()};
  std::unordered_map<const Node*, bool> seen;
  while (!pending.empty()) {
    const Node* node = pending.back();
    pending.pop_back();
    if (std::exchange(seen[node], true)) continue;
    for (const auto& input : node->inputs) {
      if (input->inputs.empty()) shapes.emplace(input.get(), node->value.shape());
      pending.push_back(input.get());
    }
  }
  return shapes;
}

/// While it lives, operations remember their history even inside NoRecord.
class Recording {
 public:
  Recording() : before_(std::exchange(ganvas::detail::recording_flag(), true)) {}
  ~Recording() { ganvas::detail::recording_flag() = before_; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

 private:
  bool before_;
};

/// Where the rules do not tell (a user's struct), runs an evaluation of zeros and reads the shapes off its history.
template <class M>
void find_shapes(const M& module, const Shape& x, std::vector<SummaryRow>& rows) {
  using T = scalar_t<M>;
  const bool open = std::any_of(rows.begin(), rows.end(),
                                [](const auto& row) { return row.shape == "-" && row.first_parameter != nullptr; });
  if constexpr (requires(const Var<T>& v) { module(v).handle(); }) {
    if (!open) return;
    const Recording recorded;
    const auto shapes = shapes_in_history(module(Var<T>(Tensor<T>::zeros(x))));
    for (auto& row : rows) {
      const auto found = shapes.find(row.first_parameter);
      if (row.shape == "-" && found != shapes.end()) row.shape = found->second.str();
    }
  }
}

inline std::string print_table(const std::vector<SummaryRow>& rows) {
  std::array<std::size_t, 4> width{};
  for (const auto& r : rows) {
    const std::array<std::size_t, 4> sizes{r.name.size(), r.layer.size(), r.shape.size(), r.parameters.size()};
    for (std::size_t c = 0; c < 4; ++c) width[c] = std::max(width[c], sizes[c]);
  }
  const auto space = [](std::size_t w, const std::string& s) { return std::string(w - s.size(), ' '); };
  std::string text;
  for (const auto& r : rows) {
    std::string line = r.name + space(width[0], r.name) + "  " + r.layer + space(width[1], r.layer) + "  " + r.shape +
                       space(width[2], r.shape) + "  " + space(width[3], r.parameters) + r.parameters;
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace detail

/// A table with one line a layer and a line for the total, ending in a newline. x is the shape of the input, batch
/// included. The shapes of a user's own network are found by evaluating it once; "-" where that is not possible.
/// Throws ShapeError where the network refuses x.
template <Module M>
[[nodiscard]] std::string summary(const M& module, const Shape& x) {
  std::vector<detail::SummaryRow> rows{{"", "layer", "output shape", "parameters", nullptr},
                                       {"", "input", x.str(), "", nullptr}};
  detail::summary_rows(module, "", x, rows);
  detail::find_shapes(module, x, rows);
  rows.push_back({"", "total", "", std::to_string(count_parameters(module)), nullptr});
  return detail::print_table(rows);
}

}  // namespace nn

GANVAS_END
