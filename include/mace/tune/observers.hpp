// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/tune/progress.hpp"
#include "mace/tune/report.hpp"

/// What may watch a run of the tuner: each of these is an argument of Tuner::run. A user's own is any callable that
/// takes a RoundRecord, or a RoundRecord and a Snapshot, and that may return true to end the run.
namespace mace {

namespace detail {
/// What is said of a round; of its weights only where they differ.
inline std::string describe(const RoundRecord& round) {
  char text[256];  // a float takes up to 44 characters
  int end = std::snprintf(text, sizeof text, "round %td, mean score %.3f, best %.3f", round.round + 1,
                          static_cast<double>(round.mean_score), static_cast<double>(round.best_score));
  const auto add = [&](const char* format, double number) {
    end += std::snprintf(text + end, sizeof text - static_cast<std::size_t>(end), format, number);
  };
  if (round.power < 1) add(", power %.2g", round.power);
  if (round.effective_samples < 0.999 * static_cast<double>(round.elites))
    add(", worth %.0f samples", round.effective_samples);
  return text;
}
}  // namespace detail

/// Shows how far the run is and how good.
class ShowProgress {
 public:
  explicit ShowProgress(std::string job = "tuning") : progress_(std::move(job)) {}

  void operator()(const RoundRecord& round) {
    progress_(static_cast<double>(round.round + 1) / static_cast<double>(round.rounds), detail::describe(round));
  }

 private:
  Progress progress_;
};

/// Writes a line a round: the fields of RoundRecord but for the number of rounds.
class CsvLog {
 public:
  explicit CsvLog(const std::string& path) : path_(path), out_(path) {
    out_ << "round,seconds,mean_score,best_score,threshold,elites,effective_samples,power\n";
    require(out_.good(), "CsvLog: could not write to \"", path, "\"");
  }

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

/// Ends the run when the samples' mean score reaches `score`.
struct StopAtScore {
  float score;
  bool operator()(const RoundRecord& round) const { return round.mean_score >= score; }
};

/// Remembers the parameters whose samples had the best mean score.
class KeepBest {
 public:
  template <class Sample>
  void operator()(const RoundRecord& round, const Snapshot<Sample>& seen) {
    if (round.mean_score <= score_) return;
    score_ = round.mean_score;
    parameters_.assign(seen.parameters.begin(), seen.parameters.end());
  }

  /// Puts the best parameters back into the model, whose they are, in the executor's memory.
  template <class Exec>
  void restore(Exec& exec, std::span<float> parameters) const {
    require(parameters.size() == parameters_.size(), "KeepBest: wanted ", parameters_.size(), " parameters, got ",
            parameters.size());
    exec.copy(std::span<const float>(parameters_), parameters);
    exec.finish();
  }
  float score() const { return score_; }

 private:
  float score_ = -std::numeric_limits<float>::infinity();
  std::vector<float> parameters_;
};

}  // namespace mace
