#pragma once
// Networks are values: a module is a struct that names its members once. Everything that is said about all parameters
// (collect, count, save, initialise, copy) is a walk over these lists.

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/autograd/var.hpp"
#include "ganvas/core/config.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/parameter.hpp"

GANVAS_BEGIN

namespace nn {

/// One entry of a module's list: a name and where the member is.
template <class Class, class Field>
struct Member {
  const char* name;
  Field Class::*pointer;
};

/// In a module: static constexpr auto members = std::tuple{nn::member("weight", &Linear::weight), ...};
/// A member is a Parameter<T>, a buffer (Tensor<T>), a counter (index_t), a random state (Random), a module, or a
/// std::vector, std::array, std::optional or std::tuple of modules, whose names are their indices, or a std::variant of
/// modules, of which the one it holds is meant. A member that is left out of the list is never trained nor saved. A
/// network for Generator or Discriminator also says `using value_type = T;`, the scalar type of its inputs and outputs.
template <class Class, class Field>
constexpr Member<Class, Field> member(const char* name, Field Class::*pointer) {
  return {name, pointer};
}

/// A struct with a member list; a layer without state has an empty one: std::tuple<>{}.
template <class M>
concept Module = requires {
  std::remove_cvref_t<M>::members;
};

namespace detail {

template <class M>
struct Kind {
  static constexpr bool parameter = false, buffer = false;
};
template <class T>
struct Kind<Parameter<T>> {
  static constexpr bool parameter = true, buffer = false;
  using scalar = T;
};
template <class T>
struct Kind<Tensor<T>> {
  static constexpr bool parameter = false, buffer = true;
  using scalar = T;
};

template <class M>
inline constexpr bool is_tuple = false;
template <class... M>
inline constexpr bool is_tuple<std::tuple<M...>> = true;
template <class M>
inline constexpr bool is_optional = false;
template <class M>
inline constexpr bool is_optional<std::optional<M>> = true;
template <class M>
inline constexpr bool is_variant = false;
template <class... M>
inline constexpr bool is_variant<std::variant<M...>> = true;
template <class M>
inline constexpr bool is_list = false;
template <class M>
inline constexpr bool is_list<std::vector<M>> = true;
template <class M, std::size_t n>
inline constexpr bool is_list<std::array<M, n>> = true;
template <class M>
inline constexpr bool is_sequential = false;  // said by sequential.hpp

inline std::string join(const std::string& prefix, std::string_view name) {
  return prefix.empty() || name.empty() ? prefix + std::string(name) : prefix + "." + std::string(name);
}

/// Where a walk is: a member's name or an element's number below another place. Most walks never ask for the whole
/// name.
struct Path {
  const Path* parent = nullptr;
  std::string_view name{};
  std::size_t number = 0;
  bool numbered = false;

