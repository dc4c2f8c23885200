// Batch norm of the layers of a DCGAN, each pass alone, and its forward and backward together. The rate counts what has
// to move through memory: statistics read x; apply reads x and writes y; the sums read x and gy; the gradient reads
// both and writes gx.
#include "ganvas/kernels/batch_norm.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "measure.hpp"

namespace {

using ganvas::index_t;
namespace kernels = ganvas::kernels;

struct Case {
  index_t rows, c;
};
constexpr Case cases[] = {{64 * 7 * 7, 256}, {64 * 14 * 14, 128}, {64 * 28 * 28, 64},
                          {64 * 64 * 64, 3}, {128, 1024},         {64 * 64 * 64, 128}};  // larger than any cache

struct Data {
  ganvas::Buffer<float> x, gy, y;
  std::vector<double> scale, shift;
  explicit Data(const Case& c)
      : x(c.rows * c.c),
        gy(bench::numbers(c.rows * c.c, 0.25F)),
        y(bench::numbers(c.rows * c.c, 0)),
        scale(static_cast<std::size_t>(c.c), 1.5),
        shift(scale.size(), 0.5) {
    for (index_t i = 0; i < c.rows * c.c; ++i) x.get()[i] = static_cast<float>(i % 977) * 1e-3F;
  }
};

/// Registers run(case, data, moments); it moves `passes` times the bytes of x.
template <class Run>
void add(const char* name, double passes, const Run& run) {
  for (const Case& c : cases) {
    std::ostringstream title;
    title << "batch_norm/" << name << '/' << c.rows << 'x' << c.c;
    bench::for_threads(title.str(), [c, passes, run](benchmark::State& state, int threads) {
      Data d(c);
      const kernels::Moments m = kernels::moments(c.rows, c.c, d.x.get());
      bench::measure(state, threads, 0, passes * static_cast<double>(c.rows * c.c) * sizeof(float),
                     [&] { run(c, d, m); });
    });
  }
}

void forward(const Case& c, Data& d) {
  const kernels::Moments m = kernels::moments(c.rows, c.c, d.x.get());
  kernels::batch_norm_apply(c.rows, c.c, d.x.get(), {m.mean, d.scale, d.shift}, d.y.get());
}
void backward(const Case& c, Data& d, const kernels::Moments& m) {
  const kernels::NormMap map{m.mean, d.scale, d.shift, 0};  // with a ReLU
  const auto s = kernels::batch_norm_backward_sums(c.rows, c.c, d.x.get(), d.gy.get(), map);
  kernels::batch_norm_backward_apply(c.rows, c.c, d.x.get(), d.gy.get(), map, d.scale, s.gz, s.gz_x, d.y.get());
}

}  // namespace

int main(int argc, char** argv) {
  add("moments", 1, [](const Case& c, Data& d, const kernels::Moments&) {
    benchmark::DoNotOptimize(kernels::moments(c.rows, c.c, d.x.get()));
  });
  add("apply", 2, [](const Case& c, Data& d, const kernels::Moments& m) {
    kernels::batch_norm_apply(c.rows, c.c, d.x.get(), {m.mean, d.scale, d.shift}, d.y.get());
  });
  add("forward", 3, [](const Case& c, Data& d, const kernels::Moments&) { forward(c, d); });
  add("backward", 5, [](const Case& c, Data& d, const kernels::Moments& m) { backward(c, d, m); });
  return bench::run_all(argc, argv);
}
