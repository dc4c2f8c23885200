// Objects compiled with other instruction sets, other optimisation, with and without OpenMP and GANVAS_COMPILED in one
// program: each must compute the same right numbers.
#include <cmath>
#include <cstdio>

#include "unit.hpp"

Outcome unit_plain();
Outcome unit_openmp();
Outcome unit_linked();
Outcome unit_wide();

namespace {

int wrong = 0;

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * (1 + std::abs(b)); }

void check(const char* name, const Outcome& got, const Outcome& expected) {
  const bool ok = got.isa == expected.isa && close(got.product, expected.product) &&
                  close(got.squares, expected.squares) && close(got.loss, expected.loss) &&
                  close(got.gradient, expected.gradient) && got.float_error < 1e-4;
  std::printf("%-7s %-7s product %.1f squares %.1f loss %.12f gradient %.12f float error %.1e: %s\n", name,
              got.isa.c_str(), got.product, got.squares, got.loss, got.gradient, got.float_error,
              ok ? "right" : "WRONG");
  wrong += ok ? 0 : 1;
}

}  // namespace

int main() {
  // The products and squares by plain loops; the network by the object without any flag.
  Outcome expected = unit_plain();
  expected.product = 0;
  for (int i = 0; i < 37; ++i)
    for (int j = 0; j < 19; ++j) {
      double sum = 0;
      for (int k = 0; k < 23; ++k)
        sum += (static_cast<double>((i * 23 + k) % 7) - 3.0) * (static_cast<double>((k * 19 + j) % 5) - 2.0);
      expected.product += std::abs(sum);
    }
  expected.squares = 332833500.0;
  check("plain", unit_plain(), expected);
  check("openmp", unit_openmp(), expected);
  check("linked", unit_linked(), expected);
#if defined(UNIT_WIDE)
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0)
    check("wide", unit_wide(), expected);
  else
    std::printf("wide: not run, this machine has no AVX2\n");
#endif
  return wrong;
}
