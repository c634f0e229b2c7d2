// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/cloud/chamfer.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/cloud_index.hpp"

namespace mace {

/// How a cloud's distance becomes a score.
struct CloudMatchOptions {
  float tau = 0.1f;                       ///< how sharply the score falls with the distance, per squared length
  Direction direction = Direction::both;  ///< which cloud's points look for their nearest in the other
};

/// The score of the completion task (paper, App. C): S = exp(-tau CD_K) of a partial cloud and the observed one, CD_K
/// the sum over points of the mean squared distance to the K nearest. Fewer than K points are impossible.
template <int Capacity, class Space, int K = 5>
class CloudMatch {
 public:
  using Outcome = PartialCloud<Capacity>;
  static constexpr bool capturable = true;

  /// `observation`: x, y, z of at least K points, in the host's memory. `exec` is the executor that will score.
  template <class Exec>
  CloudMatch(Exec& exec, std::span<const float> observation, const CloudMatchOptions& options)
      : options_(options), index_(exec, observed(observation)) {
    require(options.tau > 0, "CloudMatch: wanted a tau above 0, got ", options.tau);
  }

  template <class Exec>
  void log_scores(Exec& exec, std::span<const Outcome> outcomes, std::span<float> log_scores) const {
    chamfer_sums(exec, Neighbors<K>{}, outcomes, index_, options_.direction, log_scores);
    float* const s = log_scores.data();
    const float tau = options_.tau;
    exec.for_each_element(static_cast<Index>(log_scores.size()), [=] MACE_HD(Index i) { s[i] *= -tau; });
  }

 private:
  static std::span<const float> observed(std::span<const float> observation) {
    require_cloud("CloudMatch", observation, K);
    return observation;
  }

  CloudMatchOptions options_;
  CloudIndex<Space> index_;
};

}  // namespace mace
