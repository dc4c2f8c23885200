#pragma once
// The page of a run, made from the files in its folder: so it can be made again at any time, and while the run goes on.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/io/csv.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/machine.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/report.hpp"

GANVAS_BEGIN

namespace detail {

/// {"a": {"b": 1}} as {"a.b", "1"}.
inline void flatten_settings(const nlohmann::json& object, const std::string& prefix, io::Pairs& rows) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object())
      flatten_settings(value, prefix + name + ".", rows);
    else
      rows.emplace_back(prefix + name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

/// Every k-th element, so that there are at most `most`.
template <class V>
std::vector<V> thinned(const std::vector<V>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<V> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return some;
}

/// Of a search among restarts (restarts.json): a row for each start with its score after each round. Takes over the
/// settings of the whole search. Nothing where there is no such file, or one that says nothing.
inline void add_starts(io::Report& report, const std::filesystem::path& folder, nlohmann::json& settings) {
  std::error_code error;
  const std::filesystem::path file = folder / "restarts.json";
  if (!std::filesystem::is_regular_file(file, error)) return;
  const std::string text = io::read_file(file, std::uint64_t{1} << 24U);
  nlohmann::json search;
  try {
    search = io::detail::parse_json(text, file.string());
  } catch (const FileError&) {
    return;
  }
  if (!search.is_object() || !search.contains("candidates") || !search["candidates"].is_array()) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& start : search["candidates"]) {
    if (!start.is_object() || !start.contains("scores")) return;
    std::string scores;
    for (const auto& score : start["scores"]) scores += (scores.empty() ? "" : ", ") + score.dump();
    rows.push_back({std::to_string(rows.size()), start.value("steps", nlohmann::json()).dump(), scores});
  }
  report.table("Starts", {"start", "steps", "score after each round (lower is better)"}, rows);
  if (search.contains("settings") && search["settings"].is_object()) settings = search["settings"];
}

}  // namespace detail

/// Writes FOLDER/report.html: curves, pictures over time, metrics, what health found, the starts of a search, settings.
/// extra: more pictures of
/// the end, PNG bytes by title. Throws FileError if there is no checkpoint or the page cannot be written.
inline void write_run_report(const std::filesystem::path& folder, const std::string& title,
                             const std::vector<std::pair<std::string, std::string>>& extra = {}) {
  namespace fs = std::filesystem;
  const Checkpoint checkpoint(folder / "checkpoint.safetensors");
  const auto run = io::detail::parse_json(checkpoint.note("run"), checkpoint.name());
  auto settings = io::detail::parse_json(checkpoint.note("settings"), checkpoint.name());
  require<FileError>(run.is_object() && settings.is_object(), "report", checkpoint.name(),
                     " does not say what run it is of.");
  io::Report report(title);
  for (const auto& [name, png] : extra) report.image(name, png);

  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "progress", error))
    if (entry.path().extension() == ".png" && entry.is_regular_file(error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::pair<std::string, std::string>> frames;
  for (const fs::path& file : detail::thinned(files, 40)) {
    std::string step = file.stem().string();
    step.erase(0, std::min(step.find_first_not_of("step_0"), step.size()));
    const std::string png = io::read_file(file, std::uint64_t{64} << 20U);
    if (png.starts_with("\x89PNG")) frames.emplace_back("step " + (step.empty() ? "0" : step), png);
  }
  report.frames("Samples over time", frames);

  if (fs::is_regular_file(folder / "metrics.csv", error)) {
    const io::NumberTable metrics = io::read_numbers(folder / "metrics.csv");
    for (std::size_t i = 1; i < metrics.columns.size(); ++i) {
      if (metrics.values[i].empty() || metrics.columns[i].ends_with("_floor")) continue;
      std::vector<io::Series> curves{{metrics.columns[i], metrics.values[i], metrics.values[0]}};
      for (std::size_t k = 1; k < metrics.columns.size(); ++k)  // what real data score, in the same picture
        if (metrics.columns[k] == metrics.columns[i] + "_floor")
          curves.push_back({"the floor", metrics.values[k], metrics.values[0]});
      report.curve(metrics.columns[i], curves);
    }
  }
  if (run.contains("best"))
    report.text("Best look: step " + run.at("best").at("step").dump() + ", score " + run.at("best").at("score").dump() +
                " (best.safetensors).");
  require<FileError>(fs::is_regular_file(folder / "losses.csv", error), "report", folder.string(),
                     " has no losses.csv; ", "it is not the folder of a training.");
  const io::NumberTable losses = io::read_numbers(folder / "losses.csv");
  const std::vector<double> step = losses["step"];
  if (!step.empty()) {
    report.curve("Losses", {{"L_D", losses["loss_d"], step}, {"L_G", losses["loss_g"], step}}, {.smooth = 0.9});
    report.curve("What D says", {{"D(x)", losses["d_real"], step}, {"D(G(z))", losses["d_fake"], step}},
                 {.smooth = 0.9});
    const auto some = [](const std::vector<double>& v) {
      return std::any_of(v.begin(), v.end(), [](double x) { return x != 0; });
    };
    if (some(losses["penalty"])) report.curve("Penalty", {{"penalty", losses["penalty"], step}}, {.smooth = 0.9});
    if (some(losses["terms_d"]) || some(losses["terms_g"]))
      report.curve("Other terms", {{"of L_D", losses["terms_d"], step}, {"of L_G", losses["terms_g"], step}},
                   {.smooth = 0.9});
  }
  std::vector<std::vector<std::string>> events;
  for (const auto& e : run.value("events", nlohmann::json::array()))
    events.push_back({e.at(0).dump(), e.at(2).get<std::string>()});
  if (events.empty())
    report.heading("Health").text("Nothing was found to be wrong.");
  else
    report.table("Health", {"step", "what was found"}, events);
  detail::add_starts(report, folder, settings);
  io::Pairs rows;
  detail::flatten_settings(settings, "", rows);
  report.settings(rows).pairs("Machine", io::machine().rows()).write(folder / "report.html");
}

GANVAS_END
