// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"

/// Arithmetic on the logarithms of importance weights: densities in a hundred dimensions exceed the range of a double.
namespace mace::weights {

/// Log weight of an infeasible sample.
inline constexpr double infeasible = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b); NaN if a or b is NaN.
inline double log_add(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();  // std::max would lose it
  const double larger = std::max(a, b);
  return larger == infeasible ? infeasible : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

/// log of the sum of e^x; minus infinity if every x is.
inline double log_sum(std::span<const double> x) {
  const double largest = x.empty() ? infeasible : *std::max_element(x.begin(), x.end());
  if (largest == infeasible) return infeasible;
  double sum = 0;
  for (const double v : x) sum += std::exp(v - largest);
  return largest + std::log(sum);
}

/// Effective sample size (Kish): (sum w)^2 / sum w^2; 0 if every weight is 0.
inline double effective_samples(std::span<const double> log_weights) {
  const double largest = log_weights.empty() ? infeasible : *std::max_element(log_weights.begin(), log_weights.end());
  if (largest == infeasible) return 0;
  double sum = 0, squares = 0;
  for (const double v : log_weights) {
    const double w = std::exp(v - largest);
    sum += w;
    squares += w * w;
  }
  return sum * sum / squares;
}

/// Systematic resampling: each sample is drawn as often as its share of the weight times the number of draws, rounded
/// up or down. At least one weight must be positive.
/// @param log_weights  log weights of the samples [N]
/// @param u            uniform number in [0, 1)
/// @param indices      receives the drawn indices, in ascending order
inline void resample(std::span<const double> log_weights, double u, std::span<std::int32_t> indices) {
  const double all = log_sum(log_weights), count = static_cast<double>(indices.size());
  std::size_t i = 0, last = 0;
  double reached = 0;  // share of the samples before i
  for (std::size_t n = 0; n < indices.size(); ++n) {
    const double at = (static_cast<double>(n) + u) / count;
    for (; i < log_weights.size(); ++i) {
      const double share = std::exp(log_weights[i] - all);
      if (share > 0) last = i;
      if (reached + share > at) break;
      reached += share;
    }
    indices[n] = static_cast<std::int32_t>(last);  // past the end only by rounding
  }
}

}  // namespace mace::weights
