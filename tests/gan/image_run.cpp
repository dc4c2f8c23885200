#include "ganvas/gan/image_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include "ganvas/models/conditional.hpp"
#include "ganvas/models/dcgan.hpp"
#include "ganvas/nn/load.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/png.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

/// Small players and 24 made-up images, in three batches of 8.
struct Game {
  Random rng{4};
  Generator<models::DcganGenerator<float>> g{
      models::dcgan_generator<float>({.latent = 6, .image = {8, 8, 1}, .channels = {8, 4}}, rng)};
  Discriminator<models::DcganDiscriminator<float>> d{
      models::dcgan_discriminator<float>({.image = {8, 8, 1}, .channels = {4, 8}, .batch_norm = false}, rng)};
  AdversarialTrainer<decltype(g), decltype(d), loss::NonSaturating, optim::Adam> trainer{
      g, d, loss::NonSaturating{}, optim::Adam{.lr = 1e-3, .beta1 = 0.5}, NoPenalty{}, {.ema = 0.9}};
  data::Dataset<float> images{rng.uniform<float>({24, 8, 8, 1}, -1.0F, 1.0F)};
};

ImageRunOptions options(const std::filesystem::path& out) {
  return {.out = out, .epochs = 2, .batch = 8, .samples = 70, .seed = 5, .settings = {{"recipe", "none"}}};
}

std::string text_of(const std::filesystem::path& path) { return test::get(path); }
index_t lines_of(const std::filesystem::path& path) {
  const std::string text = text_of(path);
  return std::count(text.begin(), text.end(), '\n');
}

/// Everything that a run leaves, however it ended.
void check_results(const std::filesystem::path& out) {
  for (const char* name : {"samples.png", "interpolation.png", "progress.png"}) {
    const test::Image image = test::decode_png(text_of(out / name));
    CHECK(image.channels == 1);
    CHECK(image.width > 8 * 8);
  }
  const auto samples = io::read_npy<float>(out / "samples.npy");
  CHECK(samples.shape() == Shape{70, 8, 8, 1});
  CHECK(text_of(out / "report.html").find("</html>") != std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(out)) {  // nothing half-written
    CAPTURE(entry.path());
    CHECK(entry.path().filename().string().find("tmp") == std::string::npos);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(out), {}) == 7);
}

}  // namespace

TEST_CASE("a run on images leaves pictures, a table, samples, the generator and a report") {
  const test::Folder folder;
  const auto out = folder / "new/folder";
  Game game;
  const ImageRunResult result = run_on_images(game.trainer, game.images, options(out));
  CHECK(result.steps == 6);
  CHECK(result.stopped.empty());
  CHECK(result.seconds > 0);
  check_results(out);
  CHECK(lines_of(out / "losses.csv") == 7);
  CHECK(text_of(out / "losses.csv").substr(0, 43) == "step,loss_d,loss_g,penalty,d_real,d_fake\n1,");
  // A quarter of an epoch of three steps is one step: six rows of eight images.
  const test::Image progress = test::decode_png(text_of(out / "progress.png"));
  CHECK(progress.height * 8 > progress.width * 5);
  CHECK(progress.height < progress.width);

  const auto samples = io::read_npy<float>(out / "samples.npy");
  for (index_t i = 0; i < samples.numel(); ++i) REQUIRE(std::abs(samples.data()[i]) <= 1);
  const std::string report = text_of(out / "report.html");
  for (const char* part : {"Samples", "Progress", "Interpolation", "Losses", "What D says", "recipe", "Machine",
                           "images a second", "data:image/png;base64,"})
    CHECK_THAT(report, Contains(part));
  for (const char* loads : {"src=\"http", "href=\"", "url(", "<link", "@import"})
    CHECK(report.find(loads) == std::string::npos);
}

TEST_CASE("what a run saves is the averaged generator, and samples.npy comes from it and the seed alone") {
  const test::Folder folder;
  Game game;
  run_on_images(game.trainer, game.images, options(folder.path()));
  Game other;
  nn::load(folder / "generator.safetensors", other.g);
  Random fixed(5, 8);
  CHECK(other.g.sample(70, fixed) == io::read_npy<float>(folder / "samples.npy"));
  Random again(5, 8);
  CHECK_FALSE(game.g.sample(70, again) == io::read_npy<float>(folder / "samples.npy"));

  const test::Folder second;
  Game same;
  run_on_images(same.trainer, same.images, options(second.path()));
  for (const char* name : {"samples.npy", "losses.csv", "generator.safetensors", "progress.png"})
    CHECK(text_of(folder / name) == text_of(second / name));
}

