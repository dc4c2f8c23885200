// ganvas score, ganvas info and ganvas report.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "ganvas/autograd/diagnose.hpp"
#include "ganvas/core/parallel.hpp"
#include "ganvas/gan/checkpoint.hpp"
#include "ganvas/gan/run_report.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/npy.hpp"
#include "ganvas/io/parse_json.hpp"
#include "ganvas/io/safetensors.hpp"

#include "command_line.hpp"
#include "commands.hpp"
#include "session.hpp"

namespace tool {

namespace fs = std::filesystem;

namespace {

/// Throws ValueError for pictures that are not in [-1,1]. StyleGAN2's are not squashed, so some pixels may be far
/// beyond.
void check_range(const Tensor<float>& pictures, const std::string& file) {
  const auto values = pictures.values();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  require<ValueError>(*low < 0 ? *low >= -100 && *high <= 100 : *high <= 2, "score",
                      "samples must lie in [-1,1], black to white, as `ganvas sample` writes them, but those of ", file,
                      " go from ", *low, " to ", *high,
                      *low >= 0 && *high <= 255 ? "; bytes p become p / 127.5 - 1." : ".");
  if (*low >= 0)
    std::fprintf(
        stderr,
        "No number in %s is below 0; if its pictures go from 0 to 1 instead of -1 to 1, the scores are wrong.\n",
        file.c_str());
}

}  // namespace

int command_score(int argc, char** argv) {
  std::string from, file, data_name, json, features = "data/features", network = "automatic", weights = "data/resnet50";
  std::string background = "white";
  std::vector<std::string> set;
  std::ptrdiff_t n = 10000, side = 224;
  std::uint64_t seed = 1;
  int threads = 0;
  const auto ended = read_options(
      argc, argv,
      "Measures samples against data, beside what real data score against each other (the floor). Mixtures: modes; "
      "stacked-mnist: modes by a classifier; mnist and fashion-mnist: distances in a classifier's features; "
      "colour pictures with --network resnet50: distances in features of ResNet-50, transparent ones on --background.",
      {{"--from", &from, "folder of a training, or a checkpoint in it"},
       {"--samples", &file, "or a .npy file of samples, in [-1,1]"},
       {"--data", &data_name, "what to compare with (default: what the generator was trained on)"},
       {"-n,--n", &n, "samples", 2, 1e7},
       {"--seed", &seed, "of the samples"},
       {"--features", &features, "folder where feature networks and features are kept"},
       {"--network", &network, "what colour pictures are measured with", 0, 0, {"automatic", "resnet50"}},
       {"--weights", &weights, "folder of resnet50's weights (examples/get_resnet50.sh fetches them)"},
       {"--side", &side, "side of the pictures that resnet50 sees; smaller is faster, and another score", 32, 1024},
       {"--background", &background, "what resnet50 sees behind transparent pictures", 0, 0, {"white", "black"}},
       {"--set", &set, "how a folder of pictures is read, e.g. --set data.crop=pad (docs/settings.md)"},
       {"--json", &json, "file that gets the scores for other programs"},
       {"--threads", &threads, "processors to use (default: all)", 1, 1024}},
      exit_codes);
  if (ended) return *ended;
  require<ValueError>(from.empty() != file.empty(), "score", "exactly one of --from and --samples is needed.");
  if (threads > 0) set_threads(threads);
  Tensor<float> samples;
  Labels asked;
  io::Settings s;
  io::Settings::Json known = io::Settings::Json::object();  // how the data were read that the samples are like
  std::string trained_on;                                   // the hash of these, where it must still be theirs
  std::optional<Sampler> sampler;
  if (!from.empty()) {
    sampler = load_sampler(from);
    const auto& kept = sampler->settings.at("data");
    if (data_name.empty()) {
      data_name = kept.at("name").get<std::string>();
      if (kept.contains("hash") && kept["hash"].is_string()) trained_on = kept["hash"].get<std::string>();
    }
    known = kept;
    for (const char* found : {"shape", "classes", "name", "hash"}) known.erase(found);
  } else {
    require<ValueError>(!data_name.empty(), "score", "--data says what to compare the samples with.");
    samples = io::read_npy<float>(file);
    require<FileError>(samples.rank() >= 2 && samples.size(0) >= 2, "score", file, " has shape ", samples.shape(),
                       "; two samples or more are needed, (N,2) or (N,H,W,C).");
    if (samples.size(0) > n) samples = samples.rows(0, n);
    if (samples.rank() == 4) {  // a folder of pictures is opened as the samples are
      if (samples.size(1) == samples.size(2) && samples.size(1) >= 4 && samples.size(1) <= 1024)
        known["side"] = samples.size(1);
      constexpr const char* channels[] = {nullptr, "grey", nullptr, "rgb", "rgba"};
      const char* const like = samples.size(3) <= 4 ? channels[samples.size(3)] : nullptr;
      if (like != nullptr) known["channels"] = like;
    }
  }
  if (!known.empty()) s = io::Settings({{"data", known}}, "the samples");
  for (const std::string& one : set) s.set(one);
  const Data d = open_data(data_name, s);
  s.drop_unused("the samples");
  s.refuse_unknown();
  if (!trained_on.empty() && trained_on != d.hash)
    std::fprintf(stderr, "%s is not what the generator was trained on: its hash was %s and is %s now.\n",
                 data_name.c_str(), trained_on.c_str(), d.hash.c_str());
  require<ValueError>(network != "resnet50" || !d.train || d.train->size() >= 12, "score", d.name, " has ",
                      d.train ? d.train->size() : 0, " pictures; resnet50 takes 12 or more, for two halves of 6.");
  if (sampler) {
    if (network == "resnet50" && d.train) n = std::clamp<std::ptrdiff_t>(d.train->size() / 2, 2, n);  // no more count
    Random rng(seed, 20);
    Shape all{n};
    for (int axis = 0; axis < sampler->sample.rank(); ++axis) all.append(sampler->sample[axis]);
    samples = Tensor<float>(all);
    float* to = samples.mutable_data();
    for (index_t i = 0; i < n; i += 250) {
      const index_t count = std::min<index_t>(250, n - i);
      const Tensor<float> z = sampler->latent.draw<float>(count, rng);
      const Labels y = labels_for(*sampler, count, -1, rng);
      const Tensor<float> x = sampler->generate(z, y, 1);
      to = std::copy_n(x.data(), x.numel(), to);
      asked.insert(asked.end(), y.begin(), y.end());
    }
  }
  Shape expected{samples.size(0)};
  for (int axis = 0; axis < d.sample.rank(); ++axis) expected.append(d.sample[axis]);
  require<ValueError>(samples.shape() == expected, "score", "the samples have shape ", samples.shape(), ", but ",
                      d.name, " has ", expected, ".");
  require<ValueError>(all_finite(samples), "score",
                      "some of the samples' numbers are infinite or NaN, and no score of such ", "means anything",
                      sampler ? "; the generator has broken down: score an earlier checkpoint." : "; leave them out.");
  if (!sampler && samples.rank() == 4) check_range(samples, file);
  const bool by_features = !d.mixture && !d.stacked;  // precision and recall look at 5 neighbours
  require<ValueError>(!by_features || samples.size(0) >= 6, "score",
                      "pictures need 6 samples or more to be scored, but ", "there are ", samples.size(0),
                      "; give a larger -n.");
  std::printf("%s\n", d.about.c_str());
  const Judge judge = network == "resnet50" ? make_picture_judge(d, {weights, features, side, background == "black"})
                                            : make_judge(d, features, true);
  const char* const instead =
      d.sample.rank() != 3 || d.sample[2] < 3 ? "."
      : d.sample[2] == 3                      ? "; colour pictures take --network resnet50."
                         : "; colour pictures take --network resnet50, which sees transparent ones on --background.";
  require<ValueError>(static_cast<bool>(judge.full), "score", "nothing is known to measure ", d.name, " by", instead);
  const FullScores found = judge.full(samples, asked);
  std::printf("%s", found.table.c_str());
  if (!json.empty()) {
    nlohmann::ordered_json all{{"data", d.name}};
    for (const auto& [name, value] : found.pairs) {
      const auto number = nlohmann::json::parse(value, nullptr, false);  // "inf" and "nan" stay text
      if (number.is_number())
        all[name] = number;
      else
        all[name] = value;
    }
    io::atomic_write(json, all.dump(1) + "\n");
  }
  return 0;
}

int command_info(int argc, char** argv) {
  std::string file;
  const auto ended = read_options(argc, argv, "Says what a checkpoint or a file of weights is.",
                                  {{"file", &file, "a .safetensors file, or the folder of a training"}}, exit_codes);
  if (ended) return *ended;
  require<ValueError>(!file.empty(), "info", "which file? Give its name.");
  std::error_code error;
  if (fs::is_directory(file, error)) file = (fs::path(file) / "checkpoint.safetensors").string();
  const io::Safetensors all = io::read_safetensors(file);
  index_t numbers = 0;
  for (const auto& entry : all.entries()) numbers += entry.shape.numel();
  if (all.metadata().contains("ganvas_checkpoint")) {
    const Checkpoint c(file);  // checks its sum
    const auto run = io::detail::parse_json(c.note("run"), file);
    std::printf("%s: a checkpoint of a training, undamaged\n", file.c_str());
    const auto state = io::detail::parse_json(all.metadata().at("state"), file);
    std::printf("step %s\n", state.at("report").at("step").dump().c_str());
    for (const auto& entry : run.value("history", nlohmann::json::array())) {
      std::printf("at step %s:", entry.at(0).dump().c_str());
      for (const auto& m : entry.at(1))
        std::printf("  %s %s", m.at(0).get<std::string>().c_str(), m.at(1).dump().c_str());
      std::printf("\n");
    }
    for (const auto& e : run.value("events", nlohmann::json::array()))
      std::printf("health, step %s: %s\n", e.at(0).dump().c_str(), e.at(1 + 1).get<std::string>().c_str());
    std::printf("settings %s\n", io::detail::parse_json(c.note("settings"), file).dump(2).c_str());
  } else {
    std::printf("%s: weights\n", file.c_str());
    for (const auto& [key, value] : all.metadata()) std::printf("%s: %s\n", key.c_str(), value.c_str());
  }
  std::printf("%zu tensors, %lld numbers\n", all.entries().size(), static_cast<long long>(numbers));
  for (const auto& entry : all.entries())
    std::printf("  %-48s %-5s %s\n", entry.name.c_str(), std::string(io::detail::info(entry.dtype).name).c_str(),
                entry.shape.str().c_str());
  return 0;
}

int command_report(int argc, char** argv) {
  std::string folder;
  const auto ended = read_options(argc, argv, "Makes the page of a run again from its folder, also while it goes on.",
                                  {{"folder", &folder, "the folder that `ganvas train` made"}}, exit_codes);
  if (ended) return *ended;
  require<ValueError>(!folder.empty(), "report", "which folder? Give its name.");
  const Checkpoint c(fs::path(folder) / "checkpoint.safetensors");
  const auto settings = settings_of(c);
  const auto recipe = settings.find("recipe");
  const std::string title =
      "ganvas: " + (recipe != settings.end() && recipe->is_string() ? recipe->get<std::string>() : "a GAN") + " on " +
      settings["data"]["name"].get<std::string>();
  std::vector<std::pair<std::string, std::string>> pictures;
  std::error_code error;
  if (fs::is_regular_file(fs::path(folder) / "samples.png", error))
    pictures.emplace_back("Samples", io::read_file(fs::path(folder) / "samples.png", std::uint64_t{64} << 20U));
  write_run_report(folder, title, pictures);
  std::printf("Report: %s\n", (fs::path(folder) / "report.html").string().c_str());
  return 0;
}

}  // namespace tool
