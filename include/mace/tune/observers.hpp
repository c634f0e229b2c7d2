// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <fstream>
#include <limits>
#include <locale>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/number_text.hpp"
#include "mace/tune/progress.hpp"
#include "mace/tune/report.hpp"

/// Observers, the arguments of Tuner::run. An observer is any callable that takes a RoundRecord, or a RoundRecord and a
/// Snapshot; one that returns true ends the run.
namespace mace {

namespace detail {
/// Formats a round for ShowProgress. The effective sample size is included only if the elites' weights differ.
inline std::string describe(const RoundRecord& round) {
  std::string text = "round " + std::to_string(round.round + 1);
  text.append(", mean score ").append(fixed_text(static_cast<double>(round.mean_score), 3));
  text.append(", best ").append(fixed_text(static_cast<double>(round.best_score), 3));
  if (round.power < 1) text.append(", power ").append(general_text(round.power, 2));
  if (round.effective_samples < 0.999 * static_cast<double>(round.elites))
    text.append(", worth ").append(fixed_text(round.effective_samples, 0)).append(" samples");
  return text;
}
}  // namespace detail

/// Observer that shows a progress bar with the round's scores on stderr.
class ShowProgress {
 public:
  /// Shows `job` in front of the bar.
  explicit ShowProgress(std::string job = "tuning") : progress_(std::move(job)) {}

  /// Updates the bar.
  void operator()(const RoundRecord& round) {
    progress_(static_cast<double>(round.round + 1) / static_cast<double>(round.rounds), detail::describe(round));
  }

 private:
  Progress progress_;
};

/// Observer that writes one line per round to a CSV file: every field of RoundRecord except `rounds` and `nan_share`.
class CsvLog {
 public:
  /// Creates the file, or overwrites it, and writes the header line.
  /// @throws Error if the file cannot be written.
  explicit CsvLog(const std::string& path) : path_(path), out_(path) {
    out_.imbue(std::locale::classic());
    out_ << "round,seconds,mean_score,best_score,threshold,elites,effective_samples,power\n";
    require(out_.good(), "CsvLog: could not write to \"", path, "\"");
  }

  /// Appends the round and flushes the file.
  /// @throws Error if the file cannot be written.
  void operator()(const RoundRecord& r) {
    out_ << r.round << ',' << r.seconds << ',' << r.mean_score << ',' << r.best_score << ',' << r.threshold << ','
         << r.elites << ',' << r.effective_samples << ',' << r.power << '\n'
         << std::flush;
    require(out_.good(), "CsvLog: could not write to \"", path_, "\"");
  }

 private:
  std::string path_;
  std::ofstream out_;
};

/// Observer that ends the run when the mean score of a round's samples reaches `score`.
struct StopAtScore {
  float score;  ///< the score to reach, in [0, 1]
  /// True if the round reached the score.
  bool operator()(const RoundRecord& round) const { return round.mean_score >= score; }
};

/// Observer that keeps the parameters whose samples had the best mean score.
class KeepBest {
 public:
  /// Copies the parameters if the round's mean score is the best so far.
  template <class Sample>
  void operator()(const RoundRecord& round, const Snapshot<Sample>& seen) {
    if (round.mean_score <= score_) return;
    score_ = round.mean_score;
    parameters_.assign(seen.parameters.begin(), seen.parameters.end());
  }

  /// Copies the best parameters back into the model.
  /// @param exec        the model's executor
  /// @param parameters  the model's parameters(), in the executor's memory
  /// @throws Error if the number of parameters differs.
  template <class Exec>
  void restore(Exec& exec, std::span<float> parameters) const {
    require(parameters.size() == parameters_.size(), "KeepBest: wanted ", parameters_.size(), " parameters, got ",
            parameters.size());
    exec.copy(std::span<const float>(parameters_), parameters);
    exec.finish();
  }
  /// Best mean score so far, in [0, 1]; minus infinity before the first round.
  float score() const { return score_; }

 private:
  float score_ = -std::numeric_limits<float>::infinity();
  std::vector<float> parameters_;
};

}  // namespace mace
