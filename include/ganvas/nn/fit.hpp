#pragma once
// How a layer refuses an input that does not fit: one rule, which is an exception with a sentence at run time and an
// error that reads like one in a constant expression.

#include <string>
#include <string_view>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"

GANVAS_BEGIN

namespace nn {

/// Why an input does not fit a layer, with the two numbers that differ. False if it fits.
struct Misfit {
  enum Reason { none, axes, channels, features, size, elements, divisor };

  Reason reason = none;
  index_t expected = 0;
  index_t given = 0;

  constexpr explicit operator bool() const { return reason != none; }
};

namespace detail {

/// The sentence of a refusal: "[where] the input has 3 channels but the layer expects 64: input (8,32,32,3), expected
/// (N,H,W,64)."
[[noreturn]] inline void refuse(const char* where, const std::string& layer, const Misfit& m, const Shape& input,
                                const std::string& expected) {
  std::string why = "the input has " + std::to_string(m.given);
  const std::string wanted = std::to_string(m.expected);
  switch (m.reason) {
    case Misfit::channels:
      why += " channels but the layer expects " + wanted;
      break;
    case Misfit::features:
      why += " features but the layer expects " + wanted;
      break;
    case Misfit::size:
      why += " rows or columns but the layer needs at least " + wanted;
      break;
    case Misfit::elements:
      why += " elements a sample but the layer arranges " + wanted;
      break;
    case Misfit::divisor:
      why += " channels, which do not divide by " + wanted;
      break;
    case Misfit::none:
    case Misfit::axes:
      why += " axes but the layer expects " + wanted;
      break;
  }
  fail(where, layer, why, ": input ", input, ", expected ", expected, ".");
}

// Not constexpr on purpose: a constant expression that gets here stops, and the compiler names the function, the number
// of the layer in its network (-1: alone) and its type.
template <int layer, class Spec>
struct Refusal {
  static void the_input_has_another_number_of_axes_than_the_layer_expects(const Spec&) {}
  static void the_input_has_another_number_of_channels_than_the_layer_expects(const Spec&) {}
  static void the_input_has_another_number_of_features_than_the_layer_expects(const Spec&) {}
  static void the_input_is_smaller_than_the_kernel_of_the_layer(const Spec&) {}
  static void the_input_has_another_number_of_elements_than_the_layer_arranges(const Spec&) {}
  static void the_channels_of_the_input_do_not_divide_as_the_layer_needs(const Spec&) {}
};

/// Some compilers print the numbers with which this is called.
template <int layer, class Spec>
constexpr void layer_does_not_fit(index_t expected, index_t given, const Spec& spec, Misfit::Reason reason) {
  static_cast<void>(expected + given);
  using R = Refusal<layer, Spec>;
  switch (reason) {
    case Misfit::none:
      break;
    case Misfit::axes:
      R::the_input_has_another_number_of_axes_than_the_layer_expects(spec);
      break;
    case Misfit::channels:
      R::the_input_has_another_number_of_channels_than_the_layer_expects(spec);
      break;
    case Misfit::features:
      R::the_input_has_another_number_of_features_than_the_layer_expects(spec);
      break;
    case Misfit::size:
      R::the_input_is_smaller_than_the_kernel_of_the_layer(spec);
      break;
    case Misfit::elements:
      R::the_input_has_another_number_of_elements_than_the_layer_arranges(spec);
      break;
    case Misfit::divisor:
      R::the_channels_of_the_input_do_not_divide_as_the_layer_needs(spec);
      break;
  }
}

/// Returns if x fits the spec; at run time `number` is its place in a network, or -1 alone; in a plan `layer` is.
template <int layer = -1, class Spec>
constexpr void check_fit(const Spec& spec, const Shape& x, int number = layer) {
  const Misfit m = spec.misfit(x);
  if (!m) return;
  layer_does_not_fit<layer>(m.expected, m.given, spec, m.reason);
  if (number < 0) refuse("layer", spec.describe() + ": ", m, x, spec.expects());
  refuse("sequential", "layer " + std::to_string(number) + " (" + spec.describe() + "): ", m, x, spec.expects());
}

/// Images are N,H,W,C.
constexpr Misfit misfit_image(const Shape& x, index_t channels) {
  if (x.rank() != 4) return {Misfit::axes, 4, x.rank()};
  if (x[3] != channels) return {Misfit::channels, channels, x[3]};
  return {};
}

}  // namespace detail

}  // namespace nn

GANVAS_END
