#pragma once
// Modulated and demodulated convolution [Karras et al. 2019b, "Analyzing and improving the image quality of StyleGAN",
// arXiv:1912.04958, eq. 1-3], and the layer that makes the style of a latent w.

#include <cmath>
#include <string>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/binomial.hpp"
#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/equalized.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

/// Options of modulated_conv2d.
struct ModulatedConvOptions {
  bool up = false;  ///< twice the height and width: a transposed convolution of stride 2, then the filter [1,3,3,1] / 4
  bool demodulate = true;
  double eps = 1e-8;  ///< of eq. 3
};

namespace detail {

/// conv(s x, w): the style times the input's channels instead of the weight's, so that all samples share one weight.
/// `up`: w is (in,k,k,out), as conv_transpose2d has it, k = 3; filter and convolution are one (binomial_kernel).
template <class T>
[[nodiscard]] Var<T> modulated_sum(const Var<T>& x, const Var<T>& w, const Var<T>& s, const Var<T>& b, bool up) {
  const Shape& shape = x.shape();
  require(shape.rank() == 4 && s.shape() == Shape{shape[0], shape[3]}, "modulated_conv2d",
          "images (N,H,W,in) and styles (N,in) were expected, but the shapes are ", shape, " and ", s.shape(), ".");
  require(w.rank() == 4 && w.shape()[1] == w.shape()[2] && w.shape()[1] % 2 == 1, "modulated_conv2d",
          "the weight must have a square kernel with a middle, (out,k,k,in) with odd k, but has shape ", w.shape(),
          ".");
  const Var<T> styled = x * reshape(s, Shape{shape[0], 1, 1, shape[3]});
  if (!up) return conv2d(styled, w, b, {.padding = (w.shape()[1] - 1) / 2});
  require(w.shape()[1] == 3, "modulated_conv2d", "upsampling is for 3x3 kernels, but the weight has shape ", w.shape(),
          ".");
  return conv_transpose2d(styled, binomial_kernel(w, 2), b, {.stride = 2, .padding = 2});
}

/// d(n,o) = (sum_i s(n,i)^2 sum_k w(o,k,i)^2 + eps)^(-1/2), the demodulation: a small product of matrices.
template <class T>
[[nodiscard]] Var<T> demodulation(const Var<T>& w, const Var<T>& s, bool up, double eps) {
  const Var<T> energy = matmul(square(s), sum(square(w), {1, 2}), false, !up);
  return T(1) / sqrt(energy + static_cast<T>(eps));
}

}  // namespace detail

/// Eq. 1:  w'(n,o,k,i) = s(n,i) w(o,k,i)     eq. 3:  w''(n,o,k,i) = w'(n,o,k,i) / sqrt(sum_{i,k} w'(n,o,k,i)^2 + eps)
/// y(n) = conv(x(n), w''(n)). Written so, every sample has a weight of its own. The same, computed here, is
///   y(n,..,o) = d(n,o) conv(s(n) x(n), w)(..,o),    d(n,o) = (sum_i s(n,i)^2 sum_k w(o,k,i)^2 + eps)^(-1/2),
/// since s multiplies what meets input channel i and d all that is summed into output channel o.
/// x (N,H,W,in), w (out,k,k,in), or (in,3,3,out) with `up`, s (N,in) -> (N,H,W,out), or (N,2H,2W,out)
template <class T>
[[nodiscard]] Var<T> modulated_conv2d(const Var<T>& x, const Var<T>& w, const Var<T>& s,
                                      const ModulatedConvOptions& options = {}) {
  const Var<T> y = detail::modulated_sum(x, w, s, Var<T>(), options.up);
  if (!options.demodulate) return y;
  const Var<T> d = detail::demodulation(w, s, options.up, options.eps);
  return y * reshape(d, Shape{d.size(0), 1, 1, d.size(1)});
}

/// Options of ModulatedConv2d.
struct ModulatedConv2dSpec {
  index_t in = 0;
  index_t out = 0;
  index_t style = 0;  ///< the length of w
  index_t kernel = 3;
  bool up = false;
  bool demodulate = true;

  void check() const {
    detail::check_conv_weight("modulated_conv2d", in, out, kernel);
    require<ValueError>(kernel % 2 == 1 && (!up || kernel == 3) && style > 0, "modulated_conv2d",
                        "kernel must be odd, and 3 for upsampling, and style positive, but they are ", kernel, " and ",
                        style, ".");
  }
  [[nodiscard]] std::string describe() const {
    return detail::describe_conv("ModulatedConv2d", in, out, kernel, 1, (kernel - 1) / 2, 1, false) +
           (up ? ", up" : "") + ", style " + std::to_string(style);
  }
};

/// modulated_conv2d with the style s = A(w) / sqrt(fan_in), A an affine map that is born near 1. The constant is that
/// of the equalised learning rate: on s instead of on the weight.
template <class T>
struct ModulatedConv2d {
  using value_type = T;

  ModulatedConv2dSpec options;
  Parameter<T> weight;  ///< (out,k,k,in), with `up` (in,k,k,out); PyTorch stores (out,in,k,k)
  EqualizedLinear<T> affine;

  static constexpr auto members =
      std::tuple{member("weight", &ModulatedConv2d::weight), member("affine", &ModulatedConv2d::affine)};

  ModulatedConv2d(const ModulatedConv2dSpec& o, Random& rng)
      : options(checked(o)),
        weight(init::normal<T>(o.up ? Shape{o.in, o.kernel, o.kernel, o.out} : Shape{o.out, o.kernel, o.kernel, o.in},
                               rng),
               Role::weight, layout(o)),
        affine({.in = o.style, .out = o.in, .bias_init = 1}, rng) {}

  /// w (N,style) -> s (N,in)
  [[nodiscard]] Var<T> style(const Var<T>& w) const {
    return affine(w) * static_cast<T>(1 / std::sqrt(static_cast<double>(options.in * options.kernel * options.kernel)));
  }
  /// The convolution without the demodulation, which the next operation may apply; b (out) or none is added to it.
  [[nodiscard]] Var<T> sum(const Var<T>& x, const Var<T>& s, const Var<T>& b = {}) const {
    return detail::modulated_sum<T>(x, weight, s, b, options.up);
  }
  /// d (N,out)
  [[nodiscard]] Var<T> demodulation(const Var<T>& s) const {
    return detail::demodulation<T>(weight, s, options.up, ModulatedConvOptions{}.eps);
  }
  /// x (N,H,W,in), w (N,style) -> (N,H,W,out), or (N,2H,2W,out)
  [[nodiscard]] Var<T> operator()(const Var<T>& x, const Var<T>& w) const {
    return modulated_conv2d<T>(x, weight, style(w), {.up = options.up, .demodulate = options.demodulate});
  }
  [[nodiscard]] std::string describe() const { return options.describe(); }

 private:
  static const ModulatedConv2dSpec& checked(const ModulatedConv2dSpec& o) {
    o.check();
    return o;
  }
  static Layout layout(const ModulatedConv2dSpec& o) {
    const Shape stored{o.out, o.in, o.kernel, o.kernel};
    if (o.up) return {{o.in, o.kernel, o.kernel, o.out}, {3, 0, 1, 2}, stored};
    return {{o.out, o.kernel, o.kernel, o.in}, {0, 3, 1, 2}, stored};
  }
};

}  // namespace nn

GANVAS_END
