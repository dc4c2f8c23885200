#pragma once
// An optimiser's state to and from a safetensors file, so that a training can go on bit for bit where it stopped.

#include <filesystem>
#include <locale>
#include <sstream>
#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/io/safetensors.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/io/write_safetensors.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/optim/optimizer.hpp"

GANVAS_BEGIN

namespace optim {

/// Writes the tensors under their names; rule, step and lr (with all its digits, in any locale) are metadata.
template <class R, class T>
void save(const std::filesystem::path& path, const Optimizer<R, T>& optimizer) {
  const OptimizerState<T> s = optimizer.state();
  const std::string lr = io::detail::short_number(s.lr, 17);
  io::write_safetensors(path, nn::detail::safetensors_items(s.tensors),
                        {{"rule", R::name}, {"step", std::to_string(s.step)}, {"lr", lr}});
}

/// Throws FileError, ValueError or ShapeError if the file is not the state of such an optimiser, which is then as it
/// was.
template <class R, class T>
void load(const std::filesystem::path& path, Optimizer<R, T>& optimizer) {
  const io::Safetensors file = io::read_safetensors(path);
  const auto text = [&](const char* key) {
    const auto found = file.metadata().find(key);
    require<FileError>(found != file.metadata().end(), "optim", file.name(), " has no metadata \"", key,
                       "\"; it is no optimiser's state.");
    return found->second;
  };
  require<FileError>(text("rule") == R::name, "optim", file.name(), " is the state of ", text("rule"), ", not of ",
                     R::name, ".");
  const std::string step = text("step"), lr = text("lr");
  OptimizerState<T> s{0, 0, nn::read_state_dict<T>(path)};
  std::istringstream numbers(step + ' ' + lr);
  numbers.imbue(std::locale::classic());
  require<FileError>(!step.empty() && numbers >> s.step >> s.lr && (numbers >> std::ws).eof(), "optim", file.name(),
                     " has a step or lr that is no number.");
  optimizer.load_state(s);
}

}  // namespace optim

GANVAS_END
