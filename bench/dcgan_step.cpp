// Whole training steps: what a user waits for. Three models, the same as in bench/torch_step.py, and the first with R1:
//   mnist_dcgan  G 100-256@7-128@14-1@28, D 1-64@14-128@7-1, batch norm
//   dcgan64      G 100-512@4-256@8-128@16-64@32-3@64, D its mirror 3-64-128-256-512-1, batch norm as in the paper
//   wgan_gp      the nets of mnist_dcgan without batch norm in D; Wasserstein loss, gradient penalty (second order)
// A step: D on a real batch of 64 and on fakes made without a graph, Adam on D; then G with fresh noise, Adam on G.
//
//   bench_dcgan_step [Google Benchmark's options]                                   a table
//   bench_dcgan_step --model dcgan64 [--threads 2] [--steps 20] [--warmup 3]        one line of JSON
// The second form has a process to itself and so can tell its peak memory; bench/against_torch.py runs it in turn with
// PyTorch.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

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

/// One model in training.
struct Training {
  std::function<const StepReport&()> step;
  double flops = 0;  ///< of a step, nominal; 0 where passes are differentiated twice
  index_t parameters_g = 0, parameters_d = 0;
};

template <class Loss, class Penalty>
Training training(const models::DcganGeneratorOptions& for_g, const models::DcganDiscriminatorOptions& for_d,
                  const Loss& loss, const Penalty& penalty) {
  using G = Generator<models::DcganGenerator<float>>;
  using D = Discriminator<models::DcganDiscriminator<float>>;
  struct Game {
    Random rng{1};
    G g;
    D d;
    AdversarialTrainer<G, D, Loss, optim::Adam, optim::Adam, Penalty> trainer;
    Tensor<float> x;
    Game(const models::DcganGeneratorOptions& o, const models::DcganDiscriminatorOptions& p, const Loss& l,
         const Penalty& r)
        : g(models::dcgan_generator(o, rng)),
          d(models::dcgan_discriminator(p, rng)),
          trainer(g, d, l, optim::Adam{.lr = 2e-4, .beta1 = 0.5}, r),
          x(rng.uniform<float>({64, o.image.h, o.image.w, o.image.c}, -1.0F, 1.0F)) {}
  };
  const auto game = std::make_shared<Game>(for_g, for_d, loss, penalty);
  Training t;
  t.step = [game]() -> const StepReport& { return game->trainer.step(game->x); };
  // D: real and fake, each forward and weights (2 passes) and inner gradients (about 1), then 2 in the G step;
  // G: forward in the D step, forward and both gradients in the G step.
  if (penalty.every == 0) t.flops = 64 * (8 * pass_flops(game->d.net) + 4 * pass_flops(game->g.net));
  for (const auto& p : game->g.parameters()) t.parameters_g += p.numel();
  for (const auto& p : game->d.parameters()) t.parameters_d += p.numel();
  return t;
}

struct Model {
  const char* name;
  Training (*make)();
};
constexpr Model all_models[] = {
    {"mnist_dcgan", [] { return training({}, {}, loss::NonSaturating{}, NoPenalty{}); }},
    {"mnist_dcgan_r1", [] { return training({}, {.batch_norm = false}, loss::NonSaturating{}, R1{}); }},
    {"dcgan64",
     [] {
       const nn::ImageSize image{64, 64, 3};
       return training({.image = image, .channels = {512, 256, 128, 64}},
                       {.image = image, .channels = {64, 128, 256, 512}}, loss::NonSaturating{}, NoPenalty{});
     }},
    {"wgan_gp", [] { return training({}, {.batch_norm = false}, loss::Wasserstein{}, GradientPenalty{}); }},
};

/// Largest resident size of this process so far, in MB; 0 where the system does not tell.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kb = 0;
      status >> kb;
      return kb / 1024;
    }
  return 0;
}

int usage(const std::string& why) {
  std::cerr << "bench_dcgan_step: " << why << "\nusage: bench_dcgan_step --model NAME [--threads N] [--steps N] "
            << "[--warmup N], where NAME is one of";
  for (const Model& model : all_models) std::cerr << ' ' << model.name;
  std::cerr << "; without --model, Google Benchmark's options.\n";
  return 2;
}

/// The second form of the command line.
int one_model(int argc, char** argv) {
  std::string name;
  int threads = 0, steps = 20, warmup = 3;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (i + 1 == argc) return usage(option + " needs a value.");
    int* const number = option == "--threads"  ? &threads
                        : option == "--steps"  ? &steps
                        : option == "--warmup" ? &warmup
                                               : nullptr;
    if (option == "--model")
      name = argv[i + 1];
    else if (number == nullptr)
      return usage("unknown option " + option + ".");
    else if ((*number = std::atoi(argv[i + 1])) < 1)
      return usage(option + " must be a number above 0.");
  }
  const auto* const model =
      std::find_if(std::begin(all_models), std::end(all_models), [&](const Model& m) { return name == m.name; });
  if (model == std::end(all_models)) return usage("there is no model " + name + ".");
  set_threads(threads);
  const Training t = model->make();
  for (int i = 0; i < warmup; ++i) t.step();
  StepReport last;
  std::vector<double> times;
  for (int i = 0; i < steps; ++i) {
    const double start = bench::seconds();
    last = t.step();
    times.push_back(1e3 * (bench::seconds() - start));
  }
  std::sort(times.begin(), times.end());
  std::cout << "{\"program\": \"ganvas\", \"model\": \"" << name << "\", \"threads\": " << ganvas::threads()
            << ", \"instruction_set\": \"" << cpu::kernels<float>().name << "\", \"steps\": " << steps
            << ", \"min_ms\": " << times.front() << ", \"median_ms\": " << times[times.size() / 2]
            << ", \"peak_mb\": " << peak_mb() << ", \"parameters_g\": " << t.parameters_g
            << ", \"parameters_d\": " << t.parameters_d << ", \"loss_d\": " << last.loss_d + last.penalty
            << ", \"loss_g\": " << last.loss_g << "}\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string(argv[i]) == "--model") return one_model(argc, argv);
  for (const Model& model : all_models)
    bench::for_threads(std::string(model.name) + "_step", [make = model.make](benchmark::State& state, int threads) {
      const Training t = make();
      bench::measure(state, threads, t.flops, 0, [&] { t.step(); });
    });
  return bench::run_all(argc, argv);
}
