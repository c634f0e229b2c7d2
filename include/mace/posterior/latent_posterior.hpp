// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/model/gaussian_mixture.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/posterior/decoded.hpp"
#include "mace/posterior/posterior.hpp"

namespace mace {

/// Options of a LatentPosterior.
struct LatentPosteriorOptions {
  PosteriorOptions posterior;  ///< options of the Posterior over the latents
  double rate = 0;             ///< learning rate of the Adam that fits the mixture
};

/// Hyperparameters that worked for clouds of boxes and of airplanes; a round has enough samples for 16 components.
inline LatentPosteriorOptions latent_posterior_preset() {
  return {{.samples = 1000, .rounds = 10, .fitted = 4096, .batches = 4, .steps_per_round = 100}, 1e-2};
}

/// Posterior over the clouds of a VAE, sampled in its latents. Their prior is N(0, sigma_z^2), and Posterior fits a
/// mixture of 16 Gaussians. After run(), sample() draws clouds as a tuned model does.
template <class Exec, class Shape, class Simulator, class Score>
class LatentPosterior {
  using Vae = LatentVae<Exec, Shape>;
  using Latent = Vec<Shape::latents>;
  static constexpr int components = 16;
  static constexpr std::uint32_t scatter_round = 3;  ///< round of Stream::evaluation
  using Mixture = GaussianMixture<Exec, Shape::latents, components>;

 public:
  /// Prepares a run.
  /// @param exec       executor; must outlive this
  /// @param vae        decodes the latents, whatever its tuned parameters are; must outlive this
  /// @param simulator  simulator of clouds
  /// @param score      score of its outcomes
  /// @param options    options of the Posterior and its optimizer
  /// @throws Error if the options are invalid.
  LatentPosterior(Exec& exec, Vae& vae, Simulator simulator, Score score, const LatentPosteriorOptions& options)
      : vae_(vae),
        mixture_(exec, std::vector<float>(components * Shape::latents), vae.prior_sigma()),
        posterior_(exec, mixture_, {vae, std::move(simulator)}, std::move(score), options.posterior,
                   Adam{.rate = options.rate}) {
    // Does not change the prior, which is copied above.
    mixture_.scatter(exec, {exec.seed(), Stream::evaluation, scatter_round}, 0.5f);
  }
  LatentPosterior(const LatentPosterior&) = delete;  // the posterior refers to the mixture
  LatentPosterior& operator=(const LatentPosterior&) = delete;

  /// Runs the Posterior over the latents; see Posterior::run.
  /// @throws Error as Posterior::run does, and if the run leaves no samples.
  template <class... Observers>
  PosteriorReport run(Observers&&... observers) {
    PosteriorReport report = posterior_.run(std::forward<Observers>(observers)...);
    require(report.effective_samples > 0, "LatentPosterior: wanted samples, got none: the posterior is ",
            status_name(report.status));
    return report;
  }

  /// Draws clouds of equal weight from the posterior, in random order.
  /// @param exec    the executor
  /// @param key     random key of the draw
  /// @param clouds  receives the clouds, in the executor's memory
  /// @throws Error unless run() has found feasible samples.
  void sample(Exec& exec, const RandomKey& key, std::span<typename Vae::Sample> clouds) {
    std::vector<Latent> z(clouds.size());
    posterior_.resample(key, z);
    const auto latents = exec.upload(z);
    vae_.decode(exec, as_columns(latents.span()), clouds);
  }

 private:
  Vae& vae_;
  Mixture mixture_;
  Posterior<Exec, Mixture, Decoded<Vae, Simulator, typename Exec::Space>, Score> posterior_;
};

}  // namespace mace
