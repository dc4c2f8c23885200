// Functions of every element at the size of a DCGAN's activations (64,14,14,128), and "large", of tensors that no cache
// holds: those that only move memory, those that compute, and those that broadcast.
#include "ganvas/kernels/pointwise.hpp"

#include <string>
#include <utility>

#include "measure.hpp"

namespace {

using ganvas::index_t;
using ganvas::Shape;
using ganvas::kernels::Binary;
using ganvas::kernels::Unary;

constexpr Shape activations{64, 14, 14, 128};
constexpr Shape large{64, 64, 64, 128};

struct One {
  const char* name;
  Unary op;
};
constexpr One ones[] = {
    {"copy", Unary::copy}, {"leaky_relu", Unary::leaky_relu}, {"exp", Unary::exp},           {"log", Unary::log},
    {"tanh", Unary::tanh}, {"sigmoid", Unary::sigmoid},       {"softplus", Unary::softplus}, {"gelu", Unary::gelu}};

struct Two {
  const char* name;
  Binary op;
};
constexpr Two twos[] = {{"add", Binary::add},
                        {"gate", Binary::gate},
                        {"tanh_gradient", Binary::tanh_gradient},
                        {"softplus_gradient", Binary::softplus_gradient},
                        {"gelu_gradient", Binary::gelu_gradient},
                        {"bce_with_logits", Binary::bce_with_logits}};

/// b for a of that shape: one number a channel, one, one a pixel.
struct Broadcast {
  const char* name;
  Binary op;
  bool channels, pixels;
};
constexpr Broadcast broadcasts[] = {{"add_channels", Binary::add, true, false},
                                    {"mul_number", Binary::mul, false, false},
                                    {"mul_pixels", Binary::mul, false, true}};

double bytes(index_t numbers) { return static_cast<double>(numbers) * sizeof(float); }

void add_unary(const One& f, const std::string& size, index_t count) {
  bench::for_threads(std::string("unary/") + f.name + size, [f, count](benchmark::State& state, int threads) {
    const auto x = bench::numbers(count, 0.3F), y = bench::numbers(count, 0);
    bench::measure(state, threads, 0, bytes(2 * count),
                   [&] { ganvas::kernels::unary(f.op, x.get(), y.get(), count, 0.2F); });
  });
}
void add_binary(const char* name, Binary op, const std::string& size, const Shape& a_shape, const Shape& b_shape) {
  bench::for_threads(std::string("binary/") + name + size, [=](benchmark::State& state, int threads) {
    const auto a = bench::numbers(a_shape.numel(), 0.3F), b = bench::numbers(b_shape.numel(), 0.5F);
    const auto y = bench::numbers(a_shape.numel(), 0);
    bench::measure(state, threads, 0, bytes(2 * a_shape.numel() + b_shape.numel()),
                   [&] { ganvas::kernels::binary(op, a.get(), a_shape, b.get(), b_shape, y.get(), a_shape, 0.2F); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::pair<const char*, Shape> sizes[] = {{"", activations}, {"/large", large}};
  for (const auto& [size, shape] : sizes) {
    for (const One& f : ones) add_unary(f, size, shape.numel());
    for (const Two& f : twos) add_binary(f.name, f.op, size, shape, shape);
    for (const Broadcast& f : broadcasts)
      add_binary(
          f.name, f.op, size, shape,
          Shape{f.pixels ? shape[0] : 1, f.pixels ? shape[1] : 1, f.pixels ? shape[2] : 1, f.channels ? shape[3] : 1});
  }
  return bench::run_all(argc, argv);
}
