// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "golden.hpp"
#include "mace/geometry/arm.hpp"
#include "mace/robot/panda_arm.hpp"

/// The Panda with the convex hulls of its maker's meshes: what collisions are judged by.
namespace mace::golden {

/// All pairs of links but neighbours; the hand and its fingers neighbour each other too.
inline std::vector<std::pair<int, int>> panda_pairs_but_adjacent() {
  std::vector<std::pair<int, int>> pairs;
  for (int a = 0; a <= 10; ++a)
    for (int b = a + 1; b <= 10; ++b)
      if (b != a + 1 && a < 8) pairs.push_back({a, b});
  return pairs;
}

/// The arm with the real hulls, fingers closed, no covers; nothing where the reference values are missing.
inline std::optional<ArmDescription> panda_hulls() {
  const auto path = find("panda/hulls.json");
  if (!path) return std::nullopt;
  std::ifstream file(*path);
  const auto hulls = nlohmann::json::parse(file);
  const double h = 0.70710678118654752440;  // the hand is turned by -pi / 4 about the flange's axis
  const Pose<double> hand{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {0, 0, 0.107}}, fingers{.position = {0, 0, 0.0584}};
  ArmDescription arm{panda_description(), {}, panda_arm().pairs};
  const auto add = [&](const std::string& name, int joint, const Pose<double>& place) {
    Polytope hull;
    for (const auto& point : hulls.at(name).at("vertices"))
      hull.push_back(place * Vec<3, double>{point.at(0), point.at(1), point.at(2)});
    arm.links.push_back({name, joint, {hull}, {}});
  };
  for (int i = 0; i <= 7; ++i) add("panda_link" + std::to_string(i), i - 1, {});
  add("panda_hand", 6, hand);
  add("panda_leftfinger", 6, hand * fingers);
  add("panda_rightfinger", 6, hand * fingers);
  return arm;
}

}  // namespace mace::golden
