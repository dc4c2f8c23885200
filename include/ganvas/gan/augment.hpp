#pragma once
// DiffAugment: colour, translation and cutout in front of D, for data and samples alike.

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "ganvas/autograd/affine.hpp"
#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/matmul.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/autograd/shape_ops.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/augment_noise.hpp"

GANVAS_BEGIN

/// DiffAugment [Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", sec. 3.2]: colour,
/// then flip and translation, then cutout. Pixels are in [-1, 1]; what comes from outside the image and the cut square
/// are 0.
struct DiffAugment {
  bool color = true;
  bool translation = true;
  bool cutout = true;
  bool flip = false;        ///< mirrors half of the images
  double brightness = 0.5;  ///< b ~ U(-brightness, brightness)
  double saturation = 1;    ///< s ~ U(1 - saturation, 1 + saturation)
  double contrast = 0.5;    ///< k ~ U(1 - contrast, 1 + contrast)
  double shift = 0.125;     ///< rows and columns move by whole pixels, up to this part of the image's extents
  double hole = 0.5;        ///< extents of the cut square, as parts of the image's

  /// What happens to one image; the defaults are: nothing but the cut.
  struct Draw {
    double brightness = 0, saturation = 1, contrast = 1;
    bool flip = false;
    index_t down = 0, right = 0;          ///< translation, in pixels
    index_t cut_row = 0, cut_column = 0;  ///< pixel in the middle of the cut
  };

  /// Throws ValueError for strengths that make no sense.
  void check() const {
    const auto check_range = [](const char* name, double value, double last) {
      require<ValueError>(value >= 0 && value <= last, "diff_augment", name, " must lie in [0, ", last, "], but is ",
                          value, ".");
    };
    check_range("brightness", brightness, 1e3);
    check_range("saturation", saturation, 1e3);
    check_range("contrast", contrast, 1e3);
    check_range("shift", shift, 1);
    check_range("hole", hole, 1);
  }

  /// One draw a sample for images of shape x.
  [[nodiscard]] std::vector<Draw> draw(const Shape& x, Random& rng) const {
    check();
    detail::check_images("diff_augment", x);
    const index_t n = x[0];
    std::vector<Draw> draws(static_cast<std::size_t>(n));
    const auto fill = [&](const std::vector<index_t>& values, auto Draw::*field) {
      for (std::size_t i = 0; i < draws.size(); ++i)
        draws[i].*field = static_cast<std::remove_cvref_t<decltype(draws[i].*field)>>(values[i]);
    };
    if (color) {
      const Tensor<double> u = rng.uniform<double>(Shape{n, 3}, -1.0, 1.0);
      const double* at = u.data();
      for (Draw& d : draws) {
        d.brightness = brightness * *at++;
        d.saturation = 1 + saturation * *at++;
        d.contrast = 1 + contrast * *at++;
      }
    }
    if (flip) fill(rng.integers(n, 0, 2), &Draw::flip);
    if (translation) {
      const index_t rows = part(shift, x[1]), columns = part(shift, x[2]);
      fill(rng.integers(n, -rows, rows + 1), &Draw::down);
      fill(rng.integers(n, -columns, columns + 1), &Draw::right);
    }
    if (cutout) {  // an even square may lie with its middle behind the last pixel, as in the authors' code
      fill(rng.integers(n, 0, std::max<index_t>(1, x[1] + 1 - part(hole, x[1]) % 2)), &Draw::cut_row);
      fill(rng.integers(n, 0, std::max<index_t>(1, x[2] + 1 - part(hole, x[2]) % 2)), &Draw::cut_column);
    }
    return draws;
  }

  /// T(x) for given draws.
  template <class T>
  [[nodiscard]] Var<T> apply(const Var<T>& x, const std::vector<Draw>& draws) const {
    check();
    detail::check_draws("diff_augment", x.shape(), draws);
    if (x.numel() == 0) return x;
    Var<T> y = color ? recolor(x, draws) : x;
    if (flip || translation) y = move(y, draws);
    return cutout ? y * Var<T>(mask<T>(x.shape(), draws)) : y;
  }

  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t, Random& rng) const {
    return apply(x, draw(x.shape(), rng));
  }

 private:
  /// Rounded to whole pixels.
  [[nodiscard]] static index_t part(double share, index_t extent) {
    return static_cast<index_t>(share * static_cast<double>(extent) + 0.5);
  }

  /// brightness: x + b;  saturation: s x + (1 - s) mean over c;  contrast: k x + (1 - k) mean over h, w, c.
  /// One after the other these are k s x + k (1 - s) mean_c(x) + (1 - k) mean_hwc(x) + b, since both means of x + b are
  /// those of x plus b and saturation keeps them. With one channel mean_c(x) is x, and s has no effect.
  template <class T>
  [[nodiscard]] static Var<T> recolor(const Var<T>& x, const std::vector<Draw>& draws) {
    const auto each = [&](const auto& value) { return detail::one_each<T>(draws, value); };
    const Var<T> same = mean(x, {1, 2, 3}, true) * each([](const Draw& d) { return 1 - d.contrast; }) +
                        each([](const Draw& d) { return d.brightness; });
    if (x.size(3) == 1) return x * each([](const Draw& d) { return d.contrast; }) + same;
    // The first two terms are one matrix for the channels of each image: faster than means of three numbers.
    const index_t n = x.size(0), channels = x.size(3);
    Tensor<T> matrices(Shape{n, channels, channels});
    T* m = matrices.mutable_data();
    for (const Draw& d : draws) {
      const double others = d.contrast * (1 - d.saturation) / static_cast<double>(channels);
      for (index_t i = 0; i < channels; ++i)
        for (index_t j = 0; j < channels; ++j)
          *m++ = static_cast<T>(i == j ? others + d.contrast * d.saturation : others);
    }
    const Var<T> pixels = reshape(x, Shape{n, x.size(1) * x.size(2), channels});
    return reshape(matmul(pixels, Var<T>(std::move(matrices))), x.shape()) + same;
  }

  /// y(h, w) = x(h - down, w - right), or x(h - down, W - 1 - (w - right)) if mirrored; 0 outside.
  template <class T>
  [[nodiscard]] static Var<T> move(const Var<T>& x, const std::vector<Draw>& draws) {
    Tensor<double> maps(Shape{x.size(0), 2, 3});
    double* a = maps.mutable_data();
    const auto last = static_cast<double>(x.size(2) - 1);
    for (const Draw& d : draws) {
      const auto down = static_cast<double>(d.down), right = static_cast<double>(d.right);
      for (const double v : {1.0, 0.0, -down, 0.0, d.flip ? -1.0 : 1.0, d.flip ? last + right : -right}) *a++ = v;
    }
    return affine_sample(x, maps);
  }

  /// (N,H,W,1): 0 in the cut, 1 elsewhere.
  template <class T>
  [[nodiscard]] Tensor<T> mask(const Shape& x, const std::vector<Draw>& draws) const {
    const index_t rows = part(hole, x[1]), columns = part(hole, x[2]);
    Tensor<T> m(x.with(3, 1), T(1));
    T* image = m.mutable_data();
    for (const Draw& d : draws) {
      const index_t top = d.cut_row - rows / 2, left = d.cut_column - columns / 2;
      const index_t begin = std::clamp<index_t>(left, 0, x[2]), end = std::clamp<index_t>(left + columns, 0, x[2]);
      for (index_t h = std::max<index_t>(top, 0); h < std::min(top + rows, x[1]); ++h)
        std::fill(image + h * x[2] + begin, image + h * x[2] + end, T(0));
      image += x[1] * x[2];
    }
    return m;
  }
};

GANVAS_END
