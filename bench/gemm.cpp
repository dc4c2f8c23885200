// Matrix products: those of bench/gemm_cases.hpp.
#include "ganvas/kernels/gemm.hpp"

#include <vector>

#include "gemm_cases.hpp"
#include "measure.hpp"

int main(int argc, char** argv) {
  for (const bench::GemmCase& c : bench::gemm_cases)
    bench::for_threads(full_name(c), [c](benchmark::State& state, int threads) {
      const std::vector<float> a(static_cast<std::size_t>(c.m * c.k), 0.5F);
      const std::vector<float> b(static_cast<std::size_t>(c.k * c.n), 0.25F);
      std::vector<float> y(static_cast<std::size_t>(c.m * c.n));
      bench::measure(state, threads, flops(c), least_bytes(c), [&] {
        ganvas::kernels::gemm(c.transpose_a, c.transpose_b, c.m, c.n, c.k, a.data(), c.transpose_a ? c.m : c.k,
                              b.data(), c.transpose_b ? c.k : c.n, y.data(), c.n);
      });
    });
  return bench::run_all(argc, argv);
}
