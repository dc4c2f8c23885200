#pragma once
// Features of the real images are the same in every evaluation: they are computed once and kept in a folder. A file is
// believed only if it says that it is of these images, this network and this format, and its checksum is right.

#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/safetensors.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/io/write_safetensors.hpp"
#include "ganvas/metrics/frechet.hpp"

GANVAS_BEGIN
namespace metrics {

/// What features are of, in words that change when it changes: a hash of the images (io::content_hash, or the faster
/// data::content_hash) and nn::content_hash(network). Whatever else they depend on (a layer, a preparation of the
/// images) belongs into `network` too.
struct FeatureKey {
  std::string images;
  std::string network;
};

/// A value from the cache, or computed because it was not there.
template <class V>
struct Cached {
  V value;
  bool from_file = false;
  std::string trouble = {};  ///< why a file that was there was not believed, or the value could not be kept
};

/// Keeps features and their statistics as safetensors files in a folder, which is made when it is first needed. What is
/// damaged, of another version or of somebody else is computed anew and written over; a folder that cannot be written
/// costs time, never a result. Several programs may share it: files are replaced whole.
class FeatureCache {
 public:
  explicit FeatureCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The features (N,F) that compute() -> Tensor<T> gives.
  template <class T, class Compute>
  [[nodiscard]] Cached<Tensor<T>> features(const FeatureKey& key, const Compute& compute) const {
    const std::string kind = "features " + std::string(io::detail::info(io::detail::native_dtype<T>()).name);
    Cached<Tensor<T>> result;
    if (auto found = read<T>(kind, key, {{"features", 2}}, result.trouble)) {
      result.value = std::move(found->front());
      result.from_file = true;
    } else {
      result.value = compute();
      write<T>(kind, key, {{"features", result.value}}, result.trouble);
    }
    return result;
  }

  /// The statistics that compute() -> FeatureStatistics gives.
  template <class Compute>
  [[nodiscard]] Cached<FeatureStatistics> statistics(const FeatureKey& key, const Compute& compute) const {
    Cached<FeatureStatistics> result;
    if (auto found = read<double>("statistics", key, {{"mean", 1}, {"covariance", 2}}, result.trouble)) {
      const index_t f = found->front().size(0);
      if (found->back().shape() == Shape{f, f}) {
        result.value = {std::move(found->front()), std::move(found->back())};
        result.from_file = true;
        return result;
      }
      result.trouble = "the shapes in " + path("statistics", key).string() + " are not those of statistics";
    }
    result.value = compute();
    write<double>("statistics", key, {{"mean", result.value.mean}, {"covariance", result.value.covariance}},
                  result.trouble);
    return result;
  }

  /// Where the file of a kind ("statistics", "features F32") and a key is.
  [[nodiscard]] std::filesystem::path path(const std::string& kind, const FeatureKey& key) const {
    io::Sha256 name;
    for (const std::string& part : {std::string(version), kind, key.images, key.network}) name.add(part).end_part();
    return folder_ / (kind.substr(0, kind.find(' ')) + "-" + name.hex().substr(0, 32) + ".safetensors");
  }

 private:
  static constexpr const char* version = "ganvas feature cache 1";
  using Metadata = std::map<std::string, std::string>;
  template <class T>
  using Named = std::vector<std::pair<std::string, Tensor<T>>>;

  [[nodiscard]] static Metadata metadata(const std::string& kind, const FeatureKey& key, std::string checksum) {
    return {{"version", version},
            {"kind", kind},
            {"images", key.images},
            {"network", key.network},
            {"checksum", std::move(checksum)}};
  }
  template <class T>
  [[nodiscard]] static std::string checksum(const std::vector<Tensor<T>>& tensors) {
    io::Sha256 hash;
    for (const Tensor<T>& t : tensors) hash.add(t);
    return hash.hex();
  }

  /// The tensors of the given names and ranks; nothing, and the reason if there is a file, where it is not to be
  /// believed.
  template <class T>
  [[nodiscard]] std::optional<std::vector<Tensor<T>>> read(const std::string& kind, const FeatureKey& key,
                                                           const std::vector<std::pair<std::string, int>>& names,
                                                           std::string& trouble) const {
    const auto file = path(kind, key);
    try {
      std::error_code error;
      if (!std::filesystem::exists(file, error)) return std::nullopt;
      const io::Safetensors found(file);
      std::vector<Tensor<T>> tensors;
      for (const auto& [name, rank] : names) {
        const auto& entry = found.entry(name);
        require<FileError>(entry.dtype == io::detail::native_dtype<T>() && entry.shape.rank() == rank, "feature_cache",
                           file.string(), ": ", name, " has shape ", entry.shape,
                           " or a dtype that it should not have.");
        tensors.push_back(found.get<T>(name));
      }
      require<FileError>(found.metadata() == metadata(kind, key, checksum(tensors)), "feature_cache", file.string(),
                         " is damaged or of other images, another network or another version.");
      return tensors;
    } catch (const std::exception& reason) {  // a full memory, too: a file that lies about its size
      trouble = reason.what();
      return std::nullopt;
    }
  }

  template <class T>
  void write(const std::string& kind, const FeatureKey& key, const Named<T>& tensors, std::string& trouble) const {
    try {
      std::vector<io::SafetensorsItem> items;
      std::vector<Tensor<T>> values;
      for (const auto& [name, value] : tensors) {
        items.emplace_back(name, value);
        values.push_back(value);
      }
      const auto file = path(kind, key);
      std::error_code error;
      require<FileError>(!std::filesystem::exists(file, error) || std::filesystem::is_regular_file(file, error),
                         "feature_cache", file.string(),
                         " is in the way and no file; remove it.");  // a pipe would wait
      io::make_directories(folder_);
      io::write_safetensors(file, items, metadata(kind, key, checksum(values)));
    } catch (const std::exception& reason) {
      trouble += (trouble.empty() ? "" : " ") + std::string(reason.what());
    }
  }

  std::filesystem::path folder_;
};

}  // namespace metrics
GANVAS_END
