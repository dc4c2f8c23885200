#pragma once
// A folder of PNG and JPEG pictures as a data set.

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/data/dataset.hpp"
#include "ganvas/data/fit_picture.hpp"
#include "ganvas/data/picture_list.hpp"
#include "ganvas/data/picture_options.hpp"
#include "ganvas/io/decode_picture.hpp"

GANVAS_BEGIN

namespace data {

/// What became of a folder.
template <class T>
struct PictureSet {
  Dataset<T> dataset;                    ///< (N,side,side,C) in [-1,1]; labels where the pictures have classes
  std::vector<std::string> class_names;  ///< by label, or none
  std::vector<std::string> files;        ///< paths inside the folder, one a sample
  std::vector<std::string> unreadable;   ///< a sentence for each picture that was left out
  std::string report;                    ///< "", or one sentence about all that were left out
};

namespace detail {

/// "[pictures] 2 of 9 pictures in x cannot be read: a.png is empty; b.jpg is truncated ..."
inline std::string unreadable_pictures(const std::string& folder, std::size_t n,
                                       const std::vector<std::string>& sentences) {
  constexpr std::size_t shown = 3;
  std::string text =
      std::to_string(sentences.size()) + " of " + std::to_string(n) + " pictures in " + folder + " cannot be read: ";
  for (std::size_t i = 0; i < std::min(shown, sentences.size()); ++i) {
    std::string s = sentences[i].substr(sentences[i].find("] ") + 2);  // without [read_image]
    if (s.ends_with('.')) s.pop_back();
    text += (i == 0 ? "" : "; ") + s;
  }
  return text + (sentences.size() > shown ? "; and so on." : ".");
}

}  // namespace detail

/// All pictures of a folder (.png, .jpg, .jpeg, at most 32 folders deep) as a data set, sorted by their paths, so the
/// same folder gives the same data set. Every picture becomes a square of o.side pixels: cut (o.crop), resized on the
/// values as they are stored (o.filter), in [-1,1]. Pictures are decoded on all threads, one at a time each; besides
/// the result there is only the memory of those. A picture that cannot be read is left out and reported; with
/// o.strict, and where none can be read, it is an error. Throws FileError; ValueError for options that make no sense.
template <class T = float>
[[nodiscard]] PictureSet<T> pictures(const std::filesystem::path& folder, const PictureOptions& o = {}) {
  o.check();
  detail::PictureList list = detail::list_pictures(folder, o);
  const std::size_t n = list.files.size();
  std::vector<std::string> errors(n);
  const auto each = [&](const auto& use) {  // use(i, bytes, name) for all files; what is wrong with one is noted
    parallel_chunks(static_cast<index_t>(n), 1, [&](index_t begin, index_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
        if (errors[i].empty()) {
          const std::filesystem::path path = folder / list.files[i];
          try {
            use(i, io::detail::read_picture_file(path), path.string());
          } catch (const FileError& error) {
            errors[i] = error.what();
          }
        }
    });
  };

  index_t channels = o.channels == Channels::grey ? 1 : o.channels == Channels::rgba ? 4 : 3;
  if (o.channels == Channels::automatic) {
    std::vector<index_t> stored(n, 1);
    each([&](std::size_t i, const std::string& bytes, const std::string& name) {
      stored[i] = io::picture_info(bytes, name, o.max_pixels).channels;
    });
    channels = std::any_of(stored.begin(), stored.end(), [](index_t c) { return c >= 3; }) ? 3 : 1;
  }

  PictureSet<T> set;
  Tensor<T> images({static_cast<index_t>(n), o.side, o.side, channels});
  const index_t size = o.side * o.side * channels;
  T* const to = images.mutable_data();
  each([&](std::size_t i, const std::string& bytes, const std::string& name) {
    const io::detail::DecodedPicture picture(bytes, name, o.max_pixels, true);
    detail::fit_picture(picture, o, channels, to + static_cast<index_t>(i) * size);
  });

  std::vector<index_t> labels;
  index_t kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (!errors[i].empty()) {
      set.unreadable.push_back(errors[i]);
      continue;
    }
    if (kept < static_cast<index_t>(i)) std::copy_n(to + static_cast<index_t>(i) * size, size, to + kept * size);
    ++kept;
    set.files.push_back(std::move(list.files[i]));
    if (!list.labels.empty()) labels.push_back(list.labels[i]);
  }
  if (!set.unreadable.empty()) set.report = detail::unreadable_pictures(folder.string(), n, set.unreadable);
  require<FileError>(set.unreadable.empty() || (!o.strict && kept > 0), "pictures", set.report);
  if (kept < static_cast<index_t>(n)) images = images.rows(0, kept);
  set.class_names = std::move(list.class_names);
  set.dataset = Dataset<T>(std::move(images), std::move(labels), static_cast<index_t>(set.class_names.size()));
  return set;
}

}  // namespace data

GANVAS_END
