// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "common/bars.hpp"
#include "common/grasp.hpp"
#include "common/grasp_presets.hpp"
#include "mace/prior/vae_prior.hpp"
#include "mace/tune/progress.hpp"
#include "paper/result_log.hpp"
#include "paper/series.hpp"

/// The grasping task over many objects (paper, Fig. 1): how well samples agree with the contacts, and how much they
/// differ.
namespace mace::benchmarks {

/// A way to tune, by name.
struct GraspMethod {
  std::string name, label;
  examples::GraspPreset preset;
  bool importance = false;
};

/// What is tuned: with the paper's numbers, with ours, and by importance sampling with the paper's numbers.
inline std::vector<GraspMethod> grasp_methods() {
  return {{"mace", "MACE, the paper's numbers", examples::paper_grasp()},
          {"quick", "MACE, quick", examples::quick_grasp()},
          {"is", "importance sampling", examples::paper_grasp(), true}};
}

/// Beside those, what needs no tuning: of so many times as many prior samples the best. It takes about as many
/// simulations as `quick`.
inline constexpr Index rejection_best_of = 18;

/// The numbers behind the rows: results got with others do not belong in one table.
inline Json grasp_numbers() {
  Json json{{"rejection", {{"best_of", rejection_best_of}}}};
  for (const GraspMethod& method : grasp_methods()) {
    const TunerOptions& o = method.preset.options;
    json[method.name] = {{"samples", o.samples},
                         {"quantile", o.quantile},
                         {"rounds", o.rounds},
                         {"steps_per_round", o.steps_per_round},
                         {"batches", o.batches},
                         {"rate", method.preset.rate},
                         {"best_of", method.preset.best_of}};
  }
  const LatentPosteriorOptions sampled = latent_posterior_preset();
  const PosteriorOptions& o = sampled.posterior;
  json["posterior"] = {
      {"samples", o.samples}, {"rounds", o.rounds}, {"steps_per_round", o.steps_per_round}, {"rate", sampled.rate}};
  return json;
}

/// All rows of the table.
inline std::vector<std::pair<std::string, std::string>> grasp_rows() {
  std::vector<std::pair<std::string, std::string>> rows{{"prior", "prior"}, {"rejection", "prior, the best 49 of 882"}};
  for (const GraspMethod& method : grasp_methods()) rows.emplace_back(method.name, method.label);
  rows.emplace_back("posterior", "Posterior");
  rows.emplace_back("cvae", "conditional VAE");
  return rows;
}

struct GraspSetting {
  Safetensors prior, cvae;
  std::vector<Cloud<examples::cloud_points>> objects;  ///< none: airplanes are drawn
  Index is_objects = 20;  ///< importance sampling is slow, so on so many only, as is Posterior
  int threads = 1;

