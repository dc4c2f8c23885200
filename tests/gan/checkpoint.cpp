#include "ganvas/gan/checkpoint.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "ganvas/gan/any.hpp"
#include "ganvas/gan/parts.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/models/mlp.hpp"
#include "ganvas/optim/any.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

using Net = models::DcganGenerator<float>;
using Critic = models::DcganDiscriminator<float>;

/// A training with something of everything that has a state.
struct Training {
  Random rng{7};
  Generator<Net> g{models::dcgan_generator({.latent = 4, .image = {8, 8, 1}, .channels = {8}}, rng)};
  Discriminator<Critic> d{models::dcgan_discriminator({.image = {8, 8, 1}, .channels = {4, 8}}, rng)};
  AdversarialTrainer<Generator<Net>, Discriminator<Critic>, loss::Any, optim::Any, optim::Any, AnyPenalty,
                     HistoricalAveraging<float>>
      trainer{g,
              d,
              loss::Any(loss::Began{.lambda = 0.1}),
              Optimizers<optim::Any>{optim::Any(optim::Adam{.lr = 1e-3, .beta1 = 0.5}),
                                     optim::Any(optim::RMSProp{.lr = 1e-3})},
              AnyPenalty{},
              {.discriminator_steps = 2, .ema = 0.9, .seed = 3, .ema_warm_up = true},
              HistoricalAveraging<float>{.weight = 1e-3}};

  void run(index_t steps) {
    for (index_t i = 0; i < steps; ++i) {
      Random of_step(11, 100 + 2 * static_cast<std::uint64_t>(trainer.report().step));
      trainer.step(of_step.uniform<float>({4, 8, 8, 1}, -1.0F, 1.0F));
    }
  }
  [[nodiscard]] std::string bytes() {
    const test::Folder folder;
    save_checkpoint(folder / "state", trainer);
    return test::get(folder / "state");
  }
};

}  // namespace

TEST_CASE("a training that goes on from a checkpoint ends with the same bits as one that never stopped") {
  const test::Folder folder;
  Training whole;
  whole.run(9);
  for (const index_t stop : {0, 1, 4, 7}) {
    Training first;
    first.run(stop);
    save_checkpoint(folder / "checkpoint", first.trainer, {{"settings", "{\"a\": 1}"}});
    Training second;
    second.run(2);  // whatever it did before
    CHECK(load_checkpoint(folder / "checkpoint", second.trainer) == CheckpointNotes{{"settings", "{\"a\": 1}"}});
    CHECK(second.trainer.report().step == stop);
    second.run(9 - stop);
    CHECK(second.bytes() == whole.bytes());
  }
}

TEST_CASE("a file that is damaged anywhere is refused with a sentence, and the trainer is as it was") {
  const test::Folder folder;
  Training t;
  t.run(3);
  save_checkpoint(folder / "good", t.trainer, {{"note", "text"}});
  const std::string good = test::get(folder / "good"), before = t.bytes();
  Random rng{5};
  for (int i = 0; i < 60; ++i) {
    std::string bad = good;
    if (i % 3 == 0) {
      bad.resize(static_cast<std::size_t>(rng.below(static_cast<index_t>(good.size()))));
    } else {
      const auto at = static_cast<std::size_t>(rng.below(static_cast<index_t>(good.size())));
      bad[at] = static_cast<char>(bad[at] ^ (1 << rng.below(8)));
    }
    test::put(folder / "bad", bad);
    CHECK_THROWS_AS(load_checkpoint(folder / "bad", t.trainer), FileError);
  }
  CHECK(t.bytes() == before);
  std::string newer = good;
  const std::string key = "\"ganvas_checkpoint\":\"1\"";
  REQUIRE(newer.find(key) != std::string::npos);
  newer.replace(newer.find(key), key.size(), "\"ganvas_checkpoint\":\"2\"");
  test::put(folder / "newer", newer);
  CHECK_THROWS_WITH(load_checkpoint(folder / "newer", t.trainer), Contains("format 2") && Contains("reads 1"));
  CHECK_THROWS_AS(load_checkpoint(folder / "missing", t.trainer), FileError);
  nn::save(folder / "weights", t.g);
  CHECK_THROWS_WITH(load_checkpoint(folder / "weights", t.trainer), Contains("no checkpoint"));
}

TEST_CASE("a checkpoint of another training is refused, and nothing has changed") {
  const test::Folder folder;
  Random rng{1};
  Generator g(models::mlp_generator({.latent = 2, .hidden = {8}}, rng));
  Discriminator d(models::mlp_discriminator({.hidden = {8}}, rng));
  AdversarialTrainer other{g, d, loss::NonSaturating{}, optim::Adam{}};
  other.step(rng.normal<float>({4, 2}));
  save_checkpoint(folder / "other", other);
  Training t;
  t.run(2);
  const std::string before = t.bytes();
  CHECK_THROWS_WITH(load_checkpoint(folder / "other", t.trainer), Contains("does not fit this training"));
  CHECK(t.bytes() == before);

  // The same networks with another optimiser: the networks would fit, the whole does not.
  AdversarialTrainer sgd{t.g, t.d, loss::NonSaturating{}, optim::SGD{}};
  const auto weight = t.g.parameters()[0].value();
  CHECK_THROWS_AS(load_checkpoint(folder / "other", sgd), FileError);
  CHECK(t.g.parameters()[0].value() == weight);
}

TEST_CASE("a full disk leaves the checkpoint before") {
  const test::Folder folder;
  Training t;
  t.run(1);
  save_checkpoint(folder / "checkpoint", t.trainer);
  const std::string before = test::get(folder / "checkpoint");
  t.run(1);
  const std::string error = test::on_full_disk(1000, [&] { save_checkpoint(folder / "checkpoint", t.trainer); });
  CHECK(!error.empty());
  CHECK(test::get(folder / "checkpoint") == before);
  CHECK(folder.count() == 1);
}
