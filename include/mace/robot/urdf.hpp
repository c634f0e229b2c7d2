// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Kinematic chains from URDF, read with urdfdom. Programs that use this header link to `mace::urdf`.
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

/// The joints from the root to a link.
inline std::vector<urdf::JointConstSharedPtr> joints_to(const urdf::ModelInterface& model, const std::string& tip,
                                                        std::string_view name) {
  urdf::LinkConstSharedPtr link = model.getLink(tip);
  require(link != nullptr, name, ": has no link ", printable(tip));
  std::vector<urdf::JointConstSharedPtr> joints;
  for (; link->parent_joint != nullptr; link = model.getLink(joints.back()->parent_link_name))
    joints.push_back(link->parent_joint);
  require(!joints.empty(), name, ": link ", printable(tip), " is the root, which no joint moves");
  std::reverse(joints.begin(), joints.end());
  return joints;
}

template <class... Parts>
void require_joint(bool condition, const urdf::Joint& joint, std::string_view name, const Parts&... parts) {
  require(condition, name, ": joint ", printable(joint.name), ": ", parts...);
}

/// @throws Error if the joint is of a kind that a serial chain does not have.
inline void require_moving(const urdf::Joint& joint, std::string_view name) {
  const bool known = joint.type == urdf::Joint::REVOLUTE || joint.type == urdf::Joint::CONTINUOUS ||
                     joint.type == urdf::Joint::PRISMATIC;
  require_joint(
      known, joint, name,
      "wanted a fixed, revolute, continuous or prismatic one on the way to the tip, got a floating or planar one");
  require_joint(joint.mimic == nullptr, joint, name, "wanted one that moves by itself, got one that mimics another");
}

/// Pose of a moving joint's frame at q = 0 in the frame of its child link. Its z axis is the joint's axis.
inline Pose<double> joint_frame(const urdf::Joint& joint, std::string_view name) {
  const double length = std::hypot(joint.axis.x, joint.axis.y, joint.axis.z);
  require_joint(length > 0 && std::isfinite(length), joint, name, "wanted an axis of a finite length above zero, got ",
                length);
  return facing({joint.axis.x / length, joint.axis.y / length, joint.axis.z / length});
}

inline ChainDescription::Joint moving_joint(const urdf::Joint& joint, const Pose<double>& origin,
                                            std::string_view name) {
  require_joint(std::isfinite(dot(origin.position, origin.position)), joint, name, "wanted a finite origin");
  const auto kind = joint.type == urdf::Joint::PRISMATIC ? JointKind::prismatic : JointKind::revolute;
  if (joint.type == urdf::Joint::CONTINUOUS) return {{kind, origin, -std::numbers::pi, std::numbers::pi}, joint.name};
  require_joint(joint.limits != nullptr, joint, name, "wanted limits, got none");
  const double lower = joint.limits->lower, upper = joint.limits->upper;
  require_joint(std::isfinite(lower) && std::isfinite(upper) && lower <= upper, joint, name,
                "wanted finite limits, the lower not above the upper, got ", lower, " to ", upper);
  return {{kind, origin, lower, upper}, joint.name};
}

/// The chain from the root link to the link `tip`.
inline ChainDescription chain_of(const urdf::ModelInterface& model, const std::string& tip, std::string_view name) {
  ChainDescription chain{model.getRoot()->name, tip, {}, {}};
  for (const urdf::JointConstSharedPtr& joint : joints_to(model, tip, name)) {
    chain.tip = chain.tip * to_pose(joint->parent_to_joint_origin_transform);
    if (joint->type == urdf::Joint::FIXED) continue;
    require_moving(*joint, name);
    const Pose<double> frame = joint_frame(*joint, name);
    chain.joints.push_back(moving_joint(*joint, chain.tip * frame, name));
    chain.tip = frame.inverse();
  }
  require(std::isfinite(dot(chain.tip.position, chain.tip.position)), name, ": wanted a finite origin of ",
          printable(tip));
  require(!chain.joints.empty() && chain.joints.size() <= max_joints, name, ": wanted 1 to ", max_joints,
          " joints that move on the way to ", printable(tip), ", got ", chain.joints.size());
  return chain;
}

}  // namespace detail

/// Parses the chain from the root link of a URDF text to an end effector. The limits are those of the `<limit>`
/// elements, and -pi to pi for a continuous joint. If a joint's axis is its z axis, its frame is the frame of its child
/// link.
/// @param bytes  the text
/// @param tip  name of the link that is the end effector
/// @param name  name of the text in error messages
/// @throws Error if the text is larger than 2 MiB, not well-formed XML, or rejected by urdfdom; if the links are not a
///   tree, there is no link `tip`, or it is the root; if the chain does not have 1 to 16 moving joints, has a floating,
///   planar or mimic joint, or an axis of length zero, or its limits are reversed or not finite.
inline ChainDescription parse_urdf_chain(std::span<const std::byte> bytes, const std::string& tip,
                                         std::string_view name) {
  return detail::chain_of(*detail::parse_urdf_model(bytes, name).model, tip, name);
}

/// Reads the chain from the root link of a URDF file to an end effector.
/// @param path  the file
/// @param tip  name of the link that is the end effector
/// @throws Error if the file cannot be read or parse_urdf_chain() throws.
inline ChainDescription read_urdf_chain(const std::filesystem::path& path, const std::string& tip) {
  return parse_urdf_chain(read_file(path, detail::max_urdf_bytes), tip, path.string());
}

}  // namespace mace
