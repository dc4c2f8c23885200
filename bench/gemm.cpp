// Matrix products: square ones, those of linear layers, and small ones where the overhead shows.
#include "ganvas/kernels/gemm.hpp"

#include <memory>
#include <sstream>
#include <vector>

#include "measure.hpp"

namespace {

using ganvas::index_t;

struct Case {
  const char* name;
  bool transpose_a, transpose_b;
  index_t m, n, k;
};

constexpr Case cases[] = {
    {"square", false, false, 1024, 1024, 1024},
    {"square_transposed_b", false, true, 1024, 1024, 1024},
    {"square_transposed_a", true, false, 1024, 1024, 1024},
    {"linear_forward", false, true, 64, 512, 784},
    {"linear_gradient_input", false, false, 64, 784, 512},
    {"linear_gradient_weight", true, false, 512, 784, 64},
    {"small", false, true, 64, 128, 128},
    {"one_output", false, true, 64, 1, 128},
    {"one_row", false, true, 1, 1024, 1024},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Case& c : cases) {
    std::ostringstream name;
    name << "gemm/" << c.name << '/' << c.m << 'x' << c.n << 'x' << c.k;
    bench::for_threads(name.str(), [c](benchmark::State& state, int threads) {
      const std::vector<float> a(static_cast<std::size_t>(c.m * c.k), 0.5F);
      const std::vector<float> b(static_cast<std::size_t>(c.k * c.n), 0.25F);
      std::vector<float> y(static_cast<std::size_t>(c.m * c.n));
      bench::measure(state, threads, 2.0 * static_cast<double>(c.m * c.n * c.k), 0, [&] {
        ganvas::kernels::gemm(c.transpose_a, c.transpose_b, c.m, c.n, c.k, a.data(), c.transpose_a ? c.m : c.k,
                              b.data(), c.transpose_b ? c.k : c.n, y.data(), c.n);
      });
    });
  }
  return bench::run_all(argc, argv);
}
