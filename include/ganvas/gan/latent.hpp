#pragma once
// p_z: what a generator is fed.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"

GANVAS_BEGIN

/// z = [noise | categorical codes, one-hot each | continuous codes]. The noise is N(0, I) or U(-1, 1). Codes are the
/// part of z that InfoGAN keeps readable [Chen et al. 2016, sec. 4 and 7]: Cat(K, 1/K) and U(-1, 1).
struct Latent {
  enum class Prior { normal, uniform };

  index_t noise = 0;                     ///< how many numbers of plain noise
  Prior prior = Prior::normal;           ///< their distribution
  std::vector<index_t> categories = {};  ///< the number of values of each categorical code
  index_t continuous = 0;                ///< how many continuous codes

  /// The length of z.
  [[nodiscard]] index_t size() const { return noise + one_hot() + continuous; }
  /// The length of all one-hot codes together.
  [[nodiscard]] index_t one_hot() const {
    index_t n = 0;
    for (const index_t k : categories) n += k;
    return n;
  }

  void check() const {
    bool good = noise >= 0 && continuous >= 0;
    for (const index_t k : categories) good = good && k >= 2;
    require<ValueError>(good && size() > 0, "latent", "the length of z must be positive and a categorical code has 2 ",
                        "values or more, but there are ", noise, " numbers of noise, ", categories.size(),
                        " categorical codes and ", continuous, " continuous ones.");
  }

  /// n draws of z, (n, size()).
  template <class T>
  [[nodiscard]] Tensor<T> draw(index_t n, Random& rng) const {
    const Tensor<T> plain =
        prior == Prior::normal ? rng.normal<T>(Shape{n, noise}) : rng.uniform<T>(Shape{n, noise}, T(-1), T(1));
    if (size() == noise) return plain;
    Tensor<T> z = Tensor<T>::zeros(Shape{n, size()});
    T* const to = z.mutable_data();
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < noise; ++k) to[i * size() + k] = plain.data()[i * noise + k];
    index_t at = noise;
    for (const index_t k : categories) {
      const std::vector<index_t> values = rng.integers(n, 0, k);
      for (index_t i = 0; i < n; ++i) to[i * size() + at + values[static_cast<std::size_t>(i)]] = T(1);
      at += k;
    }
    const Tensor<T> codes = rng.uniform<T>(Shape{n, continuous}, T(-1), T(1));
    for (index_t i = 0; i < n; ++i)
      for (index_t k = 0; k < continuous; ++k) to[i * size() + at + k] = codes.data()[i * continuous + k];
    return z;
  }

  /// Writes the z that is the share t in [0,1] of the way from a to b (size() numbers each): normal noise goes on a
  /// great circle, cos a + sin b, which is normal again everywhere on the way, uniform noise and continuous codes on a
  /// straight line, and a categorical code changes half-way.
  template <class T>
  void between(const T* a, const T* b, T t, T* z) const {
    const auto mix = [&](index_t from, index_t to, T near, T far) {
      for (index_t k = from; k < to; ++k) z[k] = near * a[k] + far * b[k];
    };
    const T angle = std::numbers::pi_v<T> / 2 * t;
    const bool circle = prior == Prior::normal;
    mix(0, noise, circle ? std::cos(angle) : 1 - t, circle ? std::sin(angle) : t);
    mix(noise, noise + one_hot(), t < T(0.5) ? T(1) : T(0), t < T(0.5) ? T(0) : T(1));
    mix(noise + one_hot(), size(), 1 - t, t);
  }
};

GANVAS_END
