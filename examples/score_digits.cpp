// How good are samples? The Frechet distance to the test images, in the features of a classifier that
// mnist_classifier trained, beside the distance between training and test images (the floor):
//   score_digits --data data/mnist --classifier out/mnist_classifier/classifier.safetensors a.npy b.npy ...

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "ganvas/data/mnist.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/metrics/frechet.hpp"
#include "ganvas/models/digit_features.hpp"
#include "ganvas/nn/load.hpp"

#include "command_line.hpp"

using namespace ganvas;

/// Throws for what is no set of digits in [-1,1]: a score of it would look like one.
Tensor<float> read_samples(const std::string& file) {
  const auto x = io::read_npy<float>(file);
  require<FileError>(x.rank() == 4 && x.shape() == Shape{x.size(0), 28, 28, 1} && x.size(0) >= 2, "score_digits", file,
                     " has shape ", x.shape(), "; two digits or more have (N,28,28,1).");
  for (const float v : x.values())
    require<FileError>(-1 <= v && v <= 1, "score_digits", file, " holds the number ", v, "; pixels go from -1 to 1.");
  return x;
}

int main(int argc, char** argv) try {
  std::string data = "data/mnist", classifier = "out/mnist_classifier/classifier.safetensors";
  std::vector<std::string> files;
  bool smoke = false;
  const auto ended =
      read_options(argc, argv, "Frechet distance of samples to the MNIST test images, in a classifier's features.",
                   {{"--data", &data, "folder with MNIST"},
                    {"--classifier", &classifier, "file that mnist_classifier wrote"},
                    {"samples", &files, ".npy files of samples (N,28,28,1) in [-1,1]"},
                    {"--smoke", &smoke, "made-up images and a classifier that learned nothing"}});
  if (ended) return *ended;

  std::vector<Tensor<float>> samples;
  for (const auto& file : files) samples.push_back(read_samples(file));
  Random rng;
  auto net = models::digit_classifier(rng);
  if (!smoke) nn::load(classifier, net);
  const auto statistics = [&](const Tensor<float>& images, index_t first, index_t last) {
    return metrics::feature_statistics(models::features_and_logits(net, images.rows(first, last)).features);
  };
  const auto images = [&](data::Split split) {
    return smoke ? rng.uniform<float>({200, 28, 28, 1}, -1.0F, 1.0F) : data::mnist(data, split).images;
  };
  const auto test = images(data::Split::test), train = images(data::Split::train);
  const auto real = statistics(test, 0, test.size(0));
  const auto floor = statistics(train, 0, std::min<index_t>(10000, train.size(0)));
  std::printf("%10.2f  training images 1 to 10,000 (the floor)\n", metrics::frechet_distance(real, floor));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const index_t n = samples[i].size(0);
    std::printf("%10.2f  %s (%lld samples)\n", metrics::frechet_distance(real, statistics(samples[i], 0, n)),
                files[i].c_str(), static_cast<long long>(n));
  }
  return after_output(0);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
