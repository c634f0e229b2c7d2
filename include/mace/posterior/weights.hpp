// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"

/// Arithmetic of importance weights, which are held as logarithms: densities of a hundred numbers differ by more than a
/// double can tell.
namespace mace::weights {

inline constexpr double impossible = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b); NaN if either is.
inline double log_add(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();  // std::max would lose it
  const double larger = std::max(a, b);
  return larger == impossible ? impossible : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

/// log sum e^x; minus infinity if nothing is possible.
inline double log_sum(std::span<const double> x) {
  const double largest = x.empty() ? impossible : *std::max_element(x.begin(), x.end());
  if (largest == impossible) return impossible;
  double sum = 0;
  for (const double v : x) sum += std::exp(v - largest);
  return largest + std::log(sum);
}

/// How many samples of equal weight are worth as much (Kish): (sum w)^2 / sum w^2; 0 if nothing is possible.
inline double effective_samples(std::span<const double> log_weights) {
  const double largest = log_weights.empty() ? impossible : *std::max_element(log_weights.begin(), log_weights.end());
  if (largest == impossible) return 0;
  double sum = 0, squares = 0;
  for (const double v : log_weights) {
    const double w = std::exp(v - largest);
    sum += w;
    squares += w * w;
  }
  return sum * sum / squares;
}

/// Fills `indices` with samples in proportion to their weights (systematic resampling): each is there as often as is
/// its share, rounded up or down. `u` is uniform in [0, 1). Something must be possible.
inline void resample(std::span<const double> log_weights, double u, std::span<std::int32_t> indices) {
  const double all = log_sum(log_weights), count = static_cast<double>(indices.size());
  std::size_t i = 0, last = 0;
  double reached = 0;  // the share of the samples before i
  for (std::size_t n = 0; n < indices.size(); ++n) {
    const double at = (static_cast<double>(n) + u) / count;
    for (; i < log_weights.size(); ++i) {
      const double share = std::exp(log_weights[i] - all);
      if (share > 0) last = i;
      if (reached + share > at) break;
      reached += share;
    }
    indices[n] = static_cast<std::int32_t>(last);  // beyond the end only by rounding
  }
}

}  // namespace mace::weights
