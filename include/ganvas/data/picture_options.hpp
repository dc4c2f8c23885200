#pragma once
// How a folder of pictures becomes a data set.

#include <filesystem>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/colour.hpp"
#include "ganvas/kernels/resize.hpp"

GANVAS_BEGIN

namespace data {

/// Channels of the data set. Automatic: grey if every picture is stored as grey, else RGB.
enum class Channels { automatic, grey, rgb, rgba };

/// How a picture that is no square becomes one: the middle of it, all of it on a background, or all of it, distorted.
enum class Crop { centre, pad, stretch };

struct PictureOptions {
  index_t side = 32;
  Channels channels = Channels::automatic;
  Crop crop = Crop::centre;
  ResizeFilter filter = ResizeFilter::bicubic;
  io::Colour background = io::colours::white;  ///< behind what is transparent, beside what is padded
  /// Pictures in two or more subfolders have the subfolder's name as their class.
  bool classes_from_subfolders = true;
  /// A .tsv table (its path inside the folder, or a path of its own) with a column `file`, paths inside the folder: its
  /// pictures are read and no others. Where only label_column is given, it is captions.tsv.
  std::filesystem::path table = {};
  std::string label_column = {};          ///< the column of the table whose texts are the classes, e.g. "kind"
  bool strict = false;                    ///< pictures that cannot be read are an error, instead of left out
  index_t max_pixels = index_t{1} << 26;  ///< a picture with more is one that cannot be read

  /// Throws ValueError for options that make no sense.
  void check() const {
    require<ValueError>(side >= 1 && side <= 4096, "pictures", "side must be 1 to 4096 pixels, but is ", side, ".");
    require<ValueError>(max_pixels >= 1, "pictures", "max_pixels must be at least 1, but is ", max_pixels, ".");
  }
};

}  // namespace data

GANVAS_END
