// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Options of find_modes.
struct ModeOptions {
  /// Radius of a mode around its first configuration, Euclidean over the joints, radians.
  double radius = 1;
  double least_share = 0.01;  ///< minimum share of all configurations; smaller clusters are outliers
};

/// A cluster of configurations.
template <int Joints, class Real>
struct ModeCluster {
  Vec<Joints, Real> leader;  ///< first configuration of the cluster, its center
  Index size = 0;            ///< number of configurations

  /// True if q is within `radius` of the leader.
  /// @param q       a configuration
  /// @param radius  Euclidean distance over the joints, radians
  bool holds(const Vec<Joints, Real>& q, double radius) const {
    const auto step = q - leader;
    return static_cast<double>(dot(step, step)) <= radius * radius;
  }
};

/// Leader clustering (Hartigan, Clustering Algorithms, 1975, ch. 3): each configuration, in order, joins the first
/// cluster whose leader is within the radius, or starts a new one. The clusters are sorted by size, largest first.
/// Their number depends somewhat on the order of the configurations, but is deterministic.
/// @param configurations  the configurations
/// @param radius          radius of a cluster, Euclidean over the joints, radians
/// @throws Error unless radius is positive.
template <int Joints, class Real>
std::vector<ModeCluster<Joints, Real>> clusters(std::span<const Vec<Joints, Real>> configurations, double radius = 1) {
  require(radius > 0, "clusters: wanted a radius above 0, got ", radius);
  std::vector<ModeCluster<Joints, Real>> found;
  for (const auto& q : configurations) {
    auto cluster = std::find_if(found.begin(), found.end(), [&](const auto& c) { return c.holds(q, radius); });
    if (cluster == found.end()) cluster = found.emplace(cluster, ModeCluster<Joints, Real>{q});
    ++cluster->size;
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
  return found;
}

/// Modes: the clusters with at least options.least_share of all configurations.
/// @param configurations  the configurations
/// @param options         radius and minimum share
/// @throws Error unless the radius is positive.
template <int Joints, class Real>
std::vector<ModeCluster<Joints, Real>> find_modes(std::span<const Vec<Joints, Real>> configurations,
                                                  const ModeOptions& options = {}) {
  const double least = options.least_share * static_cast<double>(configurations.size());
  auto found = clusters(configurations, options.radius);
  std::erase_if(found, [&](const auto& c) { return static_cast<double>(c.size) < least; });
  return found;
}

/// Number of modes of the configurations; see find_modes.
template <int Joints, class Real>
Index count_modes(std::span<const Vec<Joints, Real>> configurations, const ModeOptions& options = {}) {
  return static_cast<Index>(find_modes(configurations, options).size());
}

/// Number of the given modes, such as a reference's, that contain at least one configuration.
/// @param modes           the modes
/// @param configurations  the configurations
/// @param radius          radius of a mode, radians
template <int Joints, class Real>
Index modes_reached(std::span<const ModeCluster<Joints, Real>> modes, std::span<const Vec<Joints, Real>> configurations,
                    double radius = 1) {
  return std::count_if(modes.begin(), modes.end(), [&](const auto& mode) {
    return std::any_of(configurations.begin(), configurations.end(),
                       [&](const auto& q) { return mode.holds(q, radius); });
  });
}

}  // namespace mace
