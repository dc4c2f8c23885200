// The convolution trio on the layers of bench/conv_cases.hpp and the two of the MNIST DCGAN that are matrix products.
// GFLOP/s counts useful work: taps inside the image only, two operations each. Layers that Winograd's method serves
// stand there twice: ".../direct" multiplies all of them, so its percentage says how busy the multipliers are.
#include <string>
#include <vector>

#include "ganvas/core/random.hpp"

#include "conv_cases.hpp"
#include "measure.hpp"

namespace {

void add(const bench::ConvCase& c, bench::Pass pass, const char* suffix) {
  bench::for_threads(std::string(c.name) + '/' + name(pass) + suffix, [c, pass](benchmark::State& state, int threads) {
    ganvas::Random random(1);
    auto x = random.normal<float>(c.g.x());
    auto w = random.normal<float>(c.g.w());
    auto y = random.normal<float>(c.g.y());
    bench::measure(state, threads, bench::useful_flops(c.g), bench::least_bytes(c.g),
                   [&] { run(c, pass, x.mutable_data(), w.mutable_data(), y.mutable_data()); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<bench::ConvCase> cases(std::begin(bench::conv_cases), std::end(bench::conv_cases));
  cases.push_back({"deconv_100to256_1_k7", true, bench::layer(64, 7, 256, 7, 1, 100, 1, 0)});
  cases.push_back({"conv_128to1_7_k7", false, bench::layer(64, 7, 128, 7, 1, 1, 1, 0)});
  for (const bench::ConvCase& c : cases)
    for (const bench::Pass pass : bench::passes) {
      add(c, pass, "");
      if (!ganvas::kernels::detail::winograd_choice(c.g, ganvas::kernels::detail::WinogradPass::conv)) continue;
      bench::ConvCase direct = c;
      direct.g.algorithm = ganvas::ConvAlgorithm::direct;
      add(direct, pass, "/direct");
    }
  return bench::run_all(argc, argv);
}
