// ganvas train and ganvas recipes: settings from a recipe, a file and the command line, in this order.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "ganvas/core/parallel.hpp"
#include "ganvas/io/file.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/read_settings.hpp"
#include "ganvas/io/settings.hpp"
#include "ganvas/recipes/recipes.hpp"

#include "command_line.hpp"
#include "commands.hpp"
#include "session.hpp"

namespace tool {

namespace fs = std::filesystem;

namespace {

io::Settings recipe_settings(const std::string& name) {
  const recipes::Recipe& r = recipes::find(name);
  return io::Settings(io::detail::parse_json(std::string(r.settings), "recipe " + name), "recipe " + name);
}

}  // namespace

int command_recipes(int argc, char** argv) {
  std::vector<std::string> names;
  const auto ended = read_options(argc, argv, "The recipes that `ganvas train` knows; with a name, its settings.",
                                  {{"name", &names, "a recipe whose settings are printed, as --settings takes them"}});
  if (ended) return *ended;
  for (const std::string& name : names) {
    const recipes::Recipe& r = recipes::find(name);
    std::printf("%s\n", io::detail::parse_json(std::string(r.settings), "recipe").dump(2).c_str());
  }
  if (names.empty())
    for (const recipes::Recipe& r : recipes::all())
      std::printf("%-17s %-42s %s\n", std::string(r.name).c_str(), std::string(r.title).c_str(),
                  std::string(r.source).c_str());
  return 0;
}

int command_train(int argc, char** argv) {
  std::string recipe, data_name, out, file;
  std::ptrdiff_t epochs = -1, steps = -1, batch = -1, candidates = -1;
  bool seed_given = false;
  double minutes = 0;
  int threads = 0;
  bool resume = false, smoke = false;
  std::vector<std::string> set;
  std::string seed_text;
  const auto ended = read_options(
      argc, argv,
      "Trains a GAN. The folder --out gets checkpoints, tables, pictures and report.html; Ctrl-C ends the training "
      "with "
      "what there is, and --resume goes on with it.",
      {{"--recipe", &recipe, "which GAN: see `ganvas recipes`"},
       {"--data", &data_name,
        "mnist, fashion-mnist, stacked-mnist, ring, grid, a folder of IDX files or a folder of PNG and JPEG pictures "
        "(subfolders are classes)"},
       {"--out", &out, "folder for everything"},
       {"--epochs", &epochs, "passes over the data", 1, 1e9},
       {"--steps", &steps, "steps of the discriminator, in place of --epochs", 1, 1e12},
       {"--minutes", &minutes, "end after so many minutes, at the latest", 0, 1e6},
       {"--batch", &batch, "samples in a step", 1, 1e6},
       {"--seed", &seed_text, "another seed, another training (default: 1)"},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024},
       {"--settings", &file, "a .json or .toml file with settings; --out has the full ones of a run in settings.json"},
       {"--set", &set, "one setting, e.g. --set optimizer.lr=1e-4"},
       {"--restarts", &candidates, "train so many starts a little and only the best to the end", 1, 1000},
       {"--resume", &resume, "go on with the training in --out"},
       {"--smoke", &smoke, "a few steps, to see that it works"}});
  if (ended) return *ended;
  require<ValueError>(!out.empty(), "train", "--out says where everything goes; give a folder.");
  if (threads > 0) set_threads(threads);
  if (!seed_text.empty()) {
    require<ValueError>(seed_text.find_first_not_of("0123456789") == std::string::npos && seed_text.size() <= 19,
                        "train", "--seed takes a whole number from 0 to 9999999999999999999, but '", seed_text,
                        "' was given.");
    seed_given = true;
    seed_text.erase(0, std::min(seed_text.find_first_not_of('0'), seed_text.size() - 1));  // JSON has no 007
  }

  io::Settings s;
  const fs::path kept = fs::path(out) / "settings.json";
  if (resume) {
    std::error_code error;
    const bool there = fs::exists(kept, error);
    require<FileError>(!error, "train", out, " cannot be looked into: ", error.message(), ".");
    require<FileError>(there, "train", out, " has no settings.json, so there is no training to go on with; ",
                       "leave --resume out to begin one.");
    require<ValueError>(recipe.empty() && data_name.empty() && file.empty() && set.empty() && batch < 0 &&
                            !seed_given && candidates < 0 && epochs < 0 && !smoke,
                        "train", "--resume goes on with the settings in ", kept.string(),
                        "; besides --steps, --minutes and --threads no other option can be given.");
    s = io::read_settings(kept);
  } else {
    std::error_code error;
    for (const char* taken : {"checkpoint.safetensors", "regular.safetensors", "best.safetensors", "restarts.json",
                              "settings.json", "start_0", "losses.csv"})
      require<FileError>(!fs::exists(fs::path(out) / taken, error), "train", out, " holds a training already (", taken,
                         "); go on with it by --resume, or name another folder.");
    io::Settings given;
    if (!file.empty()) given.merge(io::read_settings(file));
    for (const std::string& one : set) given.set(one);
    if (!recipe.empty()) given.set("recipe=" + nlohmann::json(recipes::find(recipe).name).dump());
    require<ValueError>(given.has("recipe"), "train", "--recipe says which GAN; `ganvas recipes` lists them.");
    io::Settings look = given;
    s = recipe_settings(look.get<std::string>("recipe", ""));
    s.merge(given);
    const auto number = [&](const char* name, std::ptrdiff_t value) {
      if (value >= 0) s.set(std::string(name) + "=" + std::to_string(value));
    };
    number("epochs", epochs);
    number("batch", batch);
    number("restarts", candidates);
    if (seed_given) s.set("seed=" + seed_text);
    if (!data_name.empty()) s.set("data.name=" + json_name(data_name));
  }
  if (resume && steps >= 0)
    require<ValueError>(s.get<std::ptrdiff_t>("restarts", 1) == 1, "train",
                        "a search among restarts was planned for its number of ",
                        "steps; train the best start on by itself: --resume --out ", out, "/start_N.");
  if (smoke) steps = steps < 0 ? 6 : std::min<std::ptrdiff_t>(steps, 6);
  if (steps >= 0) s.set("steps=" + std::to_string(steps));
  require<ValueError>(s.has("data.name"), "train",
                      "--data says what to train on: mnist, fashion-mnist, stacked-mnist, ",
                      "ring, grid, or a folder.");
  const std::string name = s.require_value<std::string>("data.name");
  const std::string of = s.get<std::string>("recipe", "");
  const Data data = open_data(name, s);
  std::printf("%s\n", data.about.c_str());
  std::fflush(stdout);
  return train({.out = out, .title = "ganvas: " + of + " on " + name, .minutes = minutes, .resume = resume}, s, data);
}

}  // namespace tool
