// A GAN in the plane: eight small Gaussians on a circle, so that one sees what images hide. Does the generator reach
// all of them (modes covered), and how many samples lie near any (high quality)? Writes the samples as they move.
// Theory: docs/07-the-gan-game.md. Try --d-rate 0.02: a discriminator that is too slow loses the game for both.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "ganvas/data/gaussians.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/scatter.hpp"
#include "ganvas/models/mlp.hpp"
#include "ganvas/optim/schedule.hpp"

#include "command_line.hpp"

using namespace ganvas;
namespace fs = std::filesystem;

struct Settings {
  index_t steps = 6000, batch = 256, frames = 12;
  std::uint64_t seed = 1;
  double gamma = 0.02, d_rate = 1;
  std::string out;
};

void write_frame(const fs::path& path, const Tensor<float>& data, const Tensor<float>& samples) {
  io::scatter(path, {{data, {.colour = io::colours::grey}}, {samples, {.colour = io::colours::vermilion}}},
              {.x_low = -1.6, .x_high = 1.6, .y_low = -1.6, .y_high = 1.6});
}

void train(const Settings& s) {
  const fs::path out = s.out;
  io::make_directories(out);
  const auto start = std::chrono::steady_clock::now();
  Random rng(s.seed);
  const auto ring = data::ring<float>(8, 1.0F, 0.05F);
  Generator g(models::mlp_generator({.latent = 8, .hidden = {128, 128}}, rng));
  Discriminator d(models::mlp_discriminator({.hidden = {128, 128}}, rng));
  AdversarialTrainer trainer(g, d, loss::NonSaturating{}, optim::Adam{.beta1 = 0.5, .beta2 = 0.99},
                             R1{.gamma = s.gamma, .every = 4}, {.ema = 0.998, .seed = s.seed});
  const optim::schedule::Linear rate{.from = 5e-3, .to = 2e-4, .steps = s.steps};

  const Tensor<float> data = ring.sample(1000, rng), z = g.noise(1000, rng);  // the same noise in every frame
  write_frame(out / "frame_00.png", data, g.sample(z));
  std::puts("  step   loss_D   loss_G    D(x)  D(G(z))  modes covered  high quality");
  for (index_t frame = 1; frame <= s.frames; ++frame) {
    while (trainer.report().step < s.steps * frame / s.frames) {
      trainer.generator_optimizer().set_lr(rate(trainer.report().step));
      trainer.discriminator_optimizer().set_lr(s.d_rate * rate(trainer.report().step));
      trainer.step(ring.sample(s.batch, rng));
    }
    const Tensor<float> samples = trainer.best_generator().sample(z);
    const auto score = ring.statistics(samples);
    const StepReport& r = trainer.report();
    std::printf("%6td %8.3f %8.3f %7.3f %8.3f %9td of %td %12.1f%%\n", r.step, r.loss_d, r.loss_g, r.d_real, r.d_fake,
                score.covered, score.modes, 100 * score.high_quality);
    std::fflush(stdout);
    write_frame(out / ((frame < 10 ? "frame_0" : "frame_") + std::to_string(frame) + ".png"), data, samples);
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::printf("%.1f s; the frames are in %s\n", time.count(), s.out.c_str());
}

int main(int argc, char** argv) try {
  Settings s;
  bool smoke = false;
  const auto ended = read_options(
      argc, argv, "Trains a GAN on eight Gaussians on a ring.",
      {{"--steps", &s.steps, "training steps", 1, 1e6},
       {"--gamma", &s.gamma, "weight of the R1 penalty"},
       {"--d-rate", &s.d_rate, "learning rate of D as a multiple of the one of G", 1e-6},
       {"--seed", &s.seed, "another seed, other numbers"},
       {"--out", &s.out, "folder for the frames (default: out/ring_of_gaussians, with --smoke a temporary one)"},
       {"--smoke", &smoke, "a few steps"}});
  if (ended) return *ended;
  if (s.out.empty()) s.out = smoke ? (fs::temp_directory_path() / "ganvas_ring").string() : "out/ring_of_gaussians";
  if (smoke) {
    s.steps = 8;
    s.frames = 2;
  }
  train(s);
  return after_output(0);
} catch (const NumericError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
