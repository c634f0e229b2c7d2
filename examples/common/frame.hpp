// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mace/io/atomic_file.hpp"
#include "mace/tune/tuner.hpp"

/// What the task programs share, so that whoever knows one knows all: flags, JSON keys, the folder of results.
namespace mace::examples {

using Json = nlohmann::ordered_json;

/// The flags of every task; a task sets its own defaults before it adds them.
struct TaskSettings {
  std::string prior, out, json;
  std::uint64_t seed = 0;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  Index samples = 256, steps = 0, steps_per_round = 0, batches = 1;
  double quantile = 0, rate = 0;
  bool check = false;

  TunerOptions tuner() const {
    require(steps_per_round > 0 && steps >= steps_per_round, "wanted at least one round of steps, got ", steps,
            " steps and ", steps_per_round, " a round");
    return {.samples = samples,
            .quantile = quantile,
            .rounds = steps / steps_per_round,
            .steps = steps_per_round,
            .batches = batches};
  }
};

inline void add_task_flags(CLI::App& app, TaskSettings& s) {
  app.add_option("--prior", s.prior, "the trained prior, a .safetensors file")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "a folder for the picture and the samples");
  app.add_option("--json", s.json, "a file for the results");
  app.add_option("--samples", s.samples, "N, drawn a round")->capture_default_str();
  app.add_option("--quantile", s.quantile, "q, the share of the samples that are elites")->capture_default_str();
  app.add_option("--steps", s.steps, "gradient steps in all")->capture_default_str();
  app.add_option("--steps-per-round", s.steps_per_round, "M, gradient steps between two draws")->capture_default_str();
  app.add_option("--rate", s.rate, "Adam's learning rate")->capture_default_str();
  app.add_option("--batches", s.batches, "2: each step sees half of the samples")->capture_default_str();
  app.add_flag("--check", s.check, "exit 1 unless the posterior agrees with the evidence better than the prior");
}

/// A folder of results that is filled in a hidden place and appears when it is complete; without commit() nothing is left.
class ResultFolder {
 public:
  /// An empty path: nothing is to be written. Errors: the folder cannot be made or written to.
  explicit ResultFolder(std::filesystem::path path) : path_(std::move(path)) {
    if (path_.empty()) return;
    made_ = !std::filesystem::exists(path_);
    std::error_code error;
    std::filesystem::create_directories(partial(), error);
    require(!error, "--out: wanted a folder to write to, got \"", path_.string(), "\": ", error.message());
  }
  ~ResultFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(partial(), ignored);
    if (made_ && !committed_) std::filesystem::remove(path_, ignored);
  }
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;

  bool wanted() const { return !path_.empty(); }

  /// Where to write a file that is to stand at `name` in the folder.
  std::filesystem::path file(const std::filesystem::path& name) {
    std::filesystem::create_directories((partial() / name).parent_path());
    files_.push_back(name);
    return partial() / name;
  }

  void commit() {
    for (const auto& name : files_) {
      std::filesystem::create_directories((path_ / name).parent_path());
      std::filesystem::rename(partial() / name, path_ / name);
    }
    committed_ = true;
  }

 private:
  std::filesystem::path partial() const { return path_ / ".partial"; }

  std::filesystem::path path_;
  bool made_ = false, committed_ = false;
  std::vector<std::filesystem::path> files_;
};

inline Json seconds_json(const PhaseSeconds& s) {
  return {{"total", s.total}, {"sample", s.sample}, {"simulate", s.simulate},
          {"score", s.score}, {"select", s.select}, {"fit", s.fit}};
}

inline void write_json(const std::filesystem::path& path, const Json& json) {
  AtomicFile file(path);
  file.write(json.dump(2) + "\n");
  file.commit();
}

}  // namespace mace::examples
