// Functions of every element at the size of a DCGAN's activations (64,14,14,128): those that only move memory, those
// that compute, and those that broadcast.
#include "ganvas/kernels/pointwise.hpp"

#include <string>
#include <vector>

#include "measure.hpp"

namespace {

using ganvas::index_t;
using ganvas::Shape;
using ganvas::kernels::Binary;
using ganvas::kernels::Unary;

constexpr Shape activations{64, 14, 14, 128};
constexpr index_t count = activations.numel();

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
  Shape b;
};
constexpr Two twos[] = {{"add", Binary::add, activations},
                        {"gate", Binary::gate, activations},
                        {"add_channels", Binary::add, {128}},
                        {"mul_number", Binary::mul, {}},
                        {"mul_pixels", Binary::mul, {64, 14, 14, 1}}};

double bytes(index_t numbers) { return static_cast<double>(numbers) * sizeof(float); }

}  // namespace

int main(int argc, char** argv) {
  for (const One& f : ones)
    bench::for_threads(std::string("unary/") + f.name, [f](benchmark::State& state, int threads) {
      const std::vector<float> x(count, 0.3F);
      std::vector<float> y(count);
      bench::measure(state, threads, 0, bytes(2 * count),
                     [&] { ganvas::kernels::unary(f.op, x.data(), y.data(), count, 0.2F); });
    });
  for (const Two& f : twos)
    bench::for_threads(std::string("binary/") + f.name, [f](benchmark::State& state, int threads) {
      const std::vector<float> a(count, 0.3F);
      const std::vector<float> b(static_cast<std::size_t>(f.b.numel()), 0.5F);
      std::vector<float> y(count);
      bench::measure(state, threads, 0, bytes(2 * count + f.b.numel()), [&] {
        ganvas::kernels::binary(f.op, a.data(), activations, b.data(), f.b, y.data(), activations, 0.2F);
      });
    });
  return bench::run_all(argc, argv);
}
