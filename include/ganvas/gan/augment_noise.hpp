#pragma once
// What D sees of a sample instead of the sample itself: T(x), random, the same for data and samples G(z), and
// differentiable, so that G learns through it. It is the part (gan/part.hpp) augment(x, step, rng), which draws anew at
// every call, for each sample by itself, and keeps the shape of x. Here: the simplest one, noise, and what all share.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// T(x) = x + sigma_t e, e ~ N(0, I), for samples of any shape: both distributions get support everywhere, so they
/// overlap [Sonderby et al. 2017, sec. 3; Arjovsky and Bottou 2017, sec. 3].
struct InstanceNoise {
  double sigma = 0.1;  ///< in units of a pixel's range [-1, 1]
  index_t steps = 0;   ///< sigma_t falls linearly from sigma to 0 in so many steps; 0: it stays

  /// sigma_t = sigma max(0, 1 - step / steps)
  [[nodiscard]] double deviation(index_t step) const {
    require<ValueError>(sigma >= 0 && std::isfinite(sigma) && steps >= 0 && step >= 0, "instance_noise",
                        "sigma, steps and the step must be 0 or more, but are ", sigma, ", ", steps, " and ", step,
                        ".");
    return steps == 0 ? sigma : sigma * std::max(0.0, 1 - static_cast<double>(step) / static_cast<double>(steps));
  }
  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t step, Random& rng) const {
    const T sigma_t = static_cast<T>(deviation(step));
    if (sigma_t == T(0)) return x;
    return x + Var<T>(rng.normal<T>(x.shape(), T(0), sigma_t));
  }
};

namespace detail {

/// One number a sample, value(draw), as a constant (N,1,1,1).
template <class T, class Draw, class Value>
[[nodiscard]] Var<T> one_each(const std::vector<Draw>& draws, const Value& value) {
  Tensor<T> t(Shape{static_cast<index_t>(draws.size()), 1, 1, 1});
  std::transform(draws.begin(), draws.end(), t.mutable_data(), [&](const Draw& d) { return static_cast<T>(value(d)); });
  return Var<T>(std::move(t));
}

inline void check_images(const char* where, const Shape& x) {
  require(x.rank() == 4, where, "images (N,H,W,C) were expected, but the shape is ", x,
          "; only InstanceNoise takes other samples.");
}
template <class Draw>
void check_draws(const char* where, const Shape& x, const std::vector<Draw>& draws) {
  check_images(where, x);
  require(static_cast<index_t>(draws.size()) == x[0], where, draws.size(), " draws were given for images ", x,
          "; one a sample is needed.");
}

}  // namespace detail

GANVAS_END
