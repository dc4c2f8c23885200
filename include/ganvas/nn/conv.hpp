#pragma once
// Conv2d and its adjoint ConvTranspose2d. The shape rules are those of ConvGeometry.

#include <string>
#include <tuple>
#include <type_traits>

#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/kernels/conv_geometry.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct Conv2d;
template <class T>
struct ConvTranspose2d;

namespace detail {

inline std::string describe_conv(const char* name, index_t in, index_t out, index_t kernel, index_t stride,
                                 index_t padding, index_t dilation, bool bias) {
  std::string s =
      std::string(name) + " " + std::to_string(in) + "->" + std::to_string(out) + ", kernel " + std::to_string(kernel);
  if (stride != 1) s += ", stride " + std::to_string(stride);
  if (padding != 0) s += ", padding " + std::to_string(padding);
  if (dilation != 1) s += ", dilation " + std::to_string(dilation);
  return bias ? s : s + ", no bias";
}

constexpr void check_conv_weight(const char* where, index_t in, index_t out, index_t kernel) {
  require<ValueError>(in > 0 && out > 0 && kernel > 0 && kernel <= ganvas::detail::conv_limit, where,
                      "in, out and kernel must be positive (kernel at most 2^30), but are ", in, ", ", out, " and ",
                      kernel, ".");
}

}  // namespace detail

/// Options of Conv2d; the kernel is square.
struct Conv2dSpec {
  index_t in = 0;
  index_t out = 0;
  index_t kernel = 0;
  index_t stride = 1;
  index_t padding = 0;
  index_t dilation = 1;
  bool bias = true;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;

  constexpr void check() const {
    detail::check_conv_weight("conv2d", in, out, kernel);
    conv_options().check("conv2d");
  }
  [[nodiscard]] constexpr Shape weight_shape() const { return {out, kernel, kernel, in}; }
  [[nodiscard]] constexpr ConvOptions conv_options() const { return {stride, padding, dilation, algorithm}; }

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (const Misfit m = detail::misfit_image(x, in)) return m;
    const index_t needed = dilation * (kernel - 1) + 1 - 2 * padding;
    const index_t smaller = x[1] < x[2] ? x[1] : x[2];
    if (smaller < needed) return {Misfit::size, needed, smaller};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return conv_geometry(x, weight_shape(), conv_options()).y();
  }
  [[nodiscard]] std::string describe() const {
    return detail::describe_conv("Conv2d", in, out, kernel, stride, padding, dilation, bias);
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W," + std::to_string(in) + ")"; }

  template <class T>
  [[nodiscard]] Conv2d<T> make(Random& rng) const {
    return Conv2d<T>(*this, rng);
  }
};

/// Options of ConvTranspose2d; the kernel is square.
struct ConvTranspose2dSpec {
  index_t in = 0;
  index_t out = 0;
  index_t kernel = 0;
  index_t stride = 1;
  index_t padding = 0;
  index_t output_padding = 0;
  index_t dilation = 1;
  bool bias = true;
  ConvAlgorithm algorithm = ConvAlgorithm::automatic;

  constexpr void check() const {
    detail::check_conv_weight("conv_transpose2d", in, out, kernel);
    conv_options().check("conv_transpose2d");
  }
  [[nodiscard]] constexpr Shape weight_shape() const { return {in, kernel, kernel, out}; }
  [[nodiscard]] constexpr ConvTransposeOptions conv_options() const {
    return {stride, padding, output_padding, dilation, algorithm};
  }

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (const Misfit m = detail::misfit_image(x, in)) return m;
    // (rows - 1) stride + dilation (kernel - 1) + output_padding + 1 must be more than 2 padding
    const index_t lacking = 2 * padding - dilation * (kernel - 1) - output_padding;
    const index_t needed = lacking <= 0 ? 1 : 1 + (lacking + stride - 1) / stride;
    const index_t smaller = x[1] < x[2] ? x[1] : x[2];
    if (smaller < needed) return {Misfit::size, needed, smaller};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return conv_transpose_geometry(x, weight_shape(), conv_options()).x();
  }
  [[nodiscard]] std::string describe() const {
    return detail::describe_conv("ConvTranspose2d", in, out, kernel, stride, padding, dilation, bias);
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W," + std::to_string(in) + ")"; }

  template <class T>
  [[nodiscard]] ConvTranspose2d<T> make(Random& rng) const {
    return ConvTranspose2d<T>(*this, rng);
  }
};

constexpr Conv2dSpec conv2d(const Conv2dSpec& options) {
  options.check();
  return options;
}
constexpr ConvTranspose2dSpec conv_transpose2d(const ConvTranspose2dSpec& options) {
  options.check();
  return options;
}

/// y[n,oh,ow,o] = b[o] + sum over kh,kw,i of x[n, oh stride + kh dilation - padding, ow ..., i] w[o,kh,kw,i]
/// x: (N,H,W,in)  w: (out,kernel,kernel,in)  b: (out)
template <class T>
struct Conv2d {
  using value_type = T;

  Conv2dSpec options;
  Parameter<T> weight;  ///< PyTorch stores (out,in,kernel,kernel)
  Parameter<T> bias;

  static constexpr auto members = std::tuple{member("weight", &Conv2d::weight), member("bias", &Conv2d::bias)};

  Conv2d(const Conv2dSpec& o, Random& rng) : options(conv2d(o)) {
    const Shape w = o.weight_shape();
    const Layout layout{{o.out, o.kernel, o.kernel, o.in}, {0, 3, 1, 2}, Shape{o.out, o.in, o.kernel, o.kernel}};
    weight = Parameter<T>(init::torch_default<T>(w, w, rng), Role::weight, layout);
    if (o.bias) bias = Parameter<T>(init::torch_default<T>({o.out}, w, rng), Role::bias);
  }

  static constexpr bool rectifies = true;

  /// slope: that of a leaky ReLU which is applied in the same pass; 0 is ReLU, 1 none.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, std::type_identity_t<T> slope = T(1)) const {
    return ganvas::conv2d<T>(x, weight, bias, options.conv_options(), slope);
  }
};

/// The adjoint of the convolution that maps out to in channels: x: (N,H,W,in)  w: (in,kernel,kernel,out)  b: (out)
template <class T>
struct ConvTranspose2d {
  using value_type = T;

  ConvTranspose2dSpec options;
  Parameter<T> weight;  ///< PyTorch stores (in,out,kernel,kernel)
  Parameter<T> bias;

  static constexpr auto members =
      std::tuple{member("weight", &ConvTranspose2d::weight), member("bias", &ConvTranspose2d::bias)};

  ConvTranspose2d(const ConvTranspose2dSpec& o, Random& rng) : options(conv_transpose2d(o)) {
    const Shape w = o.weight_shape();
    const Layout layout{{o.in, o.kernel, o.kernel, o.out}, {0, 3, 1, 2}, Shape{o.in, o.out, o.kernel, o.kernel}};
    weight = Parameter<T>(init::torch_default<T>(w, w, rng), Role::weight, layout);
    if (o.bias) bias = Parameter<T>(init::torch_default<T>({o.out}, w, rng), Role::bias);
  }

  static constexpr bool rectifies = true;

  /// slope: that of a leaky ReLU which is applied in the same pass; 0 is ReLU, 1 none.
  [[nodiscard]] Var<T> operator()(const Var<T>& x, std::type_identity_t<T> slope = T(1)) const {
    return ganvas::conv_transpose2d<T>(x, weight, bias, options.conv_options(), slope);
  }
};

}  // namespace nn

GANVAS_END
