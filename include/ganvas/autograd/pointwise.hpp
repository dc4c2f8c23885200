#pragma once
// Functions of every element and their gradients. Where a gradient is one pass over memory (relu, sigmoid, tanh ...) it
// is an operation of its own with rules of its own, so nothing is written twice for the second order.

#include <numbers>
#include <type_traits>
#include <utility>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/kernels/pointwise.hpp"

GANVAS_BEGIN

/// y = e^x     gx = gy y
template <class T>
[[nodiscard]] Var<T> exp(const Var<T>& x) {
  return record("exp", detail::map<kernels::Unary::exp>(x.value()), {x}, [](const auto& g) { return g.gy * g.y; });
}

/// y = ln x     gx = gy / x     (-inf at 0, NaN below)
template <class T>
[[nodiscard]] Var<T> log(const Var<T>& x) {
  return record("log", detail::map<kernels::Unary::log>(x.value()), {x}, [](const auto& g) { return g.gy / g[0]; });
}

/// y = x^(1/2)     gx = gy / (2 y)     (infinite at 0: add a small number below the root)
template <class T>
[[nodiscard]] Var<T> sqrt(const Var<T>& x) {
  return record("sqrt", detail::map<kernels::Unary::sqrt>(x.value()), {x},
                [](const auto& g) { return g.gy / (g.y * T(2)); });
}

/// y = x^2     gx = 2 x gy
template <class T>
[[nodiscard]] Var<T> square(const Var<T>& x) {
  return record("square", detail::map<kernels::Unary::square>(x.value()), {x},
                [](const auto& g) { return g.gy * (g[0] * T(2)); });
}

/// y = x^p for one number p     gx = gy p x^(p - 1), and 0 for p = 0
template <class T>
[[nodiscard]] Var<T> pow(const Var<T>& x, std::type_identity_t<T> p) {
  return record("pow", detail::map<kernels::Unary::pow>(x.value(), p), {x}, [p](const auto& g) {
    if (p == T(0)) return Var<T>();
    return g.gy * (pow(g[0], p - T(1)) * p);
  });
}

/// y = |x|     gx = gy sign(x), abs'(0) = 0
template <class T>
[[nodiscard]] Var<T> abs(const Var<T>& x) {
  return record("abs", detail::map<kernels::Unary::abs>(x.value()), {x},
                [](const auto& g) { return g.gy * Var<T>(detail::map<kernels::Unary::sign>(g[0].value())); });
}

/// y = -1, 0 or 1     gx = 0
template <class T>
[[nodiscard]] Var<T> sign(const Var<T>& x) {
  return Var<T>(detail::map<kernels::Unary::sign>(x.value()));
}

/// y = min(max(x, low), high)     gx = gy where low <= x <= high, else 0 (NaN: y is NaN, gx is 0)
template <class T>
[[nodiscard]] Var<T> clamp(const Var<T>& x, std::type_identity_t<T> low, std::type_identity_t<T> high) {
  require<ValueError>(low <= high, "clamp", "needs low <= high, but low is ", low, " and high is ", high, ".");
  return record("clamp", detail::map<kernels::Unary::clamp>(x.value(), low, high), {x}, [low, high](const auto& g) {
    return g.gy * Var<T>(detail::map<kernels::Unary::in_range>(g[0].value(), low, high));
  });
}

namespace detail {

/// 1 where a > b, 1/2 where they are equal, 0 where a < b: a constant.
template <class T>
[[nodiscard]] Var<T> step(const Var<T>& a, const Var<T>& b) {
  return Var<T>(zip<kernels::Binary::step>("step", a.value(), b.value()));
}

}  // namespace detail

/// y = max(a, b)     ga = gy where a > b, gb = gy where b > a, half each where they are equal
template <class T>
[[nodiscard]] Var<T> maximum(const Var<T>& a, const Var<T>& b) {
  return record(
      "maximum", detail::zip<kernels::Binary::maximum>("maximum", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(g.gy * detail::step(g[0], g[1]), g[0].shape()); },
      [](const auto& g) { return sum_to(g.gy * detail::step(g[1], g[0]), g[1].shape()); });
}

/// y = min(a, b)     ga = gy where a < b, gb = gy where b < a, half each where they are equal
template <class T>
[[nodiscard]] Var<T> minimum(const Var<T>& a, const Var<T>& b) {
  return record(
      "minimum", detail::zip<kernels::Binary::minimum>("minimum", a.value(), b.value()), {a, b},
      [](const auto& g) { return sum_to(g.gy * detail::step(g[1], g[0]), g[0].shape()); },
      [](const auto& g) { return sum_to(g.gy * detail::step(g[0], g[1]), g[1].shape()); });
}

