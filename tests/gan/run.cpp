#include "ganvas/gan/run.hpp"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ganvas/data/gaussians.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/files.hpp"

#if defined(__unix__)
#  include <csignal>
#  include <sys/wait.h>
#  include <unistd.h>
#endif

using namespace ganvas;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A small game on the ring; broken_at: its data are NaN in that minibatch while the learning rate is what it was.
struct Ring {
  Random rng{5};
  data::GaussianMixture<float> ring = data::ring<float>(8, 1.0F, 0.05F);
  Generator<models::Mlp<float>> g{models::mlp_generator({.latent = 2, .hidden = {16}}, rng)};
  Discriminator<models::Mlp<float>> d{models::mlp_discriminator({.hidden = {16}}, rng)};
  using Trainer = AdversarialTrainer<Generator<models::Mlp<float>>, Discriminator<models::Mlp<float>>,
                                     loss::NonSaturating, optim::Adam>;
  Trainer trainer{
      g, d, loss::NonSaturating{}, optim::Adam{.lr = 1e-3, .beta1 = 0.5}, NoPenalty{}, {.ema = 0.9, .seed = 2}};
  Run<Trainer> run;

  explicit Ring(RunOptions o, index_t broken_at = 0)
      : run(trainer, source(broken_at), with_defaults(std::move(o)),
            {.measure = [this](const auto& net, index_t step) -> Metrics {
               Random of_step(9, static_cast<std::uint64_t>(2 * step));
               return {{"kl", ring.statistics(net.sample(100, of_step)).reverse_kl}};
             },
             .picture = [](const Tensor<float>& x) { return "picture of " + x.shape().str(); },
             .rate = [](index_t step) { return 1 / (1 + static_cast<double>(step) / 100); }}) {}

  Source<float> source(index_t broken_at) {
    auto s = source_drawn<float>([this](index_t n, Random& r) { return ring.sample(n, r); }, 16, 7);
    if (broken_at > 0)
      s.next = [this, broken_at, next = s.next] {
        Labelled<float> x = next();
        if (trainer.report().step + 1 == broken_at && trainer.generator_optimizer().lr() > 6e-4)
          x.values.mutable_data()[0] = std::nanf("");
        return x;
      };
    return s;
  }
  static RunOptions with_defaults(RunOptions o) {
    o.steps = 60;
    o.checkpoint_every = 10;
    o.look_every = 20;
    o.log_every = 3;
    o.pictures = 4;
    return o;
  }
};

/// Everything that must be the same: weights and state, tables, pictures.
std::string content(const fs::path& folder) {
  std::string all;
  for (const char* name : {"checkpoint.safetensors", "best.safetensors", "losses.csv", "metrics.csv",
                           "progress/step_000000020.png", "progress/step_000000060.png"})
    all += test::get(folder / name) + "\n--\n";
  return all;
}

}  // namespace

TEST_CASE("a run leaves checkpoints, tables and pictures, and knows its best look") {
  const test::Folder folder;
  Ring ring({.out = folder.path()});
  const RunResult r = ring.run.to(60);
  CHECK((r.steps == 60 && r.stopped.empty() && !r.interrupted && !r.diverged));
  REQUIRE(ring.run.history().size() == 3);
  double best = 1e9;
  for (const auto& [step, metrics] : ring.run.history()) best = std::min(best, metrics[0].second);
  CHECK(r.best == best);
  CHECK(test::get(folder / "progress/step_000000040.png") == "picture of (4,2)");
  const std::string losses = test::get(folder / "losses.csv");
  CHECK(losses.starts_with("step,loss_d,loss_g"));
  CHECK(std::count(losses.begin(), losses.end(), '\n') == 1 + 20);
  CHECK(r.made == 60);
  CHECK(r.training_seconds > 0);
  CHECK(r.training_seconds <= r.seconds);
}

TEST_CASE("best.safetensors is the generator of the best look, not of the last") {
  const test::Folder folder;
  Ring game({.out = folder.path()});
  const auto score = [](index_t step) { return step == 20 ? 3.0 : step == 40 ? 1.0 : 2.0; };
  Run<Ring::Trainer> run(game.trainer, game.source(0), Ring::with_defaults({.out = folder.path()}),
                         {.measure = [&](const auto&, index_t step) -> Metrics {
                           return {{"score", score(step)}};
                         }});
  Random fixed{3};
  const Tensor<float> z = game.g.noise(8, fixed);
  const RunResult r = run.to(60);
  CHECK((r.best == 1 && r.score == 2));
  Ring best({.out = folder / "best"});
  Checkpoint(folder / "best.safetensors").restore(best.trainer);
  CHECK(best.trainer.report().step == 40);
  CHECK_FALSE(best.trainer.best_generator().sample(z) == game.trainer.best_generator().sample(z));
}

