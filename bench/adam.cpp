// The optimisers' updates: bound by memory, in a cache for a layer's bias, from main memory for a large network.
#include "ganvas/kernels/adam.hpp"

#include <sstream>
#include <string>

#include "measure.hpp"

namespace {

using ganvas::index_t;

/// Parameters of one bias, a layer, the MNIST DCGAN's generator, and a network that fits no cache.
constexpr index_t sizes[] = {256, 131072, 1781505, 16777216};

/// Arrays of the size n, `bytes` of traffic an element, and body(w, g, m, v, n).
template <class Body>
void add(const std::string& name, double bytes, const Body& body) {
  for (const index_t n : sizes) {
    std::ostringstream full;
    full << name << '/' << n;
    bench::for_threads(full.str(), [=](benchmark::State& state, int threads) {
      const auto w = bench::numbers(n, 1), g = bench::numbers(n, 1e-3F);
      const auto m = bench::numbers(n, 0), v = bench::numbers(n, 0);
      bench::measure(state, threads, 0, bytes * static_cast<double>(n),
                     [&] { body(w.get(), g.get(), m.get(), v.get(), n); });
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  namespace kernels = ganvas::kernels;
  add("adam", 28, [](float* w, const float* g, float* m, float* v, index_t n) {  // reads w g m v, writes w m v
    const kernels::AdamStep<float> step{0, 0, 0.9F, 0.1F, 0.999F, 0.001F, 1e-3F, 1, 1e-8F};
    kernels::adam(step, w, g, m, v, n);
  });
  add("rmsprop", 20, [](float* w, const float* g, float* m, float*, index_t n) {
    const kernels::RmsPropStep<float> step{0, 0.99F, 0.01F, 1e-8F, 0, 1e-3F};
    kernels::rmsprop<float>(step, w, g, m, nullptr, nullptr, n);
  });
  add("sgd_momentum", 20, [](float* w, const float* g, float* m, float*, index_t n) {
    kernels::sgd(kernels::SgdStep<float>{0, 0.9F, 1, 1e-3F, false}, w, g, m, n);
  });
  add("ema", 12, [](float* w, const float* g, float*, float*, index_t n) { kernels::lerp(0.001F, g, w, n); });
  return bench::run_all(argc, argv);
}
