// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "box_posterior.hpp"
#include "common/box_completion.hpp"
#include "common/frame.hpp"
#include "mace/metrics/box_fit.hpp"
#include "mace/train/vae_prior.hpp"
#include "mace/tune/progress.hpp"
#include "series.hpp"

/// The completion task over many observations: how far tuning gets, and how its samples compare with the exact
/// posterior.
namespace mace::benchmarks {

struct CompletionPreset {
  std::string name;
  TunerOptions options;
  double rate;
};

/// The paper's numbers (App. C), and those that came closest to the exact posterior's spread while closing as much of
/// the distance to the best prior sample as the task asks for.
inline std::vector<CompletionPreset> completion_presets() {
  return {{"paper", {.samples = 256, .quantile = 1.0 / 32, .rounds = 31, .steps = 128}, 1e-3},
          {"wide", {.samples = 512, .quantile = 1.0 / 4, .rounds = 10, .steps = 64}, 2e-3}};
}

/// One preset's results, a value an observation in each series.
struct CompletionRow {
  CompletionPreset preset;
  Series score, closed, diversity, cd_k, seconds;
  struct Dimension {
    Series ratio, mass, truth;

    /// The mean ratio in words.
    std::string_view dispersion() const {
      Coverage mean{};
      mean.samples_deviation = ratio.mean();
      mean.exact_deviation = 1;
      return mean.dispersion();
    }
  };
  std::array<Dimension, 4> dimensions;
};

template <class Shape>
class CompletionTable {
 public:
  CompletionTable(int threads, VaePrior prior) : threads_(threads), prior_(std::move(prior)) {
    for (CompletionPreset& preset : presets) rows.push_back({std::move(preset), {}, {}, {}, {}, {}, {}});
  }

  void run(Index seeds) {
    Progress progress("completion");
    for (Index seed = 0; seed < seeds; ++seed) {
      observation(static_cast<std::uint64_t>(seed));
      progress(static_cast<double>(seed + 1) / static_cast<double>(seeds), "observation " + std::to_string(seed + 1));
    }
  }

  Json json() const {
    Json out{{"prior", {{"score", prior_score.json()}, {"best_of_4096", best.json()}, {"diversity", diversity.json()}}},
             {"exact_posterior", {{"score", exact_score.json()}}}};
    for (const CompletionRow& row : rows) {
      Json one{{"samples", row.preset.options.samples},
               {"quantile", row.preset.options.quantile},
               {"rounds", row.preset.options.rounds},
               {"steps_per_round", row.preset.options.steps},
               {"rate", row.preset.rate},
               {"score", row.score.json()},
               {"closed", row.closed.json()},
               {"cd_k", row.cd_k.json()},
               {"diversity", row.diversity.json()},
               {"seconds", row.seconds.json()}};
      for (std::size_t d = 0; d < 4; ++d)
        one["against_exact_posterior"][BoxPosterior::dimensions[d]] = {
            {"deviation_ratio", row.dimensions[d].ratio.json()},
            {"dispersion", row.dimensions[d].dispersion()},
            {"exact_mass_in_90", row.dimensions[d].mass.mean()},
            {"truth_in_90", row.dimensions[d].truth.mean()}};
      out[row.preset.name] = one;
    }
    return out;
  }

  void print() const {
    std::printf(
        "| samples of | score | of the way to the best of 4096 | CD_5 | diversity | seconds "
        "|\n|---|---|---|---|---|---|\n");
    std::printf("| prior (best of 4096: %.3f) | %.3f ± %.3f | | | %.1f | |\n", best.mean(), prior_score.mean(),
                prior_score.deviation(), diversity.mean());
    for (const CompletionRow& r : rows)
      std::printf("| MACE, %s | %.3f ± %.3f | %.0f %% ± %.0f %% | %.2f | %.1f | %.2f |\n", r.preset.name.c_str(),
                  r.score.mean(), r.score.deviation(), 100 * r.closed.mean(), 100 * r.closed.deviation(), r.cd_k.mean(),
                  r.diversity.mean(), r.seconds.mean());
    std::printf("| exact posterior | %.3f ± %.3f | | | | |\n", exact_score.mean(), exact_score.deviation());
    std::printf("\n| spread against the exact posterior |");
    for (const char* name : BoxPosterior::dimensions) std::printf(" %s |", name);
    std::printf("\n|---|---|---|---|---|\n");
    for (const CompletionRow& r : rows) {
      std::printf("| %s: ratio of standard deviations |", r.preset.name.c_str());
      for (const auto& d : r.dimensions)
        std::printf(" %.2f ± %.2f, %s |", d.ratio.mean(), d.ratio.deviation(), std::string(d.dispersion()).c_str());
      std::printf("\n| %s: exact posterior inside the samples' central 90 %% |", r.preset.name.c_str());
      for (const auto& d : r.dimensions) std::printf(" %.0f %% |", 100 * d.mass.mean());
      std::printf("\n");
    }
  }

  std::vector<CompletionPreset> presets = completion_presets();
  std::vector<CompletionRow> rows;
  Series prior_score, best, diversity, exact_score;

 private:
  /// Everything of one observation is drawn from its own seed, so the deviations over observations include tuning's
  /// chance.
  void observation(std::uint64_t seed) {
    using Round = examples::EvaluationRound;
    Cpu exec({.seed = seed, .threads = threads_});
    LatentVae<Cpu, Shape> model(exec, prior_.weights, prior_.prior_sigma);
    const examples::PartialBox seen = examples::draw_partial_box(seed);
    examples::BoxCompletion<Shape> task(exec, model, seen);
    const double best_of_prior = task.best_of_prior(4096);
    const auto prior = task.draw(49, Round::shown, true);
    prior_score.values.push_back(prior.score);
    best.values.push_back(best_of_prior);
    diversity.values.push_back(prior.diversity);
    const BoxPosterior exact =
        box_posterior(exec, *seen.cut, seen.xyz, {.seed = ~seed});  // like tuning, of Stream::draw
    exact_score.values.push_back(exact.score);
    for (CompletionRow& row : rows) {
      task.reset();
      auto tuner = task.tuner(row.preset.options, Policies<>{.update = {.rate = row.preset.rate}});
      const Report report = tuner.run();
      const auto posterior = task.draw(49, Round::shown, true);
      row.score.values.push_back(posterior.score);
      row.closed.values.push_back((posterior.score - prior.score) / (best_of_prior - prior.score));
      if (std::isfinite(posterior.cd_k)) row.cd_k.values.push_back(posterior.cd_k);
      row.diversity.values.push_back(posterior.diversity);
      row.seconds.values.push_back(report.seconds.total);
      compare(exec, row, exact, task.draw(256, Round::fitted, false), seen.truth);
    }
  }

  void compare(Cpu& exec, CompletionRow& row, const BoxPosterior& exact, const examples::ScoredBoxes& samples,
               const Box& truth) {
    std::vector<Box> boxes(static_cast<std::size_t>(samples.clouds.size()));
    exec.for_each_sample(samples.clouds.size(), [&](Index i) {
      boxes[static_cast<std::size_t>(i)] = fit_box(samples.clouds.data()[i].xyz).box;
    });
    const auto coverage = exact.compare(boxes, truth);
    for (std::size_t d = 0; d < 4; ++d) {
      row.dimensions[d].ratio.values.push_back(coverage[d].deviation_ratio());
      row.dimensions[d].mass.values.push_back(coverage[d].exact_mass);
      row.dimensions[d].truth.values.push_back(coverage[d].truth_inside ? 1.0 : 0.0);
    }
  }

  int threads_;
  VaePrior prior_;
};

}  // namespace mace::benchmarks
