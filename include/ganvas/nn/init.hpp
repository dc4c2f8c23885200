#pragma once
// Initial values. Each function draws a tensor for a weight of the given shape; apply() gives a network new ones.
//
// fan_in is how many numbers are summed into one output, fan_out how many outputs one input goes to. Our weights are
// Linear (out,in), Conv2d (out,kh,kw,in), ConvTranspose2d (in,kh,kw,out), so with the first axis a and the last axis b
// fan_in = numel / a and fan_out = numel / b. For ConvTranspose2d that is PyTorch's convention too: it takes the layer
// for the convolution whose adjoint it is, and counts its output channels as fan_in.

#include <cmath>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn::init {

struct Fans {
  double in;
  double out;
};

[[nodiscard]] inline Fans fans(const Shape& w) {
  require(w.rank() >= 2, "init", "fan_in and fan_out need a weight with at least two axes, but the shape is ", w,
          "; use normal, uniform or constant.");
  const auto per = [&](index_t extent) { return extent == 0 ? 0.0 : static_cast<double>(w.numel() / extent); };
  return {per(w[0]), per(w[w.rank() - 1])};
}

template <class T>
[[nodiscard]] Tensor<T> constant(const Shape& shape, double value) {
  return Tensor<T>(shape, static_cast<T>(value));
}

/// N(mean, deviation^2)
template <class T>
[[nodiscard]] Tensor<T> normal(const Shape& shape, Random& rng, double mean = 0, double deviation = 1) {
  return rng.normal<T>(shape, static_cast<T>(mean), static_cast<T>(deviation));
}

/// U[low, high)
template <class T>
[[nodiscard]] Tensor<T> uniform(const Shape& shape, Random& rng, double low = 0, double high = 1) {
  return rng.uniform<T>(shape, static_cast<T>(low), static_cast<T>(high));
}

/// U(-a, a) with a = gain sqrt(6 / (fan_in + fan_out)), variance gain^2 2 / (fan_in + fan_out)
/// [Glorot and Bengio 2010, eq. 16].
template <class T>
[[nodiscard]] Tensor<T> xavier_uniform(const Shape& shape, Random& rng, double gain = 1) {
  const Fans f = fans(shape);
  const double a = f.in + f.out > 0 ? gain * std::sqrt(6 / (f.in + f.out)) : 0;
  return uniform<T>(shape, rng, -a, a);
}
/// The normal distribution of the same variance.
template <class T>
[[nodiscard]] Tensor<T> xavier_normal(const Shape& shape, Random& rng, double gain = 1) {
  const Fans f = fans(shape);
  return normal<T>(shape, rng, 0, f.in + f.out > 0 ? gain * std::sqrt(2 / (f.in + f.out)) : 0);
}

/// U(-b, b) with b = sqrt(6 / ((1 + a^2) fan_in)): the variance 2 / ((1 + a^2) fan_in) keeps the size of a signal
/// through layers with leaky ReLU of slope a [He et al. 2015, eq. 15].
template <class T>
[[nodiscard]] Tensor<T> kaiming_uniform(const Shape& shape, Random& rng, double a = 0) {
  const Fans f = fans(shape);
  const double b = f.in > 0 ? std::sqrt(6 / ((1 + a * a) * f.in)) : 0;
  return uniform<T>(shape, rng, -b, b);
}
/// The normal distribution of the same variance.
template <class T>
[[nodiscard]] Tensor<T> kaiming_normal(const Shape& shape, Random& rng, double a = 0) {
  const Fans f = fans(shape);
  return normal<T>(shape, rng, 0, f.in > 0 ? std::sqrt(2 / ((1 + a * a) * f.in)) : 0);
}

/// What PyTorch's layers are born with, weights and biases alike: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) with the fan_in
/// of the weight (for the weight it calls this kaiming_uniform with a = sqrt(5)).
template <class T>
[[nodiscard]] Tensor<T> torch_default(const Shape& shape, const Shape& weight, Random& rng) {
  const double fan_in = fans(weight).in;
  const double b = fan_in > 0 ? 1 / std::sqrt(fan_in) : 0;
  return uniform<T>(shape, rng, -b, b);
}

/// Gives every parameter of a network the value rule(name, parameter, rng) -> Tensor; a rule returns parameter.value()
/// for what it leaves alone:
///   init::apply(net, init::dcgan, rng);
///   init::apply(net, [](const std::string&, const auto& p, Random& r) { return init::xavier_normal...; }, rng);
template <Module M, class Rule>
void apply(M& module, const Rule& rule, Random& rng) {
  for_each_parameter(module, [&](const std::string& name, auto& p) { p.set_value(rule(name, p, rng)); });
}

/// Weights ~ N(0, 0.02^2) [Radford et al. 2015, sec. 4]. Gains of normalisations ~ N(1, 0.02^2), as in the authors'
/// code; biases and shifts 0.
inline constexpr auto dcgan = []<class T>(const std::string&, const Parameter<T>& p, Random& rng) {
  switch (p.role()) {
    case Role::weight:
      return normal<T>(p.shape(), rng, 0, 0.02);
    case Role::gain:
      return normal<T>(p.shape(), rng, 1, 0.02);
    case Role::bias:
    case Role::shift:
      break;
  }
  return constant<T>(p.shape(), 0);
};

}  // namespace nn::init

GANVAS_END
