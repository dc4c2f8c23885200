#include "training_folder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/run_report.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/setting_value.hpp"
#include "ganvas/nn/labels.hpp"

namespace tool {

namespace fs = std::filesystem;

void check_free(const fs::path& out) {
  std::error_code error;
  const auto check = [&](const char* name, bool free) {
    require<FileError>(free, "train", out.string(), " holds a training already, or what one would replace (", name,
                       "); go on with it by --resume, or name another folder.");
  };
  for (const char* name : {"checkpoint.safetensors", "regular.safetensors", "best.safetensors", "restarts.json",
                           "settings.json", "start_0", "losses.csv", "metrics.csv", "samples.png", "samples.npy",
                           "labels.npy", "report.html", "timing.json"})
    check(name, !fs::exists(out / name, error));
  const fs::path pictures = out / "progress";
  check("progress",
        !fs::exists(pictures, error) || (fs::is_directory(pictures, error) && fs::is_empty(pictures, error)));
}

namespace {

/// Throws ValueError where the settings in `out` are not those that it was begun with.
void check_same_settings(const fs::path& out, const nlohmann::json& then, const nlohmann::json& now) {
  if (then == now) return;
  const auto differences = nlohmann::json::diff(then, now);
  fail<ValueError>("train", "settings.json is not what ", out.string(),
                   " was trained with: ", differences.at(0).at("path").get<std::string>(),
                   " differs. Put it back, or begin another training in another folder.");
}

}  // namespace

void check_same_training(const fs::path& out, nlohmann::json now) {
  std::error_code error;
  fs::path file = out / "checkpoint.safetensors";
  if (!fs::exists(file, error)) file = out / "regular.safetensors";
  if (!fs::exists(file, error)) return;
  auto then = settings_of(Checkpoint(file));
  then.erase("steps");
  now.erase("steps");
  check_same_settings(out, then, now);
}

void write_search(const fs::path& file, const Search& search) {
  const RestartState& state = search.state;
  nlohmann::json j{{"round", state.round},
                   {"done", state.done},
                   {"alive", state.alive},
                   {"candidates", nlohmann::json::array()},
                   {"settings", search.settings}};
  for (const CandidateReport& c : state.candidates) {
    nlohmann::json scores = nlohmann::json::array();
    for (const double v : c.scores) scores.push_back(std::isfinite(v) ? nlohmann::json(v) : nlohmann::json());
    j["candidates"].push_back({{"steps", c.steps}, {"rounds", c.rounds}, {"scores", scores}});
  }
  io::atomic_write(file, j.dump(1) + "\n");
}

namespace {

/// A whole number that a search can have: of steps, rounds or starts.
index_t whole_number(const nlohmann::json& j, const fs::path& file) {
  require<FileError>(j.is_number_unsigned() && j.get<std::uint64_t>() <= std::uint64_t{1} << 60U, "restarts",
                     file.string(), " does not say where the search was: a whole number is ", io::detail::describe(j),
                     " there.");
  return j.get<index_t>();
}

}  // namespace

RestartState read_search(const fs::path& file, const nlohmann::json& settings) {
  const auto j = io::detail::parse_json(io::read_file(file, std::uint64_t{1} << 24U), file.string());
  RestartState state;
  try {
    check_same_settings(file.parent_path(), j.at("settings"), settings);
    state.round = whole_number(j.at("round"), file);
    state.done = whole_number(j.at("done"), file);
    for (const auto& number : j.at("alive")) state.alive.push_back(whole_number(number, file));
    for (const auto& c : j.at("candidates")) {
      CandidateReport r{.number = static_cast<index_t>(state.candidates.size()),
                        .steps = whole_number(c.at("steps"), file),
                        .rounds = whole_number(c.at("rounds"), file)};
      for (const auto& v : c.at("scores")) r.scores.push_back(v.is_null() ? std::nan("") : v.get<double>());
      state.candidates.push_back(std::move(r));
    }
    const auto n = static_cast<index_t>(state.candidates.size());
    bool good =
        n > 0 && state.round <= 64 && state.done <= static_cast<index_t>(state.alive.size()) && !state.alive.empty();
    for (const CandidateReport& c : state.candidates) good = good && c.rounds == static_cast<index_t>(c.scores.size());
    for (std::size_t i = 0; i < state.alive.size(); ++i) {
      const index_t a = state.alive[i];
      good = good && a < n && (i == 0 || state.alive[i - 1] < a);
      if (good && static_cast<index_t>(i) < state.done)
        good = !state.candidates[static_cast<std::size_t>(a)].scores.empty();
    }
    require<FileError>(good, "restarts", file.string(), " does not say where the search was: its numbers do not fit ",
                       "together.");
  } catch (const nlohmann::json::exception& error) {
    fail<FileError>("restarts", file.string(), " does not say where the search was: ", error.what(), ".");
  }
  return state;
}

void write_results(const fs::path& out, const std::string& title, std::uint64_t seed) {
  const Sampler s = load_sampler(out);
  Random rng(seed, 6);
  const index_t columns = nn::picture_columns(s.classes);
  const Tensor<float> z = s.latent.draw<float>(8 * columns, rng);
  const std::string grid = picture_of(s.generate(z, nn::labels_in_turn(8 * columns, s.classes), 1), 2, columns);
  io::atomic_write(out / "samples.png", grid);
  write_run_report(out, title, {{"Samples", grid}});
}

void write_samples(const fs::path& out, std::uint64_t seed, index_t samples) {
  if (samples == 0) return;
  const Sampler s = load_sampler(out);
  Random rng(seed, 8);
  io::NpyWriter<float> npy(out / "samples.npy", s.sample);
  Labels asked;
  for (index_t i = 0; i < samples; i += 250) {
    const index_t n = std::min<index_t>(250, samples - i);
    const Tensor<float> z = s.latent.draw<float>(n, rng);
    const Labels y = labels_for(s, n, -1, rng);
    npy.append(s.generate(z, y, 1));
    asked.insert(asked.end(), y.begin(), y.end());
  }
  npy.finish();
  if (!asked.empty())
    io::write_npy(out / "labels.npy", Tensor<index_t>(Shape{static_cast<index_t>(asked.size())}, asked));
}

namespace {

/// progress/step_*.png of a training.
std::vector<fs::path> progress_pictures(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "progress", error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step_") && name.ends_with(".png")) found.push_back(entry.path());
  }
  return found;
}

}  // namespace

