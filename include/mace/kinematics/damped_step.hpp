// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>

#include "mace/core/choose.hpp"
#include "mace/core/solve_symmetric.hpp"
#include "mace/kinematics/goal_region.hpp"
#include "mace/kinematics/serial_chain.hpp"

/// Damped least squares toward a goal, over a `Real` that is a double or a vector of floats.
namespace mace::detail {

/// A goal in the numbers that a step needs.
template <class Real>
struct Target {
  Pose<Real> pose;
  Vec<3, Real> half;            ///< half of each edge of the box of positions
  Real cone_sine, cone_cosine;  ///< of the largest angle between the z axes
  Real meters_per_radian;       ///< weight of the orientation error
  bool point;                   ///< true if the box of positions is a point
  bool axis;                    ///< true if only the direction of the z axis is asked for

  Target(const GoalRegion<GoalFrame::base>& goal, double weight) requires std::same_as<Real, double>
      : pose(goal.pose),
        half(goal.half),
        cone_sine(std::sin(goal.cone)),
        cone_cosine(std::cos(goal.cone)),
        meters_per_radian(weight),
        point(half[0] == 0 && half[1] == 0 && half[2] == 0),
        axis(goal.orientation == Orientation::axis) {}

  /// Converts from another precision, or from a number to all lanes of a vector.
  template <class From>
  explicit Target(const Target<From>& other)
      : pose(other.pose.template as<Real>()),
        half(other.half.template as<Real>()),
        cone_sine(static_cast<Real>(other.cone_sine)),
        cone_cosine(static_cast<Real>(other.cone_cosine)),
        meters_per_radian(static_cast<Real>(other.meters_per_radian)),
        point(other.point),
        axis(other.axis) {}
};

/// The residual of a target at a pose of the end effector, and how a velocity changes it. Its rows are three of the
/// position and, with Rows = 6, three of the orientation, all in meters. A row that the target leaves open is zero: a
/// coordinate within the box, the direction of an axis within the cone, a turn about that axis.
template <int Rows, class Real>
class Approach {
 public:
  /// Displacement that would bring the end effector to the target.
  Vec<Rows, Real> way;

  Approach(const Target<Real>& target, const Pose<Real>& tip)
      : point_(target.point), axis_(target.axis), meters_per_radian_(target.meters_per_radian) {
    const Vec<3, Real> straight = target.pose.position - tip.position;
    if (point_)
      for (int r = 0; r < 3; ++r) way[r] = straight[r];
    else
      enter_box(target, straight);
    if constexpr (Rows == 6) {
      if (axis_)
        turn_axis(target, tip);
      else
        turn_all(target.pose, tip);
    }
  }

  /// Rate of the displacement.
  /// @param velocity  linear and angular velocity of the end effector in the base frame
  Vec<Rows, Real> rate(const Vec<6, Real>& velocity) const {
    const Vec<3, Real> linear{velocity[0], velocity[1], velocity[2]};
    const Vec<3, Real> angular{velocity[3], velocity[4], velocity[5]};
    Vec<Rows, Real> result;
    for (int r = 0; r < 3; ++r) result[r] = point_ ? linear[r] : dot(edge_[r], linear);
    if constexpr (Rows == 6)
      for (int r = 0; r < 3; ++r) result[3 + r] = meters_per_radian_ * (axis_ ? dot(turn_[r], angular) : angular[r]);
    return result;
  }

 private:
  /// One row for each axis of the box.
  void enter_box(const Target<Real>& target, const Vec<3, Real>& straight) {
    const Vec<3, Real> axes[] = {target.pose.x, target.pose.y, target.pose.z};
    for (int r = 0; r < 3; ++r) {
      const Real along = dot(axes[r], straight);
      way[r] = along - greatest(least(along, target.half[r]), -target.half[r]);
      edge_[r] = choose(magnitude(along) < target.half[r], Real(0), Real(1)) * axes[r];
    }
  }

  void turn_all(const Pose<Real>& goal, const Pose<Real>& tip) {
    // Half of `sum` is sin(angle) axis. 2 sin(angle / 2) axis is better, since it increases up to half a turn.
    const auto sum = cross(tip.x, goal.x) + cross(tip.y, goal.y) + cross(tip.z, goal.z);
    const Real trace = dot(tip.x, goal.x) + dot(tip.y, goal.y) + dot(tip.z, goal.z);
    const Real cosine_of_half = Real(0.5) * square_root(greatest(Real(1) + trace, Real(0x1p-40f)));
    for (int r = 0; r < 3; ++r) way[3 + r] = meters_per_radian_ * Real(0.5) * sum[r] / cosine_of_half;
  }

