#pragma once
// Weights as TensorFlow.js stores them: a file model.json, whose "weightsManifest" names the tensors and their shapes
// in order, and files beside it ("shards") with the numbers, little-endian and without gaps, cut anywhere.
// [github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts: WeightsManifestConfig]. Needs nlohmann/json.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/io/text.hpp"

GANVAS_BEGIN

namespace io {

/// One tensor of such weights; all are float32.
struct TfjsEntry {
  std::string name;
  Shape shape;
  std::uint64_t begin = 0;  ///< of its bytes, in all shards one after the other
};

/// Weights whose manifest was read and found to fit the shards byte for byte. Tensors are read when they are asked for,
/// by one thread at a time.
class TfjsWeights {
 public:
  /// Throws FileError if model.json or a shard is missing, or anything in the manifest is wrong, of another length than
  /// the shards, or quantised.
  explicit TfjsWeights(const std::filesystem::path& model_json) : name_(model_json.string()) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 26U;
    const nlohmann::json model = detail::parse_json(read_file(model_json, longest), name_);
    const auto& groups = list(model, "weightsManifest", "it");
    for (const auto& group : groups) add_group(group, model_json.parent_path());
    require<FileError>(!entries_.empty(), where, name_, " lists no weights.");
  }

  /// The entries in the order of the manifest.
  [[nodiscard]] const std::vector<TfjsEntry>& entries() const { return entries_; }
  [[nodiscard]] std::string name() const { return name_; }
  [[nodiscard]] bool contains(const std::string& name) const { return index_.contains(name); }

  /// Name and shape of a tensor. Throws FileError if there is none of that name.
  [[nodiscard]] const TfjsEntry& entry(const std::string& name) const {
    const auto found = index_.find(name);
    require<FileError>(found != index_.end(), where, name_, " has no weights ", detail::quote(name), "; it has ",
                       entries_.size(), " others, the first of them ", detail::quote(entries_.front().name), ".");
    return entries_[found->second];
  }

  /// The elements of a tensor as float or double.
  template <class T>
  [[nodiscard]] Tensor<T> get(const std::string& name) const {
    const TfjsEntry& e = entry(name);
    Tensor<T> t(e.shape);
    T* out = t.mutable_data();
    std::vector<char> bytes(block);
    const std::uint64_t end = e.begin + bytes_of(e.shape);
    for (std::uint64_t at = e.begin; at < end; at += block) {
      const std::uint64_t count = std::min(block, end - at);
      read(at, bytes.data(), count);
      detail::decode(Dtype::F32, bytes.data(), out, static_cast<std::size_t>(count / 4));
      out += count / 4;
    }
    return t;
  }

  /// SHA-256 of all numbers in their order: what `cat` of the shards in the order of the manifest gives to `sha256sum`.
  [[nodiscard]] std::string hash() const {
    Sha256 sum;
    std::vector<char> bytes(block);
    for (const Shard& shard : shards_)
      for (std::uint64_t at = 0; at < shard.file->size(); at += block) {
        const std::uint64_t count = std::min(block, shard.file->size() - at);
        shard.file->read(at, bytes.data(), count);
        sum.add(bytes.data(), static_cast<std::size_t>(count));
      }
    return sum.hex();
  }

 private:
  static constexpr const char* where = "tfjs_weights";
  static constexpr std::uint64_t block = std::uint64_t{1} << 16U;
  using Json = nlohmann::json;

  struct Shard {
    std::shared_ptr<InputFile> file;
    std::uint64_t begin = 0;  // of its first byte, in all shards
  };

  [[nodiscard]] static std::uint64_t bytes_of(const Shape& s) { return 4 * static_cast<std::uint64_t>(s.numel()); }

