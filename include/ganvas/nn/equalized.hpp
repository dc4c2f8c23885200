#pragma once
// Layers with an equalised learning rate [Karras et al. 2018, arXiv:1710.10196, sec. 4.1]: weights are stored as N(0,
// 1) and multiplied by He's constant at run time, so that Adam, whose steps do not know the size of a weight, moves all
// layers equally fast.

#include <cmath>
#include <numbers>
#include <string>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/binomial.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/linear.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct EqualizedLinear;
template <class T>
struct EqualizedConv2d;

/// What both layers compute behind their product: y = gain a(c x w + lr_mul b), c = lr_mul / sqrt(fan_in), where a is
/// nothing or sqrt(2) times a leaky ReLU of slope 0.2. Stored are w ~ N(0, 1) / lr_mul and b = bias_init / lr_mul: the
/// layer is born the same for every lr_mul, but learns lr_mul times as fast.
struct Equalized {
  bool activate = false;
  double gain = 1;
  double lr_mul = 1;
  double bias_init = 0;

  static constexpr double slope = 0.2;

  void check(const char* where) const {
    require<ValueError>(gain > 0 && std::isfinite(gain) && lr_mul > 0 && std::isfinite(lr_mul), where,
                        "gain and lr_mul must be positive, but are ", gain, " and ", lr_mul, ".");
  }
  /// All factors of the result go into w and b, which are small: c a(z) = a(c z) for positive c.
  [[nodiscard]] double of_bias() const { return gain * lr_mul * (activate ? std::numbers::sqrt2 : 1.0); }
  [[nodiscard]] double of_weight(index_t fan_in) const { return of_bias() / std::sqrt(static_cast<double>(fan_in)); }

  template <class T>
  [[nodiscard]] Tensor<T> draw_weight(const Shape& shape, Random& rng) const {
    return init::normal<T>(shape, rng, 0, 1 / lr_mul);
  }
  template <class T>
  [[nodiscard]] Tensor<T> draw_bias(index_t out) const {
    return init::constant<T>({out}, bias_init / lr_mul);
  }
};

namespace detail {

/// x c, or x itself for c = 1; an undefined x stays so.
template <class T>
[[nodiscard]] Var<T> times(const Var<T>& x, double c) {
  return !x.defined() || c == 1 ? x : mul(x, static_cast<T>(c));
}

}  // namespace detail

/// Options of EqualizedLinear.
struct EqualizedLinearSpec {
  index_t in = 0;
  index_t out = 0;
  bool bias = true;
  bool activate = false;  ///< sqrt(2) times a leaky ReLU of slope 0.2
  double gain = 1;        ///< of the result
  double lr_mul = 1;      ///< how much faster than others it learns
  double bias_init = 0;   ///< of the bias that is added

  [[nodiscard]] constexpr LinearSpec plain() const { return {.in = in, .out = out, .bias = bias}; }
  [[nodiscard]] constexpr Equalized equalized() const { return {activate, gain, lr_mul, bias_init}; }
  void check() const {
    plain().check();
    equalized().check("equalized_linear");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const { return plain().misfit(x); }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const { return plain().output_shape(x); }
  [[nodiscard]] std::string describe() const {
    return "Equalized" + plain().describe() + (activate ? ", leaky ReLU" : "");
  }
  [[nodiscard]] std::string expects() const { return plain().expects(); }
  template <class T>
  [[nodiscard]] EqualizedLinear<T> make(Random& rng) const {
    return EqualizedLinear<T>(*this, rng);
  }
};

/// Options of EqualizedConv2d; the kernel is square and odd, the padding such that the size stays. With `down` the
/// image is filtered by [1,3,3,1] and halved: a stride of 2.
struct EqualizedConv2dSpec {
  index_t in = 0;
  index_t out = 0;
  index_t kernel = 3;
  bool down = false;
  bool bias = true;
  bool activate = false;
  double gain = 1;
  double lr_mul = 1;
  double bias_init = 0;
  bool pad = true;  ///< false: no padding, the result is smaller (a kernel of the image's size sees all of it)