/// y = erf(x) = 2 pi^(-1/2) integral from 0 to x of e^(-t^2)     gx = gy 2 pi^(-1/2) e^(-x^2)
template <class T>
[[nodiscard]] Var<T> erf(const Var<T>& x) {
  return record("erf", detail::map<kernels::Unary::erf>(x.value()), {x},
                [](const auto& g) { return g.gy * (exp(-square(g[0])) * (T(2) * std::numbers::inv_sqrtpi_v<T>)); });
}

namespace detail {

/// Operations that apply a leaky ReLU themselves know from the sign of its result where it has which slope.
template <class T>
void check_slope(const char* op, T slope) {
  require<ValueError>(slope >= T(0), op, "the slope of the leaky ReLU must not be negative, but is ", slope, ".");
}

/// y = g where x > 0, slope g elsewhere: linear in g, and x is a switch without a gradient. NaN lets g pass if slope is
/// 0 and counts as negative otherwise, as in PyTorch.
/// gg = gate(x, gy, slope)
template <class T>
[[nodiscard]] Var<T> gate(const Tensor<T>& x, const Var<T>& g, T slope) {
  Tensor<T> y = slope == T(0) ? zip<kernels::Binary::relu_gate>("gate", x, g.value())
                              : zip<kernels::Binary::gate>("gate", x, g.value(), slope);
  return record("gate", std::move(y), {g}, [x, slope](const auto& b) { return gate(x, b.gy, slope); });
}

}  // namespace detail

/// y = max(x, 0)     gx = gy where x > 0, else 0: relu'(0) = 0 (where x is NaN, y is NaN and gx = gy)
template <class T>
[[nodiscard]] Var<T> relu(const Var<T>& x) {
  return record("relu", detail::map<kernels::Unary::relu>(x.value()), {x},
                [](const auto& g) { return detail::gate(g[0].value(), g.gy, T(0)); });
}

/// y = x where x > 0, slope x elsewhere     gx = gy where x > 0, slope gy elsewhere (at 0: slope)
template <class T>
[[nodiscard]] Var<T> leaky_relu(const Var<T>& x, std::type_identity_t<T> slope = T(0.01)) {
  return record("leaky_relu", detail::map<kernels::Unary::leaky_relu>(x.value(), slope), {x},
                [slope](const auto& g) { return detail::gate(g[0].value(), g.gy, slope); });
}

namespace detail {

/// y = g s (1 - s), the gradient of s = sigmoid(x)     gs = gy g (1 - 2 s), gg = gy s (1 - s)
template <class T>
[[nodiscard]] Var<T> sigmoid_gradient(const Var<T>& s, const Var<T>& g) {
  return record(
      "sigmoid_gradient", zip<kernels::Binary::sigmoid_gradient>("sigmoid", s.value(), g.value()), {s, g},
      [](const auto& b) { return b.gy * b[1] * (T(1) - b[0] * T(2)); },
      [](const auto& b) { return sigmoid_gradient(b[0], b.gy); });
}

/// y = g (1 - t^2), the gradient of t = tanh(x)     gt = -2 gy g t, gg = gy (1 - t^2)
template <class T>
[[nodiscard]] Var<T> tanh_gradient(const Var<T>& t, const Var<T>& g) {
  return record(
      "tanh_gradient", zip<kernels::Binary::tanh_gradient>("tanh", t.value(), g.value()), {t, g},
      [](const auto& b) { return b.gy * b[1] * (b[0] * T(-2)); },
      [](const auto& b) { return tanh_gradient(b[0], b.gy); });
}

}  // namespace detail

/// y = 1 / (1 + e^-x)     gx = gy y (1 - y)
template <class T>
[[nodiscard]] Var<T> sigmoid(const Var<T>& x) {
  return record("sigmoid", detail::map<kernels::Unary::sigmoid>(x.value()), {x},
                [](const auto& g) { return detail::sigmoid_gradient(g.y, g.gy); });
}

/// y = tanh(x)     gx = gy (1 - y^2)
template <class T>
[[nodiscard]] Var<T> tanh(const Var<T>& x) {
  return record("tanh", detail::map<kernels::Unary::tanh>(x.value()), {x},
                [](const auto& g) { return detail::tanh_gradient(g.y, g.gy); });
}