  /// The list of that name in an object.
  [[nodiscard]] const Json& list(const Json& object, const char* key, const char* what) const {
    const auto found = object.is_object() ? object.find(key) : object.end();
    require<FileError>(object.is_object() && found != object.end() && found->is_array(), where, name_, " is no model ",
                       "of TensorFlow.js: ", what, " should have a list named ", key, ".");
    return *found;
  }
  [[nodiscard]] std::string text(const Json& object, const char* key) const {
    const auto found = object.is_object() ? object.find(key) : object.end();
    require<FileError>(object.is_object() && found != object.end() && found->is_string(), where, name_, " is no model ",
                       "of TensorFlow.js: a tensor should have a text named ", key, ".");
    return found->get<std::string>();
  }

  [[nodiscard]] Shape shape(const Json& tensor, const std::string& name) const {
    const Json& extents = list(tensor, "shape", "a tensor");
    Shape s;
    require<FileError>(extents.size() <= static_cast<std::size_t>(Shape::max_rank), where, name_, ": ",
                       detail::quote(name), " has ", extents.size(), " axes; at most ", int{Shape::max_rank},
                       " are possible.");
    std::uint64_t numel = 1;
    constexpr std::uint64_t most = std::uint64_t{1} << 40U;
    for (const Json& extent : extents) {
      const bool whole = extent.is_number_unsigned() && extent.get<std::uint64_t>() >= 1;
      require<FileError>(whole && extent.get<std::uint64_t>() <= most / numel, where, name_, ": ", detail::quote(name),
                         " has an absurd shape.");
      numel *= extent.get<std::uint64_t>();
      s.append(static_cast<index_t>(extent.get<std::uint64_t>()));
    }
    return s;
  }

  /// A shard lies beside model.json: a name with a folder in it could name any file.
  [[nodiscard]] std::string shard_name(const Json& path) const {
    const std::string name = path.is_string() ? path.get<std::string>() : std::string();
    require<FileError>(!name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos &&
                           name.find_first_of("/\\:") == std::string::npos,
                       where, name_, " names the file ", detail::quote(name),
                       "; only names of files beside it are read.");
    return name;
  }

  void add_group(const Json& group, const std::filesystem::path& folder) {
    constexpr std::size_t most_shards = 1000, most_tensors = 100'000;
    const Json &paths = list(group, "paths", "a group of weights"), &tensors = list(group, "weights", "a group");
    require<FileError>(paths.size() + shards_.size() <= most_shards && tensors.size() + entries_.size() <= most_tensors,
                       where, name_, " lists more than ", most_shards, " files or ", most_tensors, " tensors.");
    std::uint64_t needed = 0, there = 0;
    for (const Json& tensor : tensors) {
      const std::string name = text(tensor, "name"), dtype = text(tensor, "dtype");
      require<FileError>(dtype == "float32" && !tensor.contains("quantization"), where, name_, ": ",
                         detail::quote(name), " is ",
                         tensor.contains("quantization") ? std::string("quantised") : detail::quote(dtype),
                         "; only plain float32 is read here.");
      const Shape s = shape(tensor, name);
      require<FileError>(index_.emplace(name, entries_.size()).second, where, name_, " has ", detail::quote(name),
                         " twice.");
      entries_.push_back({name, s, bytes_ + needed});
      needed += bytes_of(s);
    }
    for (const Json& path : paths) {
      shards_.push_back({std::make_shared<InputFile>(folder / shard_name(path), where), bytes_ + there});
      there += shards_.back().file->size();
    }
    require<FileError>(needed == there, where, name_, " lists ", tensors.size(), " tensors of ", needed,
                       " bytes, but its ", paths.size(), " files have ", there,
                       " bytes; one of them is truncated or of something else.");
    bytes_ += there;
  }

  /// Bytes [at, at + count) of all shards.
  void read(std::uint64_t at, char* to, std::uint64_t count) const {
    for (const Shard& shard : shards_) {
      const std::uint64_t begin = std::max(at, shard.begin),
                          end = std::min(at + count, shard.begin + shard.file->size());
      if (begin < end) shard.file->read(begin - shard.begin, to + (begin - at), end - begin);
    }
  }

  std::string name_;
  std::vector<TfjsEntry> entries_;
  std::map<std::string, std::size_t> index_;
  std::vector<Shard> shards_;
  std::uint64_t bytes_ = 0;
};

}  // namespace io

GANVAS_END
