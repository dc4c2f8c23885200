#pragma once
// A training run that can be relied on: it can be killed at any moment and goes on to the same bits, it goes back and
// tries more gently when its numbers break down, it keeps the best generator beside the last, it notices when the game
// goes wrong, and it leaves curves, pictures and a page.
//
// Files in its folder: checkpoint.safetensors (the latest), regular.safetensors (the one to go back to, where the
// latest came between two regular ones), best.safetensors (the best by the metric), losses.csv, metrics.csv and
// progress/step_*.png. What a finished run leaves besides is the caller's (gan/run_report.hpp).

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/health.hpp"
#include "ganvas/gan/run_log.hpp"
#include "ganvas/gan/source.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/interrupt.hpp"
#include "ganvas/io/progress.hpp"
#include "ganvas/nn/labels.hpp"

GANVAS_BEGIN

/// Settings of a Run.
struct RunOptions {
  std::filesystem::path out;       ///< its folder; made if it is not there
  index_t steps = 10000;           ///< discriminator steps of the whole training
  double minutes = 0;              ///< ends earlier after so long; 0: never
  index_t checkpoint_every = 500;  ///< steps
  index_t look_every = 500;        ///< steps between two looks at samples: picture, metric, health
  index_t log_every = 0;           ///< steps between two lines of losses.csv; 0: so that there are about 2000
  index_t pictures = 64;           ///< samples in each picture; those of classes have them in turn
  int roll_backs = 5;              ///< how often a run whose numbers broke down is taken back; 0: never
  std::uint64_t seed = 0;          ///< of the pictures' noise
  std::string settings = "{}";     ///< JSON that reproduces the run; kept in the checkpoint and the page
  HealthOptions health = {};
  bool signals = true;  ///< Ctrl-C and signals like it end the run in good order; false: they stay the program's
  bool lock = true;     ///< nobody else may write into the folder meanwhile; false: the caller holds it
};

/// How a call of Run::to ended.
struct RunResult {
  index_t steps = 0;                                        ///< discriminator steps that the training has made
  index_t made = 0;                                         ///< in this call, those that a roll-back undid included
  double seconds = 0;                                       ///< spent in this call
  double training_seconds = 0;                              ///< of these in steps; the rest is looks and checkpoints
  std::string stopped = {};                                 ///< why it ended early; empty if it did not
  bool interrupted = false;                                 ///< by Ctrl-C or a signal like it
  bool diverged = false;                                    ///< by numbers that broke down again and again
  double score = std::numeric_limits<double>::quiet_NaN();  ///< of the latest look
  double best = std::numeric_limits<double>::quiet_NaN();   ///< of the best one
};

/// What a look at a generator's samples found: the first is the score (lower is better), the others are shown.
using Metrics = std::vector<std::pair<std::string, double>>;

/// Trains by `trainer` with minibatches of `source`.
template <class Trainer>
class Run {
 public:
  using T = typename Trainer::T;
  using G = typename Trainer::Generator;

  /// measure(generator, step): the metrics of a look; it must not depend on anything else. None: there is no score.
  /// modes: how many the data have, where one of the metrics is called "modes".
  /// picture(samples): the bytes of a PNG. rate(step): what the learning rates are multiplied by.
  struct Hooks {
    std::function<Metrics(const G&, index_t)> measure = {};
    double modes = 0;
    std::function<std::string(const Tensor<T>&)> picture = {};
    std::function<double(index_t)> rate = {};
  };

  Run(Trainer& trainer, Source<T> source, RunOptions options, Hooks hooks)
      : trainer_(trainer),
        source_(std::move(source)),
        o_(std::move(options)),
        hooks_(std::move(hooks)),
        health_(o_.health),
        lr_g_(trainer.generator_optimizer().lr()),
        lr_d_(trainer.discriminator_optimizer().lr()) {
    require<ValueError>(o_.steps >= 1 && o_.checkpoint_every >= 1 && o_.look_every >= 1 && o_.pictures >= 2, "run",
                        "steps, checkpoint_every and look_every must be at least 1 and pictures at least 2, but they ",
                        "are ", o_.steps, ", ", o_.checkpoint_every, ", ", o_.look_every, " and ", o_.pictures, ".");
    require<ValueError>(o_.log_every >= 0 && o_.roll_backs >= 0 && o_.minutes >= 0, "run", "log_every, roll_backs and ",
                        "minutes must be 0 or more, but they are ", o_.log_every, ", ", o_.roll_backs, " and ",
                        o_.minutes, ".");
    // Where time ends the run, nobody knows how many steps it has.
    if (o_.log_every == 0) o_.log_every = std::clamp<index_t>(o_.steps / 2000, 1, o_.minutes > 0 ? 10 : 1000);
    Random rng(o_.seed, 6);
    latents_ = trainer_.draw(o_.pictures, rng);
    if (!latents_.labels.empty())
      latents_.labels = nn::labels_in_turn(o_.pictures, trainer_.best_generator().classes());
  }

