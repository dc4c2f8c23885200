#include "session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <system_error>

#include "ganvas/data/mnist.hpp"
#include "ganvas/data/open.hpp"
#include "ganvas/data/stacked_mnist.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/restarts.hpp"
#include "ganvas/gan/run.hpp"
#include "ganvas/gan/run_report.hpp"
#include "ganvas/gan/source.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/io/scatter.hpp"
#include "ganvas/io/text.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/optim/schedule.hpp"
#include "ganvas/recipes/game.hpp"

namespace tool {

namespace fs = std::filesystem;

// ---- data ----------------------------------------------------------------------------------------------------------

std::string json_name(const std::string& name) {
  require<ValueError>(io::detail::is_utf8(name), "ganvas", "\"", name,
                      "\" is not UTF-8, and the settings of a run, which are JSON, can hold nothing else; rename it.");
  return nlohmann::json(name).dump();
}

Data open_data(const std::string& name, io::Settings& s) {
  static_cast<void>(json_name(name));  // the scores' file takes it, too
  data::OpenOptions o;
  o.root = s.get<std::string>("data.root", "data");
  Data d;
  d.name = name;
  if (name == "stacked-mnist") {
    d.train = data::mnist(o.root / "mnist", data::Split::train);
    d.test = data::mnist(o.root / "mnist", data::Split::test);
    d.stacked = true;
    d.sample = {28, 28, 3};
    d.classes = 1000;
    d.hash = "stacked";
    d.about = "stacked-mnist: three digits as the channels of 28 x 28 pictures, made on the fly; 1000 classes";
    return d;
  }
  o.pictures.side = s.get<index_t>("data.side", 32, {.least = 4, .most = 1024});
  const std::string channels = s.choice("data.channels", "automatic", {"automatic", "grey", "rgb", "rgba"});
  o.pictures.channels = channels == "grey"   ? data::Channels::grey
                        : channels == "rgb"  ? data::Channels::rgb
                        : channels == "rgba" ? data::Channels::rgba
                                             : data::Channels::automatic;
  const std::string crop = s.choice("data.crop", "centre", {"centre", "pad", "stretch"});
  o.pictures.crop = crop == "pad" ? data::Crop::pad : crop == "stretch" ? data::Crop::stretch : data::Crop::centre;
  o.pictures.label_column = s.get<std::string>("data.label_column", "");
  o.pictures.strict = s.get<bool>("data.strict", false);
  auto opened = data::open<float>(name, o);
  d.about = opened.description.str();
  d.hash = opened.description.hash.str();
  if (!opened.description.report.empty()) d.about += "\n" + opened.description.report;
  d.sample = opened.description.sample;
  d.classes = opened.mixture ? 0 : opened.description.classes;
  d.train = std::move(opened.dataset);
  d.mixture = std::move(opened.mixture);
  if (opened.description.kind == "IDX files") {
    o.split = data::Split::test;
    try {
      d.test = data::open<float>(name, o).dataset;
    } catch (const FileError&) {  // there is none
    }
  }
  return d;
}

// ---- pictures ------------------------------------------------------------------------------------------------------

std::string picture_of(const Tensor<float>& samples, int upscale) {
  if (samples.rank() == 4) return io::grid_png(samples, {.upscale = upscale});
  float most = 0.5F;
  for (const float v : samples.values())
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  const double edge = 1.1 * static_cast<double>(most);
  return io::scatter_png({{samples, {.colour = io::colours::vermilion}}},
                         {.x_low = -edge, .x_high = edge, .y_low = -edge, .y_high = edge});
}

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
        run(game.trainer, source_of_data(d, s.get<index_t>("batch", 64, {.least = 1, .most = 1e6}), seed), options,
            hooks(game, judge, options, seed, measured)) {}

 private:
  static Run<recipes::Trainer>::Hooks hooks(const recipes::Game& game, const Judge& judge, const RunOptions& o,
                                            std::uint64_t seed, index_t measured) {
    Run<recipes::Trainer>::Hooks h;
    h.picture = [](const Tensor<float>& x) { return picture_of(x, 2); };
    if (judge.quick)
      h.measure = [&judge, seed, measured](const recipes::Generator& g, index_t) {
        return judge.quick([&g](index_t n, Random& rng) { return g.sample(n, rng); }, measured, seed);
      };
    if (game.schedule == "linear") h.rate = optim::schedule::Linear{1, game.schedule_end, o.steps};
    if (game.schedule == "cosine") h.rate = optim::schedule::Cosine{1, game.schedule_end, o.steps};
    return h;
  }
};

