// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include "common/program.hpp"
#include "common/result_table.hpp"
#include "mace/posterior/latent_posterior.hpp"

namespace mace::examples {

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
  table.add_after(std::string("power of the score (") + status_name(report.status) + ")",
                  mace::detail::general_text(report.power, 3));
  table.add_after("effective samples", 0, report.effective_samples);
  table.add_after("log evidence", 2, report.log_evidence);
}

}  // namespace mace::examples
