// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/program.hpp"

namespace mace::benchmarks {

using examples::Json;

/// One number over several runs.
struct Series {
  std::vector<double> values;

  double mean() const {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
  }
  /// The standard deviation over the runs.
  double deviation() const {
    double sum = 0;
    for (const double v : values) sum += (v - mean()) * (v - mean());
    return values.size() > 1 ? std::sqrt(sum / static_cast<double>(values.size() - 1)) : 0.0;
  }
  double median() const { return quantile(0.5); }
  /// The value that a share q of them does not exceed.
  double quantile(double q) const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  Json json() const { return {{"mean", mean()}, {"std", deviation()}}; }
};

}  // namespace mace::benchmarks
