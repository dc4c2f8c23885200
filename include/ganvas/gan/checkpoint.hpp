#pragma once
// Checkpoints: everything that a training needs to go on bit for bit, in one safetensors file. Tensors are entries
// ("g.levels.0.conv.weight", "optimizer_d.3.exp_avg"); counters, rates and random states are JSON in its metadata, and
// so is a SHA-256 of the whole, which finds a file that was damaged. The file is written beside the old one, which it
// replaces when it is complete.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/core/random.hpp"
#include "ganvas/core/tensor.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/io/safetensors.hpp"
#include "ganvas/io/sha256.hpp"
#include "ganvas/io/write_safetensors.hpp"
#include "ganvas/nn/load.hpp"
#include "ganvas/nn/module.hpp"
#include "ganvas/nn/save.hpp"
#include "ganvas/nn/state_dict.hpp"
#include "ganvas/optim/ema.hpp"
#include "ganvas/optim/optimizer.hpp"

GANVAS_BEGIN

/// Text that is stored with a trainer: settings, the data's order, a metric's history.
using CheckpointNotes = std::map<std::string, std::string>;

namespace detail {

using Json = nlohmann::json;

inline constexpr int checkpoint_version = 1;

inline Json random_to_json(const Random::State& s) { return Json::array({s.seed, s.stream, s.next}); }
inline Random::State random_from_json(const Json& j) {
  return {j.at(0).get<std::uint64_t>(), j.at(1).get<std::uint64_t>(), j.at(2).get<std::uint64_t>()};
}

inline Json report_to_json(const StepReport& r) {
  return {{"step", r.step},
          {"loss_d", r.loss_d},
          {"loss_g", r.loss_g},
          {"penalty", r.penalty},
          {"terms_d", r.terms_d},
          {"terms_g", r.terms_g},
          {"d_real", r.d_real},
          {"d_fake", r.d_fake},
          {"gradient_g", r.gradient_g},
          {"generator_stepped", r.generator_stepped}};
}
inline StepReport report_from_json(const Json& j) {
  StepReport r;
  const auto number = [&](const char* key) {  // JSON has no NaN
    return j.at(key).is_null() ? std::numeric_limits<double>::quiet_NaN() : j.at(key).get<double>();
  };
  r.step = j.at("step").get<index_t>();
  r.loss_d = number("loss_d");
  r.loss_g = number("loss_g");
  r.penalty = number("penalty");
  r.terms_d = number("terms_d");
  r.terms_g = number("terms_g");
  r.d_real = number("d_real");
  r.d_fake = number("d_fake");
  r.gradient_g = number("gradient_g");
  r.generator_stepped = j.at("generator_stepped").get<bool>();
  return r;
}

/// Collects the state of one object after the other.
struct CheckpointWriter {
  std::vector<io::SafetensorsItem> items;
  Json json;

  template <class T>
  void add(const std::string& prefix, nn::StateDict<T> dict) {
    for (auto& entry : dict) entry.name = prefix + "." + entry.name;
    for (auto& item : nn::detail::safetensors_items(dict)) items.push_back(std::move(item));
  }
  template <nn::Module M>
  void operator()(const std::string& name, M& module) {
    add(name, nn::state_dict(module));
    nn::for_each_random(module, [&](const std::string& path, const Random& r) {
      json["randoms"][name + "." + path] = random_to_json(r.state());
    });
  }
  template <class R, class T>
  void operator()(const std::string& name, optim::Optimizer<R, T>& optimizer) {
    optim::OptimizerState<T> s = optimizer.state();
    json[name] = {{"rule", R::name}, {"step", s.step}, {"lr", s.lr}};
    add(name, std::move(s.tensors));
  }
  template <class M>
  void operator()(const std::string& name, optim::Ema<M>& ema) {
    json[name] = {{"updates", ema.updates()}};
    (*this)(name, ema.model());
  }
  void operator()(const std::string& name, Random& r) { json[name] = random_to_json(r.state()); }
  void operator()(const std::string& name, StepReport& r) { json[name] = report_to_json(r); }
};

/// Gives the same objects what a file holds. Throws where something is missing or does not fit.
struct CheckpointReader {
  const std::map<std::string, nn::StateDict<double>>& wide;  ///< by the object's name
  const std::map<std::string, nn::StateDict<float>>& narrow;
  const Json& json;

