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
  bool room;                    ///< true if the box or the cone leaves room

  Target(const GoalRegion<GoalFrame::base>& goal, double weight) requires std::same_as<Real, double>
      : pose(goal.pose),
        half(goal.half),
        cone_sine(std::sin(goal.cone)),
        cone_cosine(std::cos(goal.cone)),
        meters_per_radian(weight),
        point(half[0] == 0 && half[1] == 0 && half[2] == 0),
        axis(goal.orientation == Orientation::axis),
        room(!point || goal.cone > 0) {}

  /// Converts from another precision, or from a number to all lanes of a vector.
  template <class From>
  explicit Target(const Target<From>& other)
      : pose(other.pose.template as<Real>()),
        half(other.half.template as<Real>()),
        cone_sine(static_cast<Real>(other.cone_sine)),
        cone_cosine(static_cast<Real>(other.cone_cosine)),
        meters_per_radian(static_cast<Real>(other.meters_per_radian)),
        point(other.point),
        axis(other.axis),
        room(other.room) {}
};

/// What is left of the way to a target: three rows of the position and, with Rows = 6, three of the orientation, all in
/// meters.
template <int Rows, class Real>
struct Residual {
  Vec<Rows, Real> way;        ///< shortest displacement to the target; zero in rows where the target has room
  Vec<Rows, Real> low, high;  ///< displacements along each row from `low` to `high` lead to the target
  bool room;                  ///< false if low = way = high in all rows, which then are not set
};

/// The residual of a target at a pose of the end effector, and how a velocity changes it.
template <int Rows, class Real>
class Approach {
 public:
  Residual<Rows, Real> residual;

  Approach(const Target<Real>& target, const Pose<Real>& tip)
      : point_(target.point), axis_(target.axis), meters_per_radian_(target.meters_per_radian) {
    residual.room = target.room;
    const Vec<3, Real> straight = target.pose.position - tip.position;
    if (point_)
      for (int r = 0; r < 3; ++r) ask(r, straight[r]);
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
  /// A row without room.
  void ask(int row, const Real& way) { residual.way[row] = residual.low[row] = residual.high[row] = way; }
  void ask(int row, const Real& low, const Real& high) {
    residual.way[row] = greatest(least(Real(0), high), low);
    residual.low[row] = low;
    residual.high[row] = high;
  }

  /// One row for each axis of the box.
  void enter_box(const Target<Real>& target, const Vec<3, Real>& straight) {
    edge_[0] = target.pose.x, edge_[1] = target.pose.y, edge_[2] = target.pose.z;
    for (int r = 0; r < 3; ++r) {
      const Real along = dot(edge_[r], straight);
      ask(r, along - target.half[r], along + target.half[r]);
    }
  }

  void turn_all(const Pose<Real>& goal, const Pose<Real>& tip) {
    // Half of `sum` is sin(angle) axis. 2 sin(angle / 2) axis is better, since it increases up to half a turn.
    const auto sum = cross(tip.x, goal.x) + cross(tip.y, goal.y) + cross(tip.z, goal.z);
    const Real trace = dot(tip.x, goal.x) + dot(tip.y, goal.y) + dot(tip.z, goal.z);
    const Real cosine_of_half = Real(0.5) * square_root(greatest(Real(1) + trace, Real(0x1p-40f)));
    for (int r = 0; r < 3; ++r) ask(3 + r, meters_per_radian_ * Real(0.5) * sum[r] / cosine_of_half);
  }

  /// One row about the axis that turns z straight to the cone, and one across. A displacement across changes the angle
  /// to second order only, by the less the wider the cone is, and not within it; its row has the weight that this
  /// curvature has in the square of the error.
  void turn_axis(const Target<Real>& target, const Pose<Real>& tip) {
    const Vec<3, Real> about = cross(tip.z, target.pose.z);
    const Real square = dot(about, about), sine = square_root(square), cosine = dot(tip.z, target.pose.z);
    // Of the angle from the axis to the cone, negative within it.
    const Real sine_left = sine * target.cone_cosine - cosine * target.cone_sine;
    const Real cosine_left = cosine * target.cone_cosine + sine * target.cone_sine;
    const auto chord = [](const Real& s, const Real& c) {  // 2 sin(angle / 2), accurate for small angles too
      return square_root(s * s + (Real(1) - c) * (Real(1) - c));
    };
    const Real left = choose(sine_left < Real(0), Real(-1), Real(1)) * chord(sine_left, cosine_left);
    const auto turned = Real(0x1p-80f) < square;
    const Real scale = choose(turned, Real(1) / square_root(greatest(square, Real(0x1p-80f))), Real(1));
    for (int r = 0; r < 3; ++r)  // where the axes are opposite, any direction will do
      turn_[0][r] = scale * choose(turned, about[r], target.pose.x[r]);
    const Real tiny = 0x1p-50f;
    const Real curvature = (greatest(left, Real(0)) + tiny) / (chord(sine, cosine) + tiny);
    turn_[1] = square_root(curvature) * cross(tip.z, turn_[0]);
    turn_[2] = {0, 0, 0};
    ask(3, meters_per_radian_ * left, Real(1e9f));
    ask(4, 0);
    ask(5, 0);
  }

  bool point_, axis_;
  Real meters_per_radian_;
  Vec<3, Real> edge_[3], turn_[3];
};

/// Forward kinematics as far as a step needs it.
template <int Joints, class Real>
struct JointAxes {
  Vec<3, Real> axis[Joints], place[Joints];  ///< axis and position of each joint
  Pose<Real> tip;                            ///< pose of the end effector

