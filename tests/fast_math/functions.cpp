// Compiled with -ffast-math, which lets a compiler forget what rounding does: the functions must come out all the same.
// (Not for NaN and infinite numbers, which that flag rules out.)
#include <cmath>
#include <cstdio>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/cpu/dispatch.hpp"

namespace {

using namespace ganvas;

int wrong = 0;

template <class Function>
void check(const char* name, const Function& function, double (*truth)(double)) {
  Tensor<float> x({481});  // whole vectors and a rest
  for (index_t i = 0; i < x.numel(); ++i) x.mutable_data()[i] = static_cast<float>(i) / 48 - 5;
  const Tensor<float> y = function(Var<float>(x)).value();
  double largest = 0;
  for (index_t i = 0; i < x.numel(); ++i) {
    const double expected = truth(static_cast<double>(x.data()[i]));
    largest = std::fmax(largest, std::fabs(static_cast<double>(y.data()[i]) - expected) / (1 + std::fabs(expected)));
  }
  const bool right = largest < 5e-7;
  std::printf("%-8s off by %.1e at most: %s\n", name, largest, right ? "right" : "WRONG");
  wrong += right ? 0 : 1;
}

}  // namespace

int main() {
  std::printf("%s\n", cpu::kernels<float>().name);
  check(
      "exp", [](const Var<float>& v) { return exp(v); }, [](double v) { return std::exp(v); });
  check(
      "tanh", [](const Var<float>& v) { return tanh(v); }, [](double v) { return std::tanh(v); });
  check(
      "sigmoid", [](const Var<float>& v) { return sigmoid(v); }, [](double v) { return 1 / (1 + std::exp(-v)); });
  check(
      "softplus", [](const Var<float>& v) { return softplus(v); }, [](double v) { return std::log1p(std::exp(v)); });
  check(
      "gelu", [](const Var<float>& v) { return gelu(v); },
      [](double v) { return 0.5 * v * std::erfc(-v / std::sqrt(2.0)); });
  check(
      "erf", [](const Var<float>& v) { return erf(v); }, [](double v) { return std::erf(v); });
  return wrong;
}
