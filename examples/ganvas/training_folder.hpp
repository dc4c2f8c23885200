#pragma once
// The folder of a training: whose it is, where a search among restarts was, and what a finished training leaves.

#include <filesystem>
#include <string>

#include "ganvas/gan/restarts.hpp"
#include "ganvas/gan/run.hpp"

#include "session.hpp"

namespace tool {

/// Throws FileError where somebody else's training lies, or anything that a training would replace.
void check_free(const std::filesystem::path& out);
/// Throws ValueError where the settings (all but the number of steps) are not those of the checkpoint in the folder.
void check_same_training(const std::filesystem::path& out, io::Settings::Json now);

/// A search as it is kept in restarts.json: where it is, and its settings.
struct Search {
  RestartState state;
  io::Settings::Json settings;
};
void write_search(const std::filesystem::path& file, const Search& search);
/// Throws FileError where the file is damaged, ValueError where the search had other settings.
[[nodiscard]] RestartState read_search(const std::filesystem::path& file, const io::Settings::Json& settings);

/// What a finished run leaves besides its checkpoints: a picture and the page, then so many samples.
void write_results(const std::filesystem::path& out, const std::string& title, std::uint64_t seed);
void write_samples(const std::filesystem::path& out, std::uint64_t seed, index_t samples);
/// Makes the results of the best start those of the search, with a page of the whole.
void copy_results(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& title);
/// Says on the standard streams how a training ended, and in timing.json how long what took; batch: images a step. The
/// exit code.
[[nodiscard]] int ended(const RunResult& result, const std::filesystem::path& out, index_t batch);

}  // namespace tool