  std::vector<float> object(Index i) const {
    if (objects.empty()) return examples::draw_airplane(static_cast<std::uint64_t>(i));
    const auto& cloud = objects[static_cast<std::size_t>(i)];
    return {cloud.xyz, cloud.xyz + 3 * examples::cloud_points};
  }
};

/// All methods on one object with one set of fingers. Its random numbers are its own, so deviations over objects
/// include tuning's chance.
template <class Shape>
Json grasp_object(const GraspSetting& s, const VaePrior& prior, Index object, bool in_distribution) {
  Cpu exec({.seed = static_cast<std::uint64_t>(object), .threads = s.threads});
  LatentVae<Cpu, Shape> model(exec, prior.weights, prior.prior_sigma);
  const examples::Grasp grasp(examples::grasp_rays(in_distribution), s.object(object));
  const examples::ScoredSamples drawn = grasp.draw(exec, model);
  const double best = grasp.best_of_4096(exec, model);
  Json json{{"best_of_4096", best}};
  const auto entry = [&](const examples::ScoredSamples& samples, double seconds) -> Json {
    return {{"score", samples.score},
            {"error", 1 - samples.score},
            {"closed", (samples.score - drawn.score) / (best - drawn.score)},
            {"diversity", samples.diversity},
            {"kept", samples.diversity / drawn.diversity},
            {"seconds", seconds}};
  };
  json["prior"] = entry(drawn, 0);
  json["rejection"] = entry(grasp.draw(exec, model, rejection_best_of), 0);
  for (const GraspMethod& method : grasp_methods()) {
    if (method.importance && object >= s.is_objects) continue;
    model.reset(exec);
    auto tuner = grasp.tuner(exec, model, method.preset.options, method.preset.rate, method.importance);
    const Report report = tuner.run();
    json[method.name] = entry(grasp.draw(exec, model, method.preset.best_of), report.seconds.total);
    json[method.name]["latent_spread"] = examples::latent_spread(exec, model);
  }
  if (object < s.is_objects) {
    auto posterior = grasp.posterior(exec, model, latent_posterior_preset());
    const PosteriorReport report = posterior.run();
    json["posterior"] = entry(grasp.draw(exec, posterior), report.seconds.total);
    json["posterior"]["power"] = report.power;
    json["posterior"]["effective_samples"] = report.effective_samples;
  }
  if (!s.cvae.tensors.empty())
    examples::with_cvae(exec, s.cvae, grasp.felt(),
                        [&](auto& cvae) { json["cvae"] = entry(grasp.draw(exec, cvae), 0); });
  return json;
}

/// Adds to the log what is not in it of `count` objects.
template <class Shape>
void grasp_objects(const GraspSetting& s, Index count, ResultLog& log) {
  const VaePrior prior = read_vae<Shape>(s.prior);
  Progress progress("grasp");
  for (auto i = static_cast<Index>(log.results().size()); i < count; ++i) {
    log.add({{"object", i},
             {"in", grasp_object<Shape>(s, prior, i, true)},
             {"out", grasp_object<Shape>(s, prior, i, false)}});
    progress(static_cast<double>(i + 1) / static_cast<double>(count), "object " + std::to_string(i + 1));
  }
}

/// One number of a method over the objects for which it was measured.
inline Series grasp_series(const std::vector<Json>& results, const std::string& fingers, const std::string& method,
                           const std::string& what) {
  Series series;
  for (const Json& result : results)
    if (result[fingers].contains(method)) series.values.push_back(result[fingers][method][what].get<double>());
  return series;
}

inline Json grasp_json(const std::vector<Json>& results) {
  Json json;
  for (const std::string fingers : {"in", "out"}) {
    Series best;
    for (const Json& result : results) best.values.push_back(result[fingers]["best_of_4096"].get<double>());
    json[fingers]["best_of_4096"] = best.json();
    for (const auto& [name, label] : grasp_rows())
      if (results.front()[fingers].contains(name))
        for (const auto& [what, value] : results.front()[fingers][name].items()) {
          const Series series = grasp_series(results, fingers, name, what);
          json[fingers][name]["objects"] = series.values.size();
          json[fingers][name][what] = series.json();
        }
  }
  return json;
}

inline void print_grasp(const std::vector<Json>& results) {
  for (const std::string fingers : {"in", "out"}) {
    std::printf(
        "\n%s distribution, %zu objects\n\n| samples of | score | mean contact error | of the way to the best "
        "of 4096 | diversity | kept | seconds |\n|---|---|---|---|---|---|---|\n",
        fingers == "in" ? "In" : "Out of", results.size());
    for (const auto& [name, label] : grasp_rows()) {
      if (!results.front()[fingers].contains(name)) continue;
      const auto of = [&, row = name](const char* what) { return grasp_series(results, fingers, row, what); };
      std::printf("| %s (%zu) | %.3f ± %.3f | %.4f ± %.4f | %.0f %% ± %.0f %% | %.2f ± %.2f | %.0f %% | %.2f |\n",
                  label.c_str(), of("score").values.size(), of("score").mean(), of("score").deviation(),
                  of("error").mean(), of("error").deviation(), 100 * of("closed").mean(),
                  100 * of("closed").deviation(), of("diversity").mean(), of("diversity").deviation(),
                  100 * of("kept").mean(), of("seconds").mean());
    }
  }
}

/// The table as bars (paper, Fig. 1).
inline void paint_grasp(const std::filesystem::path& path, const std::vector<Json>& results, const std::string& what,
                        const std::string& label, int decimals) {
  examples::BarsSpec picture{.title = label,
                             .y_label = label,
                             .groups = {"in distribution", "out of distribution"},
                             .series = {},
                             .decimals = decimals};
  for (const auto& [name, of] : grasp_rows()) {
    if (!results.front()["in"].contains(name)) continue;
    examples::BarSeries bars{.label = of, .values = {}};
    for (const std::string fingers : {"in", "out"}) {
      const Series series = grasp_series(results, fingers, name, what);
      bars.values.push_back(series.mean());
      bars.errors.push_back(series.deviation());
    }
    picture.series.push_back(std::move(bars));
  }
  paint_bars(path, picture);
}

}  // namespace mace::benchmarks
