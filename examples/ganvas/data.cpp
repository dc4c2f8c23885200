// Data by name, and pictures of samples.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ganvas/data/open.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/io/scatter.hpp"
#include "ganvas/io/text.hpp"

#include "plan.hpp"
#include "session.hpp"

namespace tool {

std::string json_name(const std::string& name) {
  require<ValueError>(io::detail::is_utf8(name), "ganvas", "\"", name,
                      "\" is not UTF-8, and the settings of a run, which are JSON, can hold nothing else; rename it.");
  return nlohmann::json(name).dump();
}

namespace {

data::PictureOptions picture_options(io::Settings& s) {
  data::PictureOptions o;
  o.side = s.get<index_t>("data.side", 32, {.least = 4, .most = 1024});
  const std::string channels = s.choice("data.channels", "automatic", {"automatic", "grey", "rgb", "rgba"});
  o.channels = channels == "grey"   ? data::Channels::grey
               : channels == "rgb"  ? data::Channels::rgb
               : channels == "rgba" ? data::Channels::rgba
                                    : data::Channels::automatic;
  const std::string crop = s.choice("data.crop", "centre", {"centre", "pad", "stretch"});
  o.crop = crop == "pad" ? data::Crop::pad : crop == "stretch" ? data::Crop::stretch : data::Crop::centre;
  o.label_column = s.get<std::string>("data.label_column", "");
  o.strict = s.get<bool>("data.strict", false);
  o.classes_from_subfolders = s.get<bool>("data.classes_from_subfolders", true);
  return o;
}

std::string root_of(io::Settings& s) { return s.get<std::string>("data.root", "data"); }

}  // namespace

Data imagined_data(io::Settings& s) {
  static_cast<void>(root_of(s));
  const data::PictureOptions o = picture_options(s);
  const index_t channels = o.channels == data::Channels::grey ? 1 : o.channels == data::Channels::rgba ? 4 : 3;
  Data d;
  d.sample = {o.side, o.side, channels};
  d.classes = 10;
  return d;
}

Data open_data(const std::string& name, io::Settings& s) {
  static_cast<void>(json_name(name));  // the scores' file takes it, too
  data::OpenOptions o;
  o.root = root_of(s);
  o.others = {"stacked-mnist"};
  Data d;
  d.name = name;
  if (name == "stacked-mnist") {
    const std::string digits = (o.root / "mnist").string();
    d.train = data::open<float>(digits, o).dataset;
    o.split = data::Split::test;
    d.test = data::open<float>(digits, o).dataset;
    for (const auto* part : {&*d.train, &*d.test})
      require<FileError>(part->images.shape().with(0, 1) == Shape{1, 28, 28, 1} && part->classes == 10, "data", digits,
                         " has images ", part->images.shape(), " of ", part->classes, " classes, but stacked-mnist is ",
                         "made of digits, (N,28,28,1) of 10 classes; examples/get_mnist.sh fetches them.");
    d.stacked = true;
    d.sample = {28, 28, 3};
    d.classes = 1000;
    d.hash = data::content_hash(*d.train).str();
    d.about = "stacked-mnist: three digits as the channels of 28 x 28 pictures, made on the fly; 1000 classes";
    return d;
  }
  o.pictures = picture_options(s);
  auto opened = data::open<float>(name, o);
  d.about = opened.description.str();
  d.hash = opened.description.hash.str();
  if (!opened.description.report.empty()) d.about += "\n" + opened.description.report;
  d.sample = opened.description.sample;
  d.classes = opened.mixture ? 0 : opened.description.classes;
  d.train = std::move(opened.dataset);
  d.mixture = std::move(opened.mixture);
  if (opened.description.kind == "IDX files") {
    o.split = data::Split::test;
    if (data::has_split(name, o)) {
      d.test = data::open<float>(name, o).dataset;
      const Shape &train = d.train->images.shape(), &test = d.test->images.shape();
      require<FileError>(Shape{test[1], test[2], test[3]} == d.sample, "data", name, " has images ", train,
                         " to train with, but ", test, " to test with; they must be of one size.");
    }
  }
  return d;
}

std::string picture_of(const Tensor<float>& samples, int upscale, index_t columns) {
  if (samples.rank() == 4) return io::grid_png(samples, {.columns = columns, .upscale = upscale});
  float most = 0.5F;
  for (const float v : samples.values())
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  const double edge = 1.1 * static_cast<double>(most);
  return io::scatter_png({{samples, {.colour = io::colours::vermilion}}},
                         {.x_low = -edge, .x_high = edge, .y_low = -edge, .y_high = edge});
}

}  // namespace tool
