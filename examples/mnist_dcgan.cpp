// Trains a GAN on MNIST and leaves pictures, curves, a report, the generator and 10,000 samples in a folder:
//   mnist_dcgan --data data/mnist --out out/mnist_dcgan
// Ctrl-C ends it with what there is (exit code 130); exit code 1: the losses became NaN; 2: it could not be done.
// Three recipes. "classes", the default: G is told which digit to draw and D which digit it is shown (Mirza and
// Osindero 2014); small networks, no batch norm in D, R1 (Mescheder et al. 2018) every 4th step and a moving average of
// G: many cheap steps that do not go in circles. "fast": the same without the classes. "dcgan": the textbook's (Radford
// et al. 2015), to compare with other libraries.

#include <cstdio>
#include <string>
#include <utility>

#include "ganvas/data/mnist.hpp"
#include "ganvas/gan/image_run.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/models/conditional.hpp"
#include "ganvas/models/dcgan.hpp"

#include "command_line.hpp"

using namespace ganvas;

struct Recipe {
  models::DcganGeneratorOptions generator;
  models::DcganDiscriminatorOptions discriminator;
  optim::Adam adam;
  R1 penalty;
  TrainerOptions trainer;
  index_t epochs;
};

template <class NetG, class NetD>
int train(NetG net_g, NetD net_d, const Recipe& recipe, const data::Dataset<float>& digits,
          const ImageRunOptions& run) {
  auto G = Generator{std::move(net_g)};
  auto D = Discriminator{std::move(net_d)};
  AdversarialTrainer trainer{G, D, loss::NonSaturating{}, recipe.adam, recipe.penalty, recipe.trainer};
  const ImageRunResult result = run_on_images(trainer, digits, run);
  std::printf("%lld steps in %s. %s\n", static_cast<long long>(result.steps), io::clock_text(result.seconds).c_str(),
              result.stopped.c_str());
  if (result.steps > 0)
    std::printf("Digits:   %s\nReport:   %s\n", (run.out / "samples.png").string().c_str(),
                (run.out / "report.html").string().c_str());
  return result.interrupted ? 130 : result.diverged ? 1 : result.stopped.empty() ? 0 : 2;
}

int main(int argc, char** argv) try {
  std::string data = "data/mnist", out, name = "classes";
  index_t epochs = 0, batch = 64;
  std::uint64_t seed = 1;
  int threads = 0;
  bool smoke = false;
  const auto ended = read_options(
      argc, argv, "Trains a GAN on MNIST and leaves pictures, curves, a report, the generator and samples.",
      {{"--data", &data, "folder with the four IDX files, .gz or not (Fashion-MNIST works too)"},
       {"--out", &out, "folder for the results (default: out/mnist_dcgan, with --smoke out/smoke)"},
       {.name = "--recipe",
        .value = &name,
        .help = "which networks and settings",
        .choices = {"classes", "fast", "dcgan"}},
       {"--epochs", &epochs, "passes over the 60,000 images (default: the recipe's)", 1, 1e6},
       {"--batch", &batch, "images a step", 1, 60000},
       {"--seed", &seed, "another seed, other digits"},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024},
       {"--smoke", &smoke, "four steps on made-up images"}});
  if (ended) return *ended;
  if (out.empty()) out = smoke ? "out/smoke" : "out/mnist_dcgan";
  if (threads > 0) set_threads(threads);

  const Recipe recipe = name != "dcgan" ? Recipe{{.latent = 64, .channels = {96, 48}},
                                                 {.channels = {32, 64, 128}, .batch_norm = false},
                                                 {.lr = 2e-3, .beta1 = 0, .beta2 = 0.99},
                                                 {.gamma = 0.3, .every = 4},
                                                 {.ema = 0.998, .seed = seed},
                                                 5}
                                        : Recipe{{}, {}, {.lr = 2e-4, .beta1 = 0.5}, {.every = 0}, {.seed = seed}, 1};
  Random rng{seed};
  const auto digits = smoke ? data::Dataset<float>(rng.uniform<float>({4 * batch, 28, 28, 1}, -1.0F, 1.0F),
                                                   rng.integers(4 * batch, 0, 10), 10)
                            : data::mnist(data, data::Split::train);
  ImageRunOptions run{.out = out,
                      .title = "ganvas: digits from noise",
                      .epochs = epochs > 0 ? epochs : recipe.epochs,
                      .batch = batch,
                      .samples = smoke ? 100 : 10000,
                      .seed = seed};
  if (smoke) run.epochs = 1;
  run.settings = {{"recipe", name},
                  {"epochs", std::to_string(run.epochs)},
                  {"batch", std::to_string(batch)},
                  {"seed", std::to_string(seed)},
                  {"learning rate", std::to_string(recipe.adam.lr)}};
  Random weights{seed};
  if (name == "classes") {
    auto g = models::conditional_dcgan_generator(recipe.generator, {.classes = digits.classes}, weights);
    auto d = models::conditional_dcgan_discriminator(recipe.discriminator, digits.classes, weights);
    return after_output(train(std::move(g), std::move(d), recipe, digits, run));
  }
  auto g = models::dcgan_generator(recipe.generator, weights);
  auto d = models::dcgan_discriminator(recipe.discriminator, weights);
  return after_output(train(std::move(g), std::move(d), recipe, digits, run));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
