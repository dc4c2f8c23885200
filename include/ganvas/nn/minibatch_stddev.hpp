#pragma once
// Minibatch standard deviation [Karras et al. 2018, arXiv:1710.10196, sec. 3]: a discriminator sees how much the
// samples of a batch differ from each other, so a generator that always makes the same sample is found out.

#include <algorithm>
#include <string>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"

GANVAS_BEGIN

/// Adds F channels with statistics of groups of G samples: with M = N / G, samples m, m + M, m + 2M, ... are a group;
/// neighbouring channels make F parts of C / F.
///   s(m,h,w,c) = sqrt(biased variance of x over the group + 1e-8);   y(n,h,w,C+f) = mean of s(n mod M) over h, w and
///   the channels of part f, the same number for every pixel and every sample of the group
/// x (N,H,W,C) -> (N,H,W,C+F).  G = min(group, N); N must be a multiple of it: smaller groups would have other
/// statistics. Gradients follow from the operations used.
template <class T>
[[nodiscard]] Var<T> minibatch_stddev(const Var<T>& x, index_t group = 4, index_t features = 1) {
  const Shape& s = x.shape();
  require(s.rank() == 4, "minibatch_stddev", "the input must be images (N,H,W,C), but its shape is ", s, ".");
  require<ValueError>(group >= 1 && features >= 1, "minibatch_stddev",
                      "group and features must be at least 1, but are ", group, " and ", features, ".");
  require(s.numel() > 0 && s[3] % features == 0, "minibatch_stddev", "the ", s[3], " channels of input ", s,
          " do not divide into ", features, " features.");
  const index_t g = std::min(group, s[0]), m = s[0] / g;
  require(s[0] % g == 0, "minibatch_stddev", "the ", s[0], " samples of input ", s, " do not divide into groups of ", g,
          "; use a batch that is a multiple of ", g, " or smaller than it, or another group.");
  const Var<T> parts = reshape(x, Shape{g, m, s[1] * s[2], features, s[3] / features});
  const Var<T> centred = parts - mean(parts, {0}, true);
  const Var<T> deviation = sqrt(mean(square(centred), {0}) + T(1e-8));                  // (M, HW, F, C/F)
  const Var<T> statistic = reshape(mean(deviation, {1, 3}), Shape{1, m, 1, features});  // of each group
  const Var<T> everywhere = broadcast_to(statistic, Shape{g, m, s[1] * s[2], features});
  return concat<T>({x, reshape(everywhere, Shape{s[0], s[1], s[2], features})}, 3);
}

namespace nn {

/// The operation as a layer without parameters.
struct MinibatchStddev {
  index_t group = 4;
  index_t features = 1;

  static constexpr std::tuple<> members{};

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() != 4) return {Misfit::axes, 4, x.rank()};
    if (x[3] % features != 0) return {Misfit::divisor, features, x[3]};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return x.with(3, x[3] + features);
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::minibatch_stddev(x, group, features);
  }
  [[nodiscard]] std::string describe() const {
    return "MinibatchStddev, groups of " + std::to_string(group) + ", " + std::to_string(features) +
           (features == 1 ? " feature" : " features");
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W,C)"; }
};

/// minibatch_stddev(4) in a plan.
inline MinibatchStddev minibatch_stddev(index_t group = 4, index_t features = 1) {
  require<ValueError>(group >= 1 && features >= 1, "minibatch_stddev",
                      "group and features must be at least 1, but are ", group, " and ", features, ".");
  return {group, features};
}

}  // namespace nn

GANVAS_END
