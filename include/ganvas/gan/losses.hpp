#pragma once
// The two players' losses. D gives any real number. In Minimax and NonSaturating it is a logit: sigma(D(x)) is the
// probability that x is real.
// Every loss is a mean over the samples, in nats for the logarithmic ones, and is minimised.
// Identities used: -log sigma(d) = softplus(-d) and -log(1 - sigma(d)) = softplus(d).

#include "ganvas/autograd/arithmetic.hpp"
#include "ganvas/autograd/pointwise.hpp"
#include "ganvas/autograd/reduce.hpp"
#include "ganvas/core/config.hpp"

GANVAS_BEGIN
namespace loss {

/// The minimax game itself [Goodfellow et al. 2014, eq. 1]:
///   min_G max_D V(D, G) = E_x log D(x) + E_z log(1 - D(G(z))).
/// G's gradient vanishes while D rejects its samples; see NonSaturating.
struct Minimax {
  static constexpr bool logits = true;  ///< sigma(D(x)) is a probability
  /// L_D = E softplus(-D(x)) + E softplus(D(G(z))) = -V
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(softplus(-real)) + mean(softplus(fake));
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
  /// L_D = E softplus(-D(x)) + E softplus(D(G(z)))
  template <class T>
  [[nodiscard]] Var<T> discriminator(const Var<T>& real, const Var<T>& fake) const {
    return mean(softplus(-real)) + mean(softplus(fake));
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

}  // namespace loss
GANVAS_END