TEST_CASE("a run that ends by time looks at its last weights and has curves") {
  const test::Folder folder;
  RunOptions o{.out = folder.path(), .steps = 1000000000, .minutes = 0.002, .look_every = 1000000};
  Ring game(RunOptions{.out = folder / "unused"});
  Run<Ring::Trainer> run(game.trainer, game.source(0), o, {.measure = [](const auto&, index_t) -> Metrics {
                           return {{"score", 1.0}};
                         }});
  const RunResult r = run.to(o.steps);
  CHECK(r.stopped == "Its time was over.");
  REQUIRE(r.steps >= 10);
  REQUIRE(run.history().size() == 1);
  CHECK(run.history()[0].first == r.steps);
  const std::string losses = test::get(folder / "losses.csv");
  CHECK(std::count(losses.begin(), losses.end(), '\n') == 1 + r.steps / 10);
}

TEST_CASE("the last look of a run that ends by time is in its checkpoint, also where every step has one") {
  const test::Folder folder;
  Ring game(RunOptions{.out = folder / "unused"});
  const auto play = [&](double score) {
    RunOptions o{.out = folder.path(), .steps = 100, .minutes = 1e-9, .checkpoint_every = 1, .look_every = 50};
    Run<Ring::Trainer> run(game.trainer, game.source(0), o, {.measure = [score](const auto&, index_t) -> Metrics {
                             return {{"score", score}};
                           }});
    run.resume();
    const RunResult r = run.to(100);
    CHECK(r.stopped == "Its time was over.");
    CHECK(static_cast<index_t>(run.history().size()) == r.steps);
    return r.best;
  };
  CHECK(play(2) == 2);
  const std::string best = test::get(folder / "best.safetensors");
  CHECK(play(3) == 2);  // a worse one does not take its place
  CHECK(test::get(folder / "best.safetensors") == best);
}

TEST_CASE("a run feeds the rules of health and keeps what they find, also when it is resumed") {
  const test::Folder folder;
  Random rng{3};
  const auto ring = data::ring<float>(8, 4.0F, 0.05F);
  const auto play = [&](index_t end) {
    Random weights{3};
    Generator g{models::mlp_generator({.latent = 2, .hidden = {16}}, weights)};
    Discriminator d{models::mlp_discriminator({.hidden = {64, 64}}, weights)};
    // G may not move, and its loss is the saturating one: everything goes wrong.
    AdversarialTrainer trainer{g, d, loss::Minimax{}, Optimizers{optim::Adam{.lr = 0}, optim::Adam{.lr = 2e-2}}};
    RunOptions o{.out = folder.path(), .steps = 1500, .checkpoint_every = 100, .look_every = 50};
    o.health = {.collapse_after = 100, .sure_steps = 100};
    Run<decltype(trainer)> run(trainer,
                               source_drawn<float>([&](index_t n, Random& r) { return ring.sample(n, r); }, 64, 7), o,
                               {.measure = [](const auto&, index_t) -> Metrics {
                                  return {{"score", 1.0}, {"modes", 1.0}};
                                },
                                .modes = 8});
    run.resume();
    run.to(end);
    std::string all;
    for (const HealthEvent& e : run.events()) all += std::to_string(e.step) + " " + e.text + "\n";
    return all;
  };
  play(300);
  const std::string found = play(1500);
  CHECK_THAT(found, Contains("The discriminator wins") && Contains("gradient has vanished"));
  CHECK_THAT(found, Contains("leaves modes out") || Contains("has collapsed"));
}

#if defined(__unix__)
TEST_CASE("a disk that is full in the middle ends a run with a sentence and leaves the checkpoint before") {
  const test::Folder folder;
  Ring(RunOptions{.out = folder.path()}).run.to(30);
  const std::string before = test::get(folder / "checkpoint.safetensors");
  const std::string said = test::on_full_disk(2000, [&] {
    Ring game({.out = folder.path()});
    game.run.resume();
    const RunResult r = game.run.to(60);
    if (r.steps < 60) throw FileError(r.stopped);
  });
  CHECK_THAT(said, Contains("cannot write"));
  CHECK(test::get(folder / "checkpoint.safetensors") == before);
  Ring again({.out = folder.path()});
  CHECK(again.run.resume());
  CHECK(again.run.to(60).steps == 60);
}
#endif

TEST_CASE("weights that are no numbers at the end of a call are not kept, and the run has diverged") {
  const test::Folder folder;
  Ring game({.out = folder.path()});
  game.trainer.on_step([&](const StepReport& report) {
    if (report.step == 23)
      game.g.parameters()[0].update(
          [](Tensor<float>& w) { w.mutable_data()[0] = std::numeric_limits<float>::infinity(); });
  });
  const RunResult r = game.run.to(23);
  CHECK(r.diverged);
  CHECK_THAT(r.stopped, Contains("a weight of the generator is inf after step 23"));
  Ring again({.out = folder.path()});
  again.run.resume();
  CHECK(again.run.step() == 20);
}

