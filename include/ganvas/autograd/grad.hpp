#pragma once
// grad(): reverse-mode differentiation. It returns gradients instead of storing them in tensors, walks with a stack of
// its own, visits each node once, and only the nodes between y and what was asked for.

#include <memory>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// Options of grad().
template <class T>
struct GradOptions {
  bool create_graph = false;  ///< record the gradients' own history, to differentiate them again
  Var<T> output = {};         ///< dL/dy, of y's shape; undefined: y must be one number, and dL/dy is 1
};

namespace detail {

/// The nodes from which y was computed and that lead to a target, inputs before results.
template <class T>
std::vector<std::shared_ptr<Node<T>>> nodes_towards(const std::shared_ptr<Node<T>>& y,
                                                    std::unordered_map<const Node<T>*, bool>& reaches) {
  struct Visit {
    std::shared_ptr<Node<T>> node;
    std::size_t next_input;
  };
  std::vector<std::shared_ptr<Node<T>>> order;
  std::unordered_map<const Node<T>*, bool> seen;
  std::vector<Visit> stack;
  const auto enter = [&](const std::shared_ptr<Node<T>>& node) {
    if (node->requires_grad && !seen[node.get()]) {
      seen[node.get()] = true;
      stack.push_back({node, 0});
    }
  };
  enter(y);
  while (!stack.empty()) {
    Visit& top = stack.back();
    if (top.next_input < top.node->inputs.size()) {
      enter(top.node->inputs[top.next_input++]);  // may move the stack: top is not used afterwards
      continue;
    }
    const std::shared_ptr<Node<T>> node = std::move(top.node);
    stack.pop_back();
    bool leads = reaches.count(node.get()) != 0;
    for (const auto& input : node->inputs) {
      const auto found = reaches.find(input.get());
      leads = leads || (found != reaches.end() && found->second);
    }
    if (leads) {
      reaches[node.get()] = true;
      order.push_back(node);
    }
  }
  return order;
}

}  // namespace detail

/// The gradients of y by each of xs: result i has the shape of xs[i] and is zero if y does not depend on it.
/// y is one number, or options.output says dL/dy. Throws ValueError if y has no history, or if a variable was changed
/// since y was computed.
template <class T>
[[nodiscard]] std::vector<Var<T>> grad(const Var<T>& y, const std::vector<std::type_identity_t<Var<T>>>& xs,
                                       const std::type_identity_t<GradOptions<T>>& options = {}) {
  using Node = detail::Node<T>;
  Var<T> gy = options.output;
  if (gy.defined()) {
    require(gy.shape() == y.shape(), "grad", "the output gradient has shape ", gy.shape(), " but y has ", y.shape(),
            "; they must be equal.");
  } else {
    require(y.numel() == 1, "grad", "y has shape ", y.shape(),
            "; only one number can be differentiated without an output gradient. Reduce it (sum, mean) or give "
            "options.output.");
    gy = Var<T>(Tensor<T>(y.shape(), T(1)));
  }
  require<ValueError>(y.requires_grad(), "grad",
                      "y has no history: it was computed inside NoRecord, by grad() without create_graph, or from "
                      "constants and detached values alone. Compute it from variables, outside NoRecord.");

  std::unordered_map<const Node*, bool> reaches;
  for (const Var<T>& x : xs) {
    require<ValueError>(x.requires_grad(), "grad",
                        "asked for the gradient by something that is no variable and was not computed from one; make "
                        "it with Var<T>::variable (and outside NoRecord).");
    reaches[x.handle().get()] = true;
  }
  std::unordered_map<const Node*, Var<T>> gradients;
  gradients[y.handle().get()] = gy;
  std::unordered_map<const Node*, bool> wanted = reaches;

  const bool record_before = std::exchange(detail::recording_flag(), options.create_graph);
  struct Restore {
    bool value;
    ~Restore() { detail::recording_flag() = value; }
  } const restore{record_before};

  auto order = detail::nodes_towards<T>(y.handle(), reaches);
  while (!order.empty()) {
    const std::shared_ptr<Node> node = std::move(order.back());
    order.pop_back();
    const auto found = gradients.find(node.get());
    if (found == gradients.end() || node->inputs.empty()) continue;
    const Var<T> incoming = found->second;
    if (wanted.count(node.get()) == 0) gradients.erase(found);  // its memory can be used again
    std::vector<bool> needed;
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      const auto lead = reaches.find(node->inputs[i].get());
      needed.push_back(lead != reaches.end() && lead->second);
      if (node->inputs[i]->version != node->input_versions[i])
        fail<ValueError>("grad", "a value that ", node->op, " used was changed after it was computed (an optimiser's ",
                         "step in between?); compute y again before differentiating it.");
    }
    const Backward<T> b(node, incoming, needed);
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      if (!needed[i]) continue;
      const Node& input = *node->inputs[i];
      Var<T> g = node->rule(b, i);
      if (!g.defined()) continue;
      require(g.shape() == input.value.shape(), node->op, "its gradient rule for input ", i, " gave shape ", g.shape(),
              " but the input has shape ", input.value.shape(), "; the rule is wrong.");
      auto& sum = gradients[&input];
      sum = sum.defined() ? add(sum, g) : std::move(g);
    }
  }

  std::vector<Var<T>> result;
  for (const Var<T>& x : xs) {
    const auto found = gradients.find(x.handle().get());
    result.push_back(found != gradients.end() ? found->second : Var<T>(Tensor<T>::zeros(x.shape())));
  }
  return result;
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(std::vector<Var<float>> grad(const Var<float>&, const std::vector<Var<float>>&,
                                             const GradOptions<float>&))

GANVAS_END
