#pragma once
// A plan is a network before it has parameters: a list of layer specifications that can be checked by the compiler.

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"

GANVAS_BEGIN

namespace nn {

template <class T, class... Layers>
struct Sequential;

/// A specification: the options of a layer, its shape rule, and how to make the layer:
///   constexpr Shape output_shape(const Shape&) const;   template <class T> auto make(Random&) const;
/// A layer without state is its own specification and needs no make. Optional, for good refusals:
///   constexpr Misfit misfit(const Shape&) const;   std::string describe() const;   std::string expects() const;
template <class S>
concept Spec = requires(const S& s, const Shape& x) {
  { s.output_shape(x) } -> std::convertible_to<Shape>;
};

namespace detail {

/// A specification under a name of its own: named("head", linear({...})).
template <class S>
struct Named {
  const char* name;
  S spec;
};
template <class S>
constexpr const S& spec_of(const S& s) {
  return s;
}
template <class S>
constexpr const S& spec_of(const Named<S>& s) {
  return s.spec;
}
template <class S>
constexpr const char* name_of(const S&) {
  return nullptr;
}
template <class S>
constexpr const char* name_of(const Named<S>& s) {
  return s.name;
}

/// The names of layers: those given, and where there is none (null) the layer's index.
template <std::size_t n>
std::array<std::string, n> layer_names(const std::array<const char*, n>& given) {
  std::array<std::string, n> names;
  for (std::size_t i = 0; i < n; ++i) names[i] = given[i] != nullptr ? given[i] : std::to_string(i);
  return names;
}

template <std::size_t n>
void require_distinct_names(const std::array<const char*, n>& given) {
  const auto names = layer_names(given);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      require<ValueError>(names[i] != names[j], "sequential", "layers ", j, " and ", i, " are both named \"", names[i],
                          "\"; give them different names, or their parameters cannot be told apart in a file.");
}

template <class T, class S>
auto make(const S& spec, Random& rng) {
  if constexpr (requires { spec.template make<T>(rng); })
    return spec.template make<T>(rng);
  else
    return spec;
}

/// Where a shape goes; refuses with the layer's number and description. At run time `number` is the number.
template <int layer = -1, class S>
constexpr Shape shape_after(const S& spec, const Shape& x, int number = layer) {
  if constexpr (requires { spec.misfit(x); }) check_fit<layer>(spec, x, number);
  return spec.output_shape(x);
}

template <std::size_t I, class... S>
constexpr Shape shape_after_all(const std::tuple<S...>& specs, const Shape& x) {
  if constexpr (I == sizeof...(S))
    return x;
  else
    return shape_after_all<I + 1>(specs, shape_after<static_cast<int>(I)>(spec_of(std::get<I>(specs)), x));
}

/// The first layer that refuses its input, and why; `none` and the number of layers if they all fit.
struct PlanMisfit {
  std::size_t layer = 0;
  Misfit misfit;
};
template <std::size_t I, class... S>
constexpr PlanMisfit first_misfit(const std::tuple<S...>& specs, const Shape& x) {
  if constexpr (I == sizeof...(S)) {
    return {I, {}};
  } else {
    const auto& spec = spec_of(std::get<I>(specs));
    if constexpr (requires { spec.misfit(x); })
      if (const Misfit m = spec.misfit(x)) return {I, m};
    return first_misfit<I + 1>(specs, spec.output_shape(x));
  }
}

}  // namespace detail

/// Names a layer; without it a layer is named by its index, as in PyTorch.
template <Spec S>
constexpr detail::Named<S> named(const char* name, const S& spec) {
  return {name, spec};
}

/// Specifications in order. A plan is a specification too: a plan in a plan makes a Sequential in a Sequential.
template <class... Specs>
struct Plan {
  std::tuple<Specs...> specs;

  /// Where an input goes: throws ShapeError naming the layer that refuses it; in a constant expression that is an error
  /// of the compiler, which names the layer's number, type and the reason. See also nn::fits.
  [[nodiscard]] constexpr Shape output_shape(const Shape& x) const { return detail::shape_after_all<0>(specs, x); }

  [[nodiscard]] std::string describe() const {
    return "Sequential of " + std::to_string(sizeof...(Specs)) + (sizeof...(Specs) == 1 ? " layer" : " layers");
  }

  /// The network, with parameters drawn from rng layer by layer. Throws ValueError if two layers have one name.
  template <class T>
  [[nodiscard]] auto make(Random& rng) const {
    return std::apply(
        [&](const auto&... spec) {
          // Braces: the layers are made from left to right, so a seed means one network on every compiler.
          using Net = Sequential<T, decltype(detail::make<T>(detail::spec_of(spec), rng))...>;
          const std::array<const char*, sizeof...(Specs)> names{detail::name_of(spec)...};
          detail::require_distinct_names(names);
          return Net{typename Net::Layers{detail::make<T>(detail::spec_of(spec), rng)...}, names};
        },
        specs);
  }
};

/// constexpr auto plan = nn::plan(nn::conv2d({...}), nn::relu(), ...);
/// static_assert(plan.output_shape({64, 28, 28, 1}) == Shape{64, 1});
template <class... Specs>
constexpr Plan<Specs...> plan(const Specs&... specs) {
  return {std::tuple<Specs...>(specs...)};
}

/// What a compiler shows of a network that does not fit: the first layer that refuses its input, its type, and the
/// two numbers that differ.
template <std::size_t number>
struct LayerNumber {};
template <index_t number>
struct Expected {};
template <index_t number>
struct Given {};
template <class Number, class Type, Misfit::Reason, class, class>
struct RefusedBy {
  static_assert(
      sizeof(Type) == 0,
      "this network does not fit its input: RefusedBy<LayerNumber<...>, its type, the reason (axes, channels, "
      "features, size, elements, divisor), Expected<...>, Given<...>> says where and why");
  static constexpr bool value = false;
};

namespace detail {

template <const auto& plan, index_t... extents>
constexpr bool fits() {
  constexpr PlanMisfit first = first_misfit<0>(plan.specs, Shape{extents...});
  if constexpr (first.misfit.reason == Misfit::none) {
    return true;
  } else {
    using Type = std::remove_cvref_t<decltype(spec_of(std::get<first.layer>(plan.specs)))>;
    return RefusedBy<LayerNumber<first.layer>, Type, first.misfit.reason, Expected<first.misfit.expected>,
                     Given<first.misfit.given>>::value;
  }
}

}  // namespace detail

/// static_assert(nn::fits<plan, 64, 28, 28, 1>) for a plan that is a constexpr (static) variable: the same check as
/// output_shape with the clearest error that compilers give.
template <const auto& plan, index_t... extents>
inline constexpr bool fits = detail::fits<plan, extents...>();

}  // namespace nn

GANVAS_END
