#pragma once
// Where a NaN began: the first operation in a history whose result is not finite although its inputs are.

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// True if no element is NaN or infinite: those are the numbers with all bits of the exponent set. (Compilers may take
/// std::isfinite for true, by -ffast-math. Blocks without a branch become vector instructions.)
template <class T>
[[nodiscard]] bool all_finite(const Tensor<T>& t) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits exponent = sizeof(T) == 4 ? Bits{0x7f800000U} : static_cast<Bits>(0x7ff0000000000000U);
  const auto bad = [](T v) { return (std::bit_cast<Bits>(v) & exponent) == exponent ? Bits{1} : Bits{0}; };
  constexpr index_t block = 1024;
  const T* v = t.data();
  index_t left = t.numel();
  for (; left >= block; left -= block, v += block) {
    Bits some = 0;
    for (index_t k = 0; k < block; ++k) some |= bad(v[k]);
    if (some != 0) return false;
  }
  for (index_t k = 0; k < left; ++k)
    if (bad(v[k]) != 0) return false;
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
