#pragma once
// A folder with IDX files named like MNIST's, of any size: EMNIST, KMNIST, Fashion-MNIST, or one's own.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/idx.hpp"
#include "ganvas/data/mnist.hpp"

GANVAS_BEGIN

namespace data {

namespace detail {

/// The file "train-images-idx3-ubyte" for ("train-images", axes 3 or 4), also with a dot before idx and with .gz
/// behind; an empty path if none is there.
inline std::filesystem::path find_idx(const std::filesystem::path& folder, const std::string& what, int least_axes,
                                      int most_axes) {
  std::error_code error;
  for (int axes = least_axes; axes <= most_axes; ++axes)
    for (const char* separator : {"-", "."})
      for (const char* packed : {"", ".gz"}) {
        auto path = folder / (what + separator + "idx" + std::to_string(axes) + "-ubyte" + packed);
        if (std::filesystem::is_regular_file(path, error)) return path;
      }
  return {};
}

inline const char* idx_prefix(Split split) { return split == Split::train ? "train" : "t10k"; }

/// True if the folder has the images of a split.
inline bool has_idx(const std::filesystem::path& folder, Split split) {
  return !find_idx(folder, std::string(idx_prefix(split)) + "-images", 3, 4).empty();
}

}  // namespace detail

/// Images (N,H,W,C) in [-1,1], black to white, with labels 0..K-1, from the files train-images-idx3-ubyte, (N,H,W), or
/// train-images-idx4-ubyte, (N,H,W,C) with C = 1, 3 or 4, and train-labels-idx1-ubyte; t10k-... for the test split. K
/// is one more than the largest label of both splits that are there. Without a file of labels there are none. Throws
/// FileError for files that are missing, damaged, empty, no bytes, or do not belong together.
template <class T = float>
[[nodiscard]] Dataset<T> idx_folder(const std::filesystem::path& folder, Split split = Split::train) {
  const std::string prefix = detail::idx_prefix(split);
  const auto image_file = detail::find_idx(folder, prefix + "-images", 3, 4);
  require<FileError>(!image_file.empty(), "idx_folder", "there is no file ", prefix, "-images-idx3-ubyte or ", prefix,
                     "-images-idx4-ubyte (or the same with .gz) in ", folder.string(), ".");
  const Tensor<std::uint8_t> pixels = read_idx<std::uint8_t>(image_file);
  const Shape s = pixels.shape();
  require<FileError>((s.rank() == 3 || (s.rank() == 4 && (s[3] == 1 || s[3] == 3 || s[3] == 4))) && pixels.numel() > 0,
                     "idx_folder", image_file.string(), " has shape ", s,
                     "; images have shape (N,H,W) or (N,H,W,C) with C = 1, 3 or 4, and at least one pixel.");
  Tensor<T> images({s[0], s[1], s[2], s.rank() == 4 ? s[3] : 1});
  T* const to = images.mutable_data();
  parallel_chunks(images.numel(), index_t{1} << 18, [to, from = pixels.data()](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) to[i] = static_cast<T>(from[i]) / T(127.5) - T(1);
  });

  const auto label_file = detail::find_idx(folder, prefix + "-labels", 1, 1);
  if (label_file.empty()) return Dataset<T>(images);
  const Tensor<std::uint8_t> labels = read_idx<std::uint8_t>(label_file);
  require<FileError>(labels.shape() == Shape{s[0]}, "idx_folder", label_file.string(), " has labels of shape ",
                     labels.shape(), ", but there are ", s[0], " images in ", image_file.string(), ".");
  index_t classes = 1 + index_t{*std::max_element(labels.data(), labels.data() + labels.numel())};
  const char* const other = detail::idx_prefix(split == Split::train ? Split::test : Split::train);
  if (const auto file = detail::find_idx(folder, std::string(other) + "-labels", 1, 1); !file.empty()) {
    const Tensor<std::uint8_t> more = read_idx<std::uint8_t>(file);
    for (const std::uint8_t label : more.values()) classes = std::max(classes, index_t{1} + label);
  }
  return Dataset<T>(images, {labels.data(), labels.data() + labels.numel()}, classes);
}

}  // namespace data

GANVAS_END
