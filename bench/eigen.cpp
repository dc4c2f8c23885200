// Matrix products and the convolution trio beside Eigen's (bench/peers/eigen.hpp), which is compiled for this very
// machine. Its convolutions gather as many images at a time as makes them fastest; that is tried out first.
#include "peers/eigen.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "ganvas/core/random.hpp"
#include "ganvas/kernels/gemm.hpp"

#include "conv_cases.hpp"
#include "gemm_cases.hpp"
#include "measure.hpp"
#include "versus.hpp"

namespace {

using bench::ConvCase;
using bench::GemmCase;
using bench::Pass;
using ganvas::index_t;
using ganvas::Tensor;

void compare(benchmark::State& state, int threads, const GemmCase& c) {
  ganvas::set_threads(threads);
  ganvas::Random random(1);
  const auto a = random.normal<float>({c.m, c.k}), b = random.normal<float>({c.k, c.n});
  Tensor<float> ours({c.m, c.n}), theirs({c.m, c.n});
  float *y = ours.mutable_data(), *peer_y = theirs.mutable_data();
  const auto own = [&] {
    ganvas::kernels::gemm(c.transpose_a, c.transpose_b, c.m, c.n, c.k, a.data(), c.transpose_a ? c.m : c.k, b.data(),
                          c.transpose_b ? c.k : c.n, y, c.n);
  };
  const auto peer = [&] {
    bench::eigen::product(c.transpose_a, c.transpose_b, c.m, c.n, c.k, a.data(), b.data(), peer_y);
  };
  own();
  peer();
  bench::versus(state, threads, flops(c), least_bytes(c), bench::relative_error(y, peer_y, c.m * c.n), own, peer);
}

void compare(benchmark::State& state, int threads, const ConvCase& c, Pass pass) {
  ganvas::set_threads(threads);
  const auto& g = c.g;
  ganvas::Random random(1);
  auto x = random.normal<float>(g.x()), w = random.normal<float>(g.w()), y = random.normal<float>(g.y());
  float *px = x.mutable_data(), *pw = w.mutable_data(), *py = y.mutable_data();
  Tensor<float>& result = pass == Pass::weight ? w : (pass == Pass::forward) == c.transposed ? x : y;
  const auto own = [&] { run(c, pass, px, pw, py); };
  own();
  const std::vector<float> ours(result.data(), result.data() + result.numel());

  const bench::eigen::Layer layer{g.batch, g.in_h,  g.in_w,     g.in_c,     g.kernel_h,  g.kernel_w, g.out_h,
                                  g.out_w, g.out_c, g.stride_h, g.stride_w, g.padding_h, g.padding_w};
  std::unique_ptr<bench::eigen::Convolution> convolution;
  const auto peer = [&] {
    if (pass == Pass::weight)
      convolution->weight(px, py, pw);
    else if ((pass == Pass::forward) != c.transposed)
      convolution->forward(px, pw, py);
    else
      convolution->data(py, pw, px);
  };
  static std::map<std::tuple<const char*, Pass, int>, index_t> tried;  // each benchmark runs several times
  index_t& fastest = tried[{c.name, pass, threads}];
  if (fastest == 0) {
    double least = 1e9;
    for (index_t images = g.batch; images >= 1; images /= 4) {
      convolution = std::make_unique<bench::eigen::Convolution>(layer, images);
      peer();
      const double time = bench::best_time(2, peer);
      if (time < least) {
        least = time;
        fastest = images;
      }
    }
  }
  convolution = std::make_unique<bench::eigen::Convolution>(layer, fastest);
  peer();
  state.counters["peer_images_at_once"] = static_cast<double>(fastest);
  bench::versus(state, threads, bench::useful_flops(g), bench::least_bytes(g),
                bench::relative_error(ours.data(), result.data(), result.numel()), own, peer);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::AddCustomContext("peer", bench::eigen::about());
  for (const GemmCase& c : bench::gemm_cases)
    bench::for_threads(full_name(c), [c](benchmark::State& state, int threads) { compare(state, threads, c); });
  for (const ConvCase& c : bench::conv_cases)
    for (const Pass pass : bench::passes)
      bench::for_threads(std::string(c.name) + '/' + name(pass),
                         [c, pass](benchmark::State& state, int threads) { compare(state, threads, c, pass); });
  return bench::run_all(argc, argv);
}
