// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "mace/core/error.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// What a goal asks of the orientation of the end effector.
enum class Orientation {
  free,  ///< nothing
  axis,  ///< where its z axis points; it may turn about that axis
  fixed  ///< the whole rotation
};

/// A set of end effector poses: positions in a box and a constraint on the orientation. A pose, a position, and a
/// position with the direction of an axis convert to it.
template <GoalFrame Frame = GoalFrame::world>
struct GoalRegion {
  /// Center of the region: the middle of the box of positions, whose edges are parallel to the axes, and the rotation
  /// that is asked for.
  Pose<double> pose;
  /// What is asked of the orientation.
  Orientation orientation = Orientation::free;
  /// Half of each edge of the box of positions, meters; zero for a single position.
  Vec<3, double> half{};
  /// With Orientation::axis, the largest angle between the end effector's z axis and `pose.z`, radians.
  double cone = 0;

  /// Region of all poses; the members say which.
  GoalRegion() = default;
  /// A single pose.
  GoalRegion(const Pose<double>& at) : pose(at), orientation(Orientation::fixed) {}
  /// All poses at a position, meters.
  GoalRegion(const Vec<3, double>& position) { pose.position = position; }
  /// The pose of a goal, or all poses at its position if its orientation has no weight.
  GoalRegion(const Goal<double, Frame>& goal)
      : pose(goal.pose), orientation(goal.meters_per_radian > 0 ? Orientation::fixed : Orientation::free) {}

  /// All poses at a position whose z axis points in a direction.
  /// @param position  position of the end effector, meters
  /// @param axis  unit vector; direction of the end effector's z axis
  /// @param cone  largest angle from `axis`, radians
  /// @throws Error unless `axis` is of length 1.
  static GoalRegion along(const Vec<3, double>& position, const Vec<3, double>& axis, double cone = 0) {
    require(std::abs(norm(axis) - 1) < 1e-6, "goal: wanted an axis of length 1, got ", axis[0], ", ", axis[1], ", ",
            axis[2]);
    // Any x axis at right angles will do; this one is built from the unit vector that is farthest from the axis.
    Vec<3, double> other{};
    int least = 0;
    for (int i = 1; i < 3; ++i)
      if (std::abs(axis[i]) < std::abs(axis[least])) least = i;
    other[least] = 1;
    Vec<3, double> x = cross(other, axis);
    x = (1 / norm(x)) * x;
    GoalRegion region;
    region.pose = {x, cross(axis, x), axis, position};
    region.orientation = Orientation::axis;
    region.cone = cone;
    return region;
  }

  /// Validates the region and returns `*this`.
  /// @throws Error unless the position and the sizes are finite, the axes are a rotation, no size is negative, and the
  ///   cone is from 0 to pi and belongs to Orientation::axis.
  const GoalRegion& checked() const {
    const Vec<3, double>& at = pose.position;
    require(std::isfinite(dot(at, at)), "goal: wanted a finite position, got ", at[0], ", ", at[1], ", ", at[2]);
    require(pose.is_rigid(), "goal: wanted axes of length 1 at right angles");
    for (const double h : half.v)
      require(h >= 0 && std::isfinite(h), "goal: wanted a box of positions with sizes of at least 0, got half of ", h);
    require(cone >= 0 && cone <= 3.1415926535897932, "goal: wanted a cone from 0 to pi radians, got ", cone);
    require(cone == 0 || orientation == Orientation::axis,
            "goal: wanted a cone only where the direction of an axis is asked for");
    return *this;
  }

  /// Distance from the end effector's position to the box of positions, meters.
  double distance(const Pose<double>& at) const {
    const Vec<3, double> way = at.position - pose.position;
    Vec<3, double> outside{dot(pose.x, way), dot(pose.y, way), dot(pose.z, way)};
    for (int i = 0; i < 3; ++i) outside[i] -= std::clamp(outside[i], -half[i], half[i]);
    return norm(outside);
  }

  /// Orientation error, radians: the angle by which the z axis is outside the cone, or 2 sin(angle / 2) of the rotation
  /// between the orientations (Goal::turn), or 0 where the orientation is free.
  double turn(const Pose<double>& at) const {
    if (orientation == Orientation::free) return 0;
    if (orientation == Orientation::fixed) return Goal<double, Frame>{pose, 1}.turn(at);
    const double angle = std::atan2(norm(cross(at.z, pose.z)), dot(at.z, pose.z));
    return std::max(0.0, angle - cone);
  }

  /// This region in the frame of a base whose pose in the world is `base`.
  GoalRegion<GoalFrame::base> in_base(const Pose<double>& base) const requires(Frame == GoalFrame::world) {
    GoalRegion<GoalFrame::base> region;
    region.pose = base.inverse() * pose;
    region.orientation = orientation;
    region.half = half;
    region.cone = cone;
    return region;
  }
};

}  // namespace mace
