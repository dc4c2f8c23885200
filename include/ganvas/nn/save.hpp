#pragma once
// Networks to and from safetensors files, under PyTorch's names and in its layouts: what is written here loads with
// safetensors.torch.load_file and load_state_dict there, and the other way round.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/safetensors.hpp"
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

template <class T>
StateDict<T> state_dict_of(const io::Safetensors& file) {
  StateDict<T> dict;
  for (const auto& entry : file.entries())
    dict.push_back({entry.name, file.get<T>(entry.name), entry.dtype == io::Dtype::I64});
  return dict;
}

}  // namespace detail

/// Writes the network's state. The file holds the old content or the whole new one, whatever happens.
template <Module M>
void save(const std::filesystem::path& path, const M& module, std::map<std::string, std::string> metadata = {}) {
  metadata.emplace("format", "pt");  // what PyTorch's tools look for
  io::write_safetensors(path, detail::safetensors_items(state_dict(module)), metadata);
}

/// All entries of a safetensors file, of any dtype, as tensors of T: to load a part of it, or to change names before.
template <class T>
[[nodiscard]] StateDict<T> read_state_dict(const std::filesystem::path& path) {
  return detail::state_dict_of<T>(io::read_safetensors(path));
}

/// Reads the network's state from a file of the same architecture: of any floating dtype, by ganvas or PyTorch.
/// Throws FileError; then the network is as it was.
template <Module M>
void load(const std::filesystem::path& path, M& module) {
  const io::Safetensors file = io::read_safetensors(path);
  for (const auto& entry : file.entries())
    require<FileError>(io::detail::is_floating(entry.dtype) || entry.shape.rank() == 0, "load", path.string(), ": ",
                       entry.name, " holds whole numbers (", io::detail::info(entry.dtype).name,
                       "); weights are F64, F32, F16 or BF16.");
  const auto dict = detail::state_dict_of<scalar_t<M>>(file);
  try {
    load_state_dict(module, dict);
  } catch (const ShapeError& error) {
    fail<FileError>("load", path.string(), " holds another network. ", error.what());
  } catch (const ValueError& error) {
    fail<FileError>("load", path.string(), " holds another network. ", error.what());
  }
}

}  // namespace nn

GANVAS_END
