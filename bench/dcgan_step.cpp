// Whole training steps: what a user waits for. D step (real and fake batch, Adam) and G step (fresh noise, Adam) at
// batch 64 of the MNIST DCGAN of bench/torch_step.py, and the same step with R1 or a gradient penalty, which
// differentiate twice. bench/against_torch.py runs this program in turn with PyTorch.
#include <cmath>
#include <string>

#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/dcgan.hpp"

#include "measure.hpp"

namespace {

using namespace ganvas;

/// Nominal FLOPs of one pass of one image through the convolutions, two a multiplication and addition.
double pass_flops(const models::DcganGenerator<float>& g) {
  double flops = 0, side = static_cast<double>(g.project.conv.options.kernel);
  flops += 2 * static_cast<double>(g.project.conv.weight.numel());
  for (const auto& level : g.levels) {
    flops += 2 * side * side * static_cast<double>(level.conv.weight.numel());
    side *= 2;
  }
  return flops + 2 * side * side * static_cast<double>(g.to_image.weight.numel());
}
double pass_flops(const models::DcganDiscriminator<float>& d) {
  double flops = 0, side = static_cast<double>(d.options.image.h);
  for (const auto& level : d.levels) {
    side = std::ceil(side / 2);
    flops += 2 * side * side * static_cast<double>(level.conv.weight.numel());
  }
  return flops + 2 * static_cast<double>(d.to_logit.weight.numel());
}

template <class Loss, class Penalty>
void step(benchmark::State& state, int threads, bool batch_norm, const Loss& loss, const Penalty& penalty) {
  Random rng{1};
  auto g = Generator{models::dcgan_generator({}, rng)};
  auto d = Discriminator{models::dcgan_discriminator({.batch_norm = batch_norm}, rng)};
  AdversarialTrainer trainer{g, d, loss, optim::Adam{.lr = 2e-4, .beta1 = 0.5}, penalty};
  const auto x = rng.uniform<float>({64, 28, 28, 1}, -1.0F, 1.0F);
  // D: real and fake, each forward and weights (2 passes) and inner gradients (about 1), then 2 in the G step;
  // G: forward in the D step, forward and both gradients in the G step.
  const double flops = 64 * (8 * pass_flops(d.net) + 4 * pass_flops(g.net));
  bench::measure(state, threads, penalty.every > 0 ? 0 : flops, 0, [&] { trainer.step(x); });
}

}  // namespace

int main(int argc, char** argv) {
  bench::for_threads("dcgan_step", [](benchmark::State& state, int threads) {
    step(state, threads, true, loss::NonSaturating{}, NoPenalty{});
  });
  bench::for_threads("dcgan_r1_step", [](benchmark::State& state, int threads) {
    step(state, threads, false, loss::NonSaturating{}, R1{});
  });
  bench::for_threads("wgan_gp_step", [](benchmark::State& state, int threads) {
    step(state, threads, false, loss::Wasserstein{}, GradientPenalty{});
  });
  return bench::run_all(argc, argv);
}
