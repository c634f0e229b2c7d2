// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace {

/// The most joints a chain may have.
inline constexpr int max_joints = 16;

enum class JointKind { revolute, prismatic };

/// A joint that moves, and everything rigid between it and the joint before it.
template <class Real = float>
struct ChainJoint {
  JointKind kind;
  /// The joint's frame at q = 0 in the frame of the joint before it, or of the base. Its z axis is the joint's axis.
  Pose<Real> origin;
  /// The range of q, in radians or meters.
  Real lower, upper;

  /// The joint's frame at q, where `before` is the frame of the joint before it.
  MACE_HD Pose<Real> moved(const Pose<Real>& before, Real q) const {
    const bool turns = kind == JointKind::revolute;
    Real sine, cosine;
    numeric::sincos(turns ? q : Real(0), sine, cosine);
    return (before * origin).screwed(sine, cosine, turns ? Real(0) : q);
  }

  /// The same joint in another precision.
  template <class To>
  MACE_HD ChainJoint<To> as() const {
    return {kind, origin.template as<To>(), static_cast<To>(lower), static_cast<To>(upper)};
  }
};

/// A robot arm: joints one after the other from a base to a tip, each turning about its axis or sliding along it. What
/// is rigid between two joints is folded into the second one's `origin`, after the last joint into `tip`.
///
/// A configuration q has an entry a joint, in radians (|q| <= 8192 in float) or meters. Every frame stands in the
/// base's. In float, positions of arms of the usual size are within a micrometer.
template <int Joints, class Real = float>
struct SerialChain {
  static_assert(Joints >= 1 && Joints <= max_joints, "mace: a SerialChain has 1 to 16 joints");
  static constexpr int joints = Joints;
  using Configuration = Vec<Joints, Real>;

  /// Where everything is at some q.
  struct Frames {
    /// Each joint's frame, which moves with the link behind the joint.
    Pose<Real> joint[Joints];
    Pose<Real> tip;
  };

  /// What moving each joint does to the tip: a 6 x Joints matrix by columns. A column is the tip's velocity and angular
  /// velocity, both in the base's frame, for a unit velocity of that joint.
  struct Jacobian {
    Vec<6, Real> column[Joints];
  };

  ChainJoint<Real> joint[Joints];
  /// The tip in the last joint's frame.
  Pose<Real> tip;

  /// The tip's pose at q.
  MACE_HD Pose<Real> pose(const Configuration& q) const {
    Pose<Real> frame;
    for (int i = 0; i < Joints; ++i) frame = joint[i].moved(frame, q[i]);
    return frame * tip;
  }

  /// The tip's position at q, in meters.
  MACE_HD Vec<3, Real> position(const Configuration& q) const { return pose(q).position; }

  /// All frames at q: what collision shapes are placed with, and what the Jacobian is made from.
  MACE_HD Frames frames(const Configuration& q) const {
    Frames at;
    for (int i = 0; i < Joints; ++i) at.joint[i] = joint[i].moved(i == 0 ? Pose<Real>{} : at.joint[i - 1], q[i]);
    at.tip = at.joint[Joints - 1] * tip;
    return at;
  }

  /// The geometric Jacobian of the tip, from the frames at q. With z a joint's axis and r the way from the joint to the
  /// tip, a column is (z x r, z) for a joint that turns and (z, 0) for one that slides.
  MACE_HD Jacobian jacobian(const Frames& at) const {
    Jacobian result;
    for (int i = 0; i < Joints; ++i) {
      const bool turns = joint[i].kind == JointKind::revolute;
      const Vec<3, Real>& z = at.joint[i].z;
      const Vec<3, Real> turning = cross(z, at.tip.position - at.joint[i].position);
      for (int row = 0; row < 3; ++row) {
        result.column[i][row] = turns ? turning[row] : z[row];
        result.column[i][row + 3] = turns ? z[row] : Real(0);
      }
    }
    return result;
  }

  /// True if every joint is within its range; false for NaN.
  MACE_HD bool within_limits(const Configuration& q) const {
    bool within = true;
    for (int i = 0; i < Joints; ++i) within = within && q[i] >= joint[i].lower && q[i] <= joint[i].upper;
    return within;
  }
};

/// A serial chain whose number of joints is known at run time only: what a robot description is read into.
struct ChainDescription {
  struct Joint : ChainJoint<double> {
    std::string name;
  };

  std::string base_name, tip_name;
  std::vector<Joint> joints;
  /// The tip in the last joint's frame.
  Pose<double> tip;

  /// The chain to compute with.
  /// Errors: it has another number of joints.
  template <int Joints, class Real = float>
  SerialChain<Joints, Real> chain() const {
    require(joints.size() == Joints, "chain from '", base_name, "' to '", tip_name, "': wanted ", Joints,
            " joints that move, got ", joints.size());
    SerialChain<Joints, Real> chain;
    for (std::size_t i = 0; i < Joints; ++i) chain.joint[i] = joints[i].as<Real>();
    chain.tip = tip.as<Real>();
    return chain;
  }

  /// Where the base stands, and then the frame of each joint at q, an entry a joint.
  std::vector<Pose<double>> frames(const Pose<double>& base, std::span<const double> q) const {
    std::vector<Pose<double>> all{base};
    for (std::size_t i = 0; i < joints.size(); ++i) all.push_back(joints[i].moved(all.back(), q[i]));
    return all;
  }
};

}  // namespace mace