  [[nodiscard]] Path below(const char* member) const { return {this, member}; }
  [[nodiscard]] Path below(std::size_t element) const { return {this, {}, element, true}; }
  /// The dotted name: "levels.0.conv.weight".
  [[nodiscard]] std::string str() const {
    return join(parent ? parent->str() : std::string(), numbered ? std::to_string(number) : std::string(name));
  }
};

template <class M, class V>
void walk(M& m, const Path& path, V&& visitor);

template <std::size_t... i, class Elements, class V>
void walk_elements(std::index_sequence<i...>, Elements& elements, const Path& path, V& visitor) {
  (walk(std::get<i>(elements), path.below(i), visitor), ...);
}
template <std::size_t... i, class M, class V>
void walk_layers(std::index_sequence<i...>, M& m, const Path& path, V& visitor) {
  (walk(std::get<i>(m.layers), m.names[i] != nullptr ? path.below(m.names[i]) : path.below(i), visitor), ...);
}
template <std::size_t... i, class M, class V>
void walk_members(std::index_sequence<i...>, M& m, const Path& path, V& visitor) {
  (walk(m.*std::get<i>(M::members).pointer, path.below(std::get<i>(M::members).name), visitor), ...);
}

/// Calls visitor(path, x) for every module before its members, and for every parameter, buffer, counter and random
/// state in m, in the order of the lists. A Sequential names its layers itself.
template <class M, class V>
void walk(M& m, const Path& path, V&& visitor) {
  using Plain = std::remove_const_t<M>;
  if constexpr (is_list<Plain>) {
    std::size_t i = 0;
    for (auto& element : m) walk(element, path.below(i++), visitor);
  } else if constexpr (is_tuple<Plain>) {
    walk_elements(std::make_index_sequence<std::tuple_size_v<Plain>>(), m, path, visitor);
  } else if constexpr (is_optional<Plain>) {
    if (m) walk(*m, path, visitor);
  } else if constexpr (is_variant<Plain>) {
    std::visit([&](auto& chosen) { walk(chosen, path, visitor); }, m);
  } else if constexpr (Module<Plain>) {
    visitor(path, m);
    if constexpr (is_sequential<Plain>)
      walk_layers(std::make_index_sequence<Plain::size>(), m, path, visitor);
    else
      walk_members(std::make_index_sequence<std::tuple_size_v<decltype(Plain::members)>>(), m, path, visitor);
  } else {
    static_assert(
        Kind<Plain>::parameter || Kind<Plain>::buffer || std::is_same_v<Plain, index_t> ||
            std::is_same_v<Plain, Random>,
        "a member in a module's list must be a Parameter, Tensor, index_t, Random or module: give the type a "
        "list of its own, `static constexpr auto members = std::tuple{nn::member(\"name\", &Type::name)...};`");
    visitor(path, m);
  }
}

/// Calls f(path, parameter) for every parameter that is defined.
template <class M, class F>
void walk_parameters(M& m, const F& f) {
  walk(m, {}, [&](const Path& path, auto& x) {
    if constexpr (Kind<std::remove_cvref_t<decltype(x)>>::parameter)
      if (x.defined()) f(path, x);
  });
}

/// The first scalar type found in the lists; void if there is none.
template <class M>
struct Scalar {
  template <class Class, class Field>
  static Field field(Member<Class, Field>);

  template <class First, class... Rest>
  static auto first(std::tuple<First, Rest...>*) {
    using Here = decltype(Scalar<First>::get());
    if constexpr (!std::is_void_v<Here>)
      return Here{};
    else
      return first(static_cast<std::tuple<Rest...>*>(nullptr));
  }
  static void first(std::tuple<>*) {}
  template <class... Any>
  static auto first(std::variant<Any...>*) {
    return first(static_cast<std::tuple<Any...>*>(nullptr));
  }

  static auto get() {
    if constexpr (Kind<M>::parameter || Kind<M>::buffer) {
      return typename Kind<M>::scalar{};
    } else if constexpr (requires { typename M::value_type; } && (Module<M> || is_list<M> || is_optional<M>)) {
      if constexpr (std::is_floating_point_v<typename M::value_type>)
        return typename M::value_type{};
      else
        return Scalar<typename M::value_type>::get();
    } else if constexpr (is_tuple<M> || is_variant<M>) {
      return first(static_cast<M*>(nullptr));
    } else if constexpr (Module<M>) {
      return std::apply(
          [](auto... entry) {
            using Fields = std::tuple<decltype(field(entry))...>;
            return first(static_cast<Fields*>(nullptr));
          },
          M::members);
    }
  }
};

}  // namespace detail

/// The scalar type of a module's parameters; float if it has none.
template <class M>
using scalar_t = std::conditional_t<std::is_void_v<decltype(detail::Scalar<std::remove_cvref_t<M>>::get())>, float,
                                    decltype(detail::Scalar<std::remove_cvref_t<M>>::get())>;

/// Calls f(name, parameter) for every parameter in the order of the lists, with PyTorch's dotted names ("0.weight").
/// Undefined ones (no bias) are left out.
template <Module M, class F>
void for_each_parameter(M& module, const F& f) {
  detail::walk_parameters(module, [&](const detail::Path& path, auto& p) { f(path.str(), p); });
}

/// Calls f(name, tensor) for every buffer: what is stored with a network but not learned (running statistics).
template <Module M, class F>
void for_each_buffer(M& module, const F& f) {
  detail::walk(module, {}, [&](const detail::Path& path, auto& leaf) {
    if constexpr (detail::Kind<std::remove_cvref_t<decltype(leaf)>>::buffer) f(path.str(), leaf);
  });
}

/// Calls f(name, count) for every counter (index_t).
template <Module M, class F>
void for_each_counter(M& module, const F& f) {
  detail::walk(module, {}, [&](const detail::Path& path, auto& leaf) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(leaf)>, index_t>) f(path.str(), leaf);
  });
}

