// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/device.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/tune/tuner.hpp"

/// What the task programs share, so that whoever knows one knows all: flags, JSON keys, the folder of results.
namespace mace::examples {

using Json = nlohmann::ordered_json;

/// The flags of every task; a task sets its own defaults before it adds them.
struct TaskSettings {
  std::string mode = "mace", prior, out, json, device = "cpu";
  std::uint64_t seed = 0;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  Index samples = 256, steps = 0, steps_per_round = 0, batches = 1;
  double quantile = 0, rate = 0;
  Precision precision = Precision::fp32;
  bool check = false;

  /// What the samples that were sought are called, in results, files and pictures: only some are of the posterior.
  const char* found() const { return mode == "posterior" ? "posterior" : mode == "cvae" ? "cvae" : "tuned"; }

  /// What the flags ask of the tuner. Errors: a rate or a number of steps that makes no sense; the tuner checks the
  /// rest.
  TunerOptions tuner() const {
    require(rate > 0 && std::isfinite(rate), "--rate: wanted a finite number above 0, got ", rate);
    require(steps_per_round > 0 && steps >= steps_per_round, "wanted at least one round of steps, got ", steps,
            " steps and ", steps_per_round, " a round");
    return {.samples = samples,
            .quantile = quantile,
            .rounds = steps / steps_per_round,
            .steps_per_round = steps_per_round,
            .batches = batches};
  }
};

/// How samples are sought, a flag with two names; `about`: what each mode is.
inline void add_mode_flag(CLI::App& app, std::string& mode, const std::vector<std::string>& modes,
                          const std::string& about) {
  app.add_option("--mode,--method", mode, about)->check(CLI::IsMember(modes))->capture_default_str();
}

/// `claim`: what --check asks for.
inline void add_task_flags(CLI::App& app, TaskSettings& s, const std::string& claim) {
  app.add_option("--prior", s.prior, "the trained prior, a .safetensors file")->capture_default_str();
  add_device_flag(app, s.device);
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "a folder for the picture and the samples");
  app.add_option("--json", s.json, "a file for the results");
  app.add_option("--samples", s.samples, "N, drawn a round")->capture_default_str();
  app.add_option("--quantile", s.quantile, "q, the share of the samples that are elites")->capture_default_str();
  app.add_option("--steps", s.steps, "gradient steps in all")->capture_default_str();
  app.add_option("--steps-per-round", s.steps_per_round, "M, gradient steps between two draws")->capture_default_str();
  app.add_option("--rate", s.rate, "Adam's learning rate")->capture_default_str();
  app.add_option("--batches", s.batches, "2: each step sees half of the samples")->capture_default_str();
  app.add_flag("--check", s.check, std::string("exit 1 unless ").append(claim));
}

/// Sets a number where its flag was not given.
template <class Number>
void set_unless_given(const CLI::App& app, const char* flag, Number& number, Number preset) {
  if (app.count(flag) == 0) number = preset;
}

/// Sets the hyper-parameters that no flag gave; `rate` is Adam's.
inline void apply_preset(const CLI::App& app, TaskSettings& s, const TunerOptions& preset, double rate) {
  set_unless_given(app, "--samples", s.samples, preset.samples);
  set_unless_given(app, "--quantile", s.quantile, preset.quantile);
  set_unless_given(app, "--steps", s.steps, preset.rounds * preset.steps_per_round);
  set_unless_given(app, "--steps-per-round", s.steps_per_round, preset.steps_per_round);
  set_unless_given(app, "--batches", s.batches, preset.batches);
  set_unless_given(app, "--rate", s.rate, rate);
}

/// Refuses a path that no file can be written to, before the work whose result it is for; leaves nothing behind.
inline void require_writable(const std::filesystem::path& path) {
  std::error_code ignored;  // whatever else is wrong, the probe says it
  require(!std::filesystem::is_directory(path, ignored), path.string(), ": cannot write: wanted a file, got a folder");
  const AtomicFile probe(path);
}

/// A folder of results that are written to a hidden place and appear when they are complete; without commit() all is
/// left as it was. What can stand in the way of commit() is found at construction.
class ResultFolder {
 public:
  /// `files`: all that will be written, relative to `path`. An empty path: nothing is.
  /// Errors: a folder cannot be made or written to; another kind of thing stands where a file is to be.
  ResultFolder(std::filesystem::path path, std::vector<std::filesystem::path> files)
      : ResultFolder(std::move(path)) {  // which makes this an object, so that its destructor clears up after an error
    if (path_.empty()) return;
    files_ = std::move(files);
    make(path_);
    // A name that no other run has.
    std::string name = (path_ / ".partial-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) refuse(path_, mace::detail::system_reason());
    partial_ = name;
    for (const auto& file : files_) {
      const auto target = path_ / file;
      make(target.parent_path());
      if (access(target.parent_path().c_str(), W_OK | X_OK) != 0)
        refuse(target.parent_path(), mace::detail::system_reason());
      const auto kind = std::filesystem::status(target).type();
      using std::filesystem::file_type;
      if (kind != file_type::not_found && kind != file_type::regular) refuse(target, "wanted a file there, or nothing");
      std::filesystem::create_directories((partial_ / file).parent_path());
    }
  }
  ~ResultFolder() {
    std::error_code ignored;
    if (!partial_.empty()) std::filesystem::remove_all(partial_, ignored);
    // Only empty folders are removed by this, so after commit(), or if others use them too, they stay.
    for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) std::filesystem::remove(*folder, ignored);
  }
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;

  bool wanted() const { return !path_.empty(); }

  /// Where to write the file that is to stand at `name` in the folder.
  std::filesystem::path file(const std::filesystem::path& name) const { return partial_ / name; }

  /// What was not written after all is not there then either: an older one would be of another run.
  void commit() {
    for (const auto& name : files_)
      if (std::filesystem::exists(file(name)))
        std::filesystem::rename(file(name), path_ / name);
      else
        std::filesystem::remove(path_ / name);
  }

 private:
  explicit ResultFolder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Makes a folder with its parents, and remembers which of them were not there.
  void make(const std::filesystem::path& folder) {
    if (std::filesystem::is_directory(folder)) return;
    if (folder.has_parent_path()) make(folder.parent_path());
    std::error_code error;
    if (std::filesystem::create_directory(folder, error)) made_.push_back(folder);
    if (error) refuse(folder, error.message());
  }

  [[noreturn]] void refuse(const std::filesystem::path& at, const std::string& reason) const {
    fail("--out ", path_.string(), ": cannot write to ", at.string(), ": ", reason);
  }

  std::filesystem::path path_, partial_;
  std::vector<std::filesystem::path> files_, made_;
};

inline Json seconds_json(const PhaseSeconds& s) {
  return {{"total", s.total}, {"sample", s.sample}, {"simulate", s.simulate},
          {"score", s.score}, {"select", s.select}, {"fit", s.fit}};
}

/// A device works through the stages without saying when it is done with each.
inline void print_seconds(const PhaseSeconds& s) {
  std::printf("seconds: %.2f in all", s.total);
  if (s.fit > 0)
    std::printf("; sample %.2f, simulate %.2f, score %.2f, select %.2f, fit %.2f", s.sample, s.simulate, s.score,
                s.select, s.fit);
  std::printf("\n");
}

/// Text that is no UTF-8, such as an odd name of a file, gets its replacement character: results are not lost for it.
inline void write_json(const std::filesystem::path& path, const Json& json) {
  AtomicFile file(path);
  file.write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

}  // namespace mace::examples