#if defined(__unix__)
TEST_CASE("a run that is killed at any moment and resumed ends with the same bits") {
  set_threads(1);  // a child of fork has no other threads
  const test::Folder whole, killed;
  Ring(RunOptions{.out = whole.path()}).run.to(60);
  const std::string expected = content(whole.path());
  Random rng{17};
  int kills = 0, finished = 0;
  for (int attempt = 0; attempt < 200 && finished == 0; ++attempt) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        Ring ring({.out = killed.path()});
        if (attempt == 0)  // on a busy machine it could end before anybody kills it: once it does so itself
          ring.trainer.on_step([](const StepReport& r) {
            if (r.step == 33) kill(getpid(), SIGKILL);
          });
        ring.run.resume();
        ring.run.to(60);
        _exit(0);
      } catch (...) {
        _exit(1);
      }
    }
    const auto wait = std::chrono::microseconds(2000 + rng.below(60000) + 2000 * attempt);
    std::this_thread::sleep_for(wait);
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
      REQUIRE(WEXITSTATUS(status) == 0);
      ++finished;
    } else {
      ++kills;
    }
  }
  set_threads(0);
  CHECK(finished == 1);
  CHECK(kills >= 1);
  INFO(kills << " kills");
  CHECK(content(killed.path()) == expected);
}

static volatile std::sig_atomic_t caught = 0;

TEST_CASE("a run that is told to leave signals alone goes on, and the program's own handler gets them") {
  const test::Folder folder;
  Ring game(RunOptions{.out = folder.path(), .signals = false});
  const auto before = std::signal(SIGINT, [](int) { caught = 1; });
  game.trainer.on_step([](const StepReport& r) {
    if (r.step == 5) std::raise(SIGINT);
  });
  const RunResult result = game.run.to(60);
  std::signal(SIGINT, before);
  CHECK(caught == 1);
  CHECK_FALSE(result.interrupted);
  CHECK(result.steps == 60);
}
#endif

TEST_CASE("a run whose numbers break down goes back to its checkpoint, halves its rates and says so") {
  const test::Folder folder;
  Ring ring({.out = folder.path()}, 27);
  const RunResult r = ring.run.to(60);
  CHECK((r.steps == 60 && !r.diverged && r.stopped.empty()));
  CHECK(r.made == 26 + 40);  // 21 to 26 twice
  REQUIRE(ring.run.events().size() == 1);
  CHECK((ring.run.events()[0].illness == Illness::not_finite && ring.run.events()[0].step == 27));
  CHECK_THAT(ring.run.events()[0].text, Contains("the data") && Contains("in step 27") &&
                                            Contains("went back to step 20, with learning rates of 0.5 times"));
  CHECK(ring.trainer.generator_optimizer().lr() < 0.51 * 1e-3);

  const test::Folder again;  // killed after the roll-back, it goes on in the same way
  {
    Ring first({.out = again.path()}, 27);
    first.run.to(33);
  }
  Ring second({.out = again.path()}, 27);
  CHECK(second.run.resume());
  CHECK(second.run.step() == 33);
  CHECK(second.run.to(60).made == 27);
  CHECK(content(again.path()) == content(folder.path()));

  const test::Folder between;  // interrupted before it breaks down, it goes back to where it would have gone, too
  {
    Ring first({.out = between.path()}, 27);
    first.run.to(23);
  }
  Ring third({.out = between.path()}, 27);
  CHECK(third.run.resume());
  third.run.to(60);
  CHECK(content(between.path()) == content(folder.path()));

  const test::Folder hopeless;
  Ring never({.out = hopeless.path(), .roll_backs = 0}, 27);
  const RunResult lost = never.run.to(60);
  CHECK((lost.diverged && lost.steps == 26));
  CHECK_THAT(lost.stopped, Contains("loss is") && Contains("nan"));
}

TEST_CASE("a folder whose checkpoint is damaged or of another training is not gone on in") {
  const test::Folder folder;
  Ring(RunOptions{.out = folder.path()}).run.to(10);
  std::string bytes = test::get(folder / "checkpoint.safetensors");
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  test::put(folder / "checkpoint.safetensors", bytes);
  Ring ring({.out = folder.path()});
  CHECK_THROWS_WITH(ring.run.resume(), Contains("damaged"));
  const test::Folder empty;
  Ring fresh({.out = empty.path()});
  CHECK_FALSE(fresh.run.resume());
}

TEST_CASE("a source says where it is and goes on there") {
  Random rng{1};
  const data::Dataset<float> set(rng.normal<float>({10, 3}), {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 2);
  auto a = source_of(set, 4, 3);
  for (int i = 0; i < 3; ++i) a.next();
  const std::string at = a.state();
  auto b = source_of(set, 4, 3);
  b.restore(at);
  for (int i = 0; i < 5; ++i) {
    const Labelled<float> x = a.next(), y = b.next();
    CHECK((x.values == y.values && x.labels == y.labels));
  }
  CHECK_THROWS_AS(b.restore("nonsense"), ValueError);
}
