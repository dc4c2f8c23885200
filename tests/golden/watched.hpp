#pragma once
// Sees the gradients that a trainer gives to an optimiser.

#include <memory>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/gan/unroll.hpp"

namespace golden {

/// A rule that also keeps the gradients it was given.
template <class Rule>
struct Watched : Rule {
  std::shared_ptr<std::vector<std::vector<double>>> seen = std::make_shared<std::vector<std::vector<double>>>();

  template <class T, class Memory>
  void update(T* w, const T* g, const Memory& memory, ganvas::index_t n, ganvas::index_t t) const {
    seen->emplace_back(g, g + n);
    Rule::update(w, g, memory, n, t);
  }
};

/// Steps that G looks ahead are those of the rule, and are not watched.
template <class Rule, class T>
[[nodiscard]] std::vector<ganvas::Var<T>> recorded_step(const Watched<Rule>& rule,
                                                        ganvas::detail::RecordedMemory<T>& memory,
                                                        const std::vector<ganvas::Var<T>>& w,
                                                        const std::vector<ganvas::Var<T>>& g) {
  return recorded_step(static_cast<const Rule&>(rule), memory, w, g);
}

}  // namespace golden
