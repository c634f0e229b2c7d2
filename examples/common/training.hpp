// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <locale>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/device.hpp"
#include "common/program.hpp"
#include "mace/core/error.hpp"
#include "mace/core/number_text.hpp"
#include "mace/io/json.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/prior/metadata.hpp"
#include "mace/tune/progress.hpp"

/// What the programs that train a prior share: flags, the loop with its clock, checkpoints, the log.
namespace mace::examples {

struct TrainingSettings {
  double minutes = 10;
  std::int64_t steps = 0;  ///< above 0: so many, whatever they take; the same weights on every run
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string out, log, resume, device = "cpu";
};

inline void add_training_flags(CLI::App& app, TrainingSettings& s) {
  app.add_option("--minutes", s.minutes, "how long to train")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--steps", s.steps, "train this many steps instead: repeatable bit for bit")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", s.seed, "of weights, data and draws")->capture_default_str();
  add_device_flag(app, s.device);
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "where the prior goes; its checkpoint stands beside it")->capture_default_str();
  app.add_option("--log", s.log, "a CSV file for the loss");
  app.add_option("--resume", s.resume, "a checkpoint to go on from")->check(CLI::ExistingFile);
}

/// What is trained, as the loop sees it.
class Training {
 public:
  virtual ~Training() = default;

  /// What a training and the checkpoint that it goes on from have in common, "task" among it.
  virtual std::map<std::string, std::string> identity() const = 0;
  virtual std::int64_t steps() const = 0;
  /// What step() returns.
  virtual std::vector<std::string> losses() const = 0;
  /// One step; `done` is the share of the training that lies behind.
  virtual std::vector<double> step(double done) = 0;
  virtual Safetensors checkpoint() const = 0;
  virtual void resume(const Safetensors& file) = 0;
  /// Writes the prior after `minutes`, and prints how good it is.
  virtual void finish(double minutes) = 0;
};

/// Set by a signal that asks to stop; a second one of its kind ends the program at once.
inline volatile std::sig_atomic_t interrupted = 0;
inline void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

/// Runs a training by the clock or for a number of steps. SIGINT and SIGTERM end it with a checkpoint.
class TrainingLoop {
 public:
  TrainingLoop(const TrainingSettings& settings, Training& training)
      : settings_(settings), training_(training), recent_(training.losses().size()) {}

  void run() {
    require(std::isfinite(settings_.minutes), "--minutes: wanted a finite number, got ", settings_.minutes);
    require_writable(settings_.out);
    require_writable(checkpoint_path());
    for (const auto& [key, text] : training_.identity()) mace::detail::require_utf8(text, key);
    double done = settings_.resume.empty() ? 0.0 : resume();
    open_log();
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    Progress progress("training " + training_.identity().at("task"));
    const auto start = Clock::now();
    auto saved = start, before = start;
    while (done < 1.0) {
      if (interrupted != 0) stop(done);
      const std::vector<double> losses = training_.step(done);
      const auto now = Clock::now();
      done = settings_.steps > 0 ? share_of_steps() : done + seconds(now - before) / (60.0 * settings_.minutes);
      before = now;
      report(progress, losses, done, seconds(now - start));
      if (seconds(now - saved) > 60.0) save_checkpoint(done), saved = now;
    }
    training_.finish(seconds(Clock::now() - start) / 60.0);
    std::filesystem::remove(checkpoint_path());
    // Only now, since the prior is worth more than its log.
    require(!log_.is_open() || log_.flush().good(), "--log ", settings_.log, ": could not be written whole");
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

  void open_log() {
    if (settings_.log.empty()) return;
    log_.open(settings_.log);
    log_.imbue(std::locale::classic());
    require(log_.good(), "--log ", settings_.log, ": cannot write");
    log_ << "step,seconds";
    for (const std::string& name : training_.losses()) log_ << ',' << name;
    log_ << '\n';
  }

  void report(Progress& progress, const std::vector<double>& losses, double done, double elapsed) {
    const double share = std::max(0.02, 1.0 / static_cast<double>(++reported_));
    const std::vector<std::string> names = training_.losses();
    std::string note = "step " + std::to_string(training_.steps());
    for (std::size_t i = 0; i < losses.size(); ++i) {
      recent_[i] += share * (losses[i] - recent_[i]);
      note.append(", ").append(names[i]).append(" ").append(mace::detail::fixed_text(recent_[i], 3));
    }
    progress(done, note);
    if (!log_.is_open()) return;
    log_ << training_.steps() << ',' << elapsed;
    for (const double loss : losses) log_ << ',' << loss;
    log_ << '\n';
  }

  std::filesystem::path checkpoint_path() const { return settings_.out + ".checkpoint"; }

  double share_of_steps() const {
    return static_cast<double>(training_.steps()) / static_cast<double>(settings_.steps);
  }

  void save_checkpoint(double done) const {
    Safetensors file = training_.checkpoint();
    file.metadata.merge(training_.identity());
    file.metadata["done"] = mace::detail::number_text(done);
    write_safetensors(checkpoint_path(), file);
  }

  /// Returns how much of the training is done: with --steps, what an uninterrupted one would have counted.
  double resume() {
    const Safetensors file = read_safetensors(settings_.resume);
    for (const auto& [key, wanted] : training_.identity()) {
      const std::string& got = mace::detail::about(file, key);
      require(got == wanted, file.source, ": wanted a checkpoint whose ", key, " is ", wanted, ", got ",
              mace::detail::printable(got));
    }
    training_.resume(file);
    const auto done = mace::detail::parse_number<double>(mace::detail::about(file, "done"), file.source + ": done");
    require(done >= 0 && done <= 1, file.source, ": wanted done in [0, 1], got ", done);
    if (settings_.steps == 0) return done;
    require(training_.steps() <= settings_.steps, file.source, ": wanted a checkpoint of at most ", settings_.steps,
            " steps, got ", training_.steps());
    return share_of_steps();
  }

  [[noreturn]] void stop(double done) const {
    save_checkpoint(done);
    fail("interrupted after ", training_.steps(), " steps; to go on, add --resume ", checkpoint_path().string());
  }

  const TrainingSettings& settings_;
  Training& training_;
  std::vector<double> recent_;  ///< moving averages of the losses
  std::ofstream log_;
  Index reported_ = 0;
};

}  // namespace mace::examples
