// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/kinematics/serial_chain.hpp"

namespace mace {

/// Nothing may be farther from an origin than this, meters: rounding errors would come near the certified gaps of GJK.
inline constexpr double farthest_place = 1e4;

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

  /// Validates the description and returns it; `name` begins the message of an Error. A link may lack hulls or
  /// capsules: who needs them asks for them.
  /// @throws Error if there are no joints or more than 16, a frame is not a rotation, a joint or a link of a pair does
  ///   not exist, a hull has no vertices, or something is not finite or more than 10 km away.
  const ArmDescription& checked(std::string_view name = "ArmDescription") const {
    const auto joints = static_cast<int>(chain.joints.size()), count = static_cast<int>(links.size());
    require(1 <= joints && joints <= max_joints, name, ": wanted a chain of 1 to ", max_joints, " joints, got ",
            joints);
    const auto near = [](const auto& point) { return norm(point) <= farthest_place; };
    const auto is_frame = [&](const Pose<double>& pose) { return pose.is_rigid() && near(pose.position); };
    for (const ChainDescription::Joint& joint : chain.joints)
      require(is_frame(joint.origin), name, ": joint '", joint.name,
              "': wanted an origin within 10 km, its axes of length 1 and at right angles");
    require(is_frame(chain.tip), name, ": wanted a tip within 10 km, its axes of length 1 and at right angles");
    for (const ArmLink& link : links) {
      require(-1 <= link.joint && link.joint < joints, name, ": link '", link.name, "': wanted a joint from -1 to ",
              joints - 1, ", got ", link.joint);
      for (const Polytope& hull : link.hulls) {
        require(!hull.empty(), name, ": link '", link.name, "': wanted hulls with vertices, got one without");
        for (const auto& vertex : hull)
          require(near(vertex), name, ": link '", link.name, "': wanted finite vertices within 10 km");
      }
      for (const Capsule<double>& capsule : link.capsules)
        require(near(capsule.a) && near(capsule.b) && capsule.radius >= 0 && capsule.radius <= farthest_place, name,
                ": link '", link.name, "': wanted capsules within 10 km and radii of at least 0");
    }
    for (const auto& [a, b] : pairs)
      require(0 <= a && a < count && 0 <= b && b < count && a != b, name, ": wanted pairs of two different links of ",
              count, ", got ", a, " and ", b);
    return *this;
  }
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
