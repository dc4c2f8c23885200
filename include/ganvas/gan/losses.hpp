#pragma once
// The two players' losses. D gives any real number. Where `logits` is true it is a logit: sigma(D(x)) is the
// probability that x is real.
// Every loss is a mean over the samples, in nats for the logarithmic ones, and is minimised.
// Identities used: -log sigma(d) = softplus(-d) and -log(1 - sigma(d)) = softplus(d).

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN
namespace loss {

namespace detail {

/// E [-t log sigma(d) - (1 - t) log(1 - sigma(d))] = E [softplus(-d) + (1 - t) d]: data are called real with
/// probability t, so that D does not become too sure of itself (one-sided label smoothing, Salimans et al. 2016,
/// sec. 3.4). t = 1 is the game as it is.
template <class T>
[[nodiscard]] Var<T> called_real(const Var<T>& d, double t) {
  require<ValueError>(t >= 0 && t <= 1, "loss", "real_label is a probability, but is ", t, ".");
  if (t == 1) return mean(softplus(-d));
  return mean(softplus(-d)) + mean(d) * static_cast<T>(1 - t);
}

}  // namespace detail

/// The minimax game itself [Goodfellow et al. 2014, eq. 1]:
///   min_G max_D V(D, G) = E_x log D(x) + E_z log(1 - D(G(z))).
/// G's gradient vanishes while D rejects its samples; see NonSaturating.
struct Minimax {
  static constexpr bool logits = true;    ///< sigma(D(x)) is a probability
  static constexpr bool zero_sum = true;  ///< L_G = -L_D, but for what does not depend on G
  double real_label = 1;                  ///< 0.9: one-sided label smoothing
  /// L_D = E softplus(-D(x)) + E softplus(D(G(z))) = -V
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return detail::called_real(real, real_label) + mean(softplus(fake));
  }
  /// L_G = -E softplus(D(G(z))) = E log(1 - D(G(z)))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return -mean(softplus(fake));
  }
};

/// The non-saturating game [Goodfellow et al. 2014, sec. 3]: D as in Minimax; G maximises log D(G(z)), which has the
/// same fixed point and strong gradients early on.
struct NonSaturating {
  static constexpr bool logits = true;
  double real_label = 1;  ///< 0.9: one-sided label smoothing
  /// L_D = E softplus(-D(x)) + E softplus(D(G(z)))
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return detail::called_real(real, real_label) + mean(softplus(fake));
  }
  /// L_G = E softplus(-D(G(z)))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return mean(softplus(-fake));
  }
};

/// Least squares [Mao et al. 2016, eq. 2]: D is drawn to b on data and a on samples, G draws D(G(z)) to c.
struct LeastSquares {
  static constexpr bool logits = false;
  double a = 0;  ///< label of samples
  double b = 1;  ///< label of data
  double c = 1;  ///< what G wants D to say
  /// L_D = 1/2 E (D(x) - b)^2 + 1/2 E (D(G(z)) - a)^2
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return (mean(square(real - static_cast<T>(b))) + mean(square(fake - static_cast<T>(a)))) * T(0.5);
  }
  /// L_G = 1/2 E (D(G(z)) - c)^2
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return mean(square(fake - static_cast<T>(c))) * T(0.5);
  }
};

/// Hinge [Lim and Ye 2017; Miyato et al. 2018, eq. 16 and 17]. Subgradient 0 where the margin is met exactly.
struct Hinge {
  static constexpr bool logits = false;
  /// L_D = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(relu(T(1) - real)) + mean(relu(T(1) + fake));
  }
  /// L_G = -E D(G(z))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return -mean(fake);
  }
};

/// Wasserstein [Arjovsky et al. 2017, eq. 2 and Algorithm 1]: D is a critic that must be kept 1-Lipschitz, by a
/// GradientPenalty (or by clipping its weights).
struct Wasserstein {
  static constexpr bool logits = false;
  static constexpr bool zero_sum = true;
  /// L_D = E D(G(z)) - E D(x)
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(fake) - mean(real);
  }
  /// L_G = -E D(G(z))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return -mean(fake);
  }
};

/// Relativistic, in pairs [Jolicoeur-Martineau 2018 (RSGAN); Huang et al. 2024, R3GAN, eq. 2]: D learns which of
/// a pair (x_i, G(z_i)) is real, and G that it is not. With R1R2 it is R3GAN's loss.
struct RelativisticPaired {
  static constexpr bool logits = false;  // only differences of D mean something
  /// L_D = E softplus(-(D(x) - D(G(z))))
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(softplus(fake - real));
  }
  /// L_G = E softplus(-(D(G(z)) - D(x)))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& real, const Var<T>& fake) const {
    return mean(softplus(real - fake));
  }
};

/// Relativistic, against the average [Jolicoeur-Martineau 2018, sec. 4.3 and Algorithm 2 (RaSGAN)], with
/// d_r = D(x) - E D(G(z)) and d_f = D(G(z)) - E D(x); half of the two terms, as in the author's code.
struct RelativisticAverage {
  static constexpr bool logits = false;
  /// L_D = 1/2 [E softplus(-d_r) + E softplus(d_f)]
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return (mean(softplus(mean(fake) - real)) + mean(softplus(fake - mean(real)))) * T(0.5);
  }
  /// L_G = 1/2 [E softplus(d_r) + E softplus(-d_f)]: both terms, data too
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& real, const Var<T>& fake) const {
    return (mean(softplus(real - mean(fake))) + mean(softplus(mean(real) - fake))) * T(0.5);
  }
};

/// BEGAN [Berthelot et al. 2017, sec. 3.3 and 3.4]: D(x) is not an opinion but the error L(x) = E |x - A(x)| of an
/// autoencoder A. A balance k in [0, 1] keeps E L(G(z)) near gamma E L(x).
struct Began {
  static constexpr bool logits = false;
  double gamma = 0.5;                            ///< diversity ratio: lower is cleaner and less diverse
  double lambda = 1e-3;                          ///< lambda_k, the rate of k
  Tensor<double> k = Tensor<double>::scalar(0);  ///< k_0 = 0
  Tensor<double> measure =
      Tensor<double>::scalar(0);  ///< M = E L(x) + |gamma E L(x) - E L(G(z))|, falls while it learns

  static constexpr auto members = std::tuple{nn::member("k", &Began::k), nn::member("measure", &Began::measure)};

  /// L_D = E L(x) - k_t E L(G(z))
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(real) - mean(fake) * static_cast<T>(k.item());
  }
  /// L_G = E L(G(z))
  template <class T>
  [[nodiscard]] Var<T> generator(const Var<T>& fake) const {
    return mean(fake);
  }
  /// k_{t+1} = k_t + lambda_k (gamma E L(x) - E L(G(z_G))), kept in [0, 1]. The trainer calls it after G's step.
  void after_generator(double real, double fake) {
    const double balance = gamma * real - fake;
    k = Tensor<double>::scalar(std::clamp(k.item() + lambda * balance, 0.0, 1.0));
    measure = Tensor<double>::scalar(real + std::abs(balance));
  }
};

}  // namespace loss
GANVAS_END
