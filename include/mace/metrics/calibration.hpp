// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "mace/core/error.hpp"

/// Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman, 2018) of a posterior sampler, on
/// simulated observations whose truth is known: draw a truth from the prior, simulate an observation, sample its
/// posterior, and rank the truth among the samples.
namespace mace::calibration {

/// Rank of the truth in [0, 1]: the share of the weight of samples below it. Over many observations ranks are uniform
/// for correct posteriors, too often near 0 and 1 for too narrow ones, and on one side for shifted ones.
/// @param truth    true value
/// @param samples  posterior samples of the value [N]
/// @param weights  weights of the samples [N]
/// @throws Error if the sizes differ, or the weights do not have a positive sum.
inline double rank(double truth, std::span<const double> samples, std::span<const double> weights) {
  require(samples.size() == weights.size(), "calibration::rank: wanted a weight for each of ", samples.size(),
          " samples, got ", weights.size());
  double below = 0, all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    all += weights[i];
    below += samples[i] < truth ? weights[i] : (samples[i] > truth ? 0.0 : 0.5 * weights[i]);
  }
  require(all > 0, "calibration::rank: wanted samples of some weight, got ", samples.size(), " of none");
  return below / all;
}

/// p-value of the Kolmogorov-Smirnov test that the ranks are uniform, by the asymptotic distribution with the
/// correction of Stephens (1970) for small numbers.
/// @throws Error if there are no ranks.
inline double uniformity(std::vector<double> ranks) {
  require(!ranks.empty(), "calibration::uniformity: wanted ranks, got none");
  std::sort(ranks.begin(), ranks.end());
  const auto count = static_cast<double>(ranks.size());
  double distance = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto n = static_cast<double>(i);
    distance = std::max({distance, ranks[i] - n / count, (n + 1) / count - ranks[i]});
  }
  const double root = std::sqrt(count), x = (root + 0.12 + 0.11 / root) * distance;
  if (x < 0.3) return 1;  // 1 to within 1e-5; the series converges slowly here
  double p = 0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(p, 0.0, 1.0);
}

/// For each rank r the smallest central share of the samples that contains the truth, |2 r - 1|; uniform if the ranks
/// are. A test of these shares detects a wrong width, a test of the ranks detects a shift. Their distribution is the
/// coverage at all levels.
inline std::vector<double> central(std::span<const double> ranks) {
  std::vector<double> shares;
  for (const double r : ranks) shares.push_back(std::abs(2 * r - 1));
  return shares;
}

/// Fraction of the truths that are in the samples' central interval; equal to `level` for correct posteriors.
/// @param ranks  ranks of the truths
/// @param level  share of the samples in the central interval, in [0, 1]
/// @throws Error if there are no ranks.
inline double coverage(std::span<const double> ranks, double level) {
  require(!ranks.empty(), "calibration::coverage: wanted ranks, got none");
  const auto inside = std::count_if(ranks.begin(), ranks.end(), [&](double r) { return std::abs(2 * r - 1) <= level; });
  return static_cast<double>(inside) / static_cast<double>(ranks.size());
}

}  // namespace mace::calibration
