#pragma once
// Learning-rate schedules: small functions of the step, counted from 0. opt.set_lr(schedule(opt.steps())) before each
// step. Any callable index_t -> double is a schedule.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"

GANVAS_BEGIN

namespace optim::schedule {

/// Always lr.
struct Constant {
  double lr;
  double operator()(index_t) const { return lr; }
};

/// lr gamma^floor(step / every): a drop every so many steps.
struct Step {
  double lr;
  index_t every;
  double gamma = 0.1;
  double operator()(index_t step) const {
    require<ValueError>(every > 0, "schedule", "every must be positive, but is ", every, ".");
    return lr * std::pow(gamma, static_cast<double>(step / every));
  }
};

/// lr gamma^step
struct Exponential {
  double lr;
  double gamma;
  double operator()(index_t step) const { return lr * std::pow(gamma, static_cast<double>(step)); }
};

namespace detail {

/// How much of `steps` is over, in [0, 1].
inline double progress(index_t step, index_t steps) {
  require<ValueError>(steps > 0, "schedule", "steps must be positive, but is ", steps, ".");
  return std::clamp(static_cast<double>(step) / static_cast<double>(steps), 0.0, 1.0);
}

}  // namespace detail

/// From `from` to `to` along a straight line in so many steps, then `to`.
struct Linear {
  double from;
  double to;
  index_t steps;
  double operator()(index_t step) const { return from + (to - from) * detail::progress(step, steps); }
};

/// From `from` to `to` along half a cosine, to + (from - to) (1 + cos(pi step / steps)) / 2, then `to`
/// [Loshchilov and Hutter 2017, eq. 5].
struct Cosine {
  double from;
  double to;
  index_t steps;
  double operator()(index_t step) const {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * detail::progress(step, steps))) / 2;
  }
};

/// Another schedule, times (step + 1) / steps for the first steps.
template <class Then>
struct Warmup {
  index_t steps;
  Then then;
  double operator()(index_t step) const { return then(step) * detail::progress(step + 1, steps); }
};
template <class Then>
Warmup(index_t, Then) -> Warmup<Then>;

}  // namespace optim::schedule

GANVAS_END
