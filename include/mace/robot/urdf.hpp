// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Kinematic chains from URDF, read with TinyXML-2. Programs that use this header link to `mace::urdf`.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/kinematics/serial_chain.hpp"
#include "mace/robot/urdf_model.hpp"

namespace mace {

namespace detail {

/// Indices of the joints from the root to a link.
inline std::vector<int> joints_to(const UrdfModel& model, const std::string& tip, std::string_view name) {
  const int link = model.find_link(tip);
  require(link >= 0, name, ": has no link ", printable(tip));
  std::vector<int> joints;
  for (int joint = model.link(link).joint; joint >= 0; joint = model.link(model.joint(joint).parent).joint)
    joints.push_back(joint);
  require(!joints.empty(), name, ": link ", printable(tip), " is the root, which no joint moves");
  std::reverse(joints.begin(), joints.end());
  return joints;
}

template <class... Parts>
void require_joint(bool condition, const UrdfJoint& joint, std::string_view name, const Parts&... parts) {
  require(condition, name, ": joint ", printable(joint.name), ": ", parts...);
}

/// @throws Error if the joint is of a kind that a serial chain does not have.
inline void require_moving(const UrdfJoint& joint, std::string_view name) {
  require_joint(
      joint.has_axis(), joint, name,
      "wanted a fixed, revolute, continuous or prismatic one on the way to the tip, got a floating or planar one");
  require_joint(!joint.mimic, joint, name, "wanted one that moves by itself, got one that mimics another");
}

/// Pose of a moving joint's frame at q = 0 in the frame of its child link. Its z axis is the joint's axis.
inline Pose<double> joint_frame(const UrdfJoint& joint, std::string_view name) {
  const double length = std::hypot(joint.axis[0], joint.axis[1], joint.axis[2]);
  require_joint(length > 0 && std::isfinite(length), joint, name, "wanted an axis of a finite length above zero, got ",
                length);
  return facing({joint.axis[0] / length, joint.axis[1] / length, joint.axis[2] / length});
}

/// Pose of the child link of a joint that has an axis, in the joint's frame.
inline Pose<double> moved_by(const UrdfJoint& joint, double q, std::string_view name) {
  const Pose<double> frame = joint_frame(joint, name);
  return (joint.turns() ? frame.screwed(std::sin(q), std::cos(q), 0) : frame.screwed(0, 1, q)) * frame.inverse();
}

inline ChainDescription::Joint moving_joint(const UrdfJoint& joint, const Pose<double>& origin, std::string_view name) {
  require_joint(std::isfinite(dot(origin.position, origin.position)), joint, name, "wanted a finite origin");
  const auto kind = joint.turns() ? JointKind::revolute : JointKind::prismatic;
  if (joint.type == UrdfJoint::Type::continuous && !(joint.upper - joint.lower < 2 * std::numbers::pi))
    return {{kind, origin, -std::numbers::pi, std::numbers::pi}, joint.name};
  require_joint(joint.lower >= -1e4 && joint.upper <= 1e4, joint, name,
                "wanted limits from -1e4 to 1e4 at most (one that turns without limits is of type continuous), got ",
                joint.lower, " to ", joint.upper);
  return {{kind, origin, joint.lower, joint.upper}, joint.name};
}

/// The chain from the root link to the link `tip`.
inline ChainDescription chain_of(const UrdfModel& model, const std::string& tip, std::string_view name) {
  ChainDescription chain{model.link(model.root).name, tip, {}, {}};
  for (const int index : joints_to(model, tip, name)) {
    const UrdfJoint& joint = model.joint(index);
    chain.tip = chain.tip * joint.origin;
    if (joint.type == UrdfJoint::Type::fixed) continue;
    require_moving(joint, name);
    if (joint.lower == joint.upper) {
      chain.tip = chain.tip * moved_by(joint, joint.lower, name);
      continue;
    }
    const Pose<double> frame = joint_frame(joint, name);
    chain.joints.push_back(moving_joint(joint, chain.tip * frame, name));
    chain.tip = frame.inverse();
  }
  require(std::isfinite(dot(chain.tip.position, chain.tip.position)), name, ": wanted a finite origin of ",
          printable(tip));
  require(!chain.joints.empty() && chain.joints.size() <= max_joints, name, ": wanted 1 to ", max_joints,
          " joints that move on the way to ", printable(tip), ", got ", chain.joints.size());
  return chain;
}

}  // namespace detail

/// Parses the chain from the root link of a URDF text (version 1.0, 1.1 or 1.2) to an end effector.
///
/// - The limits are the tighter ones of `<limit>` and of the soft limits of `<safety_controller>`; of a continuous
///   joint, -pi to pi, or soft limits that leave less than a turn.
/// - A joint whose limits are equal is held there, as if it were fixed. So is one whose `<limit>` has neither `lower`
///   nor `upper`: up to version 1.1 both are 0 by default.
/// - If a joint's axis is its z axis, its frame is the frame of its child link.
/// - An element or attribute that URDF does not have is an error, unless it stands where descriptions for other
///   programs do (`<gazebo>`, `<transmission>`, other namespaces) and has no geometry. So is anything that xacro should
///   have replaced.
///
/// @param bytes  the text, in UTF-8
/// @param tip  name of the link that is the end effector
/// @param name  name of the text in error messages
/// @throws Error if the text is larger than 2 MiB, not well-formed XML or not a URDF, with the line and the link or
///   joint; if the links are not a tree, there is no link `tip`, or it is the root; if the chain does not have 1 to 16
///   moving joints, has a floating, planar or mimic joint, or an axis of length zero, or its limits are reversed,
///   beyond +-1e4 or not within each other.
inline ChainDescription parse_urdf_chain(std::span<const std::byte> bytes, const std::string& tip,
                                         std::string_view name) {
  return detail::chain_of(detail::parse_urdf_model(bytes, name), tip, name);
}

/// Reads the chain from the root link of a URDF file to an end effector.
/// @param path  the file
/// @param tip  name of the link that is the end effector
/// @throws Error if the file cannot be read or parse_urdf_chain() throws.
inline ChainDescription read_urdf_chain(const std::filesystem::path& path, const std::string& tip) {
  return parse_urdf_chain(read_file(path, detail::max_description_bytes), tip, path.string());
}

}  // namespace mace
