// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/kinematics/serial_chain.hpp"

namespace mace {

/// The collision geometry of one rigid link.
struct ArmLink {
  std::string name;
  /// The joint in whose frame the shapes are given, counted from 0; -1: the frame of the base, which does not move.
  int joint;
  /// Convex hulls whose union is the link. ExactCheck decides collisions by these.
  std::vector<Polytope> hulls;
  /// Bounding capsules: together they enclose the link, and somewhat more. The simulator Arm estimates clearances by
  /// these.
  std::vector<Capsule<double>> capsules;
};

/// A robot arm: a serial chain and the links that it moves. A configuration is in collision where a link meets the
/// scene or two links of a self-collision pair meet. Only links that move are tested against the ground.
struct ArmDescription {
  ChainDescription chain;
  std::vector<ArmLink> links;
  /// Self-collision pairs: the links, by index, that are tested against each other; neighbors that always touch and
  /// pairs that never can are left out.
  std::vector<std::pair<int, int>> pairs;
};

/// The outcome of simulating an arm at one configuration.
template <class Real = float>
struct ArmOutcome {
  /// Pose of the end effector in the world's frame.
  Pose<Real> end_effector;
  /// Least signed distance between the robot and the scene, or between the links of a self-collision pair, meters;
  /// negative in collision, where it is about the penetration depth.
  Real clearance;
};

}  // namespace mace
