#pragma once
// Spectral normalisation: a layer whose weight is divided by its largest singular value, which bounds the layer's
// Lipschitz constant by 1 [Miyato et al. 2018, "Spectral normalization for generative adversarial networks"].

#include <Eigen/Core>
#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/eigen.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/plan.hpp"
#include "ganvas/nn/sequential.hpp"
#include "ganvas/nn/spectral_rule.hpp"

GANVAS_BEGIN

namespace nn {

/// Options of SpectralNorm.
struct SpectralNormOptions {
  index_t n_power_iterations = 1;  ///< in every training pass
  double eps = 1e-12;              ///< the least length by which u and v are divided
  index_t warm_up = 15;            ///< iterations at birth, as PyTorch's parametrizations.spectral_norm does; its older
                                   ///< utils.spectral_norm has 0
  constexpr void check() const {
    require<ValueError>(n_power_iterations >= 0 && warm_up >= 0 && eps > 0, "spectral_norm",
                        "n_power_iterations and warm_up must not be negative and eps positive, but they are ",
                        n_power_iterations, ", ", warm_up, " and ", eps, ".");
  }
};

/// A layer with W / sigma(W) in place of its weight W:
///   sigma = u^T W v,   W: (out, everything else)   [Miyato et al. 2018, eq. 8 and 19]
/// Each training pass first does v <- W^T u / |W^T u|, u <- W v / |W v| (Algorithm 1); evaluation takes u and v as they
/// are. u and v are constants of the graph, sigma is differentiated: of a loss L and G = dL/d(W / sigma),
///   dL/dW = (G - <G, W / sigma> u v^T) / sigma
/// A graph keeps the u and v it was made with, so D(x) can be differentiated after D(G(z)) has moved them.
/// Saved as PyTorch's utils.spectral_norm does: weight_orig, bias, weight_u, weight_v. It is the layer itself in all
/// else (options, bias, weight: the W that is learned).
template <class Layer>
struct SpectralNorm : Layer {
  using value_type = scalar_t<Layer>;
  using T = value_type;
  using Rule = detail::SpectralRule<Layer>;
  using Input = typename Rule::Input;

  SpectralNormOptions spectral;
  Tensor<T> weight_u;  ///< (out), unit length, in the order in which PyTorch stores W's rows
  Tensor<T> weight_v;  ///< (everything else), likewise

  static constexpr auto members = std::tuple_cat(
      Rule::parameters,
      std::tuple{member("weight_u", &SpectralNorm::weight_u), member("weight_v", &SpectralNorm::weight_v)});

  /// u ~ N(0, I), normalised, then warm_up iterations with the weight that the layer has now. See warm_up() for
  /// networks whose weights are drawn later.
  SpectralNorm(Layer layer, Random& rng, const SpectralNormOptions& o = {}) : Layer(std::move(layer)), spectral(o) {
    o.check();
    const auto unit = [&](index_t n) {
      Tensor<T> x = rng.normal<T>({n});
      normalize(mutable_array(x));
      return x;
    };
    const Shape& w = this->weight.shape();
    const index_t rows = w[Rule::transposed ? w.rank() - 1 : 0];
    weight_u = unit(rows);
    weight_v = unit(w.numel() / rows);
    iterate(o.warm_up);
  }

  /// slope: of a leaky ReLU that is applied in the same pass, for layers that rectify; or none.
  template <class... Slope>
  [[nodiscard]] Var<T> operator()(const Input& x, Slope... slope) const {
    return Rule::apply(*this, weight_bar(), x, static_cast<T>(slope)...);
  }
  template <class... Slope>
  [[nodiscard]] Var<T> training(const Input& x, Slope... slope) {
    iterate(spectral.n_power_iterations);
    return Rule::apply(*this, weight_bar(), x, static_cast<T>(slope)...);
  }

  /// sigma = u^T W v with the present u and v, (1,1).
  [[nodiscard]] Var<T> sigma() const {
    const Sides s = sides();
    const Shape w = matrix_shape();
    return matmul(Var<T>(s.left.reshape({1, w[0]})),
                  matmul(reshape<T>(this->weight, w), Var<T>(s.right.reshape({w[1], 1}))));
  }
  /// W / sigma, in the shape of the weight. Throws NumericError where W is zero.
  [[nodiscard]] Var<T> weight_bar() const {
    const Var<T> s = sigma();
    require<NumericError>(s.item() != T(0), "spectral_norm", "u^T W v of a weight ", this->weight.shape(),
                          " is 0, so W / sigma(W) does not exist; is the whole weight zero?");
    return reshape(reshape<T>(this->weight, matrix_shape()) * (T(1) / s), this->weight.shape());
  }

