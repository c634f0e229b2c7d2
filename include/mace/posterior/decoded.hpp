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

/// A simulator of clouds as one of the latents that a VAE's decoder makes them of. There a Posterior has what it needs:
/// the prior is a Gaussian (the VAE's), so it has a density, and a mixture holds several modes where the VAE's own
/// tuned latents hold one.
template <class Vae, class Simulator, class Space = HostSpace>
class Decoded {
 public:
  using Whole = typename Simulator::Sample;
  using Sample = Vec<static_cast<int>(Vae::latents)>;
  using Outcome = typename Simulator::Outcome;
  static constexpr bool capturable = CapturableSimulator<Simulator>;
  static_assert(std::same_as<Whole, typename Vae::Sample>,
                "mace::Decoded: the simulator's Sample must be the cloud that the VAE decodes to");

  /// The VAE must outlive it; how it is tuned does not matter, as it only decodes.
  Decoded(Vae& vae, Simulator simulator) : vae_(&vae), simulator_(std::move(simulator)) {}

  /// So many at a time that the clouds' memory stays small, whatever the number of samples. A simulator's noise is
  /// named by a sample's place among those, so each time has a round of its own.
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
