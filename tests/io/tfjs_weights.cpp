#include "ganvas/io/tfjs_weights.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/resnet50_package.hpp"

using namespace ganvas;
using test::says;

namespace {

/// Three tensors in shards of 10 bytes: numbers lie across two of them.
struct World {
  test::Folder folder;
  std::vector<test::Weights> weights{{"a/kernel", {2, 2}, {1, 2, 3, 4}}, {"a/bias", {2}, {5, 6}}, {"scale", {}, {7}}};
  nlohmann::json model = test::put_package(folder.path(), weights, 10);

  nlohmann::json& manifest() { return model["weightsManifest"][0]; }
  void put() { test::put(folder / "model.json", model.dump()); }
  [[nodiscard]] io::TfjsWeights read() const { return io::TfjsWeights(folder / "model.json"); }
  /// The sentence that the files get as they are now.
  [[nodiscard]] std::string complaint() const {
    return test::sentence([&] { static_cast<void>(read()); });
  }
};

}  // namespace

TEST_CASE("tensors are read across shards, in float and double, with a hash of their bytes") {
  const World w;
  const auto found = w.read();
  REQUIRE(found.entries().size() == 3);
  CHECK(found.entries()[1].name == "a/bias");
  CHECK(found.contains("scale"));
  CHECK_FALSE(found.contains("scales"));
  CHECK(found.get<float>("a/kernel") == Tensor<float>(Shape{2, 2}, {1, 2, 3, 4}));
  CHECK(found.get<double>("a/bias") == Tensor<double>(Shape{2}, {5, 6}));
  CHECK(found.get<float>("scale").item() == 7);
  std::string bytes;
  for (const char* shard : {"shard0.bin", "shard1.bin", "shard2.bin"}) bytes += test::get(w.folder / shard);
  CHECK(found.hash() == io::Sha256().add(bytes).hex());
  CHECK(says(test::sentence([&] { static_cast<void>(found.entry("b")); }), "no weights 'b'"));
}

TEST_CASE("tensors longer than the block that is read at a time, and two groups") {
  World w;
  std::vector<float> many(100'003);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  w.model = test::put_package(w.folder.path(), {{"first", {3}, {1, 2, 3}}, {"long", {100'003}, many}}, 70'001);
  CHECK(w.read().get<float>("long") == Tensor<float>(Shape{100'003}, many));

  const std::string bytes = test::get(w.folder / "shard0.bin");
  test::put(w.folder / "one", bytes.substr(0, 8));
  test::put(w.folder / "two", bytes.substr(8, 4));
  w.model["weightsManifest"] = {
      {{"paths", {"one"}}, {"weights", {{{"name", "x"}, {"shape", {2}}, {"dtype", "float32"}}}}},
      {{"paths", {"two"}}, {"weights", {{{"name", "y"}, {"shape", {1}}, {"dtype", "float32"}}}}}};
  w.put();
  CHECK(w.read().get<double>("x") == Tensor<double>(Shape{2}, {1, 2}));
  CHECK(w.read().get<double>("y").item() == 3);
}

TEST_CASE("missing, truncated and longer shards get sentences") {
  const World w;
  const std::string good = test::get(w.folder / "shard1.bin");
  test::put(w.folder / "shard1.bin", good.substr(0, 9));
  CHECK(says(w.complaint(), "28 bytes, but its 3 files have 27 bytes"));
  test::put(w.folder / "shard1.bin", good + "x");
  CHECK(says(w.complaint(), "have 29 bytes"));
  test::put(w.folder / "shard1.bin", "");
  CHECK(says(w.complaint(), "have 18 bytes"));
  std::filesystem::remove(w.folder / "shard1.bin");
  CHECK(says(w.complaint(), "shard1.bin does not exist"));
  std::filesystem::create_directory(w.folder / "shard1.bin");
  CHECK(says(w.complaint(), "is a directory"));
  std::filesystem::remove(w.folder / "model.json");
  CHECK(says(w.complaint(), "model.json does not exist"));
}

TEST_CASE("a shard that becomes shorter while it is read gets a sentence") {
  const World w;
  const auto found = w.read();
  test::put(w.folder / "shard2.bin", "");
  CHECK(says(test::sentence([&] { static_cast<void>(found.get<float>("scale")); }), "shorter"));
}

TEST_CASE("a manifest that is none, or hostile, gets a sentence") {
  World w;
  const nlohmann::json good = w.model;
  const auto spoilt = [&](const auto& change) {
    w.model = good;
    change(w.manifest());
    w.put();
    return w.complaint();
  };
  const std::string text = good.dump();
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 1}) {
    test::put(w.folder / "model.json", text.substr(0, length));
    CHECK(says(w.complaint(), "JSON"));
  }
  test::put(w.folder / "model.json", std::string(100'000, '['));
  CHECK(says(w.complaint(), "deep"));
  for (const char* other : {"null", "3", "[]", "{}", R"("text")", R"({"weightsManifest": 3})"}) {
    test::put(w.folder / "model.json", other);
    CHECK(says(w.complaint(), "weightsManifest"));
  }
  test::put(w.folder / "model.json", R"({"weightsManifest": []})");
  CHECK(says(w.complaint(), "no weights"));
  test::put(w.folder / "model.json", R"({"weightsManifest": [7]})");
  CHECK(says(w.complaint(), "paths"));

  CHECK(says(spoilt([](auto& m) { m.erase("paths"); }), "paths"));
  CHECK(says(spoilt([](auto& m) { m["weights"] = "all"; }), "weights"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0] = 3; }), "name"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["name"] = 3; }), "name"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0].erase("shape"); }), "shape"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["name"] = "scale"; }), "'scale' twice"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["dtype"] = "int32"; }), "'int32'"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["quantization"] = {{"dtype", "uint8"}}; }), "quantised"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["shape"] = {2, 3}; }), "36 bytes, but its 3 files have 28"));
  for (const nlohmann::json& extent : {nlohmann::json(-1), nlohmann::json(0), nlohmann::json(1.5), nlohmann::json("2"),
                                       nlohmann::json(), nlohmann::json(std::uint64_t{1} << 63U)})
    CHECK(says(spoilt([&](auto& m) { m["weights"][0]["shape"] = {2, extent}; }), "absurd shape"));
  const auto huge = std::vector<std::uint64_t>(4, std::uint64_t{1} << 31U);
  CHECK(says(spoilt([&](auto& m) { m["weights"][0]["shape"] = huge; }), "absurd shape"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["shape"] = std::vector<int>(50, 1); }), "50 axes"));
  CHECK(says(spoilt([](auto& m) { m["weights"][0]["shape"] = {1 << 20, 1 << 20}; }), "files have 28 bytes"));
  for (const nlohmann::json& path :
       {nlohmann::json("../shard0.bin"), nlohmann::json("/etc/passwd"), nlohmann::json(".."), nlohmann::json(""),
        nlohmann::json(3), nlohmann::json(std::string("a\0b", 3))})
    CHECK(says(spoilt([&](auto& m) { m["paths"][0] = path; }), "beside it"));
  CHECK(says(spoilt([](auto& m) { m["paths"] = std::vector<std::string>(1001, "shard0.bin"); }), "1000 files"));
}
