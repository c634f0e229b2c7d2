// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/solve_symmetric.hpp"
#include "mace/core/vec.hpp"
#include "mace/posterior/weights.hpp"

namespace mace {

namespace regression_parts {

/// Mean and standard deviation of each dimension under weights that sum to one.
template <int Dims>
struct Spread {
  /// Mean and standard deviation by dimension.
  Vec<Dims, double> mean{}, deviation{};

  /// Computes the statistics.
  /// @param points   points [N]
  /// @param weights  weights of the points [N], which sum to one
  Spread(std::span<const Vec<Dims>> points, const std::vector<double>& weights) {
    for (std::size_t i = 0; i < points.size(); ++i)
      if (weights[i] > 0) mean = mean + weights[i] * points[i].template as<double>();
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (weights[i] == 0) continue;
      const auto off = points[i].template as<double>() - mean;
      for (int d = 0; d < Dims; ++d) deviation[d] += weights[i] * off[d] * off[d];
    }
    for (double& d : deviation.v) d = std::sqrt(d);
  }

  /// The point in standard deviations from the mean; 0 in a dimension that does not vary.
  Vec<Dims, double> standardized(const Vec<Dims>& point) const {
    auto z = point.template as<double>() - mean;
    for (int d = 0; d < Dims; ++d) z[d] = deviation[d] > 1e-12 * std::abs(mean[d]) ? z[d] / deviation[d] : 0;
    return z;
  }
};

/// Slope of each sample dimension in the standardized outcomes, by weighted least squares. The small ridge matters only
/// if outcome dimensions are collinear.
template <int Dims, int Seen>
std::vector<Vec<Seen, double>> slopes(std::span<const Vec<Dims>> samples, const std::vector<double>& weights,
                                      std::span<const Vec<Seen>> outcomes, const Spread<Seen>& spread) {
  double squares[Seen][Seen] = {};
  std::vector<Vec<Seen, double>> products(Dims);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (weights[i] == 0) continue;
    const Vec<Seen, double> z = spread.standardized(outcomes[i]);
    for (int d = 0; d < Dims; ++d)
      products[static_cast<std::size_t>(d)] =
          products[static_cast<std::size_t>(d)] + weights[i] * static_cast<double>(samples[i][d]) * z;
    for (int r = 0; r < Seen; ++r)
      for (int c = 0; c <= r; ++c) squares[r][c] += weights[i] * z[r] * z[c];
  }
  for (int r = 0; r < Seen; ++r) squares[r][r] += 1e-9;
  for (auto& product : products) {
    double used_up[Seen][Seen];
    std::copy_n(&squares[0][0], Seen * Seen, &used_up[0][0]);
    product = solve_symmetric(used_up, product);
  }
  return products;
}

}  // namespace regression_parts

/// Adjusts weighted samples of approximate Bayesian computation by linear regression (Beaumont, Zhang and Balding,
/// Genetics 162, 2002): each sample moves by the slope times the difference between its simulated outcome and the
/// observed one. This removes the effect of a wide tolerance on the posterior entirely where samples depend linearly on
/// outcomes, and partly elsewhere. The weights stay the same; an adjusted sample may lie outside the prior's support.
/// @param samples      samples [N]
/// @param log_weights  log weights of the samples [N]
/// @param outcomes     simulated outcomes of the samples [N]
/// @param observed     the observation
/// @throws Error if the sizes differ, every weight is 0, or a sample, an outcome or the observation is not finite.
template <int Dims, int Seen>
std::vector<Vec<Dims>> regression_adjusted(std::span<const Vec<Dims>> samples, std::span<const double> log_weights,
                                           std::span<const Vec<Seen>> outcomes, const Vec<Seen>& observed) {
  require(samples.size() == log_weights.size() && samples.size() == outcomes.size(),
          "regression_adjusted: wanted a weight and an outcome for each of ", samples.size(), " samples, got ",
          log_weights.size(), " and ", outcomes.size());
  const double all = weights::log_sum(log_weights);
  require(all > weights::infeasible, "regression_adjusted: wanted samples of some weight, got none");
  std::vector<double> shares;
  for (const double w : log_weights) shares.push_back(std::exp(w - all));
  for (std::size_t i = 0; i < samples.size(); ++i)
    require(shares[i] == 0 || numeric::is_finite(dot(samples[i], samples[i]) + dot(outcomes[i], outcomes[i])),
            "regression_adjusted: wanted finite samples and outcomes, got one that is not at place ", i);
  require(numeric::is_finite(dot(observed, observed)), "regression_adjusted: wanted a finite observation");
  const regression_parts::Spread<Seen> spread(outcomes, shares);
  const auto slopes = regression_parts::slopes(samples, shares, outcomes, spread);
  const Vec<Seen, double> target = spread.standardized(observed);
  std::vector<Vec<Dims>> adjusted(samples.begin(), samples.end());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Vec<Seen, double> off = spread.standardized(outcomes[i]) - target;
    for (int d = 0; d < Dims; ++d) adjusted[i][d] -= static_cast<float>(dot(slopes[static_cast<std::size_t>(d)], off));
  }
  return adjusted;
}

}  // namespace mace
