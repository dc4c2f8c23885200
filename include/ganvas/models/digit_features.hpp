#pragma once
// The network that digits and clothes are measured with: trained once by models/train_digits.hpp, then read from its
// file. The hash of its weights belongs beside every score: scores of two hashes cannot be compared.

#include <algorithm>
#include <charconv>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/cpu/dispatch.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/safetensors.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/models/digit_classifier.hpp"
#include "ganvas/models/train_digits.hpp"
#include "ganvas/nn/content_hash.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/save.hpp"

GANVAS_BEGIN
namespace models {

/// The last hidden layer and the logits of the same images.
template <class T>
struct FeaturesAndLogits {
  Tensor<T> features;  ///< (N,128)
  Tensor<T> logits;    ///< (N,10)
};

/// Both for images (N,28,28,1) in [-1,1], a portion at a time and without a history.
template <class T>
[[nodiscard]] FeaturesAndLogits<T> features_and_logits(const DigitClassifier<T>& net, const Tensor<T>& images,
                                                       index_t portion = 250) {
  require(images.rank() == 4 && images.size(0) >= 1 && images.shape().with(0, 1) == Shape{1, 28, 28, 1},
          "digit_features", "images must have shape (N,28,28,1) with N >= 1, but have ", images.shape(), ".");
  require<ValueError>(portion >= 1, "digit_features", "a portion has at least one image, but ", portion,
                      " were asked for.");
  const NoRecord values_only;
  const index_t n = images.size(0);
  FeaturesAndLogits<T> all{Tensor<T>(Shape{n, 128}), Tensor<T>(Shape{n, 10})};
  for (index_t first = 0; first < n; first += portion) {
    const Var<T> f = net.features(Var<T>(images.rows(first, std::min(n, first + portion))));
    const Tensor<T> logits = net.to_logits(f).value();
    std::copy_n(f.value().data(), f.numel(), all.features.mutable_data() + first * 128);
    std::copy_n(logits.data(), logits.numel(), all.logits.mutable_data() + first * 10);
  }
  return all;
}

/// A trained network and what is known of it.
template <class T>
struct DigitFeatures {
  DigitClassifier<T> net;
  std::string hash = {};     ///< nn::content_hash of the weights
  double test_accuracy = 0;  ///< share of the test images that it classifies rightly
  bool from_file = false;
  bool finished = true;             ///< false if progress ended the training early; then no file was written
  std::filesystem::path file = {};  ///< where it is, or would be
  std::string trouble = {};         ///< why a file that was there was not believed, or none could be written
};

namespace detail {

/// All that the weights depend on but the instruction set: a file trained on another machine is to be believed, so that
/// its scores can be compared.
template <class T>
std::string digit_recipe(const data::Dataset<T>& train, const DigitTraining& o) {
  io::Sha256 labels;
  for (const index_t label : train.labels) labels.add(std::to_string(label)).add(" ");
  const auto number = [](double v) {  // the shortest text that means this number and no other
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
  };
  return "ganvas digit features 1, " + std::string(sizeof(T) == 4 ? "float" : "double") + ", epochs " +
         std::to_string(o.epochs) + ", batch " + std::to_string(o.batch) + ", seed " + std::to_string(o.seed) +
         ", lr " + number(o.lr_from) + " to " + number(o.lr_to) + ", images " + io::content_hash(train.images) +
         ", labels " + labels.hex();
}

/// Fills in the network and its hash if the file holds what the recipe asks for.
template <class T>
bool read_digit_features(DigitFeatures<T>& found, const std::string& recipe) {
  try {
    std::error_code error;
    if (!std::filesystem::exists(found.file, error)) return false;
    auto net = found.net;
    nn::load(found.file, net);
    const auto metadata = io::read_safetensors(found.file).metadata();
    const auto value = [&](const char* name) { return metadata.contains(name) ? metadata.at(name) : std::string(); };
    const std::string hash = nn::content_hash(net);
    require<FileError>(value("recipe") == recipe, "digit_features", found.file.string(), " is of another training.");
    require<FileError>(value("weights") == hash, "digit_features", found.file.string(), " says that its weights have ",
                       "the hash ", io::detail::quote(value("weights")), ", but they have ", hash, ".");
    found.net = net;
    found.hash = hash;
    return true;
  } catch (const std::exception& reason) {
    found.trouble = reason.what();
    return false;
  }
}

}  // namespace detail

/// Reads the network of this training from FOLDER/digits-<hash of the recipe>.safetensors, or trains it, a few minutes
/// for MNIST, and writes it there. A file that is damaged or not of this training is never used, but replaced; where it
/// cannot be written the network is given all the same. Throws what train_digit_features throws.
template <class T>
[[nodiscard]] DigitFeatures<T> digit_features(const std::filesystem::path& folder, const data::Dataset<T>& train,
                                              const data::Dataset<T>& test, const DigitTraining& o = {},
                                              const DigitProgress& progress = nullptr) {
  const std::string recipe = detail::digit_recipe(train, o);
  Random rng{o.seed};
  DigitFeatures<T> result{digit_classifier<T>(rng)};
  result.file = folder / ("digits-" + io::Sha256().add(recipe).hex().substr(0, 32) + ".safetensors");
  result.from_file = detail::read_digit_features(result, recipe);
  if (!result.from_file) {
    auto trained = train_digit_features(train, o, progress);
    result.net = trained.net;
    result.hash = nn::content_hash(result.net);
    result.finished = trained.finished;
  }
  result.test_accuracy = classification_accuracy(result.net, test);
  if (result.from_file || !result.finished) return result;
  try {
    std::error_code error;
    require<FileError>(
        !std::filesystem::exists(result.file, error) || std::filesystem::is_regular_file(result.file, error),
        "digit_features", result.file.string(), " is in the way and no file; remove it.");
    io::make_directories(folder);
    nn::save(result.file, result.net,
             {{"recipe", recipe},
              {"weights", result.hash},
              {"instruction_set", cpu::kernels<T>().name},
              {"test_accuracy", io::detail::short_number(result.test_accuracy)}});
  } catch (const FileError& reason) {
    result.trouble += (result.trouble.empty() ? "" : " ") + std::string(reason.what());
  }
  return result;
}

}  // namespace models
GANVAS_END