  template <class T>
  [[nodiscard]] const nn::StateDict<T>& dict(const std::string& name) const {
    static const nn::StateDict<T> none;
    const auto& all = [this]() -> const auto& {
      if constexpr (sizeof(T) == 8)
        return wide;
      else
        return narrow;
    }
    ();
    const auto found = all.find(name);
    return found == all.end() ? none : found->second;
  }
  template <nn::Module M>
  void operator()(const std::string& name, M& module) const {
    nn::load_state_dict(module, dict<nn::scalar_t<M>>(name));
    nn::for_each_random(module, [&](const std::string& path, Random& r) {
      r.restore(random_from_json(json.at("randoms").at(name + "." + path)));
    });
  }
  template <class R, class T>
  void operator()(const std::string& name, optim::Optimizer<R, T>& optimizer) const {
    const Json& j = json.at(name);
    require<ValueError>(j.at("rule") == R::name, name.c_str(), "it holds the state of ",
                        j.at("rule").get<std::string>(), ", but this training uses ", R::name, ".");
    optimizer.load_state({j.at("step").get<index_t>(), j.at("lr").get<double>(), dict<T>(name)});
  }
  template <class M>
  void operator()(const std::string& name, optim::Ema<M>& ema) const {
    (*this)(name, ema.model());
    ema.set_updates(json.at(name).at("updates").get<index_t>());
  }
  void operator()(const std::string& name, Random& r) const { r.restore(random_from_json(json.at(name))); }
  void operator()(const std::string& name, StepReport& r) const { r = report_from_json(json.at(name)); }
};

/// A hash over names, types, shapes and elements of all entries, and the metadata that has meaning.
inline std::string checkpoint_hash(const std::vector<io::SafetensorsItem>& items,
                                   const std::map<std::string, std::string>& metadata) {
  io::Sha256 hash;
  for (const auto& [key, value] : metadata)
    if (key != "sha256") hash.add(key).add(std::string_view("", 1)).add(value).add(std::string_view("", 1));
  for (const auto& item : items) {
    hash.add(item.name).add(std::string_view("", 1));
    std::visit([&](const auto& t) { hash.add(t); }, item.value);
  }
  return hash.hex();
}

}  // namespace detail

/// Writes the state of a trainer and notes. Throws FileError; the path then holds what it held before.
template <class Trainer>
void save_checkpoint(const std::filesystem::path& path, Trainer& trainer, const CheckpointNotes& notes = {}) {
  detail::CheckpointWriter writer;
  trainer.each_state([&](const char* name, auto& object) { writer(name, object); });
  std::map<std::string, std::string> metadata{{"ganvas_checkpoint", std::to_string(detail::checkpoint_version)},
                                              {"ganvas_version", GANVAS_VERSION},
                                              {"state", writer.json.dump()}};
  for (const auto& [key, value] : notes) metadata["note:" + key] = value;
  metadata["sha256"] = detail::checkpoint_hash(writer.items, metadata);
  io::write_safetensors(path, writer.items, metadata);
}

