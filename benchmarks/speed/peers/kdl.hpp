// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <kdl/chain.hpp>
#include <kdl/chainiksolverpos_lma.hpp>
#include <kdl/frames.hpp>
#include <kdl/jntarray.hpp>
#include <memory>
#include <numbers>
#include <optional>
#include <string>

#include "mace/kinematics/goal.hpp"
#include "mace/kinematics/serial_chain.hpp"

/// Inverse kinematics by the Orocos kinematics and dynamics library, for comparison.
namespace mace::benchmarks {

inline KDL::Frame to_kdl(const Pose<double>& p) {
  const auto vector = [](const Vec<3, double>& v) { return KDL::Vector(v[0], v[1], v[2]); };
  return {KDL::Rotation(vector(p.x), vector(p.y), vector(p.z)), vector(p.position)};
}

/// A chain as KDL's: what is rigid before the first joint, then each joint with what is rigid behind it.
template <int Joints>
KDL::Chain to_kdl(const SerialChain<Joints, double>& chain) {
  KDL::Chain made;
  made.addSegment(KDL::Segment("base", KDL::Joint(KDL::Joint::None), to_kdl(chain.joint[0].origin)));
  for (int i = 0; i < Joints; ++i) {
    const auto kind = chain.joint[i].kind == JointKind::revolute ? KDL::Joint::RotZ : KDL::Joint::TransZ;
    const Pose<double>& behind = i + 1 < Joints ? chain.joint[i + 1].origin : chain.tip;
    made.addSegment(KDL::Segment("link" + std::to_string(i + 1), KDL::Joint(kind), to_kdl(behind)));
  }
  return made;
}

/// KDL's Levenberg-Marquardt solver. It knows no limits: what it finds is turned back by whole turns where that helps,
/// and otherwise refused.
template <int Joints>
class KdlSolver {
 public:
  /// `tolerance`: meters from the goal, at most. `iterations`: a start is given up after so many. `meters_per_radian`:
  /// weight of the orientation; 0: positions alone.
  KdlSolver(const SerialChain<Joints, double>& chain, double tolerance, int iterations, double meters_per_radian = 0)
      : chain_(chain),
        kdl_(std::make_unique<KDL::Chain>(to_kdl(chain))),
        solver_(std::make_unique<KDL::ChainIkSolverPos_LMA>(*kdl_, weights(meters_per_radian), tolerance, iterations)),
        tolerance_(tolerance),
        meters_per_radian_(meters_per_radian),
        start_(Joints),
        found_(Joints) {}

  /// The goal in the base's frame, for the calls that follow.
  void aim(const Pose<double>& goal) { goal_ = {goal, meters_per_radian_}; }
  void aim(const Vec<3, double>& goal) { aim({.position = goal}); }

  /// From a start to a configuration at the goal and within the limits, or nothing.
  std::optional<Vec<Joints, double>> operator()(const Vec<Joints, double>& start) {
    for (int i = 0; i < Joints; ++i) start_(static_cast<unsigned>(i)) = start[i];
    solver_->CartToJnt(start_, to_kdl(goal_.pose), found_);
    Vec<Joints, double> q;
    for (int i = 0; i < Joints; ++i) q[i] = turned_back(i, found_(static_cast<unsigned>(i)));
    const Pose<double> tip = chain_.pose(q);
    const bool there = goal_.distance(tip) <= tolerance_ && meters_per_radian_ * goal_.turn(tip) <= tolerance_;
    return there && chain_.within_limits(q) ? std::optional(q) : std::nullopt;
  }

 private:
  static Eigen::Matrix<double, 6, 1> weights(double meters_per_radian) {
    Eigen::Matrix<double, 6, 1> weights;
    weights << 1, 1, 1, meters_per_radian, meters_per_radian, meters_per_radian;
    return weights;
  }

  double turned_back(int joint, double angle) const {
    if (chain_.joint[joint].kind == JointKind::prismatic) return angle;
    const double turn = 2 * std::numbers::pi;
    return angle - turn * std::ceil((angle - chain_.joint[joint].upper) / turn);
  }

  SerialChain<Joints, double> chain_;
  std::unique_ptr<KDL::Chain> kdl_;  // the solver refers to it
  std::unique_ptr<KDL::ChainIkSolverPos_LMA> solver_;
  double tolerance_, meters_per_radian_;
  KDL::JntArray start_, found_;
  BaseGoal<double> goal_{};
};

}  // namespace mace::benchmarks
