// A first page: the gradient of one neuron, by hand, by ganvas and by differences.
//
// The neuron:    a = w x + b,    y = sigma(a) = 1 / (1 + e^-a)
// Its loss:      L = (y - t)^2,  where t is what it should say for the input x
// The question:  how does L change if w or b change a little?

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string_view>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/pointwise.hpp"

using namespace ganvas;

constexpr double x = 1.5;  // input
constexpr double t = 1.0;  // target

struct Gradient {
  double w, b;
};

double loss_at(double w, double b) {
  const double y = 1 / (1 + std::exp(-(w * x + b)));
  return (y - t) * (y - t);
}

// The chain rule, from the loss back to the parameters. gy is dL/dy, ga is dL/da, and so on.
Gradient by_hand(double w, double b) {
  const double a = w * x + b;
  const double y = 1 / (1 + std::exp(-a));
  const double gy = 2 * (y - t);       // L = (y - t)^2
  const double ga = gy * y * (1 - y);  // y = sigma(a), and sigma' = sigma (1 - sigma)
  return {.w = ga * x, .b = ga};       // a = w x + b: its slope is x in w and 1 in b
}

// The same formula written with Vars. They remember how L was computed, and grad() walks back.
Gradient by_ganvas(double w_value, double b_value) {
  const auto w = Var<double>::variable(Tensor<double>::scalar(w_value));
  const auto b = Var<double>::variable(Tensor<double>::scalar(b_value));
  const auto y = sigmoid(w * x + b);
  const auto g = grad(square(y - t), {w, b});
  return {.w = g[0].item(), .b = g[1].item()};
}

// No rule at all: move one parameter a little to both sides and look. The error shrinks with h^2, but a tiny h loses
// digits, as two almost equal numbers are subtracted.
Gradient by_differences(double w, double b) {
  constexpr double h = 1e-5;
  return {.w = (loss_at(w + h, b) - loss_at(w - h, b)) / (2 * h),
          .b = (loss_at(w, b + h) - loss_at(w, b - h)) / (2 * h)};
}

int main(int argc, char** argv) try {
  const bool smoke = argc > 1 && std::string_view(argv[1]) == "--smoke";
  if (argc > 2 || (argc == 2 && !smoke)) {
    std::fputs("usage: first_gradient [--smoke]\n", stderr);
    return 2;
  }

  double w = -1, b = 0.5, worst = 0;
  std::puts("step     loss |  dL/dw by hand    by ganvas  differences |  dL/db by hand    by ganvas  differences");
  for (int step = 0; step <= 8; ++step) {
    const Gradient hand = by_hand(w, b), ours = by_ganvas(w, b), differences = by_differences(w, b);
    std::printf("%4d %8.5f | %14.9f %12.9f %12.9f | %14.9f %12.9f %12.9f\n", step, loss_at(w, b), hand.w, ours.w,
                differences.w, hand.b, ours.b, differences.b);
    worst = std::max({worst, std::abs(hand.w - ours.w), std::abs(hand.b - ours.b), std::abs(hand.w - differences.w),
                      std::abs(hand.b - differences.b)});
    w -= 2 * ours.w;  // gradient descent: a step against the gradient makes the loss smaller
    b -= 2 * ours.b;
  }
  std::printf("largest disagreement: %.1e\n", worst);
  return worst < 1e-9 && loss_at(w, b) < 0.1 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
