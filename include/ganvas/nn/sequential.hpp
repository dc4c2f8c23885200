#pragma once
// Sequential: layers one after the other, in one flat type.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/nn/fit.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/plan.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

/// What says a layer's shape rule: its options, or itself if it describes itself or is its own specification.
template <class Layer>
constexpr const auto& rule_of(const Layer& layer) {
  if constexpr (
      requires { layer.options.describe(); } && !requires { layer.describe(); })
    return layer.options;
  else
    return layer;
}

/// The name of a type without its namespaces, cut out of the compiler's name of this function.
template <class Type>
std::string type_name() {
#if defined(__GNUC__)
  const std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::string_view key = "Type = ";
  const std::size_t begin = text.find(key);
  if (begin == std::string_view::npos) return "layer";
  const std::string_view name = text.substr(begin + key.size());
  const std::string_view whole = name.substr(0, name.find_first_of("];<"));
  const std::size_t colon = whole.rfind(':');
  return std::string(colon == std::string_view::npos ? whole : whole.substr(colon + 1));
#else
  return "layer";
#endif
}

/// A name for people: what the layer says of itself, or the name of its type.
template <class Layer>
std::string describe(const Layer& layer) {
  if constexpr (requires { rule_of(layer).describe(); })
    return rule_of(layer).describe();
  else
    return type_name<Layer>();
}

/// One layer of a network, refusing with its number and description. slope: of the activation that it applies as well.
template <class Layer, class T, class... Slope>
Var<T> pass_layer(Layer& layer, const Var<T>& x, std::size_t number, Slope... slope) {
  if constexpr (requires { rule_of(layer).misfit(x.shape()); })
    check_fit(rule_of(layer), x.shape(), static_cast<int>(number));
  try {
    return pass(layer, x, slope...);
  } catch (const ShapeError& error) {
    throw ShapeError("[sequential] layer " + std::to_string(number) + " (" + describe(layer) + "): " + error.what());
  }
}

}  // namespace detail

/// Layers in order: a value; copies are independent. Made by sequential<T>(plan, rng) or sequential<T>(rng, specs...).
template <class T, class... L>
struct Sequential {
  using value_type = T;
  using Layers = std::tuple<L...>;
  static constexpr std::size_t size = sizeof...(L);
  static constexpr bool container = true;

  Layers layers;
  std::array<const char*, size> names{};  ///< literals; null: the layer's index is its name

  static constexpr auto members = std::tuple{member("", &Sequential::layers)};

  /// Evaluation.
  [[nodiscard]] Var<T> operator()(const Var<T>& x) const { return pass_all(*this, x); }
  /// Training: batch statistics are used and remembered, dropout drops.
  [[nodiscard]] Var<T> training(const Var<T>& x) { return pass_all(*this, x); }

  /// Layer number I.
  template <std::size_t I>
  [[nodiscard]] auto& get() {
    return std::get<I>(layers);
  }
  template <std::size_t I>
  [[nodiscard]] const auto& get() const {
    return std::get<I>(layers);
  }

  /// Where an input of this shape goes; throws ShapeError naming the layer that refuses it.
  [[nodiscard]] Shape output_shape(const Shape& x) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      Shape y = x;
      ((y = detail::shape_after<static_cast<int>(I)>(detail::rule_of(std::get<I>(layers)), y)), ...);
      return y;
    }
    (std::make_index_sequence<size>{});
  }

  [[nodiscard]] std::string describe() const {
    return "Sequential of " + std::to_string(size) + (size == 1 ? " layer" : " layers");
  }

 private:
  template <class Self>
  static Var<T> pass_all(Self& self, const Var<T>& x) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      Var<T> y = x;
      bool done = false;  // by the layer before
      ((done ? static_cast<void>(done = false) : static_cast<void>(done = pass_one<I>(self, y))), ...);
      return y;
    }
    (std::make_index_sequence<size>{});
  }
  /// Whether it has applied the next layer, too: a ReLU or leaky ReLU after a layer that rectifies.
  template <std::size_t I, class Self>
  static bool pass_one(Self& self, Var<T>& y) {
    auto& layer = std::get<I>(self.layers);
    if constexpr (I + 1 < size) {
      const auto& next = std::get<I + 1>(self.layers);
      if constexpr (requires {
                      next.negative_slope();
                      requires std::remove_cvref_t<decltype(layer)>::rectifies;
                    }) {
        const T slope = static_cast<T>(next.negative_slope());
        if (slope >= T(0)) {
          y = detail::pass_layer(layer, y, I, slope);
          return true;
        }
      }
    }
    y = detail::pass_layer(layer, y, I);
    return false;
  }
};

namespace detail {

template <class T, class... L>
inline constexpr bool is_sequential<Sequential<T, L...>> = true;

}  // namespace detail

/// The network of a plan, with parameters drawn from rng.
template <class T, class... Specs>
[[nodiscard]] auto sequential(const Plan<Specs...>& plan, Random& rng) {
  return plan.template make<T>(rng);
}

/// The same without a plan: nn::sequential<float>(rng, nn::linear({...}), nn::relu(), ...).
template <class T, class... Specs>
[[nodiscard]] auto sequential(Random& rng, const Specs&... specs) {
  return plan(specs...).template make<T>(rng);
}

}  // namespace nn

GANVAS_END
