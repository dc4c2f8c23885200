#include "ganvas/gan/run_report.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "ganvas/data/gaussians.hpp"
#include "ganvas/gan/run.hpp"
#include "ganvas/io/png.hpp"
#include "ganvas/models/mlp.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace ganvas;
using Catch::Matchers::Contains;

namespace {

index_t count(const std::string& text, const std::string& part) {
  index_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// A training with three looks, in one of which a mode is missing.
void train(const std::filesystem::path& folder) {
  Random rng{5};
  const auto ring = data::ring<float>(8, 1.0F, 0.05F);
  Generator g{models::mlp_generator({.latent = 2, .hidden = {16}}, rng)};
  Discriminator d{models::mlp_discriminator({.hidden = {16}}, rng)};
  AdversarialTrainer trainer{g, d, loss::NonSaturating{}, optim::Adam{.lr = 1e-3}};
  RunOptions o{.out = folder, .steps = 60, .checkpoint_every = 20, .look_every = 20};
  o.settings = R"({"recipe": "a <b>", "restarts": 1, "optimizer": {"lr": 0.001}})";
  o.health = {.collapse_times = 1, .collapse_after = 0};
  Run<decltype(trainer)> run(
      trainer, source_drawn<float>([&](index_t n, Random& r) { return ring.sample(n, r); }, 16, 7), o,
      {.measure = [](const auto&, index_t step) -> Metrics {
         return {{"missing", 60.0 - static_cast<double>(step)}, {"missing_floor", 0.25}, {"modes", step == 40 ? 5 : 8}};
       },
       .modes = 8,
       .picture =
           [](const Tensor<float>&) {
             return io::grid_png(Tensor<float>({2, 4, 4, 1}, 0.0F));
           }});
  run.to(60);
}

}  // namespace

TEST_CASE("the page of a run has its pictures under a slider, metrics beside their floor, losses, health, settings") {
  const test::Folder folder;
  train(folder.path());
  write_run_report(folder.path(), "A title & more", {{"At the end", io::grid_png(Tensor<float>({1, 4, 4, 1}, 0.0F))}});
  const std::string page = test::get(folder / "report.html");
  CHECK_THAT(page, Contains("A title &amp; more") && Contains("At the end"));
  CHECK(count(page, "type=\"range\"") == 1);
  CHECK_THAT(page, Contains("min=\"0\" max=\"2\""));
  for (const char* step : {"alt=\"step 20\"", "alt=\"step 40\"", "alt=\"step 60\""}) CHECK(count(page, step) == 1);
  for (const char* part : {"missing", "the floor", "modes", "Losses", "What D says"}) CHECK_THAT(page, Contains(part));
  CHECK(count(page, "missing_floor") == 0);
  CHECK_THAT(page, Contains("Best look: step 60, score 0.0"));
  CHECK_THAT(page, Contains("The generator leaves modes out: it covers 5 of 8."));
  CHECK_THAT(page, Contains("optimizer.lr") && Contains("a &lt;b&gt;"));
  CHECK_THAT(page, !Contains("Starts"));
  CHECK_THAT(page, Contains("Machine"));
}

TEST_CASE("the page of a search has its starts and its own settings") {
  const test::Folder folder;
  train(folder.path());
  test::put(folder / "restarts.json", R"({"candidates": [{"steps": 20, "rounds": 1, "scores": [40.5]},
      {"steps": 60, "rounds": 2, "scores": [31, null]}], "settings": {"restarts": 2}})");
  write_run_report(folder.path(), "A search");
  const std::string page = test::get(folder / "report.html");
  CHECK_THAT(page, Contains("Starts") && Contains("40.5") && Contains("31, null"));
  CHECK(count(page, "optimizer.lr") == 0);
  const std::string deep =
      "{\"candidates\": [{\"scores\": " + std::string(200'000, '[') + std::string(200'000, ']') + "}]}";
  for (const std::string& odd : std::vector<std::string>{"", "[]", "{\"candidates\": 3}", "{\"candidates\": [1]}",
                                                         "{\"candidates\": [{\"scores\": 1}]}", deep}) {
    test::put(folder / "restarts.json", odd);
    write_run_report(folder.path(), "A search");  // and no crash
    CHECK_THAT(test::get(folder / "report.html"), Contains("Losses"));
  }
}

TEST_CASE("what is no run has no page") {
  const test::Folder folder;
  CHECK_THROWS_AS(write_run_report(folder.path(), "none"), FileError);
  train(folder.path());
  std::filesystem::remove(folder / "losses.csv");
  CHECK_THROWS_WITH(write_run_report(folder.path(), "none"), Contains("has no losses.csv"));
}