TEST_CASE("a run with classes draws them side by side and says which samples are of which") {
  const test::Folder folder;
  Random rng{4};
  Generator g{models::conditional_dcgan_generator<float>({.latent = 6, .image = {8, 8, 1}, .channels = {8, 4}},
                                                         {.classes = 3}, rng)};
  Discriminator d{models::conditional_dcgan_discriminator<float>(
      {.image = {8, 8, 1}, .channels = {4, 8}, .batch_norm = false}, 3, rng)};
  AdversarialTrainer trainer{g, d, loss::NonSaturating{}, optim::Adam{.lr = 1e-3}, NoPenalty{}, {.ema = 0.9}};
  const data::Dataset<float> images{rng.uniform<float>({24, 8, 8, 1}, -1.0F, 1.0F), rng.integers(24, 0, 3), 3};
  CHECK(run_on_images(trainer, images, options(folder.path())).steps == 6);

  const auto samples = io::read_npy<float>(folder / "samples.npy");
  const auto labels = io::read_npy<std::int64_t>(folder / "labels.npy");
  REQUIRE(labels.shape() == Shape{70});
  Random same(5, 8);
  const Tensor<float> z = g.noise(70, same);
  const Labels asked(labels.data(), labels.data() + 70);
  CHECK(*std::min_element(asked.begin(), asked.end()) == 0);
  CHECK(*std::max_element(asked.begin(), asked.end()) == 2);
  CHECK(trainer.best_generator().sample(z, asked) == samples);
  // A column for each class, with 2 pixels between; samples.png twice as large.
  const auto width = [&](const char* name) { return test::decode_png(text_of(folder / name)).width; };
  CHECK(width("progress.png") == 3 * 10 + 2);
  CHECK(width("samples.png") == 2 * (3 * 10 + 2));
  CHECK(nn::labels_in_turn(5, 3) == Labels{0, 1, 2, 0, 1});
  const Tensor<float> ways = interpolate(trainer.best_generator(), 3, 4, same);
  CHECK(ways.shape() == Shape{12, 8, 8, 1});
  CHECK_THAT(text_of(folder / "report.html"), Contains("the classes in turn"));

  Game without;  // labels.npy would not fit its samples.npy
  run_on_images(without.trainer, without.images, options(folder.path()));
  check_results(folder.path());
}

TEST_CASE("an interrupted run ends its step and leaves what there is") {
  const test::Folder folder;
  Game game;
  game.trainer.on_step([](const StepReport& report) {
    if (report.step == 2) std::raise(SIGINT);
  });
  const ImageRunResult result = run_on_images(game.trainer, game.images, options(folder.path()));
  CHECK(result.steps == 2);
  CHECK(result.stopped == "It was interrupted.");
  check_results(folder.path());
  CHECK(lines_of(folder / "losses.csv") == 3);
  CHECK_THAT(text_of(folder / "report.html"), Contains("The run ended early. It was interrupted."));
}

TEST_CASE("losses that are no numbers end a run with a sentence, and what there is is kept") {
  const test::Folder folder;
  Game game;
  const auto make_nan = [&] {
    game.d.parameters()[0].update(
        [](Tensor<float>& w) { w.mutable_data()[0] = std::numeric_limits<float>::quiet_NaN(); });
  };
  game.trainer.on_step([&](const StepReport& report) {
    if (report.step == 2) make_nan();
  });
  const ImageRunResult result = run_on_images(game.trainer, game.images, options(folder.path()));
  CHECK(result.steps == 2);
  CHECK((result.diverged && !result.interrupted));
  CHECK_THAT(result.stopped, Contains("the discriminator's loss is") && Contains("in step 3"));
  check_results(folder.path());
  CHECK(lines_of(folder / "losses.csv") == 3);

  const std::string kept = text_of(folder / "generator.safetensors");
  const ImageRunResult none = run_on_images(game.trainer, game.images, options(folder.path()));
  CHECK((none.diverged && none.steps == 0));  // no step, no results: those of before stay
  CHECK(text_of(folder / "generator.safetensors") == kept);
  check_results(folder.path());
}

