// Trains a small convolutional network to read digits: 99 % of the test set in a few minutes. It is what
// score_digits measures samples with.
//   mnist_classifier --data data/mnist --out out/mnist_classifier

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "ganvas/autograd/grad.hpp"
#include "ganvas/autograd/losses.hpp"
#include "ganvas/data/batches.hpp"
#include "ganvas/data/mnist.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/models/digit_classifier.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/optim/adam.hpp"
#include "ganvas/optim/schedule.hpp"

#include "command_line.hpp"

using namespace ganvas;

/// Share of images whose largest logit is the label's.
double accuracy(const models::DigitClassifier<float>& net, const data::Dataset<float>& test) {
  const NoRecord values_only;
  Random unused;
  index_t right = 0;
  for (const auto& batch : data::batches(test, std::min<index_t>(250, test.size()), unused, {.shuffle = false})) {
    const Tensor<float> logits = net(Var<float>(batch.images)).value();
    for (index_t i = 0; i < batch.size(); ++i) {
      const float* row = logits.data() + 10 * i;
      right += std::max_element(row, row + 10) - row == batch.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    }
  }
  return static_cast<double>(right) / static_cast<double>(test.size());
}

int main(int argc, char** argv) try {
  std::string data = "data/mnist", out;
  index_t epochs = 5;
  std::uint64_t seed = 1;
  int threads = 0;
  bool smoke = false;
  const auto ended = read_options(
      argc, argv, "Trains a classifier of MNIST digits and saves it.",
      {{"--data", &data, "folder with the four IDX files, .gz or not"},
       {"--out", &out, "folder for classifier.safetensors (default: out/mnist_classifier, with --smoke out/smoke)"},
       {"--epochs", &epochs, "passes over the 60,000 images", 1, 1e6},
       {"--seed", &seed, "of the first weights, the order of the images and dropout"},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024},
       {"--smoke", &smoke, "a few steps on made-up images"}});
  if (ended) return *ended;
  if (out.empty()) out = smoke ? "out/smoke" : "out/mnist_classifier";
  if (threads > 0) set_threads(threads);

  Random rng{seed};
  const auto made_up = [&](index_t n) {
    return data::Dataset<float>(rng.uniform<float>({n, 28, 28, 1}, -1.0F, 1.0F), rng.integers(n, 0, 10), 10);
  };
  const auto train = smoke ? made_up(512) : data::mnist(data, data::Split::train);
  const auto test = smoke ? made_up(250) : data::mnist(data, data::Split::test);
  constexpr index_t batch = 128;

  auto net = models::digit_classifier(rng);
  auto optimizer = optim::make(optim::Adam{}, nn::parameters(net));
  data::BatchStream<float> batches(train, batch, rng.split());
  const index_t steps = (smoke ? 1 : epochs) * batches.batches_per_epoch();
  const optim::schedule::Cosine rate{.from = 2e-3, .to = 2e-5, .steps = steps};
  const auto file = std::filesystem::path(out) / "classifier.safetensors";
  io::make_directories(out);
  { const io::AtomicFile can_be_written(file); }
  const io::Interrupt interrupt;
  io::Progress progress(steps, batch);
  index_t step = 0;
  for (; step < steps && !interrupt.requested(); ++step) {
    const auto b = batches.next();
    const auto loss = cross_entropy(net.training(Var<float>(b.images)), b.labels);
    require<NumericError>(std::isfinite(loss.item()), "mnist_classifier", "the loss is ", loss.item(), " in step ",
                          step + 1, ".");
    optimizer.set_lr(rate(step));
    optimizer.step(grad(loss, nn::parameters(net)));
    char text[64];
    std::snprintf(text, sizeof text, "epoch %d  loss %.4f", static_cast<int>(batches.state().epoch + 1),
                  static_cast<double>(loss.item()));
    progress.update(step + 1, text);
  }
  progress.finish();
  const double seconds = progress.seconds();
  const bool interrupted = step < steps;
  const bool keep = interrupted && std::filesystem::exists(file);  // half a training replaces no whole one
  if (!keep) nn::save(file, net);
  if (interrupted) std::printf("It was interrupted%s. ", keep ? "; the older network stays in its file" : "");
  std::printf("test accuracy %.2f %% after %s of training\n", 100 * accuracy(net, test),
              io::clock_text(seconds).c_str());
  return after_output(interrupted ? 130 : 0);
} catch (const NumericError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
