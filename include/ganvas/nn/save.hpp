#pragma once
// Networks to safetensors files, under PyTorch's names and in its layouts: what is written here loads with
// safetensors.torch.load_file and load_state_dict there. The way back is nn/load.hpp.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/write_safetensors.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/state_dict.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

template <class T>
std::vector<io::SafetensorsItem> safetensors_items(const StateDict<T>& dict) {
  std::vector<io::SafetensorsItem> items;
  for (const auto& [name, value, counter] : dict) {
    if (counter)
      items.emplace_back(name, value.template cast<std::int64_t>());
    else
      items.emplace_back(name, value);
  }
  return items;
}

}  // namespace detail

/// Writes the network's state. The file holds the old content or the whole new one, whatever happens.
template <Module M>
void save(const std::filesystem::path& path, const M& module, std::map<std::string, std::string> metadata = {}) {
  metadata.emplace("format", "pt");  // what PyTorch's tools look for
  io::write_safetensors(path, detail::safetensors_items(state_dict(module)), metadata);
}

}  // namespace nn

GANVAS_END