  JointAxes(const SerialChain<Joints, Real>& chain, const Vec<Joints, Real>& q) {
    Pose<Real> frame;
    for (int j = 0; j < Joints; ++j) {
      frame = chain.joint[j].moved(frame, q[j]);
      for (int r = 0; r < 3; ++r) {
        axis[j][r] = frame.z[r];
        place[j][r] = frame.position[r];
      }
    }
    tip = frame * chain.tip;
  }

  /// A column of the Jacobian of a residual.
  template <int Rows>
  Vec<Rows, Real> column(const SerialChain<Joints, Real>& chain, const Approach<Rows, Real>& approach, int j) const {
    return approach.rate(chain.joint[j].velocity(axis[j], tip.position - place[j]));
  }
};

/// The damped least-squares step J^T (J J^T + damping I)^-1 way, restricted to the joint limits and to the room of the
/// target. A joint that would cross a limit moves to it and is held there; a row that would leave its room ends at its
/// edge. Then the step is recomputed for the other joints and the remaining residual.
/// @param chain  the kinematic chain
/// @param column  columns of the Jacobian J
/// @param q  configuration within the limits
/// @param residual  the residual
/// @param damping  the damping
/// @param passes  the step is computed at most so many times, then cut off at the limits; Joints + Rows + 1 always
///   suffice
template <int Rows, int Joints, class Real>
Vec<Joints, Real> damped_step(const SerialChain<Joints, Real>& chain, const Vec<Joints, Vec<Rows, Real>>& column,
                              const Vec<Joints, Real>& q, const Residual<Rows, Real>& residual, const Real& damping,
                              int passes) {
  // Held joints have columns of zeros, and rows with room are zero until they are asked for.
  auto active = column;
  Vec<Rows, Real> way = residual.way, asked;
  Vec<Joints, Real> held{}, step{}, loose;
  for (int j = 0; j < Joints; ++j) loose[j] = 1;
  for (int r = 0; r < Rows && residual.room; ++r) {
    asked[r] = choose(Real(0) < least(-residual.low[r], residual.high[r]), Real(0), Real(1));
    for (int j = 0; j < Joints; ++j) active[j][r] = asked[r] * column[j][r];
  }
  for (int pass = 0; pass < passes; ++pass) {
    Real normal[Rows][Rows] = {};
    for (int j = 0; j < Joints; ++j)
      for (int r = 0; r < Rows; ++r)
        for (int c = 0; c <= r; ++c) normal[r][c] += active[j][r] * active[j][c];
    for (int r = 0; r < Rows; ++r) normal[r][r] += damping;
    const Vec<Rows, Real> pull = solve_symmetric(normal, way);
    Real most = 0;
    for (int j = 0; j < Joints; ++j) {
      const Real wanted = dot(active[j], pull);
      const Real within = greatest(least(wanted, chain.joint[j].upper - q[j]), chain.joint[j].lower - q[j]);
      step[j] = held[j] + within;
      const Real beyond = magnitude(wanted - within);
      most = greatest(beyond, most);
      const auto stopped = Real(0) < beyond;
      const Real moved = choose(stopped, within, Real(0));
      held[j] += moved;
      loose[j] = choose(stopped, Real(0), loose[j]);
      way = way - moved * active[j];
      for (int r = 0; r < Rows; ++r) active[j][r] = choose(stopped, Real(0), active[j][r]);
    }
    for (int r = 0; r < Rows && residual.room; ++r) {
      Real whole = 0, of_held = 0;
      for (int j = 0; j < Joints; ++j) {
        whole += column[j][r] * step[j];
        of_held += column[j][r] * held[j];
      }
      const Real within = greatest(least(whole, residual.high[r]), residual.low[r]);
      const Real beyond = (Real(1) - asked[r]) * magnitude(whole - within);
      most = greatest(beyond, most);
      const auto crossed = Real(0) < beyond;
      asked[r] = choose(crossed, Real(1), asked[r]);
      way[r] = choose(crossed, within - of_held, way[r]);
      for (int j = 0; j < Joints; ++j) active[j][r] = choose(crossed, loose[j] * column[j][r], active[j][r]);
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
