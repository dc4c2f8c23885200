#pragma once
// Where a NaN began: the first operation in a history whose result is not finite although its inputs are.

#include <cmath>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// True if no element is NaN or infinite.
template <class T>
[[nodiscard]] bool all_finite(const Tensor<T>& t) {
  for (const T v : t.values())
    if (!std::isfinite(v)) return false;
  return true;
}

/// A sentence that names the first operation, inputs before results, from which NaN or infinity came into y's history;
/// empty if all of it is finite. Costs a pass over all values: call it when something is known to be wrong.
template <class T>
[[nodiscard]] std::string first_non_finite(const Var<T>& y) {
  require<ValueError>(y.defined(), "first_non_finite",
                      "an undefined Var was given; it has no history to look through.");
  using Node = detail::Node<T>;
  struct Visit {
    const Node* node;
    std::size_t next_input;
  };
  std::unordered_set<const Node*> seen{y.handle().get()};
  std::vector<Visit> stack{{y.handle().get(), 0}};
  while (!stack.empty()) {
    Visit& top = stack.back();
    if (top.next_input < top.node->inputs.size()) {
      const Node* input = top.node->inputs[top.next_input++].get();
      if (seen.insert(input).second) stack.push_back({input, 0});
      continue;
    }
    const Node* node = top.node;
    stack.pop_back();
    if (all_finite(node->value)) continue;
    std::string text = "NaN or infinity first appears in the ";
    text += node->inputs.empty() ? std::string(node->op) + " (a parameter or the data)"
                                 : "result of " + std::string(node->op);
    text += " of shape " + node->value.shape().str();
    const char* separator = ", computed from ";
    for (const auto& input : node->inputs) {
      text += separator + std::string(input->op) + " " + input->value.shape().str();
      separator = " and ";
    }
    return text + ".";
  }
  return {};
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(bool all_finite(const Tensor<float>&))
GANVAS_INSTANCE(std::string first_non_finite(const Var<float>&))

GANVAS_END
