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

/// Largest allowed distance from an origin, meters. Beyond it, rounding errors would come near the certified gaps of
/// GJK.
inline constexpr double farthest_place = 1e4;

/// Collision geometry of one rigid link.
struct ArmLink {
  /// Name of the link.
  std::string name;
  /// Index of the joint in whose frame the shapes are given, from 0; -1 for the base frame, which does not move.
  int joint;
  /// Convex hulls whose union is the link, meters. ExactCheck decides collisions with these.
  std::vector<Polytope> hulls;
  /// Bounding capsules, whose union encloses the link, meters. The simulator Arm estimates clearances with these.
  std::vector<Capsule<double>> capsules;
  /// The link's own frame, in which its description gives its shapes, in the frame of `joint`.
  Pose<double> frame{};
};

/// A robot arm: a serial chain and the collision geometry of its links. A configuration is in collision if a link
/// intersects the scene or the links of a self-collision pair intersect each other. Links that are fixed to the base
/// are not tested against the ground.
struct ArmDescription {
  /// Kinematic chain.
  ChainDescription chain;
  /// Links with collision geometry.
  std::vector<ArmLink> links;
  /// Self-collision pairs, as indices into `links`. Neighbors that always touch and pairs that can never meet are left
  /// out.
  std::vector<std::pair<int, int>> pairs;

  /// Validates the description and returns `*this`. A link may lack hulls or capsules; code that needs them checks for
  /// them.
  /// @param name  prefix of error messages
  /// @throws Error unless there are 1 to 16 joints, every frame is a rigid transform, the limits of each joint are in
  ///   order, the joint of each link and the links of each pair exist, every hull has vertices, no radius is negative,
  ///   and everything is finite and within 10 km, angles within 1e4 radians.
  const ArmDescription& checked(std::string_view name = "ArmDescription") const& {
    const auto joints = static_cast<int>(chain.joints.size()), count = static_cast<int>(links.size());
    require(1 <= joints && joints <= max_joints, name, ": wanted a chain of 1 to ", max_joints, " joints, got ",
            joints);
    const auto near = [](const auto& point) { return norm(point) <= farthest_place; };
    const auto is_frame = [&](const Pose<double>& pose) { return pose.is_rigid() && near(pose.position); };
    for (const ChainDescription::Joint& joint : chain.joints)
      require(is_frame(joint.origin), name, ": joint '", joint.name,
              "': wanted an origin within 10 km, its axes of length 1 and at right angles");
    for (const ChainDescription::Joint& joint : chain.joints) {
      require(joint.lower >= -1e4 && joint.upper <= 1e4, name, ": joint '", joint.name,
              "': wanted limits from -1e4 to 1e4 at most, got ", joint.lower, " to ", joint.upper);
      require(joint.lower <= joint.upper, name, ": joint '", joint.name,
              "': wanted the lower limit not above the upper, got ", joint.lower, " to ", joint.upper);
    }
    require(is_frame(chain.tip), name, ": wanted a tip within 10 km, its axes of length 1 and at right angles");
    for (const ArmLink& link : links) {
      require(-1 <= link.joint && link.joint < joints, name, ": link '", link.name, "': wanted a joint from -1 to ",
              joints - 1, ", got ", link.joint);
      require(is_frame(link.frame), name, ": link '", link.name,
              "': wanted a frame within 10 km, its axes of length 1 and at right angles");
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
  /// The same for a temporary, which is returned by value.
  ArmDescription checked(std::string_view name = "ArmDescription") && {
    std::as_const(*this).checked(name);
    return std::move(*this);
  }
};

/// Outcome of simulating an arm at one configuration.
template <class Real = float>
struct ArmOutcome {
  /// Pose of the end effector in the world frame.
  Pose<Real> end_effector;
  /// Smallest signed distance between the robot and the scene or between the links of a self-collision pair, meters;
  /// negative in collision, where it approximates the penetration depth.
  Real clearance;
};

}  // namespace mace
