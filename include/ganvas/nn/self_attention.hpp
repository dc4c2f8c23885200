#pragma once
// Self-attention over the pixels of a map [Zhang et al. 2019, "Self-attention generative adversarial networks"].

#include <string>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/conv.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"
#include "ganvas/nn/spectral_norm.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct SelfAttention;

/// Options of SelfAttention.
struct SelfAttentionSpec {
  index_t channels = 0;        ///< C, at least 8
  bool spectral_norm = false;  ///< of the four convolutions
  bool pool = true;            ///< keys and values are pooled 2x2, as in the authors' code: a quarter of the products

  constexpr void check() const {
    require<ValueError>(channels >= 8, "self_attention",
                        "channels must be at least 8, since queries and keys have an eighth of them, but is ", channels,
                        ".");
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (const Misfit m = detail::misfit_image(x, channels)) return m;
    const index_t smaller = x[1] < x[2] ? x[1] : x[2];
    const index_t needed = pool ? 2 : 1;
    if (smaller < needed) return {Misfit::size, needed, smaller};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x;
  }
  [[nodiscard]] std::string describe() const {
    return "SelfAttention " + std::to_string(channels) + (spectral_norm ? ", spectral norm" : "") +
           (pool ? "" : ", not pooled");
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W," + std::to_string(channels) + ")"; }

  template <class T>
  [[nodiscard]] SelfAttention<T> make(Random& rng) const {
    return SelfAttention<T>(*this, rng);
  }
};

constexpr SelfAttentionSpec self_attention(const SelfAttentionSpec& options) {
  options.check();
  return options;
}

/// y_j = gamma o_j + x_j,  o_j = v(sum_i beta_ji h(x_i)),  beta_ji = softmax over i of f(x_i)^T g(x_j)   [eq. 1 to 3]
/// x, y (N,H,W,C); i and j run over pixels, i over the pooled ones; f, g, h, v are 1x1 convolutions without bias to
/// C/8, C/8, C/2 and C channels. gamma is one number that starts at 0: the network first relies on its neighbourhoods.
template <class T>
struct SelfAttention {
  using value_type = T;
  using Conv = SpectralNormIf<Conv2d<T>>;

  SelfAttentionSpec options;
  Conv f;              ///< keys
  Conv g;              ///< queries
  Conv h;              ///< values
  Conv v;              ///< the result, back to C channels
  Parameter<T> gamma;  ///< (1). Its role is shift: initialisers leave it at 0

  static constexpr auto members =
      std::tuple{member("f", &SelfAttention::f), member("g", &SelfAttention::g), member("h", &SelfAttention::h),
                 member("v", &SelfAttention::v), member("gamma", &SelfAttention::gamma)};

  SelfAttention(const SelfAttentionSpec& o, Random& rng)
      : options(self_attention(o)),
        f(conv(o.channels, o.channels / 8, rng)),
        g(conv(o.channels, o.channels / 8, rng)),
        h(conv(o.channels, o.channels / 2, rng)),
        v(conv(o.channels / 2, o.channels, rng)),
        gamma(Tensor<T>::zeros({1}), Role::shift) {}

  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return run(*this, x); }
  [[nodiscard]] Var<T> training(const Var<T>& x) { return run(*this, x); }

 private:
  Conv conv(index_t in, index_t out, Random& rng) const {
    return Conv(options.spectral_norm, Conv2d<T>({.in = in, .out = out, .kernel = 1, .bias = false}, rng), rng);
  }

  template <class Self>
  static Var<T> run(Self& self, const Var<T>& x) {
    detail::check_fit(self.options, x.shape());
    const auto pooled = [&](const Var<T>& m) { return self.options.pool ? max_pool2d(m, {.kernel = 2}) : m; };
    const auto rows = [](const Var<T>& m) { return reshape(m, {m.size(0), m.size(1) * m.size(2), m.size(3)}); };
    const Var<T> keys = rows(pooled(pass(self.f, x)));                   // (N,I,C/8)
    const Var<T> queries = rows(pass(self.g, x));                        // (N,J,C/8)
    const Var<T> values = rows(pooled(pass(self.h, x)));                 // (N,I,C/2)
    const Var<T> beta = softmax(matmul(queries, keys, false, true), 2);  // (N,J,I)
    const Var<T> o = reshape(matmul(beta, values), x.shape().with(3, values.size(2)));
    return x + pass(self.v, o) * self.gamma;
  }
};

}  // namespace nn

GANVAS_END
