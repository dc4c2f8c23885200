#pragma once
// NoiseInjection: a random number for every pixel, for what no latent should have to encode (hairs, freckles)
// [Karras et al. 2019a, arXiv:1812.04948, sec. 2; one strength a layer: 2019b, arXiv:1912.04958, sec. 2].

#include <string>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct NoiseInjection;

/// Options of NoiseInjection.
struct NoiseInjectionSpec {
  index_t height = 0;
  index_t width = 0;
  bool fresh = true;  ///< training draws new noise; false: it adds the constant one, like evaluation

  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    require(x.rank() == 4 && x[1] == height && x[2] == width, "noise_injection", "images of ", height, " x ", width,
            " pixels, (N,", height, ",", width, ",C), were expected, but the input has shape ", x, ".");
    return x;
  }
  [[nodiscard]] std::string describe() const {
    return "NoiseInjection " + std::to_string(height) + "x" + std::to_string(width);
  }
  template <class T>
  [[nodiscard]] NoiseInjection<T> make(Random& rng) const {
    return NoiseInjection<T>(*this, rng);
  }
};

inline NoiseInjectionSpec noise_injection(const NoiseInjectionSpec& options) {
  require<ValueError>(options.height > 0 && options.width > 0, "noise_injection", "height and width must be positive, ",
                      "but are ", options.height, " and ", options.width, ".");
  return options;
}

/// y(n,h,w,c) = x(n,h,w,c) + strength noise(n,h,w), noise ~ N(0, 1); strength, one number, starts at 0. In training the
/// noise is new for every image and pass, from the layer's own stream; in evaluation it is a constant that is born with
/// the layer, (H,W,1), the same for every image: an image is a function of its latent alone.
template <class T>
struct NoiseInjection {
  using value_type = T;

  NoiseInjectionSpec options;
  Parameter<T> strength;  ///< (1)
  Tensor<T> constant;     ///< (H,W,1)
  Random random;          ///< where it is now in its stream

  static constexpr auto members =
      std::tuple{member("strength", &NoiseInjection::strength), member("constant", &NoiseInjection::constant),
                 member("random", &NoiseInjection::random)};

  NoiseInjection(const NoiseInjectionSpec& o, Random& rng)
      : options(noise_injection(o)), strength(Tensor<T>::zeros({1}), Role::gain), random(rng.split()) {
    constant = random.normal<T>({o.height, o.width, 1});
  }

  /// The noise of evaluation, (1,H,W,1).
  [[nodiscard]] Tensor<T> noise() const { return constant.reshape({1, options.height, options.width, 1}); }
  /// The noise of the next n images in training, (n,H,W,1).
  [[nodiscard]] Tensor<T> training_noise(index_t n) {
    return options.fresh ? random.normal<T>({n, options.height, options.width, 1}) : noise();
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    static_cast<void>(options.output_shape(x.shape()));
    return x + Var<T>(noise()) * strength;
  }
  [[nodiscard]] Var<T> training(const Var<T>& x) {
    static_cast<void>(options.output_shape(x.shape()));
    return x + Var<T>(training_noise(x.size(0))) * strength;
  }
};

}  // namespace nn

GANVAS_END
