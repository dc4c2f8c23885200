#include "ganvas/models/resnet50.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/resnet50_package.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;
using test::says;

namespace {

/// A narrow network in a folder: 2 channels instead of 64, 5 classes.
struct World {
  test::Folder folder;
  std::vector<test::Weights> weights = test::resnet50_layers(2, 5);

  World() {
    Random rng{1};
    for (test::Weights& w : weights) {
      const auto t = rng.uniform<float>(w.shape, 0.1F, 1.0F);  // variances are positive
      w.values.assign(t.data(), t.data() + t.numel());
      if (w.name.ends_with("/kernel"))
        for (float& v : w.values) v = (v - 0.55F) * 0.5F;
    }
    put();
  }
  test::Weights& find(const std::string& name) {
    for (test::Weights& w : weights)
      if (w.name == name) return w;
    throw ValueError("[test] no " + name);
  }
  void put() const { test::put_package(folder.path(), weights); }
  [[nodiscard]] models::Resnet50<float> read() const { return models::read_resnet50(folder.path()); }
  [[nodiscard]] std::string complaint() const {
    return test::sentence([&] { static_cast<void>(read()); });
  }
};

}  // namespace

TEST_CASE("the narrow network has ResNet-50's 16 blocks, its hash, and gives features and logits") {
  const World w;
  const auto net = w.read();
  CHECK(net.blocks.size() == 16);
  CHECK(net.feature_count() == 64);
  CHECK(net.classes() == 5);
  CHECK(net.hash == io::TfjsWeights(w.folder / "model.json").hash());
  index_t shortcuts = 0, strides = 0;
  for (const auto& block : net.blocks) {
    shortcuts += block.shortcut ? 1 : 0;
    strides += block.a.options.stride == 2 ? 1 : 0;
  }
  CHECK(shortcuts == 4);
  CHECK(strides == 3);
  CHECK(models::Resnet50Options{}.side == 224);
}

TEST_CASE("a picture's features do not depend on its portion, and progress is told") {
  const World w;
  const auto net = w.read();
  Random rng{2};
  const auto images = rng.uniform<float>({5, 20, 24, 3}, -1.0F, 1.0F);
  std::vector<index_t> steps;
  const auto show = [&](index_t done, index_t of) {
    CHECK(of == 5);
    steps.push_back(done);
  };
  const auto all = models::features_and_logits(net, images, {.side = 40, .portion = 2, .progress = show});
  CHECK(steps == std::vector<index_t>{2, 4, 5});
  CHECK(all.features.shape() == Shape{5, 64});
  CHECK(all.logits.shape() == Shape{5, 5});
  const auto whole = models::features_and_logits(net, images, {.side = 40});
  for (index_t i = 0; i < 5; ++i) {
    const auto one = models::features_and_logits(net, images.rows(i, i + 1), {.side = 40});
    for (index_t f = 0; f < 64; ++f) {
      CHECK(one.features(0, f) == Approx(all.features(i, f)).epsilon(1e-5));
      CHECK(whole.features(i, f) == Approx(all.features(i, f)).epsilon(1e-5));
    }
  }
  CHECK(net.to_logits(Var<float>(all.features)).value().shape() == Shape{5, 5});
  const auto other = models::features_and_logits(net, images, {.side = 56});
  CHECK(std::abs(other.features(0, 0) - all.features(0, 0)) > 1e-6F);
}

TEST_CASE("pictures are resized, their channels reversed, ImageNet's means taken off") {
  Tensor<float> x(Shape{1, 40, 40, 3});
  for (index_t i = 0; i < x.numel(); i += 3) {
    x.mutable_data()[i] = 1;       // red 255
    x.mutable_data()[i + 1] = 0;   // green 127.5
    x.mutable_data()[i + 2] = -1;  // blue 0
  }
  for (const index_t side : {index_t{40}, index_t{32}, index_t{64}}) {
    const auto y = models::prepare_pictures(x, side);
    CHECK(y.shape() == Shape{1, side, side, 3});
    CHECK(y(0, 3, 4, 0) == Approx(-103.939));
    CHECK(y(0, 3, 4, 1) == Approx(127.5 - 116.779));
    CHECK(y(0, 3, 4, 2) == Approx(255 - 123.68));
  }
}

TEST_CASE("what is no picture, or an option that fits none, gets a sentence") {
  const World w;
  const auto net = w.read();
  CHECK_THROWS_WITH(models::features_and_logits(net, Tensor<float>(Shape{2, 32, 32, 1}, 0.0F)),
                    Contains("(N,H,W,3)") && Contains("(2,32,32,1)"));
  CHECK_THROWS_AS(models::features_and_logits(net, Tensor<float>(Shape{0, 32, 32, 3})), ShapeError);
  const Tensor<float> x(Shape{1, 32, 32, 3}, 0.0F);
  CHECK_THROWS_AS(models::features_and_logits(net, x, {.side = 31}), ValueError);
  CHECK_THROWS_AS(models::features_and_logits(net, x, {.portion = 0}), ValueError);
  CHECK_THROWS_AS(models::prepare_pictures(x, 1'000'000), ValueError);
}

TEST_CASE("no package, or half of one, gets a sentence that names the script") {
  const World w;
  CHECK(says(test::sentence([&] { static_cast<void>(models::read_resnet50(w.folder / "none")); }),
             "examples/get_resnet50.sh " + (w.folder / "none").string()));
  std::filesystem::remove(w.folder / "shard2.bin");
  CHECK(says(w.complaint(), "shard2.bin does not exist"));
  w.put();
  const std::string good = test::get(w.folder / "shard2.bin");
  test::put(w.folder / "shard2.bin", good.substr(0, good.size() / 2));
  CHECK(says(w.complaint(), "truncated"));
}

TEST_CASE("layers that are missing, of other shapes or no numbers are refused by name") {
  World w;
  w.find("res4c_branch2b/kernel").name = "res4c_branch2b/weight";
  w.put();
  CHECK(says(w.complaint(), "no weights 'res4c_branch2b/kernel'"));

  World other;
  other.find("res3a_branch1/kernel").shape = {1, 1, 16, 8};
  other.put();
  CHECK(says(other.complaint(), "res3a_branch1/kernel has shape (1,1,16,8), but ResNet-50 needs (1,1,8,16)"));

  World flat;
  flat.find("conv1/kernel").shape = {7 * 7 * 3, 2};
  flat.put();
  CHECK(says(flat.complaint(), "another network"));

  World damaged;
  damaged.find("bn5b_branch2a/moving_variance").values[1] = -1;
  damaged.put();
  CHECK(says(damaged.complaint(), "negative"));
  damaged.find("bn5b_branch2a/moving_variance").values[1] = std::nanf("");
  damaged.put();
  CHECK(says(damaged.complaint(), "NaN"));
}
