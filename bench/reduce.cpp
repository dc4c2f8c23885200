// Sums and maxima over the axes that training reduces: all (losses), the channels, all but the channels (bias and norm
// gradients), the pixels of each image.
#include "ganvas/kernels/reduce.hpp"

#include <string>

#include "measure.hpp"

namespace {

using ganvas::Shape;
using ganvas::kernels::AxisMask;
using ganvas::kernels::Reduce;

struct Case {
  const char* name;
  Reduce op;
  Shape x;
  AxisMask over;
};
constexpr Case cases[] = {{"sum_all", Reduce::sum, {64, 14, 14, 128}, {true, true, true, true}},
                          {"sum_all/large", Reduce::sum, {64, 64, 64, 128}, {true, true, true, true}},
                          {"sum_to_channels/large", Reduce::sum, {64, 64, 64, 128}, {true, true, true}},
                          {"sum_to_channels", Reduce::sum, {64, 14, 14, 128}, {true, true, true}},
                          {"sum_to_3_channels", Reduce::sum, {64, 64, 64, 3}, {true, true, true}},
                          {"sum_channels", Reduce::sum, {64, 14, 14, 128}, {false, false, false, true}},
                          {"sum_pixels", Reduce::sum, {64, 14, 14, 128}, {false, true, true}},
                          {"max_classes", Reduce::max, {4096, 10}, {false, true}}};

}  // namespace

int main(int argc, char** argv) {
  for (const Case& c : cases)
    bench::for_threads(std::string("reduce/") + c.name, [c](benchmark::State& state, int threads) {
      const auto x = bench::numbers(c.x.numel(), 0.3F);
      const auto y = bench::numbers(ganvas::kernels::reduced_shape(c.x, c.over).numel(), 0);
      bench::measure(state, threads, 0, static_cast<double>(c.x.numel()) * sizeof(float),
                     [&] { ganvas::kernels::reduce(c.op, x.get(), c.x, c.over, y.get()); });
    });
  return bench::run_all(argc, argv);
}
