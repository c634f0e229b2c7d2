// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/kinematics/pose.hpp"
#include "mace/kinematics/serial_chain.hpp"
#include "mace/robot/urdf.hpp"

namespace mace::detail {

/// Pose of a link of a URDF in the frame of the nearest joint of the chain before it.
struct LinkPlace {
  /// Index of the link in the URDF.
  int link;
  /// Index of that joint in the chain; -1 for the base.
  int joint;
  Pose<double> at;
  /// Name of a joint before the link that mimics one of the chain, or empty. Such a link is not fixed to `joint`.
  std::string follower;
  /// The nearest link before it that has shapes, as an index into the arm's links; -1: none.
  int neighbor;
};

/// Poses of a robot's links while only the joints of a chain move and the others are held.
class LinkPlaces {
 public:
  /// @param values  positions of held joints by name; the others are held at zero or at the limit nearest to it
  /// @throws Error if a value is not for a joint that is held and moves by itself, or not within its limits.
  LinkPlaces(const UrdfModel& model, const ChainDescription& chain, const std::map<std::string, double>& values,
             std::string_view name)
      : model_(model), name_(name) {
    for (std::size_t i = 0; i < chain.joints.size(); ++i)
      moving_[model.find_joint(chain.joints[i].name)] = static_cast<int>(i);
    for (const auto& [joint, value] : values) hold(joint, value);
  }

  LinkPlace root() const { return {model_.root, -1, {}, {}, -1}; }

  /// The place of the child link of a joint, whose parent link is at `before`.
  LinkPlace behind(const LinkPlace& before, int index) const {
    const UrdfJoint& joint = model_.joint(index);
    LinkPlace place = before;
    place.link = joint.child;
    if (const auto moves = moving_.find(index); moves != moving_.end()) {
      place.joint = moves->second;
      place.at = joint_frame(joint, name_).inverse();
    } else {
      place.at = before.at * joint.origin;
      if (joint.has_axis()) place.at = place.at * moved_by(joint, held_at(index), name_);
      if (joint.mimic && moving_.contains(joint.mimic->joint)) place.follower = joint.name;
    }
    return place;
  }

 private:
  void hold(const std::string& name, double value) {
    const int index = model_.find_joint(name);
    require(index >= 0, name_, ": wanted joint_values of joints that it has, got ", printable(name));
    const UrdfJoint& joint = model_.joint(index);
    require_joint(joint.has_axis() && !joint.mimic && !moving_.contains(index), joint, name_,
                  "wanted joint_values of joints that move by themselves and are not on the way to the tip");
    require_joint(joint.lower <= value && value <= joint.upper, joint, name_, "wanted joint_values within its limits ",
                  joint.lower, " to ", joint.upper, ", got ", value);
    held_[index] = value;
  }

  /// Position of a joint that does not move with the chain.
  double held_at(int index) const {
    const UrdfJoint& joint = model_.joint(index);
    if (!joint.mimic) {
      const auto held = held_.find(index);
      return held != held_.end() ? held->second : std::clamp(0.0, joint.lower, joint.upper);
    }
    const UrdfJoint& other = model_.joint(joint.mimic->joint);
    require_joint(other.has_axis() && !other.mimic, joint, name_,
                  "wanted it to mimic a joint that moves by itself, got ", printable(other.name));
    const double q = joint.mimic->offset + joint.mimic->multiplier * held_at(joint.mimic->joint);
    require_joint(!held_.contains(joint.mimic->joint) || (joint.lower <= q && q <= joint.upper), joint, name_,
                  "wanted joint_values that leave it within its limits ", joint.lower, " to ", joint.upper, ", got ", q,
                  " as it mimics ", printable(other.name));
    return std::clamp(q, joint.lower, joint.upper);
  }

  const UrdfModel& model_;
  std::string_view name_;
  /// By the index of a joint: its index in the chain, and the position where it is held.
  std::map<int, int> moving_;
  std::map<int, double> held_;
};

}  // namespace mace::detail
