#include "ganvas/metrics/feature_cache.hpp"

#include <string>

#if defined(__unix__)
#  include <sys/stat.h>
#endif

#include "ganvas/core/random.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using metrics::FeatureCache;
using metrics::FeatureKey;

namespace {

const FeatureKey key{"images", "network"};

/// A folder, and what a counted computation of features in it gives.
struct World {
  test::Folder folder;
  FeatureCache cache{folder / "cache"};
  Tensor<float> features = Random(1).normal<float>({20, 3});
  int computed = 0;

  metrics::Cached<Tensor<float>> get(const FeatureKey& k = key) {
    return cache.features<float>(k, [&] {
      ++computed;
      return features;
    });
  }
  metrics::Cached<metrics::FeatureStatistics> get_statistics() {
    return cache.statistics(key, [&] {
      ++computed;
      return metrics::feature_statistics(features);
    });
  }
};

}  // namespace

TEST_CASE("features are computed once for each pair of images and network") {
  World w;
  CHECK_FALSE(w.get().from_file);
  const auto again = w.get();
  CHECK(again.from_file);
  CHECK(again.trouble.empty());
  CHECK(again.value == w.features);
  CHECK(w.computed == 1);
  CHECK_FALSE(w.get({"other images", "network"}).from_file);
  CHECK_FALSE(w.get({"images", "other network"}).from_file);
  CHECK_FALSE(w.get({"imagesnet", "work"}).from_file);
  CHECK(w.get().from_file);
  // of double they are others
  CHECK_FALSE(w.cache.features<double>(key, [&] { return w.features.cast<double>(); }).from_file);
  CHECK(FeatureCache(w.folder / "cache").features<float>(key, [&] { return w.features; }).from_file);
}

TEST_CASE("statistics come back bit for bit") {
  World w;
  const auto first = w.get_statistics(), again = w.get_statistics();
  CHECK(again.from_file);
  CHECK(again.value.mean == first.value.mean);
  CHECK(again.value.covariance == first.value.covariance);
  CHECK(w.computed == 1);
}

TEST_CASE("a damaged file is computed anew and put right, whichever byte is wrong") {
  World w;
  static_cast<void>(w.get_statistics());
  const auto path = w.cache.path("statistics", key);
  const std::string good = test::get(path);
  int computed = 1;
  for (std::size_t i = 0; i < good.size(); i += i < 32 || i + 100 > good.size() ? 1U : 7U) {
    INFO("byte " << i << " of " << good.size());
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    test::put(path, bad);
    const auto found = w.get_statistics();
    if (!found.from_file) {
      ++computed;
      CHECK_FALSE(found.trouble.empty());
      CHECK(test::get(path) == good);
    }
    CHECK(found.value.covariance(1, 2) == metrics::feature_statistics(w.features).covariance(1, 2));
    CHECK(array(found.value.mean).isApprox(array(metrics::feature_statistics(w.features).mean)));
  }
  CHECK(w.computed == computed);
  CHECK(computed > 100);
}

TEST_CASE("a short, empty or foreign file, a folder in its place and an older version are computed anew") {
  World w;
  static_cast<void>(w.get());
  const auto path = w.cache.path("features F32", key);
  const std::string good = test::get(path);
  for (const std::string& bad : {std::string(), good.substr(0, 7), good.substr(0, good.size() - 1), good + "x",
                                 std::string("not a safetensors file"), std::string(1000, '\xff')}) {
    test::put(path, bad);
    const auto found = w.get();
    CHECK_FALSE(found.from_file);
    CHECK_FALSE(found.trouble.empty());
    CHECK(found.value == w.features);
    CHECK(test::get(path) == good);
  }
  // whole files of something else, under this name
  const auto other = w.get({"other images", "network"});
  std::filesystem::copy_file(w.cache.path("features F32", {"other images", "network"}), path,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK_FALSE(w.get().from_file);
  io::write_safetensors(path, {{"features", w.features}}, {});
  CHECK_FALSE(w.get().from_file);
  io::write_safetensors(path, {{"features", w.features.cast<double>()}}, io::read_safetensors(path).metadata());
  CHECK_FALSE(w.get().from_file);
  io::write_safetensors(path, {{"features", w.features.reshape({60})}}, io::read_safetensors(path).metadata());
  CHECK_FALSE(w.get().from_file);
  auto metadata = io::read_safetensors(path).metadata();
  metadata["version"] = "ganvas feature cache 0";
  io::write_safetensors(path, {{"features", w.features}}, metadata);
  CHECK_FALSE(w.get().from_file);
  CHECK(w.get().from_file);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  const auto found = w.get();
  CHECK_FALSE(found.from_file);
  CHECK(test::says(found.trouble, "directory"));
  CHECK(found.value == w.features);
}

TEST_CASE("statistics whose shapes do not fit each other are computed anew") {
  World w;
  static_cast<void>(w.get_statistics());
  const auto path = w.cache.path("statistics", key);
  const Tensor<double> mean(Shape{2}, 0.0), covariance(Shape{3, 3}, 0.0);
  auto metadata = io::read_safetensors(path).metadata();
  metadata["checksum"] = io::Sha256().add(mean).add(covariance).hex();  // somebody means it
  io::write_safetensors(path, {{"mean", mean}, {"covariance", covariance}}, metadata);
  const auto found = w.get_statistics();
  CHECK_FALSE(found.from_file);
  CHECK(test::says(found.trouble, "shapes"));
  CHECK(found.value.mean.shape() == Shape{3});
}

TEST_CASE("a folder that cannot be made costs no result") {
  World w;
  test::put(w.folder / "cache", "a file is in the way");
  const auto found = w.get();
  CHECK_FALSE(found.from_file);
  CHECK(test::says(found.trouble, "cannot make the directory"));
  CHECK(found.value == w.features);
}

#if defined(__unix__)
TEST_CASE("a pipe in the place of a file is neither read nor written: that would wait for ever") {
  World w;
  std::filesystem::create_directory(w.folder / "cache");
  REQUIRE(mkfifo(w.cache.path("features F32", key).c_str(), 0600) == 0);
  const auto found = w.get();
  CHECK_FALSE(found.from_file);
  CHECK(test::says(found.trouble, "in the way"));
  CHECK(found.value == w.features);
}
#endif

TEST_CASE("what the computation throws goes through, and nothing is kept") {
  World w;
  CHECK_THROWS_AS(w.cache.features<float>(key, []() -> Tensor<float> { fail<NumericError>("test", "no numbers."); }),
                  NumericError);
  CHECK_FALSE(w.get().from_file);
}