  /// n power iterations [Miyato et al. 2018, Algorithm 1, step 1].
  void iterate(index_t n) {
    if (n == 0) return;
    const Shape shape = matrix_shape();
    const ConstMatrixMap<T> w(this->weight.value().data(), shape[0], shape[1]);
    Sides s = sides();
    const auto step = [&](const auto& product, Tensor<T>& x) {
      auto y = mutable_array(x);
      y.matrix().noalias() = product;
      normalize(y);
    };
    const auto from_left = [&] { step(w.transpose() * array(s.left).matrix(), s.right); };
    const auto from_right = [&] { step(w * array(s.right).matrix(), s.left); };
    for (index_t i = 0; i < n; ++i) {  // v first: u is what is remembered from pass to pass
      if constexpr (Rule::transposed) {
        from_right();
        from_left();
      } else {
        from_left();
        from_right();
      }
    }
    const auto [u_layout, v_layout] = layouts();
    weight_u = to_torch(Rule::transposed ? s.right : s.left, u_layout);
    weight_v = to_torch(Rule::transposed ? s.left : s.right, v_layout);
  }

  [[nodiscard]] std::string describe() const {
    return "SpectralNorm of " + detail::describe(static_cast<const Layer&>(*this));
  }
  [[nodiscard]] Misfit misfit(const Shape& x) const requires requires(const Layer& l) { l.options.misfit(x); }
  { return this->options.misfit(x); }
  [[nodiscard]] Shape output_shape(const Shape& x) const requires requires(const Layer& l) {
    l.options.output_shape(x);
  }
  { return this->options.output_shape(x); }
  [[nodiscard]] std::string expects() const requires requires(const Layer& l) { l.options.expects(); }
  { return this->options.expects(); }

 private:
  /// The vectors on both sides of the weight as it lies in memory: u and v, or, if transposed, v and u.
  struct Sides {
    Tensor<T> left, right;
  };
  [[nodiscard]] Sides sides() const {
    const auto [u_layout, v_layout] = layouts();
    Tensor<T> u = from_torch(weight_u, u_layout, weight_u.shape());
    Tensor<T> v = from_torch(weight_v, v_layout, weight_v.shape());
    return Rule::transposed ? Sides{std::move(v), std::move(u)} : Sides{std::move(u), std::move(v)};
  }
  [[nodiscard]] Shape matrix_shape() const {
    const index_t n = weight_u.numel(), m = weight_v.numel();
    return Rule::transposed ? Shape{m, n} : Shape{n, m};
  }
  [[nodiscard]] detail::SpectralLayouts layouts() const {
    if constexpr (Rule::transposed)
      return {};  // v is (in,kh,kw) in PyTorch as well
    else
      return detail::spectral_layouts(this->weight.layout(), weight_u.numel(), weight_v.numel());
  }
  template <class Array>
  void normalize(Array&& x) const {
    x /= std::max(x.matrix().norm(), static_cast<T>(spectral.eps));
  }
};

/// The specification: nn::spectral_norm(nn::conv2d({...})) in a plan.
template <class LayerSpec>
struct SpectralNormSpec {
  LayerSpec layer;
  SpectralNormOptions spectral;

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const { return layer.misfit(x); }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const { return layer.output_shape(x); }
  [[nodiscard]] std::string describe() const { return "SpectralNorm of " + layer.describe(); }
  [[nodiscard]] std::string expects() const { return layer.expects(); }

  template <class T>
  [[nodiscard]] auto make(Random& rng) const {
    auto made = layer.template make<T>(rng);
    return SpectralNorm<decltype(made)>(std::move(made), rng, spectral);
  }
};

template <Spec LayerSpec>
constexpr SpectralNormSpec<LayerSpec> spectral_norm(const LayerSpec& layer, const SpectralNormOptions& options = {}) {
  options.check();
  return {layer, options};
}

/// A layer with or without spectral norm, where a network's options decide. Named as the one it is.
template <class Layer>
struct SpectralNormIf {
  using value_type = scalar_t<Layer>;
  using T = value_type;
  using Input = typename detail::SpectralRule<Layer>::Input;

  std::optional<Layer> plain;
  std::optional<SpectralNorm<Layer>> normed;

  static constexpr auto members = std::tuple{member("", &SpectralNormIf::plain), member("", &SpectralNormIf::normed)};

  SpectralNormIf(bool spectral, Layer layer, Random& rng) {
    if (spectral)
      normed.emplace(std::move(layer), rng);
    else
      plain.emplace(std::move(layer));
  }

  /// slope: as the layer takes it, or none.
  template <class... Slope>
  [[nodiscard]] Var<T> operator()(const Input& x, Slope... slope) const {
    return normed ? (*normed)(x, slope...) : (*plain)(x, static_cast<T>(slope)...);
  }
  template <class... Slope>
  [[nodiscard]] Var<T> training(const Input& x, Slope... slope) {
    return normed ? normed->training(x, slope...) : (*plain)(x, static_cast<T>(slope)...);
  }
};

/// Power iterations in every spectral norm of a network: call it after its weights were drawn anew or changed by hand,
/// so that evaluation has a sigma that fits them.
template <Module M>
void warm_up(M& module, index_t iterations = 15) {
  for_each_module(module, [&](const std::string&, auto& m) {
    if constexpr (requires { m.iterate(iterations); }) m.iterate(iterations);
  });
}

}  // namespace nn

GANVAS_END
