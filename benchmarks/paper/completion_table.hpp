// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/box_completion.hpp"
#include "common/program.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/tune/progress.hpp"
#include "paper/box_c2st.hpp"
#include "paper/box_posterior.hpp"
#include "paper/series.hpp"
#include "shapes/box_fit.hpp"

/// The completion task over many observations: how far tuning gets, and how its samples compare with the exact
/// posterior.
namespace mace::benchmarks {

struct CompletionPreset {
  std::string name, label;
  TunerOptions options;
  double rate;
  bool posterior = false;  ///< sampled by Posterior, which every sample counts for
};

/// The paper's numbers (App. C), those that came closest to the exact posterior's spread while closing as much of the
/// distance to the best prior sample as the task asks for, and the posterior in the latents.
inline std::vector<CompletionPreset> completion_presets() {
  const auto sampled = latent_posterior_preset();
  const PosteriorOptions& o = sampled.posterior;
  return {{"paper", "MACE, paper", {.samples = 256, .quantile = 1.0 / 32, .rounds = 31, .steps_per_round = 128}, 1e-3},
          {"wide", "MACE, wide", {.samples = 512, .quantile = 1.0 / 4, .rounds = 10, .steps_per_round = 64}, 2e-3},
          {"posterior",
           "Posterior",
           {.samples = o.samples, .quantile = 1, .rounds = o.rounds, .steps_per_round = o.steps_per_round},
           sampled.rate,
           true}};
}

/// One preset's results, a value an observation in each series.
struct CompletionRow {
  CompletionPreset preset;
  Series score, closed, diversity, cd_k, seconds, c2st;
  Series power, effective_samples;  ///< of Posterior
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
    for (CompletionPreset& preset : presets) rows.emplace_back().preset = std::move(preset);
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
             {"exact_posterior",
              {{"score", exact_score.json()}, {"c2st_again", again.values}, {"c2st_through_vae", through.values}}},
             {"c2st_of_priors", priors.values}};
    for (const CompletionRow& row : rows) {
      Json one{{"samples", row.preset.options.samples},
               {"quantile", row.preset.options.quantile},
               {"rounds", row.preset.options.rounds},
               {"steps_per_round", row.preset.options.steps_per_round},
               {"rate", row.preset.rate},
               {"score", row.score.json()},
               {"closed", row.closed.json()},
               {"cd_k", row.cd_k.json()},
               {"diversity", row.diversity.json()},
               {"seconds", row.seconds.json()},
               {"c2st", row.c2st.values}};
      if (row.preset.posterior) {
        one["power"] = row.power.values;
        one["effective_samples"] = row.effective_samples.values;
      }
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
      std::printf("| %s | %.3f ± %.3f | %.0f %% ± %.0f %% | %.2f | %.1f | %.2f |\n", r.preset.label.c_str(),
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
    print_c2st();
  }

  std::vector<CompletionPreset> presets = completion_presets();
  std::vector<CompletionRow> rows;
  Series prior_score, best, diversity, exact_score;
  /// C2ST against the exact posterior: of itself from another cover, and of what the VAE makes of its boxes; and of the
  /// VAE's prior against that of the task.
  Series again, through, priors;

 private:
  void print_c2st() const {
    std::printf("\n| C2ST against the exact posterior | it again | it through the VAE |");
    for (const CompletionRow& r : rows) std::printf(" %s |", r.preset.label.c_str());
    std::printf(" effective samples | VAE's prior against the task's |\n|---|---|---|---|---|---|---|---|\n");
    for (std::size_t i = 0; i < again.values.size(); ++i) {
      std::printf("| observation %zu | %.3f | %.3f |", i, again.values[i], through.values[i]);
      for (const CompletionRow& r : rows) std::printf(" %.3f |", r.c2st.values[i]);
      for (const CompletionRow& r : rows)
        if (r.preset.posterior) std::printf(" %.0f at power %.3g |", r.effective_samples.values[i], r.power.values[i]);
      std::printf(" %.3f |\n", priors.values[i]);
    }
  }

  /// Everything of one observation is drawn from its own seed, so the deviations over observations include tuning's
  /// chance.
  void observation(std::uint64_t seed) {
    using Round = examples::EvaluationRound;
    Cpu exec({.seed = seed, .threads = threads_});
    LatentVae<Cpu, Shape> model(exec, prior_.weights, prior_.prior_sigma);
    const examples::PartialBox seen = examples::draw_partial_box(seed);
    examples::BoxCompletion<Shape> task(exec, model, seen);
    const double best_of_prior = task.best_of_prior(4096);
    const auto prior = task.draw(model, 49, Round::shown, true);
    prior_score.values.push_back(prior.score);
    best.values.push_back(best_of_prior);
    diversity.values.push_back(prior.diversity);
    const BoxPosterior exact =
        box_posterior(exec, *seen.cut, seen.xyz, {.seed = ~seed});  // like tuning, of Stream::draw
    exact_score.values.push_back(exact.score);
    const std::vector<Box> reference = limits(exec, model, seen, exact);
    for (CompletionRow& row : rows) {
      task.reset();
      const auto add = [&](const auto& report, auto& sampler) {
        const auto drawn = task.draw(sampler, 49, Round::shown, true);
        row.score.values.push_back(drawn.score);
        row.closed.values.push_back((drawn.score - prior.score) / (best_of_prior - prior.score));
        if (std::isfinite(drawn.cd_k)) row.cd_k.values.push_back(drawn.cd_k);
        row.diversity.values.push_back(drawn.diversity);
        row.seconds.values.push_back(report.seconds.total);
        const auto many = task.draw(sampler, told_apart, Round::fitted, false);
        const auto boxes = fitted_boxes(exec, many.clouds.span());
        row.c2st.values.push_back(box_c2st(exec, reference, boxes, exact.yaw));
        compare(row, exact, {boxes.begin(), boxes.begin() + 256}, seen.truth);
      };
      const CompletionPreset& p = row.preset;
      if (p.posterior) {
        auto posterior = task.posterior(latent_posterior_preset());
        const PosteriorReport report = posterior.run();
        row.power.values.push_back(report.power);
        row.effective_samples.values.push_back(report.effective_samples);
        add(report, posterior);
      } else {
        add(task.tuner(p.options, Adam{.rate = p.rate}).run(), model);
      }
    }
  }

  /// What the C2ST would be of samples of the exact posterior, and of the best that the VAE can do, and how its prior
  /// differs from the task's. Returns the boxes that samples are told from.
  std::vector<Box> limits(Cpu& exec, LatentVae<Cpu, Shape>& model, const examples::PartialBox& seen,
                          const BoxPosterior& exact) {
    const RandomKey key{exec.seed(), Stream::evaluation, examples::EvaluationRound::fitted};
    const std::vector<Box> reference = drawn_boxes(exact, told_apart, key);
    const BoxPosterior other = box_posterior(exec, *seen.cut, seen.xyz, {.seed = ~exec.seed() - 1'000'000});
    const std::vector<Box> others =
        drawn_boxes(other, told_apart, {key.seed, key.stream, examples::EvaluationRound::shown});
    again.values.push_back(box_c2st(exec, reference, others, exact.yaw));
    through.values.push_back(box_c2st(exec, reference, through_vae(exec, model, others), exact.yaw));
    model.reset(exec);
    std::vector<Cloud<2048>> clouds(told_apart);
    model.sample(exec, key, clouds);
    std::vector<Box> drawn;
    for (std::uint32_t i = 0; i < told_apart; ++i) {
      Random random(key, i);
      drawn.push_back(random_box(random));
    }
    priors.values.push_back(box_c2st(exec, drawn, fitted_boxes(exec, clouds), 0.0f));
    return reference;
  }

  static void compare(CompletionRow& row, const BoxPosterior& exact, const std::vector<Box>& boxes, const Box& truth) {
    const auto coverage = exact.compare(boxes, truth);
    for (std::size_t d = 0; d < 4; ++d) {
      row.dimensions[d].ratio.values.push_back(coverage[d].deviation_ratio());
      row.dimensions[d].mass.values.push_back(coverage[d].exact_mass);
      row.dimensions[d].truth.values.push_back(coverage[d].truth_inside ? 1.0 : 0.0);
    }
  }

  static constexpr std::uint32_t told_apart = 1000;  ///< boxes on either side of a C2ST
  int threads_;
  VaePrior prior_;
};

}  // namespace mace::benchmarks
