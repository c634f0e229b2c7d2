// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mace/core/choose.hpp"
#include "mace/core/error.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace {

/// The largest number of joints in a chain.
inline constexpr int max_joints = 16;

enum class JointKind { revolute, prismatic };

/// A moving joint, together with everything that is rigidly attached between the previous joint and this one.
template <class Real = float>
struct ChainJoint {
  JointKind kind;
  /// Pose of the joint's frame at q = 0 in the frame of the previous joint, or of the base for the first joint. The
  /// joint's axis is the z axis of its frame.
  Pose<Real> origin;
  /// Limits of q, radians (revolute) or meters (prismatic).
  Real lower, upper;

  /// Pose of the joint's frame at a joint position.
  /// @param before  pose of the previous joint's frame
  /// @param q  joint position, radians or meters
  MACE_HD Pose<Real> moved(const Pose<Real>& before, Real q) const {
    const bool turns = kind == JointKind::revolute;
    Real sine, cosine;
    sine_and_cosine(turns ? q : Real(0), sine, cosine);
    return (before * origin).screwed(sine, cosine, turns ? Real(0) : q);
  }

  /// Linear velocity (rows 0 to 2) and angular velocity (rows 3 to 5) of a point for unit velocity of this joint.
  /// @param z  axis of the joint
  /// @param arm  vector from the joint to the point
  MACE_HD Vec<6, Real> velocity(const Vec<3, Real>& z, const Vec<3, Real>& arm) const {
    if (kind == JointKind::prismatic) return {z[0], z[1], z[2], 0, 0, 0};
    const Vec<3, Real> turning = cross(z, arm);
    return {turning[0], turning[1], turning[2], z[0], z[1], z[2]};
  }

  /// Converts to another precision.
  template <class To>
  MACE_HD ChainJoint<To> as() const {
    return {kind, origin.template as<To>(), static_cast<To>(lower), static_cast<To>(upper)};
  }
};

/// A serial kinematic chain: revolute and prismatic joints in a row, from a base to an end effector. Rigid offsets
/// between two joints are folded into the second joint's `origin`, the offset after the last joint into `tip`.
///
/// A configuration q has one entry per joint, in radians (|q| <= 8192 in float) or meters. All poses are in the base
/// frame. In float, positions are accurate to a micrometer for arms of the usual size.
template <int Joints, class Real = float>
struct SerialChain {
  static_assert(Joints >= 1 && Joints <= max_joints, "mace: a SerialChain has 1 to 16 joints");
  /// Number of joints.
  static constexpr int joints = Joints;
  /// One joint position per joint, radians or meters.
  using Configuration = Vec<Joints, Real>;

  /// Forward kinematics of all frames at one configuration.
  struct Frames {
    /// Pose of each joint's frame, which moves with the link after the joint.
    Pose<Real> joint[Joints];
    /// Pose of the end effector.
    Pose<Real> tip;
  };

  /// Geometric Jacobian of the end effector, a 6 x Joints matrix stored by columns. Each column is the linear velocity
  /// (rows 0 to 2) and angular velocity (rows 3 to 5) of the end effector in the base frame for unit velocity of one
  /// joint.
  struct Jacobian {
    /// One column per joint.
    Vec<6, Real> column[Joints];
  };

  /// The joints, from the base to the end effector.
  ChainJoint<Real> joint[Joints];
  /// Pose of the end effector in the last joint's frame.
  Pose<Real> tip;

  /// Pose of the end effector at q.
  MACE_HD Pose<Real> pose(const Configuration& q) const {
    Pose<Real> frame;
    for (int i = 0; i < Joints; ++i) frame = joint[i].moved(frame, q[i]);
    return frame * tip;
  }

  /// Position of the end effector at q, meters.
  MACE_HD Vec<3, Real> position(const Configuration& q) const { return pose(q).position; }

  /// Poses of all joint frames and of the end effector at q.
  MACE_HD Frames frames(const Configuration& q) const {
    Frames at;
    for (int i = 0; i < Joints; ++i) at.joint[i] = joint[i].moved(i == 0 ? Pose<Real>{} : at.joint[i - 1], q[i]);
    at.tip = at.joint[Joints - 1] * tip;
    return at;
  }

  /// Geometric Jacobian of the end effector, from the frames at q. With z the axis of a joint and r the vector from the
  /// joint to the end effector, a column is (z x r, z) for a revolute joint and (z, 0) for a prismatic one.
  MACE_HD Jacobian jacobian(const Frames& at) const {
    Jacobian result;
    for (int i = 0; i < Joints; ++i)
      result.column[i] = joint[i].velocity(at.joint[i].z, at.tip.position - at.joint[i].position);
    return result;
  }

  /// True if all joints are within their limits; false for NaN.
  MACE_HD bool within_limits(const Configuration& q) const {
    bool within = true;
    for (int i = 0; i < Joints; ++i) within = within && q[i] >= joint[i].lower && q[i] <= joint[i].upper;
    return within;
  }

  /// Converts to another precision.
  template <class To>
  MACE_HD SerialChain<Joints, To> as() const {
    SerialChain<Joints, To> converted;
    for (int i = 0; i < Joints; ++i) converted.joint[i] = joint[i].template as<To>();
    converted.tip = tip.template as<To>();
    return converted;
  }
};

/// A serial chain whose number of joints is known only at run time. Robot descriptions are read into this type.
struct ChainDescription {
  /// A joint of the chain and its name.
  struct Joint : ChainJoint<double> {
    std::string name;
  };

  /// Names of the base link and of the end effector.
  std::string base_name, tip_name;
  /// The joints, from the base to the end effector.
  std::vector<Joint> joints;
  /// Pose of the end effector in the last joint's frame.
  Pose<double> tip;

  /// Converts to a SerialChain, whose number of joints is known at compile time.
  /// @throws Error unless the chain has exactly `Joints` joints.
  template <int Joints, class Real = float>
  SerialChain<Joints, Real> chain() const {
    require(joints.size() == Joints, "chain from '", base_name, "' to '", tip_name, "': wanted ", Joints,
            " joints that move, got ", joints.size());
    SerialChain<Joints, Real> chain;
    for (std::size_t i = 0; i < Joints; ++i) chain.joint[i] = joints[i].as<Real>();
    chain.tip = tip.as<Real>();
    return chain;
  }

  /// Poses of the base and then of each joint's frame, one more than there are joints.
  /// @param base  pose of the base, in any frame; the results are in the same frame
  /// @param q  one joint position per joint, radians or meters
  std::vector<Pose<double>> frames(const Pose<double>& base, std::span<const double> q) const {
    std::vector<Pose<double>> all{base};
    for (std::size_t i = 0; i < joints.size(); ++i) all.push_back(joints[i].moved(all.back(), q[i]));
    return all;
  }
};

}  // namespace mace
