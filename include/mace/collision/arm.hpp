// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/kinematics/serial_chain.hpp"

namespace mace {

/// What moves with one joint, or not at all, as far as collisions go.
struct ArmLink {
  std::string name;
  /// The joint in whose frame the shapes are given, from 0; -1: the base's frame, which does not move.
  int joint;
  /// What collision is decided by, exactly: the body is the union of these.
  std::vector<Polytope> hulls;
  /// What it is estimated by, fast: these hold the whole body, and somewhat more.
  std::vector<Capsule<double>> cover;
};

/// A robot arm as a set of bodies on a chain. A configuration is in collision where a link meets the scene, or two
/// links of a pair each other; the ground is met by links that move alone.
struct ArmDescription {
  ChainDescription chain;
  std::vector<ArmLink> links;
  /// The pairs of links that are checked against each other: all but those that always touch or never can.
  std::vector<std::pair<int, int>> pairs;
};

/// What an arm does at a configuration: where its tip is, in the world's frame, and how far it is from all collision.
template <class Real = float>
struct ArmOutcome {
  Pose<Real> tip;
  /// The least signed distance, meters: between the robot and the scene or itself. Below zero: they collide, and it is
  /// (about) how deep.
  Real clearance;
};

}  // namespace mace
