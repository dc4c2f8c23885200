#pragma once
// MNIST [LeCun, Bottou, Bengio, Haffner 1998] and data sets made like it, e.g. Fashion-MNIST [Xiao, Rasul, Vollgraf
// 2017].

#include <array>
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

GANVAS_BEGIN

namespace data {

enum class Split { train, test };

namespace detail {

/// The file "train-images-idx3-ubyte", also with a dot before idx and with .gz behind. Throws FileError if none is
/// there.
inline std::filesystem::path find_mnist(const std::filesystem::path& folder, const std::string& what, int axes) {
  const std::string idx = "idx" + std::to_string(axes) + "-ubyte";
  std::error_code error;
  for (const char* separator : {"-", "."})
    for (const char* packed : {"", ".gz"}) {
      auto path = folder / (what + separator + idx + packed);
      if (std::filesystem::is_regular_file(path, error)) return path;
    }
  fail<FileError>("mnist", "no MNIST at ", folder.string(), " (", what, "-", idx, " is not there).");
}

template <class T>
[[nodiscard]] Dataset<T> read_mnist(const std::filesystem::path& folder, Split split) {
  const std::string prefix = split == Split::train ? "train" : "t10k";
  const index_t count = split == Split::train ? 60000 : 10000;
  const auto image_file = detail::find_mnist(folder, prefix + "-images", 3);
  const auto label_file = detail::find_mnist(folder, prefix + "-labels", 1);

  const Tensor<std::uint8_t> labels = read_idx<std::uint8_t>(label_file);
  require<FileError>(labels.shape() == Shape{count}, "mnist", label_file.string(), " has labels of shape ",
                     labels.shape(), "; MNIST has ", Shape{count}, ".");
  const Tensor<std::uint8_t> pixels = read_idx<std::uint8_t>(image_file);
  require<FileError>(pixels.shape() == Shape{count, 28, 28}, "mnist", image_file.string(), " has images of shape ",
                     pixels.shape(), "; MNIST has ", Shape{count, 28, 28}, ".");
  for (index_t i = 0; i < count; ++i)
    require<FileError>(labels.data()[i] < 10, "mnist", label_file.string(), ": label ", i, " is ", +labels.data()[i],
                       "; MNIST has 0 to 9.");
  Tensor<T> images({count, 28, 28, 1});
  T* const to = images.mutable_data();
  parallel_chunks(images.numel(), index_t{1} << 18, [to, from = pixels.data()](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) to[i] = static_cast<T>(from[i]) / T(127.5) - T(1);
  });
  return Dataset<T>(images, {labels.data(), labels.data() + count}, 10);
}

}  // namespace detail

/// Images (N,28,28,1) in [-1,1], black to white, and their labels 0..9: 60,000 to train with, 10,000 to test with.
/// Throws FileError if the files are missing or are not what MNIST's are.
template <class T = float>
[[nodiscard]] Dataset<T> mnist(const std::filesystem::path& folder = "data/mnist", Split split = Split::train) {
  try {
    return detail::read_mnist<T>(folder, split);
  } catch (const FileError& error) {
    throw FileError(std::string(error.what()) +
                    " Fetch the four files anew by examples/get_mnist.sh, or name a folder that has them.");
  }
}

}  // namespace data

GANVAS_END
