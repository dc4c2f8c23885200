#pragma once
// Layers that make images larger or smaller without parameters: Upsample, PixelShuffle, pooling.

#include <string>
#include <tuple>

#include "ganvas/autograd/pool.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/upsample.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/kernels/pool.hpp"
#include "ganvas/nn/fit.hpp"

GANVAS_BEGIN

namespace nn {

/// Images factor times as high and wide.
struct Upsample {
  index_t factor;
  UpsampleMode mode;

  static constexpr std::tuple<> members{};

  constexpr explicit Upsample(index_t f, UpsampleMode m = UpsampleMode::nearest) : factor(f), mode(m) {
    ganvas::detail::check_factor("upsample", f);
  }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    return x.rank() != 4 ? Misfit{Misfit::axes, 4, x.rank()} : Misfit{};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return ganvas::detail::upsample_shape(x, factor);
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::upsample(x, factor, mode);
  }
  [[nodiscard]] std::string describe() const {
    return "Upsample x" + std::to_string(factor) + (mode == UpsampleMode::nearest ? ", nearest" : ", bilinear");
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W,C)"; }
};

/// (N,H,W,C f^2) -> (N,H f,W f,C)     [Shi et al. 2016, sec. 3.2]
struct PixelShuffle {
  index_t factor;

  static constexpr std::tuple<> members{};

  constexpr explicit PixelShuffle(index_t f) : factor(f) { ganvas::detail::check_factor("pixel_shuffle", f); }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() != 4) return {Misfit::axes, 4, x.rank()};
    if (x[3] % (factor * factor) != 0) return {Misfit::divisor, factor * factor, x[3]};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return ganvas::detail::pixel_shuffle_shape(x, factor);
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::pixel_shuffle(x, factor);
  }
  [[nodiscard]] std::string describe() const { return "PixelShuffle x" + std::to_string(factor); }
  [[nodiscard]] std::string expects() const { return "(N,H,W,C) with C = k " + std::to_string(factor * factor); }
};

namespace detail {

/// What both poolings have in common.
struct Pool {
  PoolOptions options_;

  static constexpr std::tuple<> members{};

  constexpr explicit Pool(const PoolOptions& o) : options_(o) { o.check("pool"); }
  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() != 4) return {Misfit::axes, 4, x.rank()};
    const index_t smaller = x[1] < x[2] ? x[1] : x[2];
    if (smaller + 2 * options_.padding < options_.kernel)
      return {Misfit::size, options_.kernel - 2 * options_.padding, smaller};
    return {};
  }
  [[nodiscard]] std::string text(const char* name) const {
    return std::string(name) + ", kernel " + std::to_string(options_.kernel) +
           (options_.stride == 0 ? "" : ", stride " + std::to_string(options_.stride)) +
           (options_.padding == 0 ? "" : ", padding " + std::to_string(options_.padding));
  }
  [[nodiscard]] std::string expects() const { return "(N,H,W,C)"; }
};

}  // namespace detail

struct AvgPool2d : detail::Pool {
  using detail::Pool::Pool;
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return kernels::pool_geometry(x, options_, "avg_pool2d").y();
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::avg_pool2d(x, options_);
  }
  [[nodiscard]] std::string describe() const { return text("AvgPool2d"); }
};

struct MaxPool2d : detail::Pool {
  using detail::Pool::Pool;
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return kernels::pool_geometry(x, options_, "max_pool2d").y();
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return ganvas::max_pool2d(x, options_);
  }
  [[nodiscard]] std::string describe() const { return text("MaxPool2d"); }
};

/// (N,H,W,C) -> (N,C): the mean over all rows and columns.
struct GlobalAvgPool2d {
  static constexpr std::tuple<> members{};

  [[nodiscard]] constexpr Misfit misfit(const Shape& x) const {
    if (x.rank() != 4) return {Misfit::axes, 4, x.rank()};
    if (x[1] < 1 || x[2] < 1) return {Misfit::size, 1, 0};
    return {};
  }
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const {
    detail::check_fit(*this, x);
    return {x[0], x[3]};
  }
  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return mean(x, {1, 2});
  }
  [[nodiscard]] std::string describe() const { return "GlobalAvgPool2d"; }
  [[nodiscard]] std::string expects() const { return "(N,H,W,C)"; }
};

constexpr Upsample upsample(index_t factor, UpsampleMode mode = UpsampleMode::nearest) {
  return Upsample(factor, mode);
}
constexpr PixelShuffle pixel_shuffle(index_t factor) { return PixelShuffle(factor); }
constexpr AvgPool2d avg_pool2d(const PoolOptions& options) { return AvgPool2d(options); }
constexpr MaxPool2d max_pool2d(const PoolOptions& options) { return MaxPool2d(options); }
constexpr GlobalAvgPool2d global_avg_pool2d() { return {}; }

}  // namespace nn

GANVAS_END
