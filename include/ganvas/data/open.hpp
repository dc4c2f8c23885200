#pragma once
// Data by a name or a folder, as a command line gives it.

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/hash.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/data/content_hash.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/gaussians.hpp"
#include "ganvas/data/idx_folder.hpp"
#include "ganvas/data/mnist.hpp"
#include "ganvas/data/pictures.hpp"
#include "ganvas/io/did_you_mean.hpp"

GANVAS_BEGIN

namespace data {

struct OpenOptions {
  Split split = Split::train;            ///< of data sets that have two
  PictureOptions pictures = {};          ///< for a folder of pictures
  std::filesystem::path root = "data";   ///< the folder in which the named data sets lie
  std::vector<std::string> others = {};  ///< names that the caller opens by itself, for the sentence about wrong ones
};

/// What was opened.
struct Description {
  std::string name;                      ///< as it was asked for
  std::string kind;                      ///< "mixture", "IDX files" or "pictures"
  index_t samples = 0;                   ///< 0 for a mixture, which has as many as one draws
  Shape sample;                          ///< of one sample: (H,W,C), or (2) for a mixture
  index_t classes = 0;                   ///< of a mixture: its modes
  std::vector<std::string> class_names;  ///< by label, or none
  Hash128 hash;                          ///< content_hash of the data set; of a mixture, of its centres and sigma
  std::string report;                    ///< "", or a sentence about pictures that were left out

  /// "paintings: 215 pictures of shape (32,32,3) in 8 classes, hash 0123...".
  [[nodiscard]] std::string str() const {
    const std::string of = " of shape " + sample.str();
    const std::string in = classes > 0 ? " in " + std::to_string(classes) + " classes" : std::string();
    if (kind == "mixture") return name + ": a mixture of " + std::to_string(classes) + " Gaussians, hash " + hash.str();
    return name + ": " + std::to_string(samples) + (kind == "pictures" ? " pictures" : " images") + of + in +
           ", hash " + hash.str();
  }
};

/// A data set or a mixture of Gaussians to draw from; one of both.
template <class T>
struct Opened {
  Description description;
  std::optional<Dataset<T>> dataset;
  std::optional<GaussianMixture<T>> mixture;
};

namespace detail {

inline const std::vector<std::string>& data_names() {
  static const std::vector<std::string> names = {"mnist", "fashion-mnist", "ring", "grid"};
  return names;
}

template <class T>
Opened<T> opened(std::string name, std::string kind, Dataset<T> dataset, std::vector<std::string> class_names = {}) {
  Opened<T> o;
  const Shape& s = dataset.images.shape();
  o.description = {.name = std::move(name),
                   .kind = std::move(kind),
                   .samples = dataset.size(),
                   .sample = {s[1], s[2], s[3]},
                   .classes = dataset.classes,
                   .class_names = std::move(class_names),
                   .hash = content_hash(dataset),
                   .report = ""};
  o.dataset = std::move(dataset);
  return o;
}

template <class T>
Opened<T> opened(std::string name, GaussianMixture<T> mixture) {
  Opened<T> o;
  o.description = {
      .name = std::move(name),
      .kind = "mixture",
      .samples = 0,
      .sample = {2},
      .classes = mixture.modes(),
      .class_names = {},
      .hash = hash128(content_hash(mixture.centres).str() + content_hash(Tensor<T>::scalar(mixture.sigma)).str()),
      .report = ""};
  o.mixture = std::move(mixture);
  return o;
}

/// Fashion-MNIST lies below root, or where Debian's package dataset-fashion-mnist puts it.
inline std::filesystem::path fashion_mnist_folder(const std::filesystem::path& root, Split split) {
  const std::filesystem::path packaged = "/usr/share/datasets/fashion-mnist";
  return !has_idx(root / "fashion-mnist", split) && has_idx(packaged, split) ? packaged : root / "fashion-mnist";
}

}  // namespace detail

/// The names of Fashion-MNIST's classes by label [Xiao, Rasul, Vollgraf 2017, table 2].
[[nodiscard]] inline std::vector<std::string> fashion_mnist_classes() {
  return {"t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"};
}

/// Whether a data set that open() knows as IDX files, by name or as a folder, has the images of o.split.
[[nodiscard]] inline bool has_split(const std::string& name_or_folder, const OpenOptions& o) {
  if (name_or_folder == "mnist") return detail::has_idx(o.root / "mnist", o.split);
  if (name_or_folder == "fashion-mnist") return detail::has_idx(detail::fashion_mnist_folder(o.root, o.split), o.split);
  return detail::has_idx(name_or_folder, o.split);
}

/// Opens "mnist" or "fashion-mnist" (below o.root), "ring" (8 Gaussians) or "grid" (25), a folder of IDX files, or a
/// folder of pictures. A folder that has one of the names is meant where it is written as ./mnist. Throws FileError, in
/// a sentence that lists what is possible where nothing of that name is there.
template <class T = float>
[[nodiscard]] Opened<T> open(const std::string& name_or_folder, const OpenOptions& o = {}) {
  const std::string& name = name_or_folder;
  const std::filesystem::path folder(name);
  const auto digits = [] { return std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; };
  if (name == "ring") return detail::opened(name, ring<T>());
  if (name == "grid") return detail::opened(name, grid<T>());
  if (name == "mnist") return detail::opened(name, "IDX files", mnist<T>(o.root / "mnist", o.split), digits());
  if (name == "fashion-mnist") {
    const auto place = detail::fashion_mnist_folder(o.root, o.split);
    require<FileError>(detail::has_idx(place, o.split), "open", "Fashion-MNIST is not in ", place.string(),
                       "; fetch it by examples/get_mnist.sh --fashion ", place.string(), ".");
    return detail::opened(name, "IDX files", mnist<T>(place, o.split), fashion_mnist_classes());
  }
  std::error_code error;
  if (name.empty() || !std::filesystem::exists(folder, error)) {
    std::vector<std::string> names = detail::data_names();
    names.insert(names.end(), o.others.begin(), o.others.end());
    fail<FileError>("open", "there is no data set and no folder named ", io::detail::quote(name),
                    ". What can be opened: ", io::detail::enumerate(names),
                    " by name, a folder of IDX files, or a folder of PNG and JPEG pictures.",
                    io::detail::did_you_mean(name, names));
  }
  if (detail::has_idx(folder, Split::train) || detail::has_idx(folder, Split::test))
    return detail::opened(name, "IDX files", idx_folder<T>(folder, o.split));
  PictureSet<T> set = pictures<T>(folder, o.pictures);
  Opened<T> result = detail::opened(name, "pictures", std::move(set.dataset), std::move(set.class_names));
  result.description.report = std::move(set.report);
  return result;
}

}  // namespace data

GANVAS_END
