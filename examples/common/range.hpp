// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/number_text.hpp"

namespace mace::examples {

/// The numbers from `low` to `high`; none at first.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  double length() const { return high - low; }
  double middle() const { return 0.5 * (low + high); }
  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// The same middle, `length` long.
  Range stretched_to(double length) const { return {middle() - 0.5 * length, middle() + 0.5 * length}; }

  /// What holds the middle `share` of the values: a few strays do not move it. At least 1e-6 long.
  static Range of_most(std::vector<double> values, double share) {
    const auto last = static_cast<double>(values.size() - 1);
    const auto at = [&](double quantile) {
      const auto place = static_cast<std::ptrdiff_t>(std::lround(quantile * last));
      std::nth_element(values.begin(), values.begin() + place, values.end());
      return values[static_cast<std::size_t>(place)];
    };
    const Range range{at(0.5 - 0.5 * share), at(0.5 + 0.5 * share)};
    return range.stretched_to(std::max(range.length(), 1e-6));
  }
};

/// A number with so many digits after the point and a true minus sign.
inline std::string to_text(double value, int decimals) {
  const std::string text = mace::detail::fixed_text(std::abs(value), decimals);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return (value < 0.0 && !zero ? "\u2212" : "") + text;
}

/// Where an axis has its marks: multiples of 1, 2 or 5 times a power of ten.
struct Ticks {
  std::vector<double> values;
  int decimals = 0;  ///< digits after the point that tell them apart

  /// About `wanted` of them in the range.
  static Ticks in(const Range& range, int wanted) {
    const double rough = range.length() / wanted;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double step = (rough < 1.5 * power   ? 1.0
                         : rough < 3.5 * power ? 2.0
                         : rough < 7.5 * power ? 5.0
                                               : 10.0) *
                        power;
    Ticks ticks;
    ticks.decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    const double slack = 1e-9 * range.length();
    for (double i = std::ceil((range.low - slack) / step); i * step <= range.high + slack; ++i)
      ticks.values.push_back(i * step);
    return ticks;
  }
};

}  // namespace mace::examples