/// What a checkpoint says of itself, checked as a whole: its notes and its tensors. Throws FileError for a file that is
/// missing, damaged, no checkpoint, or of a newer version of ganvas.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& path) {
    const io::Safetensors file = io::read_safetensors(path);
    name_ = file.name();
    const auto& metadata = file.metadata();
    const auto version = metadata.find("ganvas_checkpoint");
    require<FileError>(version != metadata.end(), "checkpoint", name_, " is no checkpoint of a training; a file of ",
                       "weights alone can be sampled from, but no training can go on from it.");
    require<FileError>(version->second == std::to_string(detail::checkpoint_version), "checkpoint", name_,
                       " has the format ", version->second, ", but this ganvas (", GANVAS_VERSION, ") reads ",
                       detail::checkpoint_version, ". Use the ganvas that wrote it",
                       metadata.contains("ganvas_version") ? ": " + metadata.at("ganvas_version") : "", ".");
    std::vector<io::SafetensorsItem> items;
    for (const auto& entry : file.entries()) {
      const std::size_t dot = entry.name.find('.');
      require<FileError>(dot != std::string::npos, "checkpoint", name_, " has an entry \"", entry.name,
                         "\", which belongs to nothing.");
      const std::string object = entry.name.substr(0, dot), rest = entry.name.substr(dot + 1);
      if (entry.dtype == io::Dtype::I64) {
        items.emplace_back(entry.name, file.get<std::int64_t>(entry.name));
        wide_[object].push_back({rest, file.get<double>(entry.name), true});
        narrow_[object].push_back({rest, file.get<float>(entry.name), true});
      } else if (entry.dtype == io::Dtype::F64) {
        const auto t = file.get<double>(entry.name);
        items.emplace_back(entry.name, t);
        wide_[object].push_back({rest, t});
      } else {
        const auto t = file.get<float>(entry.name);
        items.emplace_back(entry.name, t);
        narrow_[object].push_back({rest, t});
      }
    }
    const auto sum = metadata.find("sha256");
    require<FileError>(sum != metadata.end() && sum->second == detail::checkpoint_hash(items, metadata), "checkpoint",
                       name_, " is damaged: its content does not have the checksum that it was written with. Use an ",
                       "older checkpoint, or begin again.");
    try {
      json_ = detail::Json::parse(metadata.at("state"));
    } catch (const std::exception& error) {
      fail<FileError>("checkpoint", name_, " has a state that cannot be read: ", error.what(), ".");
    }
    for (const auto& [key, value] : metadata)
      if (key.starts_with("note:")) notes_[key.substr(5)] = value;
  }

  [[nodiscard]] const CheckpointNotes& notes() const { return notes_; }
  /// The note of that name. Throws FileError if there is none.
  [[nodiscard]] const std::string& note(const std::string& key) const {
    const auto found = notes_.find(key);
    require<FileError>(found != notes_.end(), "checkpoint", name_, " has no note \"", key, "\".");
    return found->second;
  }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Gives a trainer, made with the settings of the one that was saved, its state. Throws FileError if it does not fit;
  /// the trainer is then as it was.
  template <class Trainer>
  void restore(Trainer& trainer) const {
    detail::CheckpointWriter before;
    trainer.each_state([&](const char* name, auto& object) { before(name, object); });
    try {
      load(trainer, wide_, narrow_, json_);
    } catch (const std::exception& error) {
      put_back(trainer, before);
      fail<FileError>("checkpoint", name_, " does not fit this training. ", error.what());
    }
  }

 private:
  using Wide = std::map<std::string, nn::StateDict<double>>;
  using Narrow = std::map<std::string, nn::StateDict<float>>;

  template <class Trainer>
  static void load(Trainer& trainer, const Wide& wide, const Narrow& narrow, const detail::Json& json) {
    const detail::CheckpointReader reader{wide, narrow, json};
    trainer.each_state([&](const char* name, auto& object) { reader(name, object); });
  }
  template <class Trainer>
  static void put_back(Trainer& trainer, const detail::CheckpointWriter& before) {
    Wide wide;
    Narrow narrow;
    for (const auto& item : before.items) {
      const std::size_t dot = item.name.find('.');
      const std::string object = item.name.substr(0, dot), rest = item.name.substr(dot + 1);
      if (const auto* t = std::get_if<Tensor<double>>(&item.value)) wide[object].push_back({rest, *t});
      if (const auto* t = std::get_if<Tensor<float>>(&item.value)) narrow[object].push_back({rest, *t});
      if (const auto* t = std::get_if<Tensor<std::int64_t>>(&item.value)) {
        wide[object].push_back({rest, t->template cast<double>(), true});
        narrow[object].push_back({rest, t->template cast<float>(), true});
      }
    }
    load(trainer, wide, narrow, before.json);
  }

  std::string name_;
  Wide wide_;
  Narrow narrow_;
  detail::Json json_;
  CheckpointNotes notes_;
};

/// Reads a checkpoint and restores the trainer; the notes.
template <class Trainer>
CheckpointNotes load_checkpoint(const std::filesystem::path& path, Trainer& trainer) {
  const Checkpoint checkpoint(path);
  checkpoint.restore(trainer);
  return checkpoint.notes();
}

GANVAS_END
