#include "plan.hpp"

#include <algorithm>

#include "ganvas/recipes/game.hpp"

namespace tool {

RunSettings run_settings(io::Settings& s, const Data& d) {
  RunSettings r;
  r.seed = s.get<std::uint64_t>("seed", 1);
  r.batch = s.get<index_t>("batch", 64, {.least = 1, .most = 1e6});
  const index_t epoch =
      d.train && !d.stacked ? std::max<index_t>(1, d.train->size() / std::min(r.batch, d.train->size())) : 1000;
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