void copy_results(const fs::path& from, const fs::path& to, const std::string& title) {
  std::error_code error;
  for (const char* name : {"checkpoint.safetensors", "best.safetensors", "losses.csv", "metrics.csv", "samples.png"}) {
    if (fs::exists(from / name, error))
      io::atomic_write(to / name, io::read_file(from / name, std::uint64_t{1} << 40U));
    else
      fs::remove(to / name, error);
  }
  for (const fs::path& old : progress_pictures(to)) fs::remove(old, error);
  io::make_directories(to / "progress");
  for (const fs::path& picture : progress_pictures(from))
    io::atomic_write(to / "progress" / picture.filename(), io::read_file(picture, std::uint64_t{1} << 30U));
  write_run_report(to, title, {{"Samples", io::read_file(to / "samples.png", std::uint64_t{1} << 30U)}});
}

int ended(const RunResult& r, const fs::path& out, index_t batch) {
  const double images = r.training_seconds > 0 ? static_cast<double>(r.made * batch) / r.training_seconds : 0;
  std::printf("%lld steps in %s, in training %.0f images a second.\n", static_cast<long long>(r.steps),
              io::clock_text(r.seconds).c_str(), images);
  std::error_code error;
  if (fs::exists(out / "report.html", error)) std::printf("Report:   %s\n", (out / "report.html").string().c_str());
  if (r.made > 0)
    io::atomic_write(out / "timing.json", nlohmann::ordered_json{{"steps_made", r.made},
                                                                 {"seconds", r.seconds},
                                                                 {"training_seconds", r.training_seconds},
                                                                 {"images_per_second", images}}
                                                  .dump(1) +
                                              "\n");
  return r.interrupted ? 130 : r.diverged ? 1 : r.stopped.empty() || r.stopped == "Its time was over." ? 0 : 2;
}

}  // namespace tool