  /// One row about the axis that turns z straight to the cone, and one across. A displacement across changes the angle
  /// to second order only, by the less the wider the cone is; its row has the weight that this curvature has in the
  /// square of the error.
  void turn_axis(const Target<Real>& target, const Pose<Real>& tip) {
    const Vec<3, Real> about = cross(tip.z, target.pose.z);
    const Real square = dot(about, about), sine = square_root(square), cosine = dot(tip.z, target.pose.z);
    // Of the angle from the axis to the cone.
    const Real sine_left = sine * target.cone_cosine - cosine * target.cone_sine;
    const Real cosine_left = cosine * target.cone_cosine + sine * target.cone_sine;
    const auto chord = [](const Real& s, const Real& c) {  // 2 sin(angle / 2), accurate for small angles too
      return square_root(s * s + (Real(1) - c) * (Real(1) - c));
    };
    const Real asked = choose(Real(0) <= sine_left, Real(1), Real(0));
    const Real left = asked * chord(sine_left, cosine_left);
    const auto turned = Real(0x1p-80f) < square;
    const Real scale = choose(turned, Real(1) / square_root(greatest(square, Real(0x1p-80f))), Real(1));
    Vec<3, Real> straight;  // where the axes are opposite, any direction will do
    for (int r = 0; r < 3; ++r) straight[r] = scale * choose(turned, about[r], target.pose.x[r]);
    const Real tiny = 0x1p-50f;
    const Real curvature = (left + tiny) / (chord(sine, cosine) + tiny);
    turn_[0] = asked * straight;
    turn_[1] = asked * square_root(curvature) * cross(tip.z, straight);
    turn_[2] = {0, 0, 0};
    way[3] = meters_per_radian_ * left;
    way[4] = way[5] = 0;
  }

  bool point_, axis_;
  Real meters_per_radian_;
  Vec<3, Real> edge_[3], turn_[3];
};

/// The damped least-squares step J^T (J J^T + damping I)^-1 way, restricted to the joint limits: a joint that would
/// cross a limit moves to it and is held there, and the step is recomputed for the other joints and the remaining
/// residual.
/// @param chain  the kinematic chain
/// @param column  columns of the Jacobian J
/// @param q  configuration within the limits
/// @param way  the residual
/// @param damping  the damping
/// @param passes  the step is computed at most so many times, then cut off at the limits; Joints + 1 always suffice
template <int Rows, int Joints, class Real>
Vec<Joints, Real> damped_step(const SerialChain<Joints, Real>& chain, Vec<Joints, Vec<Rows, Real>> column,
                              const Vec<Joints, Real>& q, Vec<Rows, Real> way, const Real& damping, int passes) {
  Vec<Joints, Real> held{}, step{};  // the columns of held joints are set to zero
  for (int pass = 0; pass < passes; ++pass) {
    Real normal[Rows][Rows] = {};
    for (int j = 0; j < Joints; ++j)
      for (int r = 0; r < Rows; ++r)
        for (int c = 0; c <= r; ++c) normal[r][c] += column[j][r] * column[j][c];
    for (int r = 0; r < Rows; ++r) normal[r][r] += damping;
    const Vec<Rows, Real> pull = solve_symmetric(normal, way);
    Real most = 0;
    for (int j = 0; j < Joints; ++j) {
      const Real wanted = dot(column[j], pull);
      const Real within = greatest(least(wanted, chain.joint[j].upper - q[j]), chain.joint[j].lower - q[j]);
      step[j] = held[j] + within;
      const Real beyond = magnitude(wanted - within);
      most = greatest(beyond, most);
      const auto stopped = Real(0) < beyond;
      const Real moved = choose(stopped, within, Real(0));
      held[j] += moved;
      way = way - moved * column[j];
      for (int r = 0; r < Rows; ++r) column[j][r] = choose(stopped, Real(0), column[j][r]);
    }
    if (!any(Real(0) < most)) break;
  }
  return step;
}

/// A configuration moved into the joint limits; NaN becomes the lower limit.
template <int Joints, class Real>
Vec<Joints, Real> clamped(const SerialChain<Joints, Real>& chain, Vec<Joints, Real> q) {
  for (int j = 0; j < Joints; ++j) q[j] = least(greatest(q[j], chain.joint[j].lower), chain.joint[j].upper);
  return q;
}

}  // namespace mace::detail
