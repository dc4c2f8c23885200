#pragma once
// Linear: y = x w^T + b, and how its weight travels to and from PyTorch when it meets a flattened image.

#include <string>
#include <tuple>
#include <vector>

#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/init.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct Linear;

/// Rows and columns of an image and its channels, for Linear's two options.
struct ImageSize {
  index_t h = 0, w = 0, c = 0;

  [[nodiscard]] constexpr index_t numel() const { return h * w * c; }
};

/// Options of Linear. in_image says that the input is an image H,W,C that was flattened, out_image that the output will
/// be reshaped to one. Nothing is computed differently; only files are: PyTorch flattens C,H,W.
struct LinearSpec {
  index_t in = 0;
  index_t out = 0;
  bool bias = true;
  ImageSize in_image = {};
  ImageSize out_image = {};

  constexpr void check() const {
    require<ValueError>(in > 0 && out > 0, "linear", "in and out must be positive, but are ", in, " and ", out, ".");
    require<ValueError>(in_image.numel() == 0 || in_image.numel() == in, "linear", "in_image has ", in_image.numel(),
                        " elements but in is ", in, "; they must be equal.");
    require<ValueError>(out_image.numel() == 0 || out_image.numel() == out, "linear", "out_image has ",
                        out_image.numel(), " elements but out is ", out, "; they must be equal.");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() < 1) return {Misfit::axes, 2, x.rank()};
    if (x.size(-1) != in) return {Misfit::features, in, x.size(-1)};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x.with(-1, out);
  }
  [[nodiscard]] std::string describe() const {
    return "Linear " + std::to_string(in) + "->" + std::to_string(out) + (bias ? "" : ", no bias");
  }
  [[nodiscard]] std::string expects() const { return "(N," + std::to_string(in) + "), flattened"; }

  template <class T>
  [[nodiscard]] Linear<T> make(Random& rng) const {
    return Linear<T>(*this, rng);
  }
};

constexpr LinearSpec linear(const LinearSpec& options) {
  options.check();
  return options;
}

/// y = x w^T + b     x: (N,in), or (...,in)  w: (out,in)  b: (out)  y: (N,out), or (...,out)
template <class T>
struct Linear {
  using value_type = T;

  LinearSpec options;
  Parameter<T> weight;
  Parameter<T> bias;

  static constexpr auto members = std::tuple{member("weight", &Linear::weight), member("bias", &Linear::bias)};

  Linear(const LinearSpec& o, Random& rng) : options(linear(o)) {
    const Shape w{o.out, o.in};
    weight = Parameter<T>(init::torch_default<T>(w, w, rng), Role::weight, weight_layout());
    if (o.bias) bias = Parameter<T>(init::torch_default<T>({o.out}, w, rng), Role::bias, bias_layout());
  }

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return ganvas::linear<T>(x, weight, bias); }

 private:
  /// Columns seen as H,W,C become C,H,W, and rows likewise.
  [[nodiscard]] Layout weight_layout() const {
    const ImageSize &i = options.in_image, &o = options.out_image;
    const Shape stored{options.out, options.in};
    if (i.numel() > 0 && o.numel() > 0) return {{o.h, o.w, o.c, i.h, i.w, i.c}, {2, 0, 1, 5, 3, 4}, stored};
    if (i.numel() > 0) return {{options.out, i.h, i.w, i.c}, {0, 3, 1, 2}, stored};
    if (o.numel() > 0) return {{o.h, o.w, o.c, options.in}, {2, 0, 1, 3}, stored};
    return {};
  }
  [[nodiscard]] Layout bias_layout() const {
    const ImageSize& o = options.out_image;
    if (o.numel() > 0) return {{o.h, o.w, o.c}, {2, 0, 1}, Shape{options.out}};
    return {};
  }
};

}  // namespace nn

GANVAS_END