  [[nodiscard]] constexpr Equalized equalized() const { return {activate, gain, lr_mul, bias_init}; }
  /// The convolution as one with a plain Conv2d: with the filter it is one of kernel + 3. (A 1x1 kernel works on the
  /// filtered image, a quarter of the pixels; see EqualizedConv2d.)
  [[nodiscard]] constexpr Conv2dSpec plain() const {
    const index_t padding = pad ? (kernel - 1) / 2 : 0;
    if (down) return {in, out, kernel + 3, 2, padding + 1, 1, bias};
    return {in, out, kernel, 1, padding, 1, bias};
  }
  void check() const {
    detail::check_conv_weight("equalized_conv2d", in, out, kernel);
    require<ValueError>(!pad || kernel % 2 == 1, "equalized_conv2d", "a kernel of ", kernel,
                        " has no middle; use an odd one, or pad = false.");
    require<ValueError>(!down || pad, "equalized_conv2d", "down needs pad = true.");
    equalized().check("equalized_conv2d");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (const Misfit m = plain().misfit(x)) return m;
    if (down && x[1] % 2 != 0) return {Misfit::size, x[1] + 1, x[1]};
    if (down && x[2] % 2 != 0) return {Misfit::size, x[2] + 1, x[2]};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return plain().output_shape(x);
  }
  [[nodiscard]] std::string describe() const {
    return "EqualizedConv2d " + std::to_string(in) + "->" + std::to_string(out) + ", kernel " + std::to_string(kernel) +
           (down ? ", down" : "") + (activate ? ", leaky ReLU" : "") + (bias ? "" : ", no bias");
  }
  [[nodiscard]] std::string expects() const {
    return "(N,H,W," + std::to_string(in) + ")" + (down ? " with even H and W" : "");
  }
  template <class T>
  [[nodiscard]] EqualizedConv2d<T> make(Random& rng) const {
    return EqualizedConv2d<T>(*this, rng);
  }
};

inline EqualizedLinearSpec equalized_linear(const EqualizedLinearSpec& options) {
  options.check();
  return options;
}
inline EqualizedConv2dSpec equalized_conv2d(const EqualizedConv2dSpec& options) {
  options.check();
  return options;
}

/// y = gain a(c x w^T + lr_mul b)     x: (N,in)  w: (out,in)  b: (out)  y: (N,out)
template <class T>
struct EqualizedLinear {
  using value_type = T;

  EqualizedLinearSpec options;
  Parameter<T> weight;
  Parameter<T> bias;

  static constexpr auto members =
      std::tuple{member("weight", &EqualizedLinear::weight), member("bias", &EqualizedLinear::bias)};

  EqualizedLinear(const EqualizedLinearSpec& o, Random& rng)
      : options(equalized_linear(o)), weight(o.equalized().draw_weight<T>({o.out, o.in}, rng)) {
    if (o.bias) bias = Parameter<T>(o.equalized().draw_bias<T>(o.out), Role::bias);
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    const Equalized e = options.equalized();
    const Var<T> y =
        ganvas::linear<T>(x, detail::times<T>(weight, e.of_weight(options.in)), detail::times<T>(bias, e.of_bias()));
    return options.activate ? ganvas::leaky_relu(y, static_cast<T>(Equalized::slope)) : y;
  }
};

/// y = gain a(c conv(x, w) + lr_mul b)     x: (N,H,W,in)  w: (out,kernel,kernel,in)  b: (out)
/// Bias and leaky ReLU are applied in the convolution's own pass.
template <class T>
struct EqualizedConv2d {
  using value_type = T;

  EqualizedConv2dSpec options;
  Parameter<T> weight;  ///< PyTorch stores (out,in,kernel,kernel)
  Parameter<T> bias;

  static constexpr auto members =
      std::tuple{member("weight", &EqualizedConv2d::weight), member("bias", &EqualizedConv2d::bias)};

  EqualizedConv2d(const EqualizedConv2dSpec& o, Random& rng) : options(equalized_conv2d(o)) {
    const Layout layout{{o.out, o.kernel, o.kernel, o.in}, {0, 3, 1, 2}, Shape{o.out, o.in, o.kernel, o.kernel}};
    weight = Parameter<T>(o.equalized().draw_weight<T>({o.out, o.kernel, o.kernel, o.in}, rng), Role::weight, layout);
    if (o.bias) bias = Parameter<T>(o.equalized().draw_bias<T>(o.out), Role::bias);
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    detail::check_fit(options, x.shape());
    const Equalized e = options.equalized();
    const Var<T> w = detail::times<T>(weight, e.of_weight(options.in * options.kernel * options.kernel));
    const Var<T> b = detail::times<T>(bias, e.of_bias());
    const T slope = static_cast<T>(options.activate ? Equalized::slope : 1.0);
    if (options.down && options.kernel == 1) return conv2d(binomial_downsample(x), w, b, {}, slope);
    return conv2d(x, options.down ? binomial_kernel(w) : w, b, options.plain().conv_options(), slope);
  }
};

}  // namespace nn

GANVAS_END
