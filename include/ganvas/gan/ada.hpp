#pragma once
// Adaptive discriminator augmentation [Karras et al. 2020, sec. 3]: the probability p of augmentations follows from how
// much D has learned the data by heart.

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/augment_pipeline.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

/// Options of Ada; the numbers are the paper's.
struct AdaOptions {
  double p = 0;                   ///< probability at the start
  double target = 0.6;            ///< of r_t; 0: p stays as it is
  double speed = 500'000;         ///< images in which p goes from 0 to 1
  index_t interval = 4;           ///< minibatches from one change of p to the next
  AugmentPipeline pipeline = {};  ///< which augmentations

  /// Throws ValueError for options that make no sense.
  void check() const {
    require<ValueError>(p >= 0 && p <= 1, "ada", "the probability p must lie in [0, 1], but is ", p, ".");
    require<ValueError>(target >= 0 && target < 1, "ada",
                        "the target of r_t must lie in [0, 1) (0: p is fixed), but is ", target, ".");
    require<ValueError>(speed >= 1 && std::isfinite(speed) && interval >= 1, "ada",
                        "speed (images) and interval (minibatches) must be at least 1, but are ", speed, " and ",
                        interval, ".");
    pipeline.check();
  }
};

/// T with probability p, and the control of p by r_t = E sign(D(x)) on the data of training [eq. 1]: 0 if D cannot tell
/// data from samples, 1 if it is sure of each of them, which it is when it knows them by heart. D(x) is a logit, seen
/// through T. After every `interval` minibatches p goes up by (images in them) / speed if r_t > target, otherwise down,
/// and stays in [0, 1]. A module without parameters: nn::save, nn::load and state_dict keep p and the sums.
struct Ada {
  AdaOptions options;
  Tensor<double> p;         ///< scalar
  Tensor<double> sign_sum;  ///< scalar, over the images since the last change of p
  index_t images = 0;       ///< since the last change
  index_t minibatches = 0;  ///< since the last change

  static constexpr auto members =
      std::tuple{nn::member("p", &Ada::p), nn::member("sign_sum", &Ada::sign_sum), nn::member("images", &Ada::images),
                 nn::member("minibatches", &Ada::minibatches)};

  explicit Ada(const AdaOptions& o = {})
      : options(o), p(Tensor<double>::scalar(o.p)), sign_sum(Tensor<double>::scalar(0)) {
    o.check();
  }

  [[nodiscard]] double probability() const { return p.item(); }

  /// T(x) for images (N,H,W,C). At p = 0 it is x itself.
  template <class T>
  [[nodiscard]] Var<T> augment(const Var<T>& x, index_t, Random& rng) const {
    return options.pipeline.apply(x, options.pipeline.draw(x.shape(), probability(), rng));
  }

  /// To be called after each step of the discriminator with D(T(x)) of its minibatch: (N,1), (N), or more numbers an
  /// image, of which each image's mean sign counts. Throws NumericError for NaN.
  template <class T>
  void observe_real(const Tensor<T>& d_real) {
    require(d_real.rank() >= 1 && d_real.numel() > 0, "ada", "D(x) of at least one image is needed, but its shape is ",
            d_real.shape(), ".");
    double signs = 0;
    for (const T d : d_real.values()) {
      require<NumericError>(!std::isnan(d), "ada", "D(x) is NaN; the step before has gone wrong.");
      signs += d > T(0) ? 1 : d < T(0) ? -1 : 0;
    }
    const index_t n = d_real.size(0);
    sign_sum =
        Tensor<double>::scalar(sign_sum.item() + signs * static_cast<double>(n) / static_cast<double>(d_real.numel()));
    images += n;
    if (++minibatches < options.interval) return;
    if (options.target > 0) {
      const auto seen = static_cast<double>(images);
      const double r_t = sign_sum.item() / seen;
      p = Tensor<double>::scalar(
          std::clamp(p.item() + (r_t > options.target ? seen : -seen) / options.speed, 0.0, 1.0));
    }
    sign_sum = Tensor<double>::scalar(0);
    images = minibatches = 0;
  }
};

GANVAS_END
