// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/program.hpp"
#include "common/result_table.hpp"
#include "common/scored_samples.hpp"
#include "mace/model/gaussian_mixture.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/posterior/decoded.hpp"
#include "mace/posterior/posterior.hpp"

namespace mace::examples {

/// The numbers of a Posterior over latents, and of the optimizer that fits its mixture.
struct LatentPosteriorOptions {
  PosteriorOptions posterior;
  double rate = 0;  ///< Adam's
};

/// The hyper-parameters, which programs and tables share: a round is to say enough for a mixture of many components.
inline LatentPosteriorOptions latent_posterior_preset() {
  return {{.samples = 1000, .rounds = 10, .fitted = 4096, .batches = 4, .steps_per_round = 100}, 1e-2};
}

/// Sets what no flag gave. Errors: flags about elites, of which there are none.
inline void apply_posterior_preset(const CLI::App& app, TaskSettings& s) {
  for (const char* flag : {"--quantile", "--batches"})
    require(app.count(flag) == 0, flag, ": wanted it without --mode posterior, where every sample counts");
  const LatentPosteriorOptions preset = latent_posterior_preset();
  set_unless_given(app, "--samples", s.samples, preset.posterior.samples);
  set_unless_given(app, "--steps", s.steps, preset.posterior.rounds * preset.posterior.steps_per_round);
  set_unless_given(app, "--steps-per-round", s.steps_per_round, preset.posterior.steps_per_round);
  set_unless_given(app, "--rate", s.rate, preset.rate);
}

/// What the flags ask for. Errors: those of TaskSettings::tuner.
inline LatentPosteriorOptions latent_posterior_options(const TaskSettings& s) {
  const TunerOptions flags = s.tuner();
  LatentPosteriorOptions options = latent_posterior_preset();
  options.posterior.samples = flags.samples;
  options.posterior.rounds = flags.rounds;
  options.posterior.steps_per_round = flags.steps_per_round;
  options.rate = s.rate;
  return options;
}

/// How far it came, as keys of a program's results.
inline Json posterior_json(const PosteriorReport& report) {
  return {{"status", status_name(report.status)},
          {"power", report.power},
          {"effective_samples", report.effective_samples},
          {"log_evidence", report.log_evidence}};
}

/// What --check asks of a posterior.
inline void require_reached(const PosteriorReport& report) {
  require(report.status == PosteriorStatus::reached, "--check: wanted the posterior reached, got it ",
          status_name(report.status));
}

inline void print_posterior(const PosteriorReport& report) {
  std::printf("posterior: %s, power %.3g, worth %.0f samples of equal weight, log evidence %.2f\n",
              status_name(report.status), report.power, report.effective_samples, report.log_evidence);
}

/// The same on a run's page.
inline void add_rows(ResultTable& table, const PosteriorReport& report) {
  table.add_after(std::string("power of the score (") + status_name(report.status) + ")", "%.3g", report.power);
  table.add_after("effective samples", "%.0f", report.effective_samples);
  table.add_after("log evidence", "%.2f", report.log_evidence);
}

/// The posterior over a VAE's clouds, sampled in its latents: their prior is N(0, sigma_z^2), a mixture of Gaussians is
/// fitted to the posterior. Once run it is something to draw clouds from, as a tuned model is.
template <class Exec, class Shape, class Simulator, class Score>
class LatentPosterior {
  using Vae = LatentVae<Exec, Shape>;
  using Latent = Vec<Shape::latents>;
  static constexpr int components = 16;
  using Mixture = GaussianMixture<Exec, Shape::latents, components>;

 public:
  // [excerpt]
  /// Executor and VAE must outlive this; how the VAE is tuned does not matter. Errors: those of Posterior.
  LatentPosterior(Exec& exec, Vae& vae, Simulator simulator, Score score, const LatentPosteriorOptions& options)
      : vae_(vae),
        mixture_(exec, std::vector<float>(components * Shape::latents), vae.prior_sigma()),
        posterior_(exec, mixture_, {vae, std::move(simulator)}, std::move(score), options.posterior,
                   Adam{.rate = options.rate}) {
    mixture_.scatter(exec, {exec.seed(), Stream::evaluation, EvaluationRound::scatter}, 0.5f);  // the prior stays
  }
  // [excerpt]
  LatentPosterior(const LatentPosterior&) = delete;  // the posterior knows where the mixture is
  LatentPosterior& operator=(const LatentPosterior&) = delete;

  /// Errors: those of Posterior::run; it leaves no samples.
  template <class... Observers>
  PosteriorReport run(Observers&&... observers) {
    PosteriorReport report = posterior_.run(std::forward<Observers>(observers)...);
    require(report.effective_samples > 0, "posterior: wanted samples, got none: it is ", status_name(report.status));
    return report;
  }

  // [excerpt]
  /// Clouds of equal weight, in no order.
  void sample(Exec& exec, const RandomKey& key, std::span<typename Vae::Sample> clouds) {
    std::vector<Latent> z(clouds.size());
    posterior_.resample(key, z);
    const auto latents = exec.upload(z);
    vae_.decode(exec, as_columns(latents.span()), clouds);
  }
  // [excerpt]

 private:
  Vae& vae_;
  Mixture mixture_;
  Posterior<Exec, Mixture, Decoded<Vae, Simulator, typename Exec::Space>, Score> posterior_;
};

}  // namespace mace::examples
