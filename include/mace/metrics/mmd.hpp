// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Weighted points.
template <int Dims>
struct WeightedPoints {
  std::span<const Vec<Dims>> points;     ///< the points
  std::span<const double> weights = {};  ///< weights of the points; empty for equal weights

  /// Weight of point i.
  double weight(std::size_t i) const { return weights.empty() ? 1.0 : weights[i]; }
};

namespace detail {

inline double gaussian_kernel(double squared_distance, double width) {
  return std::exp(-0.5 * squared_distance / (width * width));
}

/// Weighted mean of the kernel over pairs of points; over pairs of different points if `same`.
template <int Dims>
double mean_kernel(const WeightedPoints<Dims>& a, const WeightedPoints<Dims>& b, double width, bool same) {
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < a.points.size(); ++i)
    for (std::size_t j = 0; j < b.points.size(); ++j) {
      if (same && i == j) continue;
      const double w = a.weight(i) * b.weight(j);
      const auto apart = a.points[i].template as<double>() - b.points[j].template as<double>();
      sum += w * gaussian_kernel(dot(apart, apart), width);
      all += w;
    }
  require(all > 0, "mmd_squared: wanted two points of some weight or more on both sides");
  return sum / all;
}

}  // namespace detail

/// Estimate of the squared maximum mean discrepancy with a Gaussian kernel (Gretton, Borgwardt, Rasch, Schölkopf and
/// Smola, JMLR 2012, Eq. 3). For equal distributions its expectation is 0, so it may be negative.
/// @param a      points of one distribution
/// @param b      points of the other
/// @param width  standard deviation of the kernel
/// @throws Error unless both have at least two points of positive weight, and width is positive and finite.
template <int Dims>
double mmd_squared(const WeightedPoints<Dims>& a, const WeightedPoints<Dims>& b, double width) {
  require(width > 0 && std::isfinite(width), "mmd_squared: wanted a width above 0, got ", width);
  return detail::mean_kernel(a, a, width, true) + detail::mean_kernel(b, b, width, true) -
         2 * detail::mean_kernel(a, b, width, false);
}

/// Median distance between different points, the usual width of the kernel; over the first 1000 points if there are
/// more.
/// @throws Error if there are fewer than two points.
template <int Dims>
double median_distance(std::span<const Vec<Dims>> points) {
  require(points.size() >= 2, "median_distance: wanted 2 points or more, got ", points.size());
  points = points.first(std::min<std::size_t>(points.size(), 1000));
  std::vector<double> distances;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      distances.push_back(norm(points[i].template as<double>() - points[j].template as<double>()));
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle;
}

}  // namespace mace
