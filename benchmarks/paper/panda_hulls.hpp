// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/robots.hpp"

namespace mace::benchmarks {

/// The Panda that samples are judged on: the built-in one ("panda"), or the hulls of a URDF file in the pairs of links
/// that the built-in one checks, those that MoveIt's configuration leaves on. (A URDF has no pairs. Sampled ones would
/// be more: link5 with link7 and with the hand, whose hulls overlap in some 7 % of configurations and which MoveIt
/// switches off.) Errors: those of the file; a link that it lacks.
inline ArmDescription panda_hulls(const std::string& robot) {
  if (robot == "panda") return panda_arm();
  const ArmDescription& built_in = panda_arm();
  ArmDescription arm = examples::read_robot({robot, built_in.chain.tip_name, {}});
  const auto index = [&](int link) {
    const std::string& name = built_in.links[static_cast<std::size_t>(link)].name;
    for (std::size_t i = 0; i < arm.links.size(); ++i)
      if (arm.links[i].name == name) return static_cast<int>(i);
    fail(robot, ": wanted the Panda's description, which has a link ", name);
  };
  arm.pairs.clear();
  for (const auto& [a, b] : built_in.pairs) arm.pairs.push_back({index(a), index(b)});
  return arm;
}

}  // namespace mace::benchmarks
