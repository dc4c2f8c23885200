// Everything that needs a game: training, a search among restarts, and a trained generator. It is compiled once, here.

#include "session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/data/stacked_mnist.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/restarts.hpp"
#include "ganvas/gan/run.hpp"
#include "ganvas/gan/source.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/nn/labels.hpp"
#include "ganvas/recipes/game.hpp"

#include "plan.hpp"
#include "training_folder.hpp"

namespace tool {

namespace fs = std::filesystem;

// ---- training ------------------------------------------------------------------------------------------------------

namespace {

Source<float> source_of_data(const Data& d, index_t batch, std::uint64_t seed) {
  if (d.mixture)
    return source_drawn<float>([mixture = *d.mixture](index_t n, Random& rng) { return mixture.sample(n, rng); }, batch,
                               seed);
  if (d.stacked)
    return source_drawn<float>(
        [digits = *d.train](index_t n, Random& rng) {
          const auto some = data::stacked_mnist(digits, n, rng);
          return Labelled<float>(some.images, some.labels);
        },
        batch, seed);
  return source_of(*d.train, std::min(batch, d.train->size()), seed);
}

/// One candidate: a game, and the run that trains it in a folder.
struct Candidate {
  recipes::Game game;
  Run<recipes::Trainer> run;

  Candidate(io::Settings& s, const Data& d, std::uint64_t seed, const RunOptions& options, const Judge& judge,
            index_t measured)
      : game(s, {d.sample, d.classes}, seed),
        run(game.trainer, source_of_data(d, s.get<index_t>("batch", 64, {.least = 1, .most = 1e6}), seed),
            with_pictures(options, game), hooks(game, judge, options, seed, measured)) {}

