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

/// A distribution over one number, given by values and their weights (of any sum above zero; none: equal weights).
class EmpiricalDistribution {
 public:
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

  double mean() const {
    return expectation([](double v) { return v; });
  }
  double standard_deviation() const {
    const double center = mean();
    return std::sqrt(expectation([&](double v) { return (v - center) * (v - center); }));
  }
  /// The least value with at least the share `share` of the mass at or below it.
  double quantile(double share) const {
    const auto at = std::lower_bound(below_.begin() + 1, below_.end(), share);
    return static_cast<double>(value_[std::min(static_cast<std::size_t>(at - below_.begin()), value_.size()) - 1]);
  }
  /// The share of the mass in [low, high].
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

/// How samples of a posterior compare with the exact one, in one dimension.
struct Coverage {
  double samples_mean, samples_deviation;
  double exact_mean, exact_deviation;
  double low, high;   ///< the samples' central interval
  double exact_mass;  ///< share of the exact posterior inside it; the interval's own share if the two agree
  bool truth_inside;

  /// Above 1 the samples are spread too widely, below 1 too narrowly.
  double deviation_ratio() const { return samples_deviation / exact_deviation; }
  /// In words, with a quarter either way called matched.
  std::string_view dispersion() const {
    return deviation_ratio() > 1.25 ? "over-dispersed" : deviation_ratio() < 0.8 ? "under-dispersed" : "matched";
  }
};

/// `central`: the share of the samples that their interval holds.
inline Coverage coverage(const EmpiricalDistribution& samples, const EmpiricalDistribution& exact, double truth,
                         double central = 0.9) {
  const double low = samples.quantile(0.5 - 0.5 * central), high = samples.quantile(0.5 + 0.5 * central);
  return {samples.mean(),        samples.standard_deviation(), exact.mean(), exact.standard_deviation(), low, high,
          exact.mass(low, high), low <= truth && truth <= high};
}

}  // namespace mace
