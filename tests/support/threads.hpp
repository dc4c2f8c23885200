#pragma once
// same_for_any_threads(f): f() gives equal results with 1, 2, 3 and 8 threads.
#include "ganvas/core/parallel.hpp"

template <class F>
bool same_for_any_threads(const F& f) {
  const int before = ganvas::threads();
  ganvas::set_threads(1);
  const auto expected = f();
  bool same = true;
  for (const int n : {2, 3, 8}) {
    ganvas::set_threads(n);
    same = same && f() == expected;
  }
  ganvas::set_threads(before);
  return same;
}
