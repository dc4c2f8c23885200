#pragma once
// Dropout with a random stream of its own, so that a network stays a value and a seed means one training.

#include <string>
#include <tuple>

#include "ganvas/autograd/dropout.hpp"
#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/activations.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace nn {

/// In training each element is set to 0 with probability p and the others divided by 1 - p, so that the mean stays;
/// evaluation changes nothing [Srivastava et al. 2014, with the scale moved to training].
struct Dropout {
  double p;
  Random random;  ///< where it is now in its stream; a copy of the network drops the same elements

  static constexpr auto members = std::tuple{member("random", &Dropout::random)};

  Dropout(double probability, Random& rng) : p(probability), random(rng.split()) {}

  template <class T>
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const {
    return x;
  }
  template <class T>
  [[nodiscard]] Var<T> training(const Var<T>& x) {
    return ganvas::dropout(x, static_cast<T>(p), random);
  }
  [[nodiscard]] Shape output_shape(const Shape& x) const { return x; }
  [[nodiscard]] std::string describe() const { return detail::with_number("Dropout", p); }
};

struct DropoutSpec {
  double p = 0.5;

  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const { return x; }
  [[nodiscard]] std::string describe() const { return detail::with_number("Dropout", p); }
  template <class T>
  [[nodiscard]] Dropout make(Random& rng) const {
    return Dropout(p, rng);
  }
};

constexpr DropoutSpec dropout(double p = 0.5) {
  require<ValueError>(p >= 0 && p < 1, "dropout", "p, the part that is dropped, must be in [0, 1), but is ", p, ".");
  return {p};
}

}  // namespace nn

GANVAS_END
