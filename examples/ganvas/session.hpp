#pragma once
// What the commands of `ganvas` share: data by name, a game from settings, a trained generator from a file. The game is
// compiled once, in session.cpp.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/tensor.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/gaussians.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/latent.hpp"
#include "ganvas/gan/verdict.hpp"
#include "ganvas/io/report.hpp"
#include "ganvas/io/settings.hpp"

namespace tool {

using namespace ganvas;

/// Data that were opened: a data set (with one to test with, where there is one), digits to be stacked, or a mixture.
struct Data {
  std::string name;
  std::string about;  ///< a line for people
  std::string hash;   ///< of the content
  Shape sample;       ///< of one sample
  index_t classes = 0;
  std::optional<data::Dataset<float>> train, test;
  std::optional<data::GaussianMixture<float>> mixture;
  bool stacked = false;  ///< `train` and `test` are the digits
};
/// A name as JSON, in quotes. Throws ValueError if it is not UTF-8.
[[nodiscard]] std::string json_name(const std::string& name);
/// Throws FileError or ValueError with what is possible. Asks for the settings data.*.
[[nodiscard]] Data open_data(const std::string& name, io::Settings& settings);

/// What `ganvas train` was asked for.
struct TrainRequest {
  std::filesystem::path out;
  std::string title;
  double minutes = 0;
  bool resume = false;
};
/// Trains by the settings. The exit code: 0, 1 diverged, 2 it could not go on, 130 interrupted.
[[nodiscard]] int train(const TrainRequest& request, io::Settings& settings, const Data& data);

/// The settings that a checkpoint was trained with, with data.name, data.shape and data.classes. Throws FileError where
/// it has none such.
[[nodiscard]] io::Settings::Json settings_of(const Checkpoint& checkpoint);

/// A generator to sample from.
struct Sampler {
  Latent latent;
  index_t classes = 0;
  Shape sample;
  io::Settings::Json settings;  ///< those it was trained with
  index_t step = 0;             ///< discriminator steps that it has seen
  /// z (n, latent.size()), n labels or none, truncation (StyleGAN2 alone; 1: none).
  std::function<Tensor<float>(const Tensor<float>&, const Labels&, double)> generate;
};
/// From a checkpoint, or a folder with one: best.safetensors if there is one, else checkpoint.safetensors. Throws
/// FileError.
[[nodiscard]] Sampler load_sampler(const std::filesystem::path& from);

/// n labels: all `wanted`, or drawn (wanted: -1), or none.
[[nodiscard]] Labels labels_for(const Sampler& s, index_t n, index_t wanted, Random& rng);

/// Images as PNG grid, points as a scatter plot.
[[nodiscard]] std::string picture_of(const Tensor<float>& samples, int upscale, index_t columns = 8);

/// Scores samples, or the training's current generator. What it found, best first; empty where nothing is known to
/// measure by.
using Scores = std::vector<std::pair<std::string, double>>;
/// Everything that was found: for people, and for programs as names and numbers (or "inf").
struct FullScores {
  std::string table;
  io::Pairs pairs;
};
struct Judge {
  double modes = 0;  ///< of the data, where these are known and `quick` counts those covered
  std::function<Scores(const std::function<Tensor<float>(index_t, Random&)>& draw, index_t n, std::uint64_t seed)>
      quick;
  /// Of samples (N,...) and the classes they were asked for.
  std::function<FullScores(const Tensor<float>& samples, const Labels& asked)> full;
};
/// Trains the feature network of digits and clothes if it is not in the folder yet. Digits that are too few for it, or
/// have no labels, are not measured; a line on the standard error stream says so.
[[nodiscard]] Judge make_judge(const Data& data, const std::filesystem::path& features_folder, bool wanted);

/// The network that colour pictures are measured with.
struct PictureNetwork {
  std::filesystem::path folder;  ///< of its weights
  std::filesystem::path cache;   ///< where features of real pictures are kept
  index_t side = 224;            ///< to which pictures are resized
  bool black = false;            ///< what lies behind transparent pictures: black, else white
};
/// Has `full` alone: it compares samples with one half of the data, and the other half with that; 12 pictures are the
/// least. Throws ValueError for data that are no colour pictures, with or without alpha, FileError where the weights
/// are missing.
[[nodiscard]] Judge make_picture_judge(const Data& data, const PictureNetwork& network);

}  // namespace tool