  /// Goes on where the folder's checkpoint is, if there is one. Throws FileError if it is damaged or of another
  /// training.
  bool resume() {
    const std::filesystem::path file = o_.out / "checkpoint.safetensors";
    if (std::filesystem::exists(file))
      restore(file);
    else if (std::filesystem::exists(regular()))  // it was killed between two files
      restore(regular());
    else
      return false;
    return true;
  }

  /// Trains until `end` steps have been made (options.steps at most).
  RunResult to(index_t end) {
    end = std::min(end, o_.steps);
    io::make_directories(o_.out);
    io::make_directories(o_.out / "progress");
    const auto lock = o_.lock ? std::make_unique<io::FolderLock>(o_.out) : nullptr;
    // Before the tables: a training that breaks down or is killed at once has somewhere to go back to.
    if (step() == 0 && end > 0) checkpoint();
    RunLog log(o_.out, step());
    RunResult result;
    const std::optional<io::Interrupt> interrupt =
        o_.signals ? std::optional<io::Interrupt>(std::in_place) : std::nullopt;
    io::Progress progress(end - step(), source_.batch);
    const index_t first = step();
    bool whole = true;  // no step is half made
    while (step() < end && result.stopped.empty()) {
      const index_t current = step() + 1;
      try {
        whole = false;
        const double before = progress.seconds();
        one_step(log);
        ++result.made;
        result.training_seconds += progress.seconds() - before;
        progress.update(step() - first, line());
        const bool over = o_.minutes > 0 && progress.seconds() > 60 * o_.minutes;
        if (step() % o_.look_every == 0 || step() == o_.steps || over) look(log);  // the last weights, too
        whole = true;
        if (step() % o_.checkpoint_every == 0) checkpoint();
        if (interrupt && interrupt->requested()) {
          result.interrupted = true;
          result.stopped = "It was interrupted.";
        } else if (over) {
          result.stopped = "Its time was over.";
        }
      } catch (const NumericError& error) {
        whole = roll_back(current, error.what(), log);
        if (!whole) {
          result.stopped = error.what();
          result.diverged = true;
        }
      } catch (const FileError& error) {
        result.stopped = error.what();
      } catch (const MemoryError& error) {
        result.stopped = error.what();
      } catch (const std::bad_alloc&) {
        result.stopped = "[memory] the system has none left; use a smaller batch.";
      }
    }
    progress.finish();
    if (step() % o_.checkpoint_every != 0 && whole) {
      try {
        checkpoint();
      } catch (const NumericError& error) {
        result.stopped = error.what();
        result.diverged = true;
      } catch (const Error& error) {
        if (result.stopped.empty()) result.stopped = error.what();
      }
    }
    result.steps = step();
    result.seconds = progress.seconds();
    result.score = score_;
    result.best = best_;
    return result;
  }

  /// Discriminator steps so far.
  [[nodiscard]] index_t step() const { return trainer_.report().step; }
  [[nodiscard]] const std::vector<HealthEvent>& events() const { return health_.events(); }
  [[nodiscard]] const std::vector<std::pair<index_t, Metrics>>& history() const { return history_; }

 private:
  void one_step(RunLog& log) {
    if (hooks_.rate || gentleness_ != 1) {
      const double factor = gentleness_ * (hooks_.rate ? hooks_.rate(step()) : 1);
      trainer_.generator_optimizer().set_lr(lr_g_ * factor);
      trainer_.discriminator_optimizer().set_lr(lr_d_ * factor);
    }
    latest_ = source_.next();
    const StepReport& r = trainer_.step(latest_);
    if (r.step % o_.log_every == 0) log.losses(r);
    if (trainer_.loss().logits) say(health_.opinions(r.step, r.d_real, r.d_fake));
    if (r.generator_stepped && trainer_.generator_optimizer().steps() % 16 == 1)  // it was measured
      say(health_.generator_gradient(r.step, r.gradient_g));
  }