/// Calls f(name, random) for every random state (of dropout). To continue a training bit for bit, store them too.
template <Module M, class F>
void for_each_random(M& module, const F& f) {
  detail::walk(module, {}, [&](const detail::Path& path, auto& leaf) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(leaf)>, Random>) f(path.str(), leaf);
  });
}

/// Calls f(name, module) for the module itself (name "") and every module in it, each before its members.
template <Module M, class F>
void for_each_module(M& module, const F& f) {
  detail::walk(module, {}, [&](const detail::Path& path, auto& m) {
    if constexpr (Module<decltype(m)>) f(path.str(), m);
  });
}

/// Handles of all parameters, in the order of the lists: what grad() and optimisers take.
template <Module M>
[[nodiscard]] std::vector<Var<scalar_t<M>>> parameters(const M& module) {
  std::vector<Var<scalar_t<M>>> all;
  detail::walk_parameters(module, [&](const detail::Path&, const auto& p) { all.push_back(p); });
  return all;
}

/// Their names, in the same order.
template <Module M>
[[nodiscard]] std::vector<std::string> parameter_names(const M& module) {
  std::vector<std::string> names;
  for_each_parameter(module, [&](const std::string& name, const auto&) { names.push_back(name); });
  return names;
}

/// How many numbers a module learns.
template <Module M>
[[nodiscard]] index_t count_parameters(const M& module) {
  index_t n = 0;
  detail::walk_parameters(module, [&](const detail::Path&, const auto& p) { n += p.numel(); });
  return n;
}

// ---- the two passes ------------------------------------------------------------------------------------------------

namespace detail {

template <class M>
struct HasTraining {  // the module, or one inside it, behaves differently in training
  template <class L>
  static constexpr bool in_list() {
    if constexpr (is_tuple<L> || is_variant<L>)
      return any(static_cast<L*>(nullptr));
    else if constexpr (is_list<L> || is_optional<L>)
      return HasTraining<typename L::value_type>::value;
    else if constexpr (Module<L>)
      return HasTraining<L>::value;
    else
      return std::is_same_v<L, Random>;
  }
  template <class... L>
  static constexpr bool any(std::tuple<L...>*) {
    return (in_list<L>() || ...);
  }
  template <class... L>
  static constexpr bool any(std::variant<L...>*) {
    return (in_list<L>() || ...);
  }
  template <class... Class, class... Field>
  static constexpr bool any_field(const std::tuple<Member<Class, Field>...>&) {
    return (in_list<Field>() || ...);
  }
  static constexpr bool own = requires(M & m, const Var<float>& f) { m.training(f); }
  || requires(M& m, const Var<double>& d) { m.training(d); };
  static constexpr bool container = requires { M::container; };  // then it has one whatever its layers are
  static constexpr bool value = (own && !container) || any_field(M::members);
};

}  // namespace detail

/// The training pass of a layer: layer.training(x...) if it has one (batch norm, dropout, networks of them), otherwise
/// layer(x...).
template <Module M, class... X>
auto training(M& module, const X&... x) {
  if constexpr (requires { module.training(x...); }) {
    return module.training(x...);
  } else {
    static_assert(!detail::HasTraining<M>::value,
                  "this module contains layers that behave differently in training (batch norm, dropout) but has no "
                  "training(x) of its own: write one that calls nn::training on its layers.");
    return module(x...);
  }
}

/// Evaluation for a layer that is const, training for one that is not: a network that writes
/// `template <class Self> static auto pass_all(Self& self, x)` in terms of pass() has both of its passes from it.
template <class M, class... X>
auto pass(M& module, const X&... x) {
  if constexpr (std::is_const_v<M>)
    return module(x...);
  else
    return training(module, x...);
}

}  // namespace nn

GANVAS_END
