// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/cloud/chamfer.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/cloud_index.hpp"

namespace mace {

/// Options of CloudMatch.
struct CloudMatchOptions {
  float tau = 0.1f;                       ///< sharpness of the score, per squared length
  Direction direction = Direction::both;  ///< which of the two clouds' points are matched to the other cloud
};

/// Score of the completion task (paper, App. C): S = exp(-tau CD_K), where CD_K sums, over the points of the partial
/// cloud and of the observed one, the mean squared distance to the K nearest points of the other. A cloud of fewer than
/// K points is infeasible.
template <int Capacity, class Space, int K = 5>
class CloudMatch {
 public:
  using Outcome = PartialCloud<Capacity>;
  static constexpr bool capturable = true;

  /// Builds a search index of the observation.
  /// @param exec         the executor that will score
  /// @param observation  x, y, z of at least K points, in host memory
  /// @param options      options of the score
  /// @throws Error if tau is not positive, there are fewer than K points, or a coordinate is not finite or beyond 1e15.
  template <class Exec>
  CloudMatch(Exec& exec, std::span<const float> observation, const CloudMatchOptions& options)
      : options_(options), index_(exec, observed(observation)) {
    require(options.tau > 0, "CloudMatch: wanted a tau above 0, got ", options.tau);
  }

  /// Writes log S of each outcome; see score_outcomes for the arguments.
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
