#pragma once
// Networks from safetensors files, under PyTorch's names and in its layouts: what PyTorch wrote, and nn::save.

#include <filesystem>
#include <string>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/io/dtype.hpp"
#include "ganvas/io/safetensors.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/state_dict.hpp"

GANVAS_BEGIN

namespace nn {

namespace detail {

template <class T>
StateDict<T> state_dict_of(const io::Safetensors& file) {
  StateDict<T> dict;
  for (const auto& entry : file.entries())
    dict.push_back({entry.name, file.get<T>(entry.name), entry.dtype == io::Dtype::I64});
  return dict;
}

}  // namespace detail

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
