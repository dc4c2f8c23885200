// Trains a small convolutional network to read digits: 99 % of the test set in a few minutes. It is what
// score_digits measures samples with.
//   mnist_classifier --data data/mnist --out out/mnist_classifier

#include <cstdio>
#include <filesystem>
#include <string>

#include "ganvas/data/mnist.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/models/train_digits.hpp"
#include "ganvas/nn/content_hash.hpp"
#include "ganvas/nn/save.hpp"

#include "command_line.hpp"

using namespace ganvas;

int main(int argc, char** argv) try {
  std::string data = "data/mnist", out;
  models::DigitTraining training;
  int threads = 0;
  bool smoke = false;
  const auto ended = read_options(
      argc, argv, "Trains a classifier of MNIST digits and saves it.",
      {{"--data", &data, "folder with the four IDX files, .gz or not"},
       {"--out", &out, "folder for classifier.safetensors (default: out/mnist_classifier, with --smoke out/smoke)"},
       {"--epochs", &training.epochs, "passes over the 60,000 images", 1, 1e6},
       {"--seed", &training.seed, "of the first weights, the order of the images and dropout"},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024},
       {"--smoke", &smoke, "a few steps on made-up images"}});
  if (ended) return *ended;
  if (out.empty()) out = smoke ? "out/smoke" : "out/mnist_classifier";
  if (threads > 0) set_threads(threads);
  if (smoke) training.epochs = 1;

  Random rng;
  const auto made_up = [&](index_t n) {
    return data::Dataset<float>(rng.uniform<float>({n, 28, 28, 1}, -1.0F, 1.0F), rng.integers(n, 0, 10), 10);
  };
  const auto train = smoke ? made_up(512) : data::mnist(data, data::Split::train);
  const auto test = smoke ? made_up(250) : data::mnist(data, data::Split::test);

  const auto file = std::filesystem::path(out) / "classifier.safetensors";
  io::make_directories(out);
  { const io::AtomicFile can_be_written(file); }
  const io::Interrupt interrupt;
  io::Progress progress(training.epochs * (train.size() / training.batch), training.batch);
  const auto trained = models::train_digit_features(train, training, [&](const models::DigitTrainingStep& s) {
    char text[64];
    std::snprintf(text, sizeof text, "epoch %d  loss %.4f", static_cast<int>(s.epoch), s.loss);
    progress.update(s.step, text);
    return !interrupt.requested();
  });
  progress.finish();
  const double seconds = progress.seconds();
  const bool interrupted = !trained.finished;
  const bool keep = interrupted && std::filesystem::exists(file);  // half a training replaces no whole one
  if (!keep) nn::save(file, trained.net);
  if (interrupted) std::printf("It was interrupted%s. ", keep ? "; the older network stays in its file" : "");
  std::printf("test accuracy %.2f %% after %s of training\n", 100 * models::classification_accuracy(trained.net, test),
              io::clock_text(seconds).c_str());
  std::printf("SHA-256 of the weights: %s\n", nn::content_hash(trained.net).c_str());
  return after_output(interrupted ? 130 : 0);
} catch (const NumericError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
