#pragma once
// What a training asks its settings for besides the game: how long, how often, by what it is measured. And all of it at
// once, for `ganvas recipes NAME --all` and for the test of docs/settings.md, which says what each setting is.

#include <cstdint>
#include <string>

#include "ganvas/gan/restarts.hpp"
#include "ganvas/io/settings.hpp"

#include "session.hpp"

namespace tool {

/// The settings of a run that are about no network and no loss.
struct RunSettings {
  std::uint64_t seed = 1;
  index_t batch = 64, steps = 0, look_every = 1, checkpoint_every = 1;
  RestartOptions restarts;
  index_t samples = 0;   ///< that are left in samples.npy
  index_t measured = 0;  ///< samples of each measure
  bool measure = false;
  std::string features;  ///< folder of the networks that measure
};
/// Asks for them. Throws ValueError.
[[nodiscard]] RunSettings run_settings(io::Settings& s, const Data& d);

/// Asks for every setting that a training on these data asks for, except those of the data themselves (open_data asks
/// for them), and drops what the recipe says about other networks. Throws ValueError where the training would be
/// refused.
void ask_for_everything(io::Settings& s, const Data& d);

/// Data that stand for any: colour pictures in 10 classes, of the side and the channels that the settings say, but
/// without one picture. Asks for the settings data.*.
[[nodiscard]] Data imagined_data(io::Settings& s);

}  // namespace tool
