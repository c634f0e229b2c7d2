// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "common/frame.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/vae_quality_cpu.hpp"
#include "mace/train/vae_prior.hpp"
#include "mace/train/vae_trainer.hpp"
#include "mace/tune/progress.hpp"

/// What the programs that train a prior share: flags, the loop with its clock, checkpoints, the log, the closing check.
namespace mace::examples {

struct TrainingSettings {
  double minutes = 10;
  std::int64_t steps = 0;  ///< above 0: so many, whatever they take; the same weights on every run
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string size = "small", out, log, resume;
};

inline void add_training_flags(CLI::App& app, TrainingSettings& s) {
  app.add_option("--minutes", s.minutes, "how long to train")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--steps", s.steps, "train this many steps instead: repeatable bit for bit")
      ->check(CLI::PositiveNumber);
  app.add_option("--size", s.size, "which network")->check(CLI::IsMember({"small", "paper"}))->capture_default_str();
  app.add_option("--seed", s.seed, "of weights, data and draws")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "where the prior goes; its checkpoint stands beside it")->capture_default_str();
  app.add_option("--log", s.log, "a CSV file for the loss");
  app.add_option("--resume", s.resume, "a checkpoint to go on from")->check(CLI::ExistingFile);
}

/// A task's shapes: fills a cloud with the points of one shape, which the first number stream draws, by the second.
template <class Shape>
using ShapeGenerator = std::function<void(Random& shape, Random& points, typename Shape::Sample& cloud)>;

/// Set by a signal that asks to stop; a second one of its kind ends the program at once.
inline volatile std::sig_atomic_t interrupted = 0;
inline void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

template <class Shape>
class VaeTraining {
  using Sample = typename Shape::Sample;

 public:
  VaeTraining(const std::string& task, const TrainingSettings& settings, const VaeTrainingOptions& options,
              const VaeSchedule& schedule, ShapeGenerator<Shape> generate)
      : task_(task),
        settings_(settings),
        options_(options),
        generate_(std::move(generate)),
        exec_(CpuOptions{.seed = settings.seed, .threads = settings.threads}),
        trainer_(exec_, options, schedule),
        clouds_(exec_.allocate<Sample>(options.batch)) {}

