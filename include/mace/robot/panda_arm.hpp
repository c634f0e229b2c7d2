// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "mace/collision/arm.hpp"
#include "mace/collision/support_polytope.hpp"
#include "mace/core/error.hpp"
#include "mace/robot/panda.hpp"
#include "mace/robot/panda_shapes.hpp"

namespace mace {

/// The Panda's chain with the names of its joints, `panda_joint1` to `panda_joint7`, from `panda_link0` to
/// `panda_grasptarget`.
inline ChainDescription panda_description() {
  const SerialChain<7, double> panda = panda_chain<double>();
  ChainDescription chain{"panda_link0", "panda_grasptarget", {}, panda.tip};
  for (int i = 0; i < 7; ++i) chain.joints.push_back({panda.joint[i], "panda_joint" + std::to_string(i + 1)});
  return chain;
}

namespace detail {

inline ArmLink panda_link(const char* name, int joint, std::span<const SupportFace> faces,
                          std::span<const panda::TableCapsule> cover, const Pose<double>& frame = {}) {
  ArmLink link{name, joint, {support_polytope(faces)}, {}, frame};
  const auto meters = [](const std::int32_t(&place)[3]) {
    return Vec<3, double>{place[0] / support_units, place[1] / support_units, place[2] / support_units};
  };
  for (const panda::TableCapsule& capsule : cover)
    link.capsules.push_back({meters(capsule.a), meters(capsule.b), capsule.radius / support_units});
  return link;
}

inline ArmDescription make_panda_arm() {
  using namespace panda;
  // The hand is turned by -pi / 4 about the axis of joint 7, the right finger by pi more.
  constexpr double h = 0.70710678118654752440;
  const Pose<double> hand{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {0, 0, 0.107}};
  const Pose<double> left{hand.x, hand.y, hand.z, {0, 0, 0.107 + 0.0584}};
  const Pose<double> right{-1.0 * hand.x, -1.0 * hand.y, hand.z, left.position};
  return {
      panda_description(),
      {panda_link("panda_link0", -1, link0_faces, link0_cover), panda_link("panda_link1", 0, link1_faces, link1_cover),
       panda_link("panda_link2", 1, link2_faces, link2_cover), panda_link("panda_link3", 2, link3_faces, link3_cover),
       panda_link("panda_link4", 3, link4_faces, link4_cover), panda_link("panda_link5", 4, link5_faces, link5_cover),
       panda_link("panda_link6", 5, link6_faces, link6_cover), panda_link("panda_link7", 6, link7_faces, link7_cover),
       panda_link("panda_hand", 6, hand_faces, hand_cover, hand),
       panda_link("panda_leftfinger", 6, leftfinger_faces, leftfinger_cover, left),
       panda_link("panda_rightfinger", 6, rightfinger_faces, rightfinger_cover, right)},
      {{0, 5}, {0, 6}, {0, 7}, {1, 5}, {1, 6}, {1, 7}, {2, 5}, {2, 6},  {2, 7},  {3, 5},  {3, 7}, {0, 8},
       {1, 8}, {2, 8}, {3, 8}, {0, 9}, {1, 9}, {2, 9}, {3, 9}, {0, 10}, {1, 10}, {2, 10}, {3, 10}}};
}

}  // namespace detail

/// What is adjustable about the built-in Panda.
struct PandaOptions {
  /// Distance of each finger from the middle, 0 (closed) to 0.04, meters: the position of `panda_finger_joint1`. The
  /// gap between the fingers is twice as wide.
  double finger_opening = 0;
};

/// The Panda with its hand and closed fingers. Its links are `panda_link0` to `panda_link7`, `panda_hand`,
/// `panda_leftfinger` and `panda_rightfinger`.
///
/// No shape is smaller than the real one. Each hull is a polytope around the manufacturer's collision mesh, which is
/// convex, and at most 2 mm larger. The bounding capsules enclose the meshes as well, with 4 capsules per link and 1
/// per finger. Their mean excess over the meshes is 4 to 8 mm (14 mm at the base), their greatest excess 10 to 34 mm
/// (53 mm). Of 20,000 uniform configurations that are free by the meshes in the paper's scenes, the polytopes report
/// 0.1 to 0.2 % as collisions and the capsules 0.8 to 1.9 %; neither reports a collision as free.
///
/// The arm is constructed on the first call, in about 10 ms. A program that needs a modified arm copies it, as
/// panda_arm(opening) and with_attached() do. ArmLink::frame is the frame of the description's link of that name; the
/// frame of the right finger is turned so that its y axis points away from the left one.
///
/// Sources: the meshes and the fingers' boxes in Franka Robotics' franka_description
/// (github.com/frankaemika/franka_ros, Apache-2.0), and the fingers of the Panda that comes with PyBullet
/// (github.com/bulletphysics/bullet3, data/franka_panda, Apache-2.0); tools/panda_shapes.cpp fits the shapes around
/// them. The self-collision pairs are those that MoveIt's configuration for the meshes leaves enabled
/// (github.com/moveit/panda_moveit_config, before its capsules).
inline const ArmDescription& panda_arm() {
  static const ArmDescription arm = detail::make_panda_arm();
  return arm;
}

/// The Panda with its fingers opened. The self-collision pairs are the same for every opening: an opened finger reaches
/// link 5, which it is not tested against, but in 40,000 uniform configurations only where the hand does, too.
/// @throws Error if the opening is not within the fingers' limits.
inline ArmDescription panda_arm(const PandaOptions& options) {
  require(options.finger_opening >= 0 && options.finger_opening <= 0.04,
          "panda_arm: wanted a finger_opening of 0 to 0.04 m, got ", options.finger_opening);
  ArmDescription arm = panda_arm();
  for (ArmLink& link : arm.links) {
    if (!link.name.ends_with("finger")) continue;
    const Vec<3, double> aside = options.finger_opening * link.frame.y;
    link.frame.position = link.frame.position + aside;
    for (Polytope& hull : link.hulls)
      for (auto& point : hull) point = point + aside;
    for (Capsule<double>& capsule : link.capsules) capsule = {capsule.a + aside, capsule.b + aside, capsule.radius};
  }
  return arm;
}

}  // namespace mace
