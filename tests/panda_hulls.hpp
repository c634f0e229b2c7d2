// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "golden.hpp"
#include "mace/core/error.hpp"
#include "mace/geometry/arm.hpp"
#include "mace/robot/panda.hpp"

/// The Panda with the convex hulls of its maker's meshes, and the paper's scenes: what collisions are judged by.
namespace mace::golden {

/// The Panda's chain with its limits, as a description.
inline ChainDescription panda_description() {
  const SerialChain<7, double> panda = panda_chain<double>();
  ChainDescription chain{"panda_link0", "panda_grasptarget", {}, panda.tip};
  for (int i = 0; i < 7; ++i) chain.joints.push_back({panda.joint[i], "panda_joint" + std::to_string(i + 1)});
  return chain;
}

/// The pairs that the arm's collision description leaves enabled. Links: 0 to 7, then the hand (8) and the fingers.
inline std::vector<std::pair<int, int>> panda_pairs() {
  return {{0, 5}, {0, 6}, {0, 7}, {1, 5}, {1, 6}, {1, 7}, {2, 5}, {2, 6},  {2, 7},  {3, 5},  {3, 7}, {0, 8},
          {1, 8}, {2, 8}, {3, 8}, {0, 9}, {1, 9}, {2, 9}, {3, 9}, {0, 10}, {1, 10}, {2, 10}, {3, 10}};
}

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
  ArmDescription arm{panda_description(), {}, panda_pairs()};
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

/// The paper's scenes for that arm: wall, cwall, window and box, with the ground at 0. Errors: another name.
inline Scene panda_scene(const std::string& name) {
  using V = Vec<3, double>;
  Scene scene;
  scene.base.position = {-0.6, 0, 0};
  scene.ground = 0;
  const auto add = [&](const V& size, const V& center, const Pose<double>& in = {}) {
    scene.boxes.push_back({in * Pose<double>{.position = center}, 0.5 * size});
  };
  if (name == "wall") {
    add({0.2, 0.8, 0.01}, {-0.1, 0, 0.5});
    add({0.11, 0.8, 0.6}, {-0.25, 0, 0.8});
  } else if (name == "cwall") {
    add({0.1, 0.2, 0.4}, {-0.2, 0, 0.5});
  } else if (name == "window") {
    for (const double z : {0.4, 0.8}) add({0.02, 0.5, 0.1}, {-0.2, 0, z});
    for (const double y : {0.2, -0.2}) add({0.02, 0.1, 0.3}, {-0.2, y, 0.6});
  } else if (name == "box") {
    const double h = 0.70710678118654752440, length = 0.26, width = 0.2, thick = 0.0025;  // turned by -pi / 4
    const Pose<double> turned{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {-0.1, -0.1, 0.1025}};
    for (const double side : {1.0, -1.0}) add({length, width, thick}, {0, 0, side * (width + thick) / 2}, turned);
    add({thick, width, width}, {length / 2, 0, 0}, turned);
    for (const double side : {1.0, -1.0}) add({length, thick, width}, {0, side * width / 2, 0}, turned);
  } else {
    fail("panda_scene: wanted wall, cwall, window or box, got ", name);
  }
  return scene;
}

}  // namespace mace::golden
