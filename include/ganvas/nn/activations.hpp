#pragma once
// Activations as layers. A layer without state is its own specification.

#include <sstream>
#include <string>
#include <tuple>

#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/softmax.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

inline std::string with_number(const char* name, double number) {
  std::ostringstream text;
  text << name << ' ' << number;
  return text.str();
}

/// What layers have in common that change every element by itself.
struct Elementwise {
  static constexpr std::tuple<> members{};
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const { return x; }
};

}  // namespace detail

struct ReLU : detail::Elementwise {
  /// y = x if x > 0, else this times x; layers that rectify apply it in their own pass.
  static constexpr double negative_slope() { return 0; }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::relu(x);
  }
  [[nodiscard]] std::string describe() const { return "ReLU"; }
};

struct LeakyReLU : detail::Elementwise {
  double slope;

  constexpr explicit LeakyReLU(double s = 0.01) : slope(s) {}
  [[nodiscard]] constexpr double negative_slope() const { return slope; }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::leaky_relu(x, static_cast<T>(slope));
  }
  [[nodiscard]] std::string describe() const { return detail::with_number("LeakyReLU", slope); }
};

struct ELU : detail::Elementwise {
  double alpha;

  constexpr explicit ELU(double a = 1) : alpha(a) {}
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::elu(x, static_cast<T>(alpha));
  }
  [[nodiscard]] std::string describe() const { return detail::with_number("ELU", alpha); }
};

struct GELU : detail::Elementwise {
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::gelu(x);
  }
  [[nodiscard]] std::string describe() const { return "GELU"; }
};

struct Sigmoid : detail::Elementwise {
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::sigmoid(x);
  }
  [[nodiscard]] std::string describe() const { return "Sigmoid"; }
};

struct Tanh : detail::Elementwise {
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::tanh(x);
  }
  [[nodiscard]] std::string describe() const { return "Tanh"; }
};

struct Softplus : detail::Elementwise {
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::softplus(x);
  }
  [[nodiscard]] std::string describe() const { return "Softplus"; }
};

/// Over one axis; -1 is the last.
struct Softmax : detail::Elementwise {
  int axis;

  constexpr explicit Softmax(int over_axis = -1) : axis(over_axis) {}
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::softmax(x, axis);
  }
  [[nodiscard]] std::string describe() const { return "Softmax"; }
};

constexpr ReLU relu() { return {}; }
constexpr LeakyReLU leaky_relu(double slope = 0.01) { return LeakyReLU(slope); }
constexpr ELU elu(double alpha = 1) { return ELU(alpha); }
constexpr GELU gelu() { return {}; }
constexpr Sigmoid sigmoid() { return {}; }
constexpr Tanh tanh() { return {}; }
constexpr Softplus softplus() { return {}; }
constexpr Softmax softmax(int axis = -1) { return Softmax(axis); }

}  // namespace nn

GANVAS_END
