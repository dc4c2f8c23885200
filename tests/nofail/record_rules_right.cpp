// An operation of two inputs has two gradient rules.
#include "ganvas/autograd/var.hpp"

using V = ganvas::Var<double>;

V take_first(const V& a, const V& b);
V take_first(const V& a, const V& b) {
  return ganvas::record(
      "take_first", a.value(), {a, b}, [](const auto& g) { return g.gy; }, [](const auto&) { return V{}; });
}
