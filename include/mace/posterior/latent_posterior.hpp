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

/// The options of a Posterior over latents, and the learning rate of the optimizer that fits its mixture.
struct LatentPosteriorOptions {
  PosteriorOptions posterior;
  double rate = 0;  ///< Adam's
};

/// Hyper-parameters that worked for clouds of boxes and airplanes: a round has samples enough for 16 components.
inline LatentPosteriorOptions latent_posterior_preset() {
  return {{.samples = 1000, .rounds = 10, .fitted = 4096, .batches = 4, .steps_per_round = 100}, 1e-2};
}

/// The posterior over the clouds of a VAE, sampled in its latents: their prior is N(0, sigma_z^2), and a mixture of
/// Gaussians is the model that Posterior fits. After run() it draws clouds, as a tuned model does.
template <class Exec, class Shape, class Simulator, class Score>
class LatentPosterior {
  using Vae = LatentVae<Exec, Shape>;
  using Latent = Vec<Shape::latents>;
  static constexpr int components = 16;
  static constexpr std::uint32_t scatter_round = 3;  ///< of Stream::evaluation
  using Mixture = GaussianMixture<Exec, Shape::latents, components>;

 public:
  /// Executor and VAE must outlive this; how the VAE is tuned does not matter.
  /// @throws Error as Posterior does.
  LatentPosterior(Exec& exec, Vae& vae, Simulator simulator, Score score, const LatentPosteriorOptions& options)
      : vae_(vae),
        mixture_(exec, std::vector<float>(components * Shape::latents), vae.prior_sigma()),
        posterior_(exec, mixture_, {vae, std::move(simulator)}, std::move(score), options.posterior,
                   Adam{.rate = options.rate}) {
    mixture_.scatter(exec, {exec.seed(), Stream::evaluation, scatter_round}, 0.5f);  // the prior stays
  }
  LatentPosterior(const LatentPosterior&) = delete;  // the posterior knows where the mixture is
  LatentPosterior& operator=(const LatentPosterior&) = delete;

  /// @throws Error as Posterior::run does, and if it leaves no samples.
  template <class... Observers>
  PosteriorReport run(Observers&&... observers) {
    PosteriorReport report = posterior_.run(std::forward<Observers>(observers)...);
    require(report.effective_samples > 0, "LatentPosterior: wanted samples, got none: the posterior is ",
            status_name(report.status));
    return report;
  }

  /// Draws clouds of equal weight, in no order.
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
