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
#include "plan.hpp"
#include "session.hpp"
#include "training_folder.hpp"

namespace tool {

namespace fs = std::filesystem;

namespace {

io::Settings recipe_settings(const std::string& name) {
  const recipes::Recipe& r = recipes::find(name);
  return io::Settings(io::detail::parse_json(std::string(r.settings), "recipe " + name), "recipe " + name);
}

/// What a person gave, over what the recipe says.
io::Settings over_recipe(const io::Settings& given) {
  io::Settings look = given;
  io::Settings s = recipe_settings(look.get<std::string>("recipe", ""));
  s.merge(given);
  return s;
}

/// Every setting of a training, with its value, as JSON.
std::string everything(const std::string& recipe, const std::string& data_name, const std::vector<std::string>& set) {
  io::Settings given;
  for (const std::string& one : set) given.set(one);
  given.set("recipe=" + nlohmann::json(recipes::find(recipe).name).dump());
  if (!data_name.empty()) given.set("data.name=" + json_name(data_name));
  io::Settings s = over_recipe(given);
  const std::string name = s.get<std::string>("data.name", "");
  const Data data = name.empty() ? imagined_data(s) : open_data(name, s);
  ask_for_everything(s, data);
  io::Settings::Json all = s.full();
  if (name.empty()) {
    all["data"].erase("name");
    std::fprintf(stderr,
                 "As for %lld x %lld pictures in %lld classes and 1000 steps an epoch; --data NAME says what they are "
                 "for your data.\n",
                 static_cast<long long>(data.sample[0]), static_cast<long long>(data.sample[1]),
                 static_cast<long long>(data.classes));
  }
  return all.dump(2);
}

}  // namespace

int command_recipes(int argc, char** argv) {
  std::vector<std::string> names, set;
  std::string data_name;
  bool all = false;
  const auto ended = read_options(
      argc, argv, "The recipes that `ganvas train` knows; with a name, its settings.",
      {{"name", &names, "a recipe whose settings are printed, as --settings takes them"},
       {"--all", &all, "every setting of a training by it, also those that the recipe leaves at their defaults"},
       {"--data", &data_name, "with --all: the data, which sizes of networks and numbers of steps depend on"},
       {"--set", &set, "with --all: one setting, e.g. --set model=style; others may follow from it"}},
      std::string("docs/settings.md says what each setting is and what it may be.\n") + exit_codes);
  if (ended) return *ended;
  require<ValueError>(all || (data_name.empty() && set.empty()), "recipes",
                      "--data and --set are about all settings of a training; give --all, too.");
  require<ValueError>(!all || !names.empty(), "recipes", "--all is about one recipe; give its name.");
  for (const std::string& name : names) {
    const recipes::Recipe& r = recipes::find(name);
    const std::string text =
        all ? everything(name, data_name, set) : io::detail::parse_json(std::string(r.settings), "recipe").dump(2);
    std::printf("%s\n", text.c_str());
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
      "with what there is, and --resume goes on with it.",
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
       {"--set", &set, "one setting, e.g. --set optimizer.lr=1e-4 (docs/settings.md has all)"},
       {"--restarts", &candidates, "train so many starts a little and only the best to the end", 1, 1000},
       {"--resume", &resume, "go on with the training in --out"},
       {"--smoke", &smoke, "a few steps, to see that it works"}},
      std::string("Settings: `ganvas recipes NAME --all --data DATA` prints every one with its value, docs/settings.md "
                  "says what each is and what it may be.\n") +
          exit_codes_of_train);
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
    check_free(out);
    io::Settings given;
    if (!file.empty()) given.merge(io::read_settings(file));
    for (const std::string& one : set) given.set(one);
    const std::string kept_recipe = given.get<std::string>("recipe", recipe.c_str());
    require<ValueError>(recipe.empty() || recipe == kept_recipe, "train", "the settings are all those of the recipe ",
                        kept_recipe, ", and would be so under the name ", recipe, "; leave --recipe out, or take the ",
                        "settings of the other: `ganvas recipes ", recipe, " --all`.");
    if (!recipe.empty()) given.set("recipe=" + nlohmann::json(recipes::find(recipe).name).dump());
    require<ValueError>(given.has("recipe"), "train", "--recipe says which GAN; `ganvas recipes` lists them.");
    // The settings of another run: what was found there, or follows from it, gives way to what is asked for now.
    if (epochs >= 0) given.forget("steps");
    if (!data_name.empty() && given.get<std::string>("data.name", data_name) != data_name) given.forget("data.hash");
    s = over_recipe(given);
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
  require<FileError>(!resume || s.has("data.name"), "train", kept.string(),
                     " does not say what to train on (data.name); put it back as the training wrote it.");
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
