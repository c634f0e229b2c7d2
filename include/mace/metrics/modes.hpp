// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// What counts as a mode of a set of configurations.
struct ModeOptions {
  double radius =
      1;  ///< Euclidean over the joints, radians: whatever is as near to a mode's first member belongs to it
  double least_share = 0.01;  ///< of all configurations: a mode with fewer is a stray
};

/// A cluster of configurations: the first that came to it, and how many there are.
template <int Joints, class Real>
struct ModeCluster {
  Vec<Joints, Real> leader;
  Index size = 0;

  bool holds(const Vec<Joints, Real>& q, double radius) const {
    const auto step = q - leader;
    return static_cast<double>(dot(step, step)) <= radius * radius;
  }
};

/// Sorts configurations into clusters: each, in order, joins the first cluster whose first member is within the radius,
/// or begins a new one (leader clustering; Hartigan, Clustering Algorithms, 1975, ch. 3), largest first. The number of
/// clusters depends on the order somewhat, by how borders fall, but for one set it is always the same.
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

/// The modes: clusters that hold at least a share of all configurations.
template <int Joints, class Real>
std::vector<ModeCluster<Joints, Real>> find_modes(std::span<const Vec<Joints, Real>> configurations,
                                                  const ModeOptions& options = {}) {
  const double least = options.least_share * static_cast<double>(configurations.size());
  auto found = clusters(configurations, options.radius);
  std::erase_if(found, [&](const auto& c) { return static_cast<double>(c.size) < least; });
  return found;
}

/// How many different ways there are among configurations.
template <int Joints, class Real>
Index count_modes(std::span<const Vec<Joints, Real>> configurations, const ModeOptions& options = {}) {
  return static_cast<Index>(find_modes(configurations, options).size());
}

/// How many of these modes, of a reference say, a sample comes to.
template <int Joints, class Real>
Index modes_reached(std::span<const ModeCluster<Joints, Real>> modes, std::span<const Vec<Joints, Real>> configurations,
                    double radius = 1) {
  return std::count_if(modes.begin(), modes.end(), [&](const auto& mode) {
    return std::any_of(configurations.begin(), configurations.end(),
                       [&](const auto& q) { return mode.holds(q, radius); });
  });
}

}  // namespace mace