nlohmann::json to_json(const RestartState& state) {
  nlohmann::json j{
      {"round", state.round}, {"done", state.done}, {"alive", state.alive}, {"candidates", nlohmann::json::array()}};
  for (const CandidateReport& c : state.candidates) {
    nlohmann::json scores = nlohmann::json::array();
    for (const double v : c.scores) scores.push_back(std::isfinite(v) ? nlohmann::json(v) : nlohmann::json());
    j["candidates"].push_back({{"steps", c.steps}, {"rounds", c.rounds}, {"scores", scores}});
  }
  return j;
}
RestartState restart_state(const fs::path& file) {
  const auto j = io::detail::parse_json(io::read_file(file, std::uint64_t{1} << 24U), file.string());
  RestartState state;
  try {
    state.round = j.at("round").get<index_t>();
    state.done = j.at("done").get<index_t>();
    state.alive = j.at("alive").get<std::vector<index_t>>();
    for (const auto& c : j.at("candidates")) {
      CandidateReport r{.number = static_cast<index_t>(state.candidates.size()),
                        .steps = c.at("steps").get<index_t>(),
                        .rounds = c.at("rounds").get<index_t>()};
      for (const auto& v : c.at("scores")) r.scores.push_back(v.is_null() ? std::nan("") : v.get<double>());
      state.candidates.push_back(std::move(r));
    }
    const auto n = static_cast<index_t>(state.candidates.size());
    bool good = n > 0 && state.round >= 0 && state.round <= 64 && state.done >= 0 &&
                state.done <= static_cast<index_t>(state.alive.size()) && !state.alive.empty();
    for (std::size_t i = 0; i < state.alive.size(); ++i) {
      const index_t a = state.alive[i];
      good = good && a >= 0 && a < n;
      if (good && static_cast<index_t>(i) < state.done)
        good = !state.candidates[static_cast<std::size_t>(a)].scores.empty();
    }
    require<FileError>(good, "restarts", file.string(), " does not say where the search was: its numbers do not fit ",
                       "together.");
  } catch (const nlohmann::json::exception& error) {
    fail<FileError>("restarts", file.string(), " does not say where the search was: ", error.what(), ".");
  }
  return state;
}

/// Throws FileError where somebody else's training lies.
void check_free(const fs::path& out) {
  std::error_code error;
  for (const char* taken : {"checkpoint.safetensors", "regular.safetensors", "restarts.json", "settings.json"})
    require<FileError>(!fs::exists(out / taken, error), "train", out.string(), " holds a training already (", taken,
                       "); go on with it by --resume, or name another folder.");
}

/// Throws ValueError where the settings (all but the number of steps) are not those of the checkpoint in the folder.
void check_same_training(const fs::path& out, nlohmann::json now) {
  std::error_code error;
  fs::path file = out / "checkpoint.safetensors";
  if (!fs::exists(file, error)) file = out / "regular.safetensors";
  if (!fs::exists(file, error)) return;
  auto then = io::detail::parse_json(Checkpoint(file).note("settings"), file.string());
  then.erase("steps");
  now.erase("steps");
  if (then == now) return;
  const auto differences = nlohmann::json::diff(then, now);
  fail<ValueError>("train", "settings.json is not what ", out.string(),
                   " was trained with: ", differences.at(0).at("path").get<std::string>(),
                   " differs. Put it back, or begin another training in another folder.");
}

/// A copy that is whole or not there.
void copy_whole(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(from, error)) {
    fs::remove(to, error);
    return;
  }
  io::atomic_write(to, io::read_file(from, std::uint64_t{1} << 40U));
}

