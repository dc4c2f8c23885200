#include "plan.hpp"

#include <algorithm>

#include "ganvas/recipes/game.hpp"

namespace tool {

RunSettings run_settings(io::Settings& s, const Data& d) {
  RunSettings r;
  r.seed = s.get<std::uint64_t>("seed", 1);
  r.batch = s.get<index_t>("batch", 64, {.least = 1, .most = 1e6});
  const bool endless = !d.train || d.stacked;
  const index_t batch = endless ? r.batch : std::min(r.batch, d.train->size());
  const index_t pack = s.get<index_t>("pack", 1, {.least = 1, .most = 64});
  require<ValueError>(batch % pack == 0, "train", "a step takes ", batch,
                      " samples, which do not divide into packs of ", pack, "; use a batch that is a multiple of ",
                      pack, ".");
  if (s.get<std::string>("model", "automatic") == "style") {
    const index_t judged = batch / pack,
                  group = std::min(s.get<index_t>("discriminator.group", 4, {.least = 0}), judged);
    require<ValueError>(group == 0 || judged % group == 0, "train", "a step takes ", batch, " samples, which do not ",
                        "divide into groups of ", pack * group,
                        " (discriminator.group); use a batch that is a multiple of ", pack * group,
                        ", or smaller than it.");
  }
  const index_t epoch = endless ? 1000 : std::max<index_t>(1, d.train->size() / batch);
  const index_t epochs = s.get<index_t>("epochs", 5, {.least = 1, .most = 1e9});
  r.steps = s.get<index_t>("steps", epochs * epoch, {.least = 1, .most = 1e15});
  // A look an epoch, but not so often that looking takes the time of training, and ten at least.
  r.look_every = s.get<index_t>(
      "look_every", std::max<index_t>(1, std::min(std::max<index_t>(epoch, 500), r.steps / 10)), {.least = 1});
  r.checkpoint_every = s.get<index_t>("checkpoint_every", std::min<index_t>(r.look_every, 500), {.least = 1});
  r.restarts = {.candidates = s.get<index_t>("restarts", 1, {.least = 1, .most = 1000}), .steps = r.steps};
  if (r.restarts.candidates > 1) {
    r.restarts.eta = s.get<index_t>("restart_eta", 2, {.least = 2, .most = 1000});
    r.restarts.first = s.get<index_t>("restart_first", 0, {.least = 0});
    r.restarts.check();
  }
  r.samples = s.get<index_t>("samples", r.steps < 100 ? 100 : 10000, {.least = 0, .most = 1e7});
  r.measured = s.get<index_t>("metric.samples", r.steps < 100 ? 100 : 2500, {.least = 2, .most = 1e6});
  r.measure = s.choice("metric.kind", "automatic", {"automatic", "none"}) == "automatic" &&
              (r.steps >= 100 || r.restarts.candidates > 1);
  r.features = s.get<std::string>("metric.features", "data/features");
  return r;
}

void ask_for_everything(io::Settings& s, const Data& d) {
  const std::string recipe = s.get<std::string>("recipe", "");
  const RunSettings run = run_settings(s, d);
  static_cast<void>(recipes::Game(s, {d.sample, d.classes}, run.seed));
  s.drop_unused("recipe " + recipe);
  s.refuse_unknown();
}

}  // namespace tool
