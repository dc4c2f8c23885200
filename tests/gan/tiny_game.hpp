#pragma once
// A discriminator and a generator of a few lines for tests of what stands between them.

#include <algorithm>
#include <cmath>
#include <vector>

#include "ganvas/autograd/conv.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/core/random.hpp"

namespace tiny {

using namespace ganvas;
using V = Var<double>;

/// D(x) = w tanh(conv(x)) for images (N,H,W,C) -> (N,1).
struct D {
  V filter, weight;
  D(const Shape& x, Random& rng)
      : filter(V::variable(rng.normal<double>({3, 3, 3, x[3]}, 0.0, 0.5))),
        weight(V::variable(rng.normal<double>({1, (x[1] / 2) * (x[2] / 2) * 3}, 0.0, 0.5))) {}
  [[nodiscard]] V operator()(const V& x) const {
    const V h = tanh(conv2d(x, filter, {}, {.stride = 2, .padding = 1}));
    return linear(reshape(h, Shape{x.size(0), weight.size(1)}), weight);
  }
};

/// G(z) = tanh(z w), images of the given shape.
struct G {
  V weight;
  Shape image;
  G(const Shape& x, Random& rng) : weight(V::variable(rng.normal<double>({x[1] * x[2] * x[3], 4}))), image(x) {}
  [[nodiscard]] V operator()(const V& z) const { return reshape(tanh(linear(z, weight)), image); }
};

/// The derivative of value() by the first elements of p against central differences.
template <class Value>
double worst_difference(const V& p, const V& gradient, const Value& value, index_t elements = 8) {
  double worst = 0;
  for (index_t i = 0; i < std::min(p.numel(), elements); ++i) {
    const double h = 1e-5;
    V v = p;
    const auto moved = [&](double by) {
      v.update([&](Tensor<double>& t) { t.mutable_data()[i] += by; });
      const double result = value().item();
      v.update([&](Tensor<double>& t) { t.mutable_data()[i] -= by; });
      return result;
    };
    const double expected = (moved(h) - moved(-h)) / (2 * h), given = gradient.value().data()[i];
    worst = std::max(worst, std::abs(given - expected) / std::max(1e-3, std::abs(expected)));
  }
  return worst;
}

/// Whether gradients go through T(x), with its draws held fixed: relative errors against differences of the generator's
/// gradient and of R1's by D's filter, and how large the generator's gradient is.
struct Through {
  double first, second, size;
};
template <class Augment>
Through gradients_through(const Augment& t, const Shape& shape) {
  Random rng(11);
  const D d(shape, rng);
  const G g(shape, rng);
  const auto z = rng.normal<double>({shape[0], 4}), data = rng.uniform<double>(shape, -1.0, 1.0);
  const auto loss_g = [&] { return mean(softplus(-d(t(g(V(z)))))); };
  const auto r1 = [&] {
    const V x = V::variable(data);
    return mean(sum(square(grad(sum(d(t(x))), {x}, {.create_graph = true})[0]), {1, 2, 3}));
  };
  const V gradient = grad(loss_g(), {g.weight})[0], second = grad(r1(), {d.filter})[0];
  return {worst_difference(g.weight, gradient, loss_g), worst_difference(d.filter, second, r1), norm(gradient).item()};
}

}  // namespace tiny