/// What a finished run leaves besides: the best generator's weights, pictures, samples, the page.
void write_results(const fs::path& out, const std::string& title, const Data& d, std::uint64_t seed, index_t samples) {
  const Sampler s = load_sampler(out);
  Random rng(seed, 6);
  const Tensor<float> z = s.latent.draw<float>(64, rng);
  const std::string grid = picture_of(s.generate(z, labels_for(s, 64, -1, rng), 1), 2);
  io::atomic_write(out / "samples.png", grid);
  if (samples > 0) {
    Random of_samples(seed, 8);
    io::NpyWriter<float> npy(out / "samples.npy", d.sample);
    for (index_t i = 0; i < samples; i += 250) {
      const index_t n = std::min<index_t>(250, samples - i);
      const Tensor<float> some = s.latent.draw<float>(n, of_samples);
      npy.append(s.generate(some, labels_for(s, n, -1, of_samples), 1));
    }
    npy.finish();
  }
  write_run_report(out, title, {{"Samples", grid}});
}

int ended(const RunResult& r, const fs::path& out) {
  std::printf("%lld steps in %s.\n", static_cast<long long>(r.steps), io::clock_text(r.seconds).c_str());
  std::printf("Report:   %s\n", (out / "report.html").string().c_str());
  if (!r.stopped.empty()) std::fprintf(stderr, "%s\n", r.stopped.c_str());
  return r.interrupted ? 130 : r.diverged ? 1 : r.stopped.empty() || r.stopped == "Its time was over." ? 0 : 2;
}

}  // namespace

