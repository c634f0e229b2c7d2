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

/// Sorts configurations into clusters: each, in order, joins the first cluster whose first member is within the radius,
/// or begins a new one (leader clustering; Hartigan, Clustering Algorithms, 1975, ch. 3). Returns the sizes, largest
/// first. The number of clusters depends on the order somewhat, by how borders fall, but for one set it is always the
/// same.
template <int Joints, class Real>
std::vector<Index> clusters(std::span<const Vec<Joints, Real>> configurations, double radius = 1) {
  require(radius > 0, "clusters: wanted a radius above 0, got ", radius);
  std::vector<Vec<Joints, Real>> leaders;
  std::vector<Index> sizes;
  for (const auto& q : configurations) {
    const auto near = [&](const Vec<Joints, Real>& leader) {
      const auto step = q - leader;
      return static_cast<double>(dot(step, step)) <= radius * radius;
    };
    const auto leader = std::find_if(leaders.begin(), leaders.end(), near);
    if (leader == leaders.end()) {
      leaders.push_back(q);
      sizes.push_back(1);
    } else {
      ++sizes[static_cast<std::size_t>(leader - leaders.begin())];
    }
  }
  std::sort(sizes.rbegin(), sizes.rend());
  return sizes;
}

/// How many different ways there are among configurations: clusters that hold at least a share of them.
template <int Joints, class Real>
Index count_modes(std::span<const Vec<Joints, Real>> configurations, const ModeOptions& options = {}) {
  const double least = options.least_share * static_cast<double>(configurations.size());
  Index modes = 0;
  for (const Index size : clusters(configurations, options.radius)) modes += static_cast<double>(size) >= least ? 1 : 0;
  return modes;
}

}  // namespace mace
