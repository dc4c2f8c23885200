#pragma once
// Residual blocks of generators and discriminators, y = F(x) + shortcut(x), as SNGAN has them [Miyato et al. 2018,
// Appendix B.4, and the authors' code].

#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/nn/batch_norm.hpp"
#include "ganvas/nn/conditional_batch_norm.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/spectral_norm.hpp"

GANVAS_BEGIN
namespace models {

/// Batch norm, with gain and shift of the class if there are classes. classes = 0: labels are left alone.
template <class T>
struct ClassNorm {
  using value_type = T;

  std::optional<nn::BatchNorm2d<T>> plain;
  std::optional<nn::ConditionalBatchNorm2d<T>> by_class;

  static constexpr auto members = std::tuple{nn::member("", &ClassNorm::plain), nn::member("", &ClassNorm::by_class)};

  ClassNorm(index_t channels, index_t classes) {
    if (classes > 0)
      by_class.emplace(nn::ConditionalBatchNorm2dOptions{.channels = channels, .classes = classes});
    else
      plain.emplace(nn::BatchNorm2dSpec{.channels = channels});
  }

  /// Followed by a leaky ReLU of that slope.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y, T slope) const {
    return by_class ? (*by_class)(x, y, slope) : (*plain)(x, slope);
  }
  [[nodiscard]] Var<T> training(const Var<T>& x, const std::vector<index_t>& y, T slope) {
    return by_class ? by_class->training(x, y, slope) : plain->training(x, slope);
  }
};

namespace detail {

template <class T>
using ResidualConv = nn::SpectralNormIf<nn::Conv2d<T>>;

/// A convolution that keeps the size of the map, drawn as the authors do: uniform [Glorot and Bengio 2010, eq. 16] with
/// the given gain, biases 0. It is drawn first and gets its spectral norm then, whose u and v fit it from the start.
template <class T>
[[nodiscard]] ResidualConv<T> residual_conv(index_t in, index_t out, index_t kernel, double gain, bool spectral,
                                            Random& rng) {
  nn::Conv2d<T> conv({.in = in, .out = out, .kernel = kernel, .padding = kernel / 2}, rng);
  conv.weight.set_value(nn::init::xavier_uniform<T>(conv.weight.shape(), rng, gain));
  conv.bias.set_value(Tensor<T>::zeros({out}));
  return {spectral, std::move(conv), rng};
}

}  // namespace detail

/// Settings of ResidualUp.
struct ResidualUpOptions {
  index_t in = 0;
  index_t out = 0;
  bool up = true;  ///< twice as high and wide
  UpsampleMode upsampling = UpsampleMode::nearest;
  index_t classes = 0;  ///< of conditional batch norm; 0: the ordinary one
  bool spectral_norm = false;
};

/// F(x) = conv2(relu(norm2(conv1(up(relu(norm1(x)))))))     (N,H,W,in) -> (N,2H,2W,out)
/// The shortcut is a 1x1 convolution of up(x), if up or if the number of channels changes, else x. It is computed as
/// up(conv(x)), which is the same with a quarter of the work: 1x1 convolution and interpolation (whose weights add up
/// to 1) can change places.
template <class T>
struct ResidualUp {
  using value_type = T;

  ResidualUpOptions options;
  ClassNorm<T> norm1;
  detail::ResidualConv<T> conv1;
  ClassNorm<T> norm2;
  detail::ResidualConv<T> conv2;
  std::optional<detail::ResidualConv<T>> shortcut;

  static constexpr auto members =
      std::tuple{nn::member("norm1", &ResidualUp::norm1), nn::member("conv1", &ResidualUp::conv1),
                 nn::member("norm2", &ResidualUp::norm2), nn::member("conv2", &ResidualUp::conv2),
                 nn::member("shortcut", &ResidualUp::shortcut)};

  ResidualUp(const ResidualUpOptions& o, Random& rng)
      : options(o),
        norm1(o.in, o.classes),
        conv1(detail::residual_conv<T>(o.in, o.out, 3, std::sqrt(2.0), o.spectral_norm, rng)),
        norm2(o.out, o.classes),
        conv2(detail::residual_conv<T>(o.out, o.out, 3, std::sqrt(2.0), o.spectral_norm, rng)) {
    if (o.up || o.in != o.out) shortcut.emplace(detail::residual_conv<T>(o.in, o.out, 1, 1, o.spectral_norm, rng));
  }

  /// y: the samples' classes; left alone without classes.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const std::vector<index_t>& y = {}) const {
    return run(*this, x, y);
  }
  [[nodiscard]] Var<T> training(const Var<T>& x, const std::vector<index_t>& y = {}) { return run(*this, x, y); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x, const std::vector<index_t>& y) {
    const auto up = [&](const Var<T>& m) { return self.options.up ? upsample(m, 2, self.options.upsampling) : m; };
    const Var<T> h = nn::pass(self.conv1, up(nn::pass(self.norm1, x, y, T(0))));
    const Var<T> residual = nn::pass(self.conv2, nn::pass(self.norm2, h, y, T(0)));
    return residual + (self.shortcut ? up(nn::pass(*self.shortcut, x)) : x);
  }
};

/// Settings of ResidualDown.
struct ResidualDownOptions {
  index_t in = 0;
  index_t out = 0;
  bool down = true;    ///< half as high and wide
  bool first = false;  ///< the block that sees the image: no ReLU before conv1, and always a shortcut convolution
  bool spectral_norm = true;
};

/// F(x) = down(conv2(relu(conv1(relu(x)))))     (N,H,W,in) -> (N,H/2,W/2,out), down is the mean over 2x2
/// The first block is the authors' "optimized" one: F(x) = down(conv2(relu(conv1(x)))). The shortcut is a 1x1
/// convolution of down(x), if down or if the number of channels changes, else x (with its negative parts: the ReLU is
/// in F alone).
template <class T>
struct ResidualDown {
  using value_type = T;

  ResidualDownOptions options;
  detail::ResidualConv<T> conv1;
  detail::ResidualConv<T> conv2;
  std::optional<detail::ResidualConv<T>> shortcut;

  static constexpr auto members =
      std::tuple{nn::member("conv1", &ResidualDown::conv1), nn::member("conv2", &ResidualDown::conv2),
                 nn::member("shortcut", &ResidualDown::shortcut)};

  ResidualDown(const ResidualDownOptions& o, Random& rng)
      : options(o),
        conv1(detail::residual_conv<T>(o.in, o.first ? o.out : o.in, 3, std::sqrt(2.0), o.spectral_norm, rng)),
        conv2(detail::residual_conv<T>(o.first ? o.out : o.in, o.out, 3, std::sqrt(2.0), o.spectral_norm, rng)) {
    if (o.down || o.first || o.in != o.out)
      shortcut.emplace(detail::residual_conv<T>(o.in, o.out, 1, 1, o.spectral_norm, rng));
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return run(*this, x); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return run(*this, x); }

 private:
  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x) {
    const auto down = [&](const Var<T>& m) { return self.options.down ? avg_pool2d(m, {.kernel = 2}) : m; };
    const Var<T> h = nn::pass(self.conv1, self.options.first ? x : relu(x), T(0));
    return down(nn::pass(self.conv2, h)) + (self.shortcut ? nn::pass(*self.shortcut, down(x)) : x);
  }
};

}  // namespace models
GANVAS_END
