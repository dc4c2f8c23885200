#pragma once
// A network's parameters and buffers as a list of names and tensors, in PyTorch's names and layouts.

#include <cmath>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/shape.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/nn/layout.hpp"
#include "ganvas/nn/module.hpp"

GANVAS_BEGIN

namespace nn {

template <class T>
struct StateEntry {
  std::string name;
  Tensor<T> value;
  bool counter = false;  ///< a whole number of rank 0 (num_batches_tracked); files store it as an integer
};

template <class T>
using StateDict = std::vector<StateEntry<T>>;

namespace detail {

/// Calls f(name, leaf, shape in PyTorch) for every parameter, buffer and counter.
template <class M, class F>
void for_each_state(M& module, const F& f) {
  walk(module, {}, [&](const Path& path, auto& leaf) {
    using Leaf = std::remove_cvref_t<decltype(leaf)>;
    if constexpr (Kind<Leaf>::parameter) {
      if (leaf.defined()) f(path.str(), leaf, leaf.layout().same() ? leaf.shape() : leaf.layout().stored);
    } else if constexpr (Kind<Leaf>::buffer) {
      f(path.str(), leaf, leaf.shape());
    } else if constexpr (std::is_same_v<Leaf, index_t>) {
      f(path.str(), leaf, Shape{});
    }
  });
}

/// Adds `item` to a list of which a sentence shows the first four.
inline void list_item(std::string& list, int& count, const std::string& item) {
  if (++count <= 4) list += (count == 1 ? "" : ", ") + item;
  if (count == 5) list += ", ...";
}

}  // namespace detail

/// Every parameter, buffer and counter under its dotted name, laid out as PyTorch's nn.Sequential has it:
/// "0.weight", "1.running_mean", ... Tensors share memory with the network's until one of them is written.
template <Module M>
[[nodiscard]] StateDict<scalar_t<M>> state_dict(const M& module) {
  using T = scalar_t<M>;
  StateDict<T> dict;
  detail::for_each_state(module, [&](const std::string& name, const auto& leaf, const Shape&) {
    using Leaf = std::remove_cvref_t<decltype(leaf)>;
    if constexpr (detail::Kind<Leaf>::parameter)
      dict.push_back({name, to_torch(leaf.value(), leaf.layout())});
    else if constexpr (detail::Kind<Leaf>::buffer)
      dict.push_back({name, leaf});
    else
      dict.push_back({name, Tensor<T>::scalar(static_cast<T>(leaf)), true});
  });
  return dict;
}

/// Gives a network the values of a dict. Every entry must fit and none may be missing or left over; otherwise one
/// sentence says what does not fit, and nothing is changed.
template <Module M>
void load_state_dict(M& module, const StateDict<scalar_t<M>>& dict) {
  using T = scalar_t<M>;
  std::unordered_map<std::string, const Tensor<T>*> given;
  for (const auto& entry : dict)
    require<ValueError>(given.emplace(entry.name, &entry.value).second, "load_state_dict", "the entry \"", entry.name,
                        "\" occurs twice.");

  std::string missing, unexpected, misshapen;
  int missing_count = 0, unexpected_count = 0, misshapen_count = 0;
  std::unordered_map<std::string, const Tensor<T>*> found;
  detail::for_each_state(module, [&](const std::string& name, const auto&, const Shape& shape) {
    const auto entry = given.find(name);
    if (entry == given.end()) {
      detail::list_item(missing, missing_count, name);
    } else if (entry->second->shape() != shape) {
      detail::list_item(misshapen, misshapen_count,
                        name + " has shape " + entry->second->shape().str() + " but the network has " + shape.str());
    }
    found.emplace(name, nullptr);
  });
  for (const auto& entry : dict)
    if (!found.contains(entry.name)) detail::list_item(unexpected, unexpected_count, entry.name);

  std::string problems;
  const auto add = [&](int count, const char* what, const std::string& list) {
    if (count > 0) problems += (problems.empty() ? "" : "; ") + std::string(what) + list;
  };
  add(missing_count, "missing ", missing);
  add(unexpected_count, "unexpected ", unexpected);
  add(misshapen_count, "", misshapen);
  if (missing_count + unexpected_count > 0)
    fail<ValueError>("load_state_dict", "the entries do not fit the network: ", problems, ". Nothing was changed.");
  require(misshapen_count == 0, "load_state_dict", "the entries do not fit the network: ", problems,
          ". Nothing was changed.");

  detail::for_each_state(module, [&](const std::string& name, auto& leaf, const Shape&) {
    const Tensor<T>& value = *given.at(name);
    using Leaf = std::remove_cvref_t<decltype(leaf)>;
    if constexpr (detail::Kind<Leaf>::parameter)
      leaf.set_value(from_torch(value, leaf.layout(), leaf.shape()));
    else if constexpr (detail::Kind<Leaf>::buffer)
      leaf = value;
    else
      leaf = static_cast<index_t>(std::llround(value.item()));
  });
}

}  // namespace nn

GANVAS_END
