#pragma once
// A network's weights as one short text: two networks with the same text compute the same.

#include <string>

#include "ganvas/core/config.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/state_dict.hpp"

GANVAS_BEGIN

namespace nn {

/// SHA-256 over the entries of state_dict(module) in their order: the name, a zero byte, then the tensor as
/// io::Sha256::add has it. Parameters, buffers and counters count; where dropout is in its random stream does not.
template <Module M>
[[nodiscard]] std::string content_hash(const M& module) {
  io::Sha256 hash;
  for (const auto& entry : state_dict(module)) hash.add(entry.name).end_part().add(entry.value);
  return hash.hex();
}

}  // namespace nn

GANVAS_END