int train(const TrainRequest& request, io::Settings& s, const Data& d) {
  const auto seed = s.get<std::uint64_t>("seed", 1);
  const index_t batch = s.get<index_t>("batch", 64, {.least = 1, .most = 1e6});
  const index_t epoch =
      d.train && !d.stacked ? std::max<index_t>(1, d.train->size() / std::min(batch, d.train->size())) : 1000;
  const index_t epochs = s.get<index_t>("epochs", 5, {.least = 1, .most = 1e9});
  RunOptions o;
  o.out = request.out;
  o.title = request.title;
  o.minutes = request.minutes;
  o.seed = seed;
  o.steps = s.get<index_t>("steps", epochs * epoch, {.least = 1, .most = 1e15});
  o.look_every = s.get<index_t>("look_every", std::max<index_t>(1, std::min(epoch, o.steps / 10)), {.least = 1});
  o.checkpoint_every = s.get<index_t>("checkpoint_every", std::min<index_t>(o.look_every, 500), {.least = 1});
  const index_t candidates = s.get<index_t>("restarts", 1, {.least = 1, .most = 1000});
  const index_t samples = s.get<index_t>("samples", o.steps < 100 ? 100 : 10000, {.least = 0, .most = 1e7});
  const index_t measured = s.get<index_t>("metric.samples", o.steps < 100 ? 100 : 2500, {.least = 2, .most = 1e6});
  const bool wanted =
      s.choice("metric.kind", "automatic", {"automatic", "none"}) == "automatic" && (o.steps >= 100 || candidates > 1);
  const Judge judge = make_judge(d, s.get<std::string>("metric.features", "data/features"), wanted);
  require<ValueError>(candidates == 1 || judge.quick, "train",
                      "restarts need a score to choose by, but nothing is known ", "to measure ", d.name,
                      " by; train without --restarts.");

  auto first = std::make_unique<Candidate>(s, d, seed, o, judge, measured);  // asks for every setting
  s.drop_unused("recipe " + s.get<std::string>("recipe", ""));               // what is about other networks
  std::vector<index_t> shape;                                                // what a sampler must know of the data
  for (int axis = 0; axis < d.sample.rank(); ++axis) shape.push_back(d.sample[axis]);
  s.set("data.shape=" + nlohmann::json(shape).dump());
  s.set("data.classes=" + std::to_string(d.classes));
  const std::string hash = s.get<std::string>("data.hash", d.hash.c_str());
  require<ValueError>(hash == d.hash, "train", "the data are not those that the training began with: their hash was ",
                      hash, " and is ", d.hash, " now.");
  static_cast<void>(s.get<std::vector<index_t>>("data.shape", {}));
  static_cast<void>(s.get<index_t>("data.classes", 0));
  s.refuse_unknown();
  o.settings = s.full().dump();
  io::make_directories(request.out);
  const io::FolderLock lock(request.out);
  o.lock = false;

  if (candidates == 1) {
    first = std::make_unique<Candidate>(s, d, seed, o, judge, measured);
    if (request.resume) {
      check_same_training(request.out, s.full());
      const bool there = first->run.resume();
      std::error_code error;
      require<FileError>(there || !fs::exists(request.out / "losses.csv", error), "train", request.out.string(),
                         " holds tables of a training, but no checkpoint to go on from; begin anew in another folder.");
      require<ValueError>(first->run.step() <= o.steps, "train", "the training has made ", first->run.step(),
                          " steps already, more than --steps ", o.steps, ".");
    } else {
      check_free(request.out);  // again, for nobody else can write here now
    }
    io::write_settings(request.out / "settings.json", s);
    const RunResult r = first->run.to(o.steps);
    if (r.steps > 0) write_results(request.out, request.title, d, seed, samples);
    return ended(r, request.out);
  }
  o.lock = true;  // candidates have folders of their own
  if (!request.resume) {
    check_free(request.out);
    io::write_settings(request.out / "settings.json", s);
  }

  // Restarts: each candidate is a run in a folder of its own.
  first.reset();
  RestartOptions search{.candidates = candidates, .steps = o.steps};
  const fs::path file = request.out / "restarts.json";
  RestartState state;
  if (request.resume && fs::exists(file)) state = restart_state(file);
  const auto folder = [&](index_t i) { return request.out / ("start_" + std::to_string(i)); };
  RunResult last;
  RestartState state_now = state;
  const auto start = std::chrono::steady_clock::now();
  const auto train_one = [&](index_t i, index_t end) {
    RunOptions mine = o;
    mine.out = folder(i);
    mine.seed = seed + static_cast<std::uint64_t>(i);
    if (o.minutes > 0) {  // what is left of the time
      const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
      mine.minutes = std::max(1e-6, o.minutes - gone.count() / 60);
    }
    Candidate c(s, d, mine.seed, mine, judge, measured);
    const bool begun = std::any_of(state_now.candidates.begin(), state_now.candidates.end(),
                                   [&](const CandidateReport& r) { return r.number == i && r.steps > 0; });
    if (request.resume || begun) c.run.resume();
    std::fprintf(stderr, "start %lld to step %lld\n", static_cast<long long>(i), static_cast<long long>(end));
    last = c.run.to(end);
    if (last.diverged || last.steps < end) return std::nan("");
    // Scored by itself at the end of its round, whether a look fell there or not.
    const Scores found = judge.quick(
        [&](index_t n, Random& rng) { return c.game.trainer.best_generator().sample(n, rng); }, measured, seed);
    return found.empty() ? std::nan("") : found.front().second;
  };
  const auto after = [&](const RestartState& now) {
    if (!last.stopped.empty() && !last.diverged) return false;  // this turn is not over; --resume goes on with it
    state_now = now;
    io::atomic_write(file, to_json(now).dump(1) + "\n");
    return true;
  };
  restarts(search, train_one, after, state);
  state = state_now;
  if (state.candidates.empty()) return ended(last, request.out);
  std::printf("start  steps  score of each round (lower is better)\n");
  for (const CandidateReport& c : state.candidates) {
    std::printf("%5lld %6lld ", static_cast<long long>(c.number), static_cast<long long>(c.steps));
    for (const double v : c.scores) std::printf(" %.4g", v);
    std::printf("%s\n", c.number == state.best() ? "  <- the best" : "");
  }
  const fs::path best = folder(state.best());
  write_results(best, request.title, d, seed, samples);
  for (const char* name : {"checkpoint.safetensors", "best.safetensors", "losses.csv", "metrics.csv", "samples.png",
                           "samples.npy", "report.html"})
    copy_whole(best / name, request.out / name);
  return ended(last, request.out);
}

// ---- samples -------------------------------------------------------------------------------------------------------

Sampler load_sampler(const fs::path& from) {
  fs::path file = from;
  if (fs::is_directory(from)) {
    file = from / "best.safetensors";
    if (!fs::exists(file)) file = from / "checkpoint.safetensors";
    require<FileError>(fs::exists(file), "sample", from.string(), " has no best.safetensors and no ",
                       "checkpoint.safetensors; name a folder that `ganvas train` made, or a checkpoint.");
  }
  const Checkpoint checkpoint(file);
  const auto json = io::detail::parse_json(checkpoint.note("settings"), file.string());
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
    return g.sample(z, y);
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
