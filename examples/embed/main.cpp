// A program of your own that uses ganvas: a line is fitted to noisy points by gradient descent.
#include <ganvas/ganvas.hpp>
#include <iostream>

using namespace ganvas;

int main() {
  Random rng(7);
  const Var<float> x = rng.normal<float>({200, 1});
  const Var<float> y = x * 3.0F - 1.0F + Var<float>(rng.normal<float>({200, 1})) * 0.1F;

  auto w = Var<float>::variable(Tensor<float>::zeros({1, 1}));
  auto b = Var<float>::variable(Tensor<float>::zeros({1}));
  auto optimiser = optim::make(optim::Adam{.lr = 0.1}, std::vector{w, b});
  for (int step = 0; step < 300; ++step) optimiser.step(grad(mse(linear(x, w, b), y), {w, b}));

  std::cout << "kernels: " << cpu::kernels<float>().name << ", y = " << w.item() << " x + " << b.item() << '\n';
  return std::abs(w.item() - 3) < 0.05F && std::abs(b.item() + 1) < 0.05F ? 0 : 1;
}