  /// Picture, metric and health of this step. What it finds depends on the step and the weights alone.
  void look(RunLog& log) {
    const Tensor<T> samples = trainer_.best_generator().sample(latents_.values, latents_.labels);
    if (hooks_.picture) {
      char name[32];
      std::snprintf(name, sizeof name, "step_%09lld.png", static_cast<long long>(step()));
      io::atomic_write(o_.out / "progress" / name, hooks_.picture(samples));
    }
    const index_t n = std::min(samples.size(0), latest_.size());
    if (n >= 2) say(health_.samples(step(), latest_.values.rows(0, n), samples.rows(0, n)));
    if (!hooks_.measure) return;
    Metrics found;
    try {
      found = hooks_.measure(trainer_.best_generator(), step());
    } catch (const NumericError& error) {  // of the measure, not of the game
      std::fprintf(stderr, "\n%s\n", error.what());
    }
    if (found.empty()) return;
    if (hooks_.modes > 0)
      for (const auto& [name, value] : found)
        if (name == "modes") say(health_.modes(step(), value, hooks_.modes));
    history_.emplace_back(step(), found);
    log.metrics(step(), found);
    score_ = found.front().second;
    if (std::isfinite(score_) && !(score_ >= best_)) {  // the first one, too
      best_ = score_;
      best_step_ = step();
      save_checkpoint(o_.out / "best.safetensors", trainer_, notes());
    }
  }

  [[nodiscard]] CheckpointNotes notes() const {
    nlohmann::json run;
    run["source"] = source_.state();
    run["gentleness"] = gentleness_;
    run["rolled_back"] = rolled_back_;
    if (std::isfinite(best_)) run["best"] = {{"score", best_}, {"step", best_step_}};
    run["history"] = nlohmann::json::array();
    for (const auto& [at, metrics] : history_) {
      nlohmann::json values = nlohmann::json::array();
      for (const auto& [name, value] : metrics) values.push_back({name, value});
      run["history"].push_back({at, values});
    }
    run["events"] = nlohmann::json::array();
    for (const HealthEvent& e : health_.events())
      run["events"].push_back({e.step, static_cast<int>(e.illness), e.text});
    const Health::State& h = health_.state();
    run["health"] = {{"real", h.real},   {"fake", h.fake},   {"early", h.early},
                     {"small", h.small}, {"alike", h.alike}, {"missing", h.missing}};
    return {{"run", run.dump()}, {"settings", o_.settings}};
  }
  static Health::State health_from(const nlohmann::json& j) {
    return {j.at("real").get<std::deque<double>>(),
            j.at("fake").get<std::deque<double>>(),
            j.at("early").get<std::vector<double>>(),
            j.at("small").get<index_t>(),
            j.at("alike").get<index_t>(),
            j.at("missing").get<index_t>()};
  }

  /// The latest of the checkpoints that come every so many steps, where a later one was made in between. A run goes
  /// back to those alone, so that it does not matter where it was interrupted.
  [[nodiscard]] std::filesystem::path regular() const { return o_.out / "regular.safetensors"; }

  /// Throws NumericError where a weight is no number: nothing shall go on from that.
  void checkpoint() {
    const auto check = [this](const std::vector<Var<T>>& parameters, const char* player) {
      for (const Var<T>& p : parameters)
        for (const T v : p.value().values())
          require<NumericError>(std::isfinite(v), "run", "a weight of the ", player, " is ", v, " after step ", step(),
                                ". Try a smaller learning rate.");
    };
    check(trainer_.generator_optimizer().parameters(), "generator");
    check(trainer_.discriminator_optimizer().parameters(), "discriminator");
    const std::filesystem::path latest = o_.out / "checkpoint.safetensors";
    std::error_code ignored;
    const bool between = step() % o_.checkpoint_every != 0;
    if (between && !std::filesystem::exists(regular(), ignored)) {
      std::error_code no_links;  // a second name for it: the first stays, should the disk be full now
      std::filesystem::create_hard_link(latest, regular(), no_links);
      if (no_links) std::filesystem::rename(latest, regular(), ignored);
    }
    save_checkpoint(latest, trainer_, notes());
    if (!between) std::filesystem::remove(regular(), ignored);
  }

