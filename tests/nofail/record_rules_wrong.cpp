// An operation of two inputs and one gradient rule: the second gradient would be missing.
// expect: record: give one gradient rule for each input
#include "ganvas/autograd/var.hpp"

using V = ganvas::Var<double>;

V take_first(const V& a, const V& b);
V take_first(const V& a, const V& b) {
  return ganvas::record("take_first", a.value(), {a, b}, [](const auto& g) { return g.gy; });
}
