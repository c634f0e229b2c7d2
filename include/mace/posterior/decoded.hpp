// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <utility>

#include "mace/core/buffer.hpp"
#include "mace/core/vec.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// Adapts a simulator of clouds to one of a VAE's latents: it decodes the latents and simulates the clouds. A Posterior
/// over latents has a density, since the VAE's prior of the latents is a Gaussian, and a mixture over latents
/// represents several modes, while the VAE's tuned latents are a single Gaussian.
template <class Vae, class Simulator, class Space = HostSpace>
class Decoded {
 public:
  using Whole = typename Simulator::Sample;
  using Sample = Vec<static_cast<int>(Vae::latents)>;
  using Outcome = typename Simulator::Outcome;
  static constexpr bool capturable = CapturableSimulator<Simulator>;
  static_assert(std::same_as<Whole, typename Vae::Sample>,
                "mace::Decoded: the simulator's Sample must be the cloud that the VAE decodes to");

  /// Wraps a simulator of clouds.
  /// @param vae        decodes the latents, whatever its tuned parameters are; must outlive this
  /// @param simulator  simulator of the decoded clouds
  Decoded(Vae& vae, Simulator simulator) : vae_(&vae), simulator_(std::move(simulator)) {}

  /// Decodes and simulates the samples in groups of 1024, which bounds the memory of the clouds. Each group has its own
  /// round in the random key, since noise is indexed by a sample's place in its group.
  /// @param exec      executor with this memory space
  /// @param samples   latents [N]
  /// @param outcomes  outcomes of the decoded clouds [N]
  /// @param key       random key of the simulator's noise
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes, RandomKey key = {}) {
    static_assert(std::same_as<typename Exec::Space, Space>,
                  "mace::Decoded: wanted an executor that works in its memory space: Decoded<Vae, Simulator, Space>");
    constexpr std::size_t together = 1024;
    if (clouds_.size() == 0) clouds_ = exec.template allocate<Whole>(together);
    for (std::size_t first = 0; first < samples.size(); first += together, key.round += 0x10000) {
      const std::size_t count = std::min(together, samples.size() - first);
      const std::span<Whole> clouds = clouds_.span().first(count);
      vae_->decode(exec, as_columns(samples).columns(static_cast<Index>(first), static_cast<Index>(count)), clouds);
      mace::simulate(exec, simulator_, std::span<const Whole>(clouds), outcomes.subspan(first, count), key);
    }
  }

 private:
  Vae* vae_;
  Simulator simulator_;
  Buffer<Whole, Space> clouds_;
};

}  // namespace mace