TEST_CASE("a memory that is full ends a run like a full disk") {
  const test::Folder folder;
  Game game;
  game.trainer.on_step([](const StepReport& report) {
    if (report.step == 3) fail<MemoryError>("memory", "the system has no 2 MiB left.");
  });
  const ImageRunResult result = run_on_images(game.trainer, game.images, options(folder.path()));
  CHECK_THAT(result.stopped, Contains("no 2 MiB left"));
  CHECK((!result.diverged && result.steps == 2));
  check_results(folder.path());

  const test::Folder empty;
  game.trainer.on_step([](const StepReport&) { throw std::bad_alloc(); });
  const ImageRunResult none = run_on_images(game.trainer, game.images, options(empty.path()));
  CHECK_THAT(none.stopped, Contains("[memory]"));
  CHECK((none.steps == 0 && std::filesystem::is_empty(empty.path())));

  game.trainer.on_step([](const StepReport&) { fail<ShapeError>("callback", "a mistake in the program"); });
  CHECK_THROWS_AS(run_on_images(game.trainer, game.images, options(empty.path())), ShapeError);
  CHECK(std::filesystem::is_empty(empty.path()));
}

TEST_CASE("a folder that another program writes into is refused") {
  const test::Folder folder;
  Game game;
  const io::FolderLock other(folder.path());
  CHECK_THROWS_WITH(run_on_images(game.trainer, game.images, options(folder.path())),
                    Contains("another program is writing into " + folder.path().string()));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("what cannot be written any more does not take the rest with it") {
  const test::Folder folder;
  Game game;
  game.trainer.on_step([&](const StepReport& report) {
    if (report.step == 2) std::filesystem::create_directories(folder / "samples.npy/in/the/way");
  });
  CHECK_THROWS_WITH(run_on_images(game.trainer, game.images, options(folder.path())), Contains("samples.npy"));
  CHECK(game.trainer.report().step == 6);
  for (const char* name : {"generator.safetensors", "losses.csv", "samples.png", "report.html"})
    CHECK(std::filesystem::is_regular_file(folder / name));

  const test::Folder second;
  Game other;
  other.trainer.on_step([&](const StepReport& report) {
    if (report.step != 2) return;
    std::filesystem::remove(second / "progress.png");
    std::filesystem::create_directories(second / "progress.png/in/the/way");
  });
  const ImageRunResult result = run_on_images(other.trainer, other.images, options(second.path()));
  CHECK_THAT(result.stopped, Contains("progress.png"));
  CHECK(result.steps < 4);
  CHECK(std::filesystem::is_regular_file(second / "generator.safetensors"));
}

TEST_CASE("a run leaves the results of an earlier one alone until it has its own") {
  const test::Folder folder;
  Game first;
  run_on_images(first.trainer, first.images, options(folder.path()));
  const std::string losses = text_of(folder / "losses.csv"), samples = text_of(folder / "samples.npy");
  Game second;
  second.trainer.on_step([&](const StepReport&) {
    CHECK(text_of(folder / "losses.csv") == losses);
    CHECK(text_of(folder / "samples.npy") == samples);
    throw std::runtime_error("the program dies");
  });
  CHECK_THROWS(run_on_images(second.trainer, second.images, options(folder.path())));
  CHECK(text_of(folder / "losses.csv") == losses);
}

TEST_CASE("a run that cannot be is refused before it begins") {
  const test::Folder folder;
  Game game;
  const auto with = [&](auto change) {
    ImageRunOptions o = options(folder / "out");
    change(o);
    return [&game, o] { run_on_images(game.trainer, game.images, o); };
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.batch = 25; })(), Contains("the batch size is 25") && Contains("only 24"));
  CHECK_THROWS_WITH(with([](auto& o) { o.epochs = 0; })(), Contains("at least 1"));
  CHECK_THROWS_WITH(with([](auto& o) { o.samples = 0; })(), Contains("at least 1"));
  CHECK_THROWS_WITH(with([](auto& o) { o.epochs = std::numeric_limits<index_t>::max(); })(), Contains("use fewer"));
  CHECK_FALSE(std::filesystem::exists(folder / "out"));

  for (const char* name : {"report.html", "losses.csv"}) {
    std::filesystem::create_directories(folder / "taken" / name);
    CHECK_THROWS_WITH(with([&](auto& o) { o.out = folder / "taken"; })(), Contains(name));
    std::filesystem::remove_all(folder / "taken");
  }
  test::put(folder / "file", "of mine");
  CHECK_THROWS_AS(with([&](auto& o) { o.out = folder / "file"; })(), FileError);
  CHECK_THROWS_AS(with([&](auto& o) { o.out = folder / "file/below"; })(), FileError);
  CHECK_THROWS_WITH(with([&](auto& o) { o.out = folder / "file/below"; })(), Contains("file/below"));
  CHECK(text_of(folder / "file") == "of mine");
  CHECK(game.trainer.report().step == 0);
}
