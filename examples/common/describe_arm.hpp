// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>

#include "mace/collision/arm.hpp"
#include "mace/collision/distance.hpp"
#include "mace/collision/outline.hpp"

/// What a robot description came to.
namespace mace::examples {

/// How well a link's capsules hold its hulls.
struct LinkCover {
  std::size_t vertices = 0, held = 0;  ///< of the hulls; inside some capsule
  double excess = 0;                   ///< the most that a capsule sticks out of the hull that it fits best, meters
};

inline LinkCover cover_of(const ArmLink& link) {
  LinkCover cover;
  std::vector<double> excess(link.capsules.size(), std::numeric_limits<double>::infinity());
  for (const Polytope& hull : link.hulls) {
    for (const Vec<3, double>& vertex : hull) {
      const auto holds = [&](const Capsule<double>& capsule) {
        return signed_distance(capsule, Sphere<double>{vertex, 0}) <= 1e-9;
      };
      ++cover.vertices;
      cover.held += std::any_of(link.capsules.begin(), link.capsules.end(), holds) ? 1 : 0;
    }
    const mace::detail::Outline outline(hull);
    for (std::size_t i = 0; i < link.capsules.size(); ++i)
      excess[i] = std::min(excess[i], outline.greatest_excess(link.capsules[i]));
  }
  for (const double e : excess) cover.excess = std::max(cover.excess, e);
  return cover;
}

/// Prints an arm's joints and links, and how well the capsules that stand for them hold them.
inline void print_arm(const std::string& name, const ArmDescription& arm) {
  std::size_t hulls = 0, capsules = 0, vertices = 0, held = 0;
  double excess = 0;
  for (const ArmLink& link : arm.links) {
    const LinkCover cover = cover_of(link);
    std::printf("  %-24s %3zu convex pieces in %3zu capsules, which stick out by up to %.1f mm\n", link.name.c_str(),
                link.hulls.size(), link.capsules.size(), 1e3 * cover.excess);
    hulls += link.hulls.size(), capsules += link.capsules.size();
    vertices += cover.vertices, held += cover.held;
    excess = std::max(excess, cover.excess);
  }
  std::printf(
      "%s: %zu joints from %s to %s, %zu links with %zu convex pieces, %zu pairs of links that are checked\n"
      "%zu capsules hold %zu of %zu vertices and stick out by up to %.1f mm\n",
      name.c_str(), arm.chain.joints.size(), arm.chain.base_name.c_str(), arm.chain.tip_name.c_str(), arm.links.size(),
      hulls, arm.pairs.size(), capsules, held, vertices, 1e3 * excess);
}

}  // namespace mace::examples