 private:
  /// Eight rows of samples, where there are classes a column for each.
  static RunOptions with_pictures(RunOptions o, const recipes::Game& game) {
    o.pictures = 8 * nn::picture_columns(game.g.classes());
    return o;
  }
  static Run<recipes::Trainer>::Hooks hooks(const recipes::Game& game, const Judge& judge, const RunOptions& o,
                                            std::uint64_t seed, index_t measured) {
    Run<recipes::Trainer>::Hooks h;
    h.picture = [columns = nn::picture_columns(game.g.classes())](const Tensor<float>& x) {
      return picture_of(x, 2, columns);
    };
    h.modes = judge.modes;
    if (judge.quick)
      h.measure = [&judge, seed, measured](const recipes::Generator& g, index_t) {
        return judge.quick([&g](index_t n, Random& rng) { return g.sample(n, rng); }, measured, seed);
      };
    h.rate = game.rate(o.steps);
    return h;
  }
};

/// What one training and a search among restarts share.
struct Plan {
  fs::path out;
  std::string title;
  bool resume = false;
  std::uint64_t seed = 1;
  index_t samples = 0, measured = 0, batch = 0;
  RunOptions options;
  RestartOptions restarts;
  Judge judge;
};

void say_stopped(const RunResult& r) {
  if (!r.stopped.empty()) std::fprintf(stderr, "%s\n", r.stopped.c_str());
}

int train_one(const Plan& p, io::Settings& s, const Data& d) {
  Candidate one(s, d, p.seed, p.options, p.judge, p.measured);
  if (p.resume) {
    check_same_training(p.out, s.full());
    const bool there = one.run.resume();
    std::error_code error;
    require<FileError>(there || !fs::exists(p.out / "losses.csv", error), "train", p.out.string(),
                       " holds tables of a training, but no checkpoint to go on from; begin anew in another folder.");
    require<ValueError>(one.run.step() <= p.options.steps, "train", "the training has made ", one.run.step(),
                        " steps already, more than --steps ", p.options.steps, ".");
  } else {
    check_free(p.out);  // again, for nobody else can write here now
  }
  io::write_settings(p.out / "settings.json", s);
  const RunResult r = one.run.to(p.options.steps);
  say_stopped(r);
  if (r.steps > 0) write_results(p.out, p.title, p.seed);
  const int code = ended(r, p.out, p.batch);
  if (r.steps > 0) write_samples(p.out, p.seed, p.samples);  // the largest file last: the disk may be full
  return code;
}

/// Restarts: each candidate is a run in a folder of its own, with settings by which it can be trained on by itself.
int search(const Plan& p, io::Settings& s, const Data& d) {
  const RestartOptions& o = p.restarts;
  const fs::path file = p.out / "restarts.json";
  const auto folder = [&](index_t i) { return p.out / ("start_" + std::to_string(i)); };
  std::error_code error;
  Search kept{RestartState::beginning(o), s.full()};
  if (p.resume && fs::exists(file, error)) {
    kept.state = read_search(file, kept.settings);
  } else {
    for (const char* taken : {"checkpoint.safetensors", "regular.safetensors"})
      require<FileError>(!fs::exists(p.out / taken, error), "train", p.out.string(), " holds a training that is no ",
                         "search among restarts (", taken, "); begin the search in another folder.");
    if (!p.resume) {
      check_free(p.out);
      for (index_t i = 0; i < o.candidates; ++i) check_free(folder(i));
    }
    io::write_settings(p.out / "settings.json", s);
    write_search(file, kept);
  }

  RunResult last;
  index_t made = 0;  // steps of all starts together
  double training = 0;
  const auto start = std::chrono::steady_clock::now();
  std::optional<io::Interrupt> interrupt(std::in_place);  // between the runs, too: they see the same request
  const auto train = [&](index_t i, index_t end) {
    last = {};
    RunOptions mine = p.options;
    mine.lock = true;
    mine.out = folder(i);
    mine.seed = p.seed + static_cast<std::uint64_t>(i);
    auto alone = kept.settings;
    alone["restarts"] = 1;
    for (const char* of_searches : {"restart_eta", "restart_first"}) alone.erase(of_searches);
    alone["seed"] = mine.seed;
    mine.settings = alone.dump();
    if (mine.minutes > 0) {  // what is left of the time
      const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
      mine.minutes = std::max(1e-6, mine.minutes - gone.count() / 60);
    }
    Candidate c(s, d, mine.seed, mine, p.judge, p.measured);
    const bool begun = kept.state.candidates.at(static_cast<std::size_t>(i)).steps > 0;
    if (p.resume || begun) c.run.resume();
    require<ValueError>(
        c.run.step() <= end, "train", mine.out.string(), " has made ", c.run.step(),
        " steps, but its search has come to step ", end, ": it was trained on by itself, and would be ",
        "compared with starts of fewer steps. Move it elsewhere, and the search makes this start anew.");
    io::make_directories(mine.out);
    io::atomic_write(mine.out / "settings.json", alone.dump(2) + "\n");
    std::fprintf(stderr, "start %lld to step %lld\n", static_cast<long long>(i), static_cast<long long>(end));
    last = c.run.to(end);
    made += last.made;
    training += last.training_seconds;
    if (last.diverged || last.steps < end) return std::nan("");
    // Scored by itself at the end of its round, whether a look fell there or not.
    const Scores found = p.judge.quick(
        [&](index_t n, Random& rng) { return c.game.trainer.best_generator().sample(n, rng); }, p.measured, p.seed);
    const double score = found.empty() ? std::nan("") : found.front().second;
    return std::isfinite(score) ? score : std::nan("");  // JSON has no infinity to go on with
  };
  const auto after = [&](const RestartState& now) {
    if (!last.stopped.empty() && !last.diverged) return false;  // this turn is not over; --resume goes on with it
    kept.state = now;
    write_search(file, kept);
    if (!interrupt->requested()) return true;
    last.interrupted = true;
    last.stopped = "It was interrupted.";
    return false;
  };
  const RestartState end = restarts(o, train, after, kept.state);
  interrupt.reset();
  const bool finished = end.finished(o);
  if (finished) {
    kept.state = end;
    write_search(file, kept);
  }
  say_stopped(last);

  std::printf("start  steps  score of each round (lower is better)\n");
  const CandidateReport& best = kept.state.candidates.at(static_cast<std::size_t>(kept.state.best()));
  for (const CandidateReport& c : kept.state.candidates) {
    std::printf("%5lld %6lld ", static_cast<long long>(c.number), static_cast<long long>(c.steps));
    for (const double v : c.scores) std::printf(" %.4g", v);
    std::printf("%s\n", c.number == best.number && best.rounds > 0 ? "  <- the best" : "");
  }
  if (best.rounds > 0) {
    write_results(folder(best.number), p.title, p.seed);
    copy_results(folder(best.number), p.out, p.title);
  }
  const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
  last.steps = best.steps;
  last.made = made;
  last.seconds = gone.count();
  last.training_seconds = training;
  last.diverged =
      finished && (best.rounds < static_cast<index_t>(o.survivors().size()) || std::isnan(best.scores.back()));
  const bool nothing = best.rounds == 0 && !last.interrupted;
  if (last.diverged) last.stopped = "No start has come through all rounds.";
  if (nothing) last.stopped = "No start has come through its first round yet; --resume goes on with the search.";
  if (last.diverged || nothing) say_stopped(last);
  const int code = ended(last, p.out, p.batch);
  if (best.rounds > 0) write_samples(p.out, p.seed, p.samples);
  return code;
}

}  // namespace

int train(const TrainRequest& request, io::Settings& s, const Data& d) {
  std::error_code error;
  const fs::path data = fs::weakly_canonical(d.name, error), out = fs::weakly_canonical(request.out, error);
  const auto [inside, rest] = std::mismatch(data.begin(), data.end(), out.begin(), out.end());
  require<ValueError>(!fs::is_directory(d.name, error) || inside != data.end(), "train", request.out.string(),
                      " lies in the folder of the data, ", d.name, ", so its pictures would become data; choose ",
                      "another --out.");
  Plan p;
  p.out = request.out;
  p.title = request.title;
  p.resume = request.resume;
  const RunSettings run = run_settings(s, d);
  p.seed = run.seed;
  p.batch = run.batch;
  if (d.train && !d.stacked && d.train->size() < p.batch) {
    std::fprintf(stderr, "A step takes all %lld samples of %s; the batch of %lld is more than there are.\n",
                 static_cast<long long>(d.train->size()), d.name.c_str(), static_cast<long long>(p.batch));
    p.batch = d.train->size();
  }
  RunOptions& o = p.options;
  o.out = request.out;
  o.minutes = request.minutes;
  o.seed = p.seed;
  o.lock = false;  // it is taken below
  o.steps = run.steps;
  o.look_every = run.look_every;
  o.checkpoint_every = run.checkpoint_every;
  p.restarts = run.restarts;
  p.samples = run.samples;
  p.measured = run.measured;
  p.judge = make_judge(d, run.features, run.measure);
  const index_t candidates = run.restarts.candidates;
  require<ValueError>(candidates == 1 || p.judge.quick, "train",
                      "restarts need a score to choose by, but nothing is known ", "to measure ", d.name,
                      " by; train without --restarts.");

  static_cast<void>(Candidate(s, d, p.seed, o, p.judge, p.measured));  // asks for every setting
  s.drop_unused("recipe " + s.get<std::string>("recipe", ""));         // what is about other networks
  std::vector<index_t> shape;                                          // what a sampler must know of the data
  for (int axis = 0; axis < d.sample.rank(); ++axis) shape.push_back(d.sample[axis]);
  s.set("data.shape=" + nlohmann::json(shape).dump());
  s.set("data.classes=" + std::to_string(d.classes));
  const std::string hash = s.get<std::string>("data.hash", d.hash.c_str());
  require<ValueError>(hash == d.hash, "train", "the data are not those that the training began with: their hash was ",
                      hash, " and is ", d.hash, " now. Put them back, or begin another training in another folder.");
  static_cast<void>(s.get<std::vector<index_t>>("data.shape", {}));
  static_cast<void>(s.get<index_t>("data.classes", 0));
  s.refuse_unknown();
  o.settings = s.full().dump();
  io::make_directories(request.out);
  const io::FolderLock lock(request.out);
  return candidates == 1 ? train_one(p, s, d) : search(p, s, d);
}

// ---- samples -------------------------------------------------------------------------------------------------------

nlohmann::json settings_of(const Checkpoint& checkpoint) {
  auto json = io::detail::parse_json(checkpoint.note("settings"), checkpoint.name());
  const bool good = json.is_object() && json.contains("data") && json["data"].is_object() &&
                    json["data"].contains("name") && json["data"]["name"].is_string() &&
                    json["data"].contains("classes") && json["data"]["classes"].is_number_integer() &&
                    json["data"].contains("shape") && json["data"]["shape"].is_array() &&
                    std::all_of(json["data"]["shape"].begin(), json["data"]["shape"].end(),
                                [](const auto& extent) { return extent.is_number_integer(); });
  require<FileError>(good, "checkpoint", checkpoint.name(), " does not say what data it was trained on; it is not of ",
                     "`ganvas train`.");
  return json;
}

Sampler load_sampler(const fs::path& from) {
  fs::path file = from;
  std::error_code error;
  if (fs::is_directory(from, error)) {
    file = from / "best.safetensors";
    if (!fs::exists(file, error)) file = from / "checkpoint.safetensors";
    require<FileError>(fs::exists(file, error), "sample", from.string(), " has no best.safetensors and no ",
                       "checkpoint.safetensors; name a folder that `ganvas train` made, or a checkpoint.");
  }
  const Checkpoint checkpoint(file);
  const auto json = settings_of(checkpoint);
  io::Settings s(json, file.string());
  recipes::SampleShape shape;
  for (const auto& extent : json.at("data").at("shape")) shape.sample.append(extent.get<index_t>());
  shape.classes = json.at("data").at("classes").get<index_t>();
  const auto game = std::make_shared<recipes::Game>(s, shape, s.get<std::uint64_t>("seed", 1));
  checkpoint.restore(game->trainer);
  Sampler sampler;
  sampler.latent = game->g.prior();
  sampler.classes = game->g.classes();
  sampler.sample = shape.sample;
  sampler.settings = json;
  sampler.step = game->trainer.report().step;
  sampler.generate = [game](const Tensor<float>& z, const Labels& y, double psi) {
    recipes::Generator g = game->trainer.best_generator();
    if (psi != 1) {
      auto* style = std::get_if<models::StyleGenerator<float>>(&g.net.chosen);
      require<ValueError>(style != nullptr, "sample", "truncation is for the model style (StyleGAN2) alone.");
      style->psi = psi;
    }
    const Tensor<float> x = g.sample(z, y);
    require<NumericError>(all_finite(x), "sample", "the generator gives infinite numbers or NaN: it has broken down. ",
                          "Take an earlier checkpoint.");
    return x;
  };
  return sampler;
}

Labels labels_for(const Sampler& s, index_t n, index_t wanted, Random& rng) {
  if (s.classes == 0) {
    require<ValueError>(wanted < 0, "sample", "a class was asked for, but this generator knows none.");
    return {};
  }
  if (wanted < 0) return rng.integers(n, 0, s.classes);
  require<ValueError>(wanted < s.classes, "sample", "class ", wanted, " was asked for, but there are classes 0 to ",
                      s.classes - 1, ".");
  return Labels(static_cast<std::size_t>(n), wanted);
}

}  // namespace tool
