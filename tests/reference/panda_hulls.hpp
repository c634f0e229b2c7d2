// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/extreme_points.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/io/stl.hpp"
#include "mace/robot/panda_arm.hpp"
#include "reference/values.hpp"

/// The Panda with the convex hulls of its maker's meshes: what collisions are judged by.
namespace mace::reference {

/// All pairs of links that move against each other but neighbors: link7, the hand and its fingers move together.
inline std::vector<std::pair<int, int>> panda_pairs_but_adjacent() {
  std::vector<std::pair<int, int>> pairs;
  for (int a = 0; a < 7; ++a)
    for (int b = a + 2; b <= 10; ++b) pairs.push_back({a, b});
  return pairs;
}

/// The four boxes that the maker has for a finger, in its frame.
inline std::vector<Polytope> finger_boxes() {
  const double cos = 0.86602540378443864676, sin = 0.5;  // the tip's slope is one of 30 degrees
  const OrientedBox<double> boxes[] = {
      {{.position = {0, 0.0185, 0.011}}, {0.011, 0.0075, 0.01}},
      {{.position = {0, 0.0068, 0.0022}}, {0.011, 0.0044, 0.0019}},
      {{{1, 0, 0}, {0, cos, sin}, {0, -sin, cos}, {0, 0.0159, 0.02835}}, {0.00875, 0.0035, 0.01175}},
      {{.position = {0, 0.00758, 0.04525}}, {0.00875, 0.0076, 0.00925}}};
  std::vector<Polytope> corners;
  for (const auto& box : boxes) {
    corners.emplace_back();
    for (int i = 0; i < 8; ++i)
      corners.back().push_back(box.pose * Vec<3, double>{i & 1 ? box.half[0] : -box.half[0],
                                                         i & 2 ? box.half[1] : -box.half[1],
                                                         i & 4 ? box.half[2] : -box.half[2]});
  }
  return corners;
}

/// The arm with the real hulls, fingers closed, no covers; the pairs are those of `panda_arm`.
inline ArmDescription panda_hulls() {
  const double h = 0.70710678118654752440;  // the hand is turned by -pi / 4 about the flange's axis
  const Pose<double> hand{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {0, 0, 0.107}}, left{.position = {0, 0, 0.0584}},
      right{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}, left.position};
  ArmDescription arm{panda_description(), {}, panda_arm().pairs};
  const auto add = [&](const std::string& name, int joint, std::vector<Polytope> hulls, const Pose<double>& place) {
    for (Polytope& hull : hulls)
      for (auto& point : hull) point = place * point;
    arm.links.push_back({"panda_" + name, joint, std::move(hulls), {}});
  };
  const auto mesh = [](const std::string& name) {
    return std::vector<Polytope>{extreme_points(read_stl(path("panda/meshes/collision/" + name + ".stl")))};
  };
  for (int i = 0; i <= 7; ++i) {
    const std::string name = "link" + std::to_string(i);
    add(name, i - 1, mesh(name), {});
  }
  add("hand", 6, mesh("hand"), hand);
  add("leftfinger", 6, finger_boxes(), hand * left);
  add("rightfinger", 6, finger_boxes(), hand * right);
  return arm;
}

}  // namespace mace::reference
