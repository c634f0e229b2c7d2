// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "mace/io/byte_reader.hpp"
#include "mace/kinematics/pose.hpp"
#include "mace/kinematics/serial_chain.hpp"
#include "mace/robot/urdf.hpp"

namespace mace::detail {

/// Pose of a link of a URDF in the frame of the nearest joint of the chain before it.
struct LinkPlace {
  urdf::LinkConstSharedPtr link;
  /// Index of that joint in the chain; -1 for the base.
  int joint;
  Pose<double> at;
  /// Name of a joint before the link that mimics one of the chain, or empty. Such a link is not fixed to `joint`.
  std::string follower;
  /// The nearest link before it that has shapes, as an index into the arm's links; -1: none.
  int neighbor;
};

/// Poses of a robot's links while only the joints of a chain move.
class LinkPlaces {
 public:
  LinkPlaces(const urdf::ModelInterface& model, const ChainDescription& chain, std::string_view name)
      : model_(model), name_(name) {
    for (std::size_t i = 0; i < chain.joints.size(); ++i) moving_[chain.joints[i].name] = static_cast<int>(i);
  }

  LinkPlace root() const { return {model_.getRoot(), -1, {}, {}, -1}; }

  /// The place of a link whose parent link is at `before`.
  LinkPlace behind(const LinkPlace& before, const urdf::LinkConstSharedPtr& link) const {
    const urdf::Joint& joint = *link->parent_joint;
    LinkPlace place = before;
    place.link = link;
    if (const auto moves = moving_.find(joint.name); moves != moving_.end()) {
      place.joint = moves->second;
      place.at = joint_frame(joint, name_).inverse();
    } else {
      place.at = before.at * to_pose(joint.parent_to_joint_origin_transform) * held(joint);
      if (joint.mimic != nullptr && moving_.contains(joint.mimic->joint_name)) place.follower = joint.name;
    }
    return place;
  }

 private:
  /// Transform of the child link by a joint that is held still; the identity for floating and planar joints.
  Pose<double> held(const urdf::Joint& joint) const {
    const bool turns = joint.type == urdf::Joint::REVOLUTE || joint.type == urdf::Joint::CONTINUOUS;
    if (!turns && joint.type != urdf::Joint::PRISMATIC) return {};
    double q = nearest_to(0, joint);
    if (joint.mimic != nullptr) {
      const auto other = model_.getJoint(joint.mimic->joint_name);
      require_joint(other != nullptr && other->mimic == nullptr, joint, name_,
                    "wanted it to mimic a joint that moves by itself, got ", printable(joint.mimic->joint_name));
      q = nearest_to(joint.mimic->offset + joint.mimic->multiplier * nearest_to(0, *other), joint);
    }
    const Pose<double> frame = joint_frame(joint, name_);
    return (turns ? frame.screwed(std::sin(q), std::cos(q), 0) : frame.screwed(0, 1, q)) * frame.inverse();
  }

  /// The value within a joint's limits that is nearest to `value`.
  double nearest_to(double value, const urdf::Joint& joint) const {
    if (joint.limits == nullptr || joint.type == urdf::Joint::CONTINUOUS) return value;
    const ChainDescription::Joint limited = moving_joint(joint, {}, name_);
    return std::clamp(value, limited.lower, limited.upper);
  }

  const urdf::ModelInterface& model_;
  std::string_view name_;
  std::map<std::string, int> moving_;
};

}  // namespace mace::detail
