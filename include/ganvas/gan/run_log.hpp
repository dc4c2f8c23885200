#pragma once
// The tables of a run: losses.csv and metrics.csv. Lines after the step at which a run goes on are taken out first, so
// that a run that was killed leaves the same tables as one that was not.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ganvas/core/config.hpp"
#include "ganvas/core/error.hpp"
#include "ganvas/gan/trainer.hpp"
#include "ganvas/io/atomic_file.hpp"
#include "ganvas/io/csv.hpp"
#include "ganvas/io/file.hpp"

GANVAS_BEGIN

/// A table whose first column is the step.
class StepTable {
 public:
  StepTable(std::filesystem::path path, std::vector<std::string> columns, index_t keep_until)
      : path_(std::move(path)), columns_(std::move(columns)) {
    reopen(keep_until);
  }

  void row(const std::vector<double>& values) { csv_->row(values); }

  /// Takes lines of later steps out.
  void reopen(index_t keep_until) {
    std::string kept;
    for (std::size_t i = 0; i < columns_.size(); ++i) kept += (i == 0 ? "" : ",") + columns_[i];
    kept += '\n';
    std::error_code ignored;
    if (keep_until > 0 && std::filesystem::is_regular_file(path_, ignored)) {
      std::ifstream in(path_);
      std::string line;
      std::getline(in, line);  // the names
      while (std::getline(in, line)) {
        const auto commas = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
        if (!in.eof() && commas + 1 == columns_.size() && std::strtoll(line.c_str(), nullptr, 10) <= keep_until)
          kept += line + '\n';  // a line without an end is half a line
      }
    }
    csv_.reset();
    io::atomic_write(path_, kept);  // the old table or the shorter one, whatever happens
    csv_ = std::make_unique<io::CsvWriter>(path_, columns_, true);
  }

 private:
  std::filesystem::path path_;
  std::vector<std::string> columns_;
  std::unique_ptr<io::CsvWriter> csv_;
};

/// Both tables of a run that stands at a step.
class RunLog {
 public:
  RunLog(std::filesystem::path folder, index_t step)
      : folder_(std::move(folder)),
        step_(step),
        losses_(folder_ / "losses.csv",
                {"step", "loss_d", "loss_g", "penalty", "terms_d", "terms_g", "d_real", "d_fake"}, step) {}

  void losses(const StepReport& r) {
    losses_.row({static_cast<double>(r.step), r.loss_d, r.loss_g, r.penalty, r.terms_d, r.terms_g, r.d_real, r.d_fake});
  }
  void metrics(index_t step, const std::vector<std::pair<std::string, double>>& found) {
    if (!metrics_) {
      std::vector<std::string> columns{"step"};
      for (const auto& [name, value] : found) columns.push_back(name);
      metrics_.emplace(folder_ / "metrics.csv", columns, step_);
    }
    std::vector<double> values{static_cast<double>(step)};
    for (const auto& [name, value] : found) values.push_back(value);
    metrics_->row(values);
  }
  /// The run went back to a step.
  void forget_after(index_t step) {
    step_ = std::min(step_, step);
    losses_.reopen(step);
    if (metrics_) metrics_->reopen(step);
  }

 private:
  std::filesystem::path folder_;
  index_t step_;
  StepTable losses_;
  std::optional<StepTable> metrics_;
};

GANVAS_END