  /// Trains, writes the prior, and prints how good it is on 200 held-out shapes. SIGINT and SIGTERM end it with a
  /// checkpoint.
  void run() {
    require(std::isfinite(settings_.minutes), "--minutes: wanted a finite number, got ", settings_.minutes);
    require_writable(settings_.out);
    require_writable(checkpoint_path());
    double done = settings_.resume.empty() ? 0.0 : resume();
    std::ofstream log;
    if (!settings_.log.empty()) {
      log.open(settings_.log);
      require(log.good(), "could not write to \"", settings_.log, "\"");
      log << "step,seconds,reconstruction,divergence\n";
    }
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    Progress progress("training " + task_);
    const auto start = Clock::now();
    auto saved = start, before = start;
    while (done < 1.0) {
      if (interrupted != 0) stop(done);
      draw(static_cast<std::uint32_t>(trainer_.steps()));
      const VaeLoss loss = trainer_.step({clouds_.data()->xyz, 3 * Shape::points, options_.batch}, done);
      const auto now = Clock::now();
      done = settings_.steps > 0 ? share_of_steps() : done + seconds(now - before) / (60.0 * settings_.minutes);
      before = now;
      report(progress, log, loss, done, seconds(now - start));
      if (seconds(now - saved) > 60.0) save_checkpoint(done), saved = now;
    }
    save_prior(seconds(Clock::now() - start) / 60.0);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

  void draw(std::uint32_t step) {
    exec_.for_each_sample(options_.batch, [&](Index b) {
      Random random({settings_.seed, Stream::data, step}, static_cast<std::uint32_t>(b));
      generate_(random, random, clouds_.data()[b]);
    });
  }

  void report(Progress& progress, std::ofstream& log, const VaeLoss& loss, double done, double elapsed) {
    const double share = std::max(0.02, 1.0 / static_cast<double>(++reported_));
    recent_.reconstruction += share * (loss.reconstruction - recent_.reconstruction);
    recent_.divergence += share * (loss.divergence - recent_.divergence);
    char note[96];
    std::snprintf(note, sizeof note, "step %lld, Chamfer %.3f, KL %.2f", static_cast<long long>(trainer_.steps()),
                  recent_.reconstruction, recent_.divergence);
    progress(done, note);
    if (log.is_open())
      log << trainer_.steps() << ',' << elapsed << ',' << loss.reconstruction << ',' << loss.divergence << '\n';
  }

  std::filesystem::path checkpoint_path() const { return settings_.out + ".checkpoint"; }

  double share_of_steps() const { return static_cast<double>(trainer_.steps()) / static_cast<double>(settings_.steps); }

  /// What a training and the checkpoint that it goes on from have in common.
  std::map<std::string, std::string> identity() const {
    return {{"task", task_},
            {"network", settings_.size},
            {"seed", std::to_string(settings_.seed)},
            {"batch", std::to_string(options_.batch)}};
  }

  void save_checkpoint(double done) const {
    Safetensors file = trainer_.checkpoint();
    file.metadata.merge(identity());
    file.metadata["done"] = mace::detail::number_text(done);
    write_safetensors(checkpoint_path(), file);
  }

  /// Returns how much of the training is done: with --steps, what an uninterrupted one would have counted.
  double resume() {
    const Safetensors file = read_safetensors(settings_.resume);
    for (const auto& [key, wanted] : identity()) {
      const std::string& got = mace::detail::about(file, key);
      require(got == wanted, file.source, ": wanted a checkpoint whose ", key, " is ", wanted, ", got ",
              mace::detail::printable(got));
    }
    trainer_.resume(file);
    const auto done = mace::detail::parse_number<double>(mace::detail::about(file, "done"), file.source + ": done");
    require(done >= 0 && done <= 1, file.source, ": wanted done in [0, 1], got ", done);
    if (settings_.steps == 0) return done;
    require(trainer_.steps() <= settings_.steps, file.source, ": wanted a checkpoint of at most ", settings_.steps,
            " steps, got ", trainer_.steps());
    return share_of_steps();
  }

  [[noreturn]] void stop(double done) const {
    save_checkpoint(done);
    fail("interrupted after ", trainer_.steps(), " steps; to go on, add --resume ", checkpoint_path().string());
  }

  void save_prior(double minutes) {
    VaePrior prior{{trainer_.parameters().begin(), trainer_.parameters().end()}, options_.prior_sigma, {}};
    prior.about = identity();
    prior.about["steps"] = std::to_string(trainer_.steps());
    prior.about["beta_reconstruction"] = mace::detail::number_text(options_.reconstruction);
    prior.about["beta_divergence"] = mace::detail::number_text(options_.divergence);
    write_safetensors(settings_.out, vae_file<Shape>(prior), Dtype::F16);
    std::filesystem::remove(checkpoint_path());
    const VaeQuality q = quality(read_vae<Shape>(read_safetensors(settings_.out)));
    std::printf(
        "%s: %lld steps in %.1f minutes\n"
        "on 200 held-out shapes: reconstruction %.3f (two clouds of one shape: %.3f), draw-encode correlation %.3f,\n"
        "diversity of prior samples %.2f (of the data: %.2f)\n",
        settings_.out.c_str(), static_cast<long long>(trainer_.steps()), minutes, q.reconstruction, q.floor,
        q.correlation, q.prior_diversity, q.data_diversity);
  }

  VaeQuality quality(const VaePrior& prior) {
    constexpr Index held_out = 200;
    auto clouds = exec_.template allocate<Sample>(held_out), twins = exec_.template allocate<Sample>(held_out);
    exec_.for_each_sample(held_out, [&](Index i) {
      const auto sample = static_cast<std::uint32_t>(i);
      for (const std::uint32_t twin : {0u, 1u}) {
        Random shape({settings_.seed, Stream::evaluation, 0}, sample);
        Random points({settings_.seed, Stream::evaluation, 1 + twin}, sample);
        generate_(shape, points, (twin == 0 ? clouds : twins).data()[i]);
      }
    });
    LatentVae<Cpu, Shape> model(exec_, prior.weights, prior.prior_sigma);
    return measure_vae(exec_, model, std::span<const Sample>(clouds.span()), std::span<const Sample>(twins.span()),
                       {settings_.seed, Stream::evaluation, 3});
  }

  std::string task_;
  TrainingSettings settings_;
  VaeTrainingOptions options_;
  ShapeGenerator<Shape> generate_;
  Cpu exec_;
  VaeTrainer<Cpu, Shape> trainer_;
  Buffer<Sample> clouds_;
  VaeLoss recent_;  ///< a moving average
  Index reported_ = 0;
};

}  // namespace mace::examples