namespace detail {

/// y = g sigmoid(x), the gradient of softplus     gx = gy g s (1 - s), gg = gy s, with s = sigmoid(x)
template <class T>
[[nodiscard]] Var<T> softplus_gradient(const Var<T>& x, const Var<T>& g) {
  return record(
      "softplus_gradient", zip<kernels::Binary::softplus_gradient>("softplus", x.value(), g.value()), {x, g},
      [](const auto& b) { return sigmoid_gradient(sigmoid(b[0]), b.gy * b[1]); },
      [](const auto& b) { return softplus_gradient(b[0], b.gy); });
}

/// y = g where e > 0, g (e + alpha) elsewhere, the gradient of e = elu(x)
/// ge = 0 where e > 0, gy g elsewhere; gg = elu_gradient(e, gy)
template <class T>
[[nodiscard]] Var<T> elu_gradient(const Var<T>& e, const Var<T>& g, T alpha) {
  return record(
      "elu_gradient", zip<kernels::Binary::elu_gradient>("elu", e.value(), g.value(), alpha), {e, g},
      [](const auto& b) {
        const Var<T> both = b.gy * b[1];
        return both - gate(b[0].value(), both, T(0));
      },
      [alpha](const auto& b) { return elu_gradient(b[0], b.gy, alpha); });
}

/// y = g (Phi(x) + x phi(x)), the gradient of gelu     gx = gy g phi(x) (2 - x^2), gg = gy (Phi(x) + x phi(x))
template <class T>
[[nodiscard]] Var<T> gelu_gradient(const Var<T>& x, const Var<T>& g) {
  return record(
      "gelu_gradient", zip<kernels::Binary::gelu_gradient>("gelu", x.value(), g.value()), {x, g},
      [](const auto& b) {
        constexpr T scale = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;  // phi(0)
        const Var<T> x2 = clamp(square(b[0]), T(0), T(2000));  // e^-1000 is 0 and must not meet infinity
        return b.gy * b[1] * (exp(x2 * T(-0.5)) * scale) * (T(2) - x2);
      },
      [](const auto& b) { return gelu_gradient(b[0], b.gy); });
}

}  // namespace detail

/// y = ln(1 + e^x)     gx = gy sigmoid(x)
template <class T>
[[nodiscard]] Var<T> softplus(const Var<T>& x) {
  return record("softplus", detail::map<kernels::Unary::softplus>(x.value()), {x},
                [](const auto& g) { return detail::softplus_gradient(g[0], g.gy); });
}

/// y = x where x > 0, alpha (e^x - 1) elsewhere, alpha >= 0     gx = gy where x > 0, gy (y + alpha) elsewhere
/// [Clevert, Unterthiner and Hochreiter 2016]; elu'(0) = alpha
template <class T>
[[nodiscard]] Var<T> elu(const Var<T>& x, std::type_identity_t<T> alpha = T(1)) {
  require<ValueError>(alpha >= T(0), "elu", "needs alpha >= 0, but alpha is ", alpha, ".");
  return record("elu", detail::map<kernels::Unary::elu>(x.value(), alpha), {x},
                [alpha](const auto& g) { return detail::elu_gradient(g.y, g.gy, alpha); });
}

/// y = x Phi(x), Phi and phi the distribution function and density of N(0, 1)     gx = gy (Phi(x) + x phi(x))
/// [Hendrycks and Gimpel 2016, eq. 2]; the exact form, not the one with tanh. In float the error of Phi is absolute, so
/// y is 0 below -5.6; in double the left tail keeps its places.
template <class T>
[[nodiscard]] Var<T> gelu(const Var<T>& x) {
  return record("gelu", detail::map<kernels::Unary::gelu>(x.value()), {x},
                [](const auto& g) { return detail::gelu_gradient(g[0], g.gy); });
}

// What ganvas::compiled holds of this file.
GANVAS_INSTANCE(Var<float> exp(const Var<float>&))
GANVAS_INSTANCE(Var<float> log(const Var<float>&))
GANVAS_INSTANCE(Var<float> sqrt(const Var<float>&))
GANVAS_INSTANCE(Var<float> square(const Var<float>&))
GANVAS_INSTANCE(Var<float> pow(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> abs(const Var<float>&))
GANVAS_INSTANCE(Var<float> sign(const Var<float>&))
GANVAS_INSTANCE(Var<float> clamp(const Var<float>&, float, float))
GANVAS_INSTANCE(Var<float> maximum(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> minimum(const Var<float>&, const Var<float>&))
GANVAS_INSTANCE(Var<float> erf(const Var<float>&))
GANVAS_INSTANCE(Var<float> relu(const Var<float>&))
GANVAS_INSTANCE(Var<float> leaky_relu(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> sigmoid(const Var<float>&))
GANVAS_INSTANCE(Var<float> tanh(const Var<float>&))
GANVAS_INSTANCE(Var<float> softplus(const Var<float>&))
GANVAS_INSTANCE(Var<float> elu(const Var<float>&, float))
GANVAS_INSTANCE(Var<float> gelu(const Var<float>&))

GANVAS_END
