// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "mace/core/error.hpp"

/// Whether a way to find posteriors is calibrated, from many simulated observations whose truth is known: draw a truth
/// from the prior, simulate, sample its posterior, and see where among the samples the truth lies (simulation-based
/// calibration: Talts, Betancourt, Simpson, Vehtari and Gelman, 2018).
namespace mace::calibration {

/// The weight of the samples below the truth, of all of it: the truth's rank, in [0, 1]. Uniform over observations
/// where posteriors are right; near 0 and 1 too often where they are too narrow, on one side where they are shifted.
/// Errors: no weight, or not as many weights as samples.
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

/// How likely ranks as uneven as these are if they are uniform: the p-value of Kolmogorov and Smirnov's test, by its
/// asymptotic distribution with Stephens's correction for small numbers (1970).
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
  if (x < 0.3) return 1;  // 1 but for 1e-5, where the series converges slowly
  double p = 0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return std::clamp(p, 0.0, 1.0);
}

/// Of each rank the least central share of the samples that holds the truth, |2 r - 1|: uniform where ranks are. Their
/// uniformity sees a wrong width where that of the ranks themselves sees a shift; their distribution is the coverage at
/// all levels.
inline std::vector<double> central(std::span<const double> ranks) {
  std::vector<double> shares;
  for (const double r : ranks) shares.push_back(std::abs(2 * r - 1));
  return shares;
}

/// How often the truth lies in the samples' central share `level`: as often as that where posteriors are right.
inline double coverage(std::span<const double> ranks, double level) {
  require(!ranks.empty(), "calibration::coverage: wanted ranks, got none");
  const auto inside = std::count_if(ranks.begin(), ranks.end(), [&](double r) { return std::abs(2 * r - 1) <= level; });
  return static_cast<double>(inside) / static_cast<double>(ranks.size());
}

}  // namespace mace::calibration
