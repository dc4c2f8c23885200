#include "ganvas/models/digit_features.hpp"

#include <map>
#include <string>

#include "ganvas/metrics/features.hpp"
#include "ganvas/nn/frozen.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;

namespace {

const models::DigitTraining quick{.epochs = 1, .batch = 10, .seed = 5};

data::Dataset<float> made_up(index_t n, std::uint64_t seed) {
  Random rng{seed};
  return data::Dataset<float>(rng.uniform<float>({n, 28, 28, 1}, -1.0F, 1.0F), rng.integers(n, 0, 10), 10);
}

/// The network of a folder, and in how many steps it came.
struct World {
  test::Folder folder;
  data::Dataset<float> train = made_up(20, 1), test = made_up(15, 2);
  index_t steps = 0;

  models::DigitFeatures<float> get(const models::DigitTraining& o = quick) {
    steps = 0;
    return models::digit_features(folder / "nets", train, test, o, [&](const models::DigitTrainingStep& s) {
      steps = s.step;
      return true;
    });
  }
};

}  // namespace

TEST_CASE("features and logits of images are those of the network, in portions") {
  Random rng{1};
  const auto net = models::digit_classifier<float>(rng);
  const auto images = rng.uniform<float>({5, 28, 28, 1}, -1.0F, 1.0F);
  const auto both = models::features_and_logits(net, images, 2);
  CHECK(both.features == net.features(Var<float>(images)).value());
  CHECK(both.logits == net(Var<float>(images)).value());
  CHECK(metrics::extract_features(images, nn::frozen(net), 3) == both.logits);
  CHECK_THROWS_AS(models::features_and_logits(net, Tensor<float>(Shape{2, 28, 28, 3}, 0.0F)), ShapeError);
  CHECK_THROWS_AS(models::features_and_logits(net, Tensor<float>(Shape{0, 28, 28, 1})), ShapeError);
  CHECK_THROWS_AS(models::features_and_logits(net, images, 0), ValueError);
}

TEST_CASE("the network is trained once, then read, with its hash and its accuracy") {
  World w;
  const auto first = w.get();
  CHECK(w.steps == 2);
  CHECK_FALSE(first.from_file);
  CHECK(first.hash == nn::content_hash(first.net));
  CHECK(first.test_accuracy == models::classification_accuracy(first.net, w.test));
  CHECK(first.trouble.empty());
  const auto again = w.get();
  CHECK(w.steps == 0);
  CHECK(again.from_file);
  CHECK(again.file == first.file);
  CHECK(again.hash == first.hash);
  CHECK(nn::content_hash(again.net) == first.hash);
  CHECK(again.test_accuracy == first.test_accuracy);
  CHECK(io::read_safetensors(first.file).metadata().at("weights") == first.hash);
}

TEST_CASE("other options and other images have other files") {
  World w;
  const auto first = w.get();
  auto o = quick;
  o.seed = 6;
  CHECK(w.get(o).file != first.file);
  o = quick;
  o.lr_to = 1e-5;
  CHECK(w.get(o).file != first.file);
  World other;
  other.train.labels[3] = (other.train.labels[3] + 1) % 10;
  CHECK(other.get().file.filename() != first.file.filename());
  World same;
  CHECK(same.get().file.filename() == first.file.filename());
  CHECK(w.get().from_file);
}

TEST_CASE("a damaged or foreign file is replaced by the network of the recipe") {
  World w;
  const auto first = w.get();
  const std::string good = test::get(first.file);
  const auto retrained = [&](const char* words) {
    const auto found = w.get();
    CHECK_FALSE(found.from_file);
    CHECK(found.hash == first.hash);
    CHECK(w.get().from_file);
    return test::says(found.trouble, words);
  };
  std::string bad = good;
  bad[bad.size() - 2] = static_cast<char>(bad[bad.size() - 2] ^ 1);  // a weight
  test::put(first.file, bad);
  CHECK(retrained("hash"));
  test::put(first.file, good.substr(0, good.size() / 2));
  CHECK(retrained("["));
  auto metadata = io::read_safetensors(first.file).metadata();
  metadata["recipe"] = "another";
  nn::save(first.file, first.net, metadata);
  CHECK(retrained("another training"));
}

TEST_CASE("a training that was ended early leaves no file") {
  World w;
  const auto stopped = models::digit_features(w.folder / "nets", w.train, w.test, quick,
                                              [](const models::DigitTrainingStep&) { return false; });
  CHECK_FALSE(stopped.finished);
  CHECK_FALSE(std::filesystem::exists(stopped.file));
  CHECK(w.get().finished);
}

TEST_CASE("a folder that cannot be written costs no network") {
  World w;
  test::put(w.folder / "nets", "a file is in the way");
  const auto found = w.get();
  CHECK(found.finished);
  CHECK(test::says(found.trouble, "cannot make the directory"));
  CHECK(found.hash == nn::content_hash(found.net));
}