  void restore(const std::filesystem::path& file) {
    const Checkpoint saved(file);
    const nlohmann::json run = nlohmann::json::parse(saved.note("run"), nullptr, false);
    try {
      const std::string place = run.at("source").get<std::string>();
      saved.restore(trainer_);  // this one changes nothing if it throws
      try {
        source_.restore(place);
      } catch (const ValueError& error) {
        fail<FileError>("run", file.string(), " is of another training: ", error.what());
      }
      gentleness_ = run.at("gentleness").get<double>();
      rolled_back_ = run.at("rolled_back").get<int>();
      history_.clear();
      for (const auto& entry : run.at("history")) {
        Metrics metrics;
        for (const auto& value : entry.at(1))
          metrics.emplace_back(value.at(0).get<std::string>(), value.at(1).is_null()
                                                                   ? std::numeric_limits<double>::quiet_NaN()
                                                                   : value.at(1).get<double>());
        require<FileError>(!metrics.empty(), "run", file.string(), " has a look without a score.");
        history_.emplace_back(entry.at(0).get<index_t>(), std::move(metrics));
      }
      best_ =
          run.contains("best") ? run.at("best").at("score").get<double>() : std::numeric_limits<double>::quiet_NaN();
      best_step_ = run.contains("best") ? run.at("best").at("step").get<index_t>() : 0;
      if (!history_.empty()) score_ = history_.back().second.front().second;
      std::vector<HealthEvent> events;
      for (const auto& e : run.at("events")) {
        const auto illness = e.at(1).get<std::size_t>();
        require<FileError>(illness < illnesses, "run", file.string(), " has an event of an unknown kind, ", illness,
                           ".");
        events.push_back({e.at(0).get<index_t>(), static_cast<Illness>(illness), e.at(2).get<std::string>()});
      }
      health_.restore(health_from(run.at("health")), std::move(events));
    } catch (const nlohmann::json::exception& error) {
      fail<FileError>("run", file.string(), " says nothing that can be read about the run: ", error.what(), ".");
    }
  }

  /// Back to the latest checkpoint, from where it goes on with half the learning rates. False: it was tried too often.
  bool roll_back(index_t broken, const std::string& why, RunLog& log) {
    if (rolled_back_ >= o_.roll_backs) {
      say(health_.not_finite(broken, why + " The run was taken back " + std::to_string(rolled_back_) +
                                         " times already, so it ends here."));
      return false;
    }
    const int tried = rolled_back_ + 1;
    const double gentler = gentleness_ / 2;
    std::vector<HealthEvent> events = health_.events();
    const double best = best_;
    const index_t best_step = best_step_;
    restore(std::filesystem::exists(regular()) ? regular() : o_.out / "checkpoint.safetensors");
    health_.restore(health_.state(), std::move(events));
    best_ = best;  // best.safetensors is still there
    best_step_ = best_step;
    rolled_back_ = tried;
    gentleness_ = gentler;
    char back[120];
    std::snprintf(back, sizeof back, " The run went back to step %lld, with learning rates of %g times the first ones.",
                  static_cast<long long>(step()), gentleness_);
    say(health_.not_finite(broken, why + back));
    checkpoint();  // so that a kill from here on goes on the same way
    log.forget_after(step());
    return true;
  }

  void say(const std::vector<HealthEvent>& events) const {
    for (const HealthEvent& e : events)
      std::fprintf(stderr, "\n[step %lld] %s\n", static_cast<long long>(e.step), e.text.c_str());
  }

  [[nodiscard]] std::string line() const {
    const StepReport& r = trainer_.report();
    char text[200];
    int n = std::snprintf(text, sizeof text, "step %lld  L_D %.3f L_G %.3f  D(x) %.2f D(G(z)) %.2f",
                          static_cast<long long>(r.step), r.loss_d, r.loss_g, r.d_real, r.d_fake);
    if (!history_.empty() && n > 0 && n < 180)
      std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "  %s %.4g",
                    history_.back().second.front().first.c_str(), score_);
    return text;
  }

  Trainer& trainer_;
  Source<T> source_;
  RunOptions o_;
  Hooks hooks_;
  Health health_;
  double lr_g_, lr_d_;
  double gentleness_ = 1;  ///< of the learning rates, after roll-backs
  int rolled_back_ = 0;
  Labelled<T> latents_, latest_;
  std::vector<std::pair<index_t, Metrics>> history_;
  double score_ = std::numeric_limits<double>::quiet_NaN(), best_ = std::numeric_limits<double>::quiet_NaN();
  index_t best_step_ = 0;
};

GANVAS_END
