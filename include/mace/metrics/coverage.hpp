// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "mace/core/error.hpp"

namespace mace {

/// Empirical distribution of a number.
class EmpiricalDistribution {
 public:
  /// Sorts the values.
  /// @param values   the values
  /// @param weights  weights of the values, with a positive sum; empty for equal weights
  /// @throws Error if there are no values, the sizes differ, or the sum of the weights is not positive.
  explicit EmpiricalDistribution(std::span<const float> values, std::span<const double> weights = {}) {
    require(!values.empty(), "EmpiricalDistribution: wanted at least one value");
    require(weights.empty() || weights.size() == values.size(), "EmpiricalDistribution: wanted ", values.size(),
            " weights or none, got ", weights.size());
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    double sum = 0;
    for (const std::size_t i : order) {
      value_.push_back(values[i]);
      below_.push_back(sum);
      sum += weights.empty() ? 1.0 : weights[i];
    }
    require(sum > 0.0, "EmpiricalDistribution: wanted weights of a sum above zero, got ", sum);
    below_.push_back(sum);
    for (double& b : below_) b /= sum;
  }

  /// Mean of the distribution.
  double mean() const {
    return expectation([](double v) { return v; });
  }
  /// Standard deviation of the distribution.
  double standard_deviation() const {
    const double center = mean();
    return std::sqrt(expectation([&](double v) { return (v - center) * (v - center); }));
  }
  /// Quantile: the smallest value with at least `share` of the mass at or below it.
  double quantile(double share) const {
    const auto at = std::lower_bound(below_.begin() + 1, below_.end(), share);
    return static_cast<double>(value_[std::min(static_cast<std::size_t>(at - below_.begin()), value_.size()) - 1]);
  }
  /// Probability of [low, high].
  double mass(double low, double high) const {
    const auto first = std::lower_bound(value_.begin(), value_.end(), low) - value_.begin();
    const auto last = std::upper_bound(value_.begin(), value_.end(), high) - value_.begin();
    return last > first ? below_[static_cast<std::size_t>(last)] - below_[static_cast<std::size_t>(first)] : 0.0;
  }

 private:
  template <class F>
  double expectation(const F& f) const {
    double sum = 0;
    for (std::size_t i = 0; i < value_.size(); ++i)
      sum += (below_[i + 1] - below_[i]) * f(static_cast<double>(value_[i]));
    return sum;
  }

  std::vector<float> value_;   // ascending
  std::vector<double> below_;  // below_[i]: the mass of the first i values
};

/// Comparison of posterior samples with the exact posterior, in one dimension.
struct Coverage {
  double samples_mean, samples_deviation;  ///< mean and standard deviation of the samples
  double exact_mean, exact_deviation;      ///< mean and standard deviation of the exact posterior
  double low, high;                        ///< central interval of the samples
  double exact_mass;  ///< probability of the interval under the exact posterior; the interval's own share if both agree
  bool truth_inside;  ///< true if the interval contains the truth

  /// Ratio of the standard deviations; above 1 the samples are too wide, below 1 too narrow.
  double deviation_ratio() const { return samples_deviation / exact_deviation; }
  /// The ratio in words; "matched" from 0.8 to 1.25.
  std::string_view dispersion() const {
    return deviation_ratio() > 1.25 ? "over-dispersed" : deviation_ratio() < 0.8 ? "under-dispersed" : "matched";
  }
};

/// Compares samples with the exact posterior.
/// @param samples  distribution of the samples
/// @param exact    exact posterior
/// @param truth    true value
/// @param central  share of the samples in their central interval
inline Coverage coverage(const EmpiricalDistribution& samples, const EmpiricalDistribution& exact, double truth,
                         double central = 0.9) {
  const double low = samples.quantile(0.5 - 0.5 * central), high = samples.quantile(0.5 + 0.5 * central);
  return {samples.mean(),        samples.standard_deviation(), exact.mean(), exact.standard_deviation(), low, high,
          exact.mass(low, high), low <= truth && truth <= high};
}

}  // namespace mace
