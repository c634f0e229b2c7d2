// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/shapes.hpp"
#include "mace/core/choose.hpp"

/// Signed distances between a capsule and a solid, meters. Outside, it is the distance to the nearest point; inside, it
/// is negative, and its magnitude is the smallest displacement of the capsule that separates the two. The formulas are
/// closed-form, exact up to rounding. In float, the error is below 1e-6 of the largest coordinate or size
/// (tests/collision/distance.cpp); a caller that must never take a collision for free enlarges the radius by that
/// amount, as simulate/arm.hpp does.
///
/// `Real` is float, double or Lanes: the only branches are shortcuts that all lanes take together. NaN gives NaN or a
/// negative number. All functions are forced inline, because clang's `flatten` only goes one call deep, and a vector
/// kernel is only fast if all of it is compiled for the kernel's instruction set.
namespace mace {

/// A solid half-space: all points p with up . p <= height; meters.
template <class Real = float>
struct Ground {
  /// Unit normal.
  Vec<3, Real> up;
  /// Offset of the boundary plane along `up`.
  Real height;
};

namespace detail {

/// Clamps x to [0, 1]; NaN becomes 0.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real share(Real x) {
  return least(greatest(x, Real(0)), Real(1));
}

/// Signed distance of x beyond the interval [-half, half]; 0 inside.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real beyond(Real x, Real half) {
  return x - least(greatest(x, -half), half);
}
template <class Real>
[[gnu::always_inline]] MACE_HD inline Vec<3, Real> beyond(const Vec<3, Real>& p, const Vec<3, Real>& half) {
  Vec<3, Real> e;
  for (int i = 0; i < 3; ++i) e[i] = beyond(p[i], half[i]);
  return e;
}

/// A segment a + t d, t in [0, 1], and a box with half extents `half`, in the frame of the box.
template <class Real>
struct SegmentAtBox {
  Vec<3, Real> a, d, half;

  [[gnu::always_inline]] MACE_HD Vec<3, Real> point(Real t) const { return a + t * d; }

  /// Half the derivative in t of the squared distance to the box: the sum over axes of d_i e_i, where e_i is how far
  /// the point is beyond the box. It is non-decreasing, and linear between the values of t at which a coordinate enters
  /// or leaves [-half, half]. `without` skips an axis whose term is known to be zero.
  [[gnu::always_inline]] MACE_HD Real slope(Real t, int without = -1) const {
    Real sum = 0;
    for (int i = 0; i < 3; ++i)
      if (i != without) sum += d[i] * beyond(a[i] + t * d[i], half[i]);
    return sum;
  }

  /// The t of a point nearest to the box: the zero of `slope`. Of the six breakpoints of `slope`, the last one with a
  /// negative slope and the first one without are neighbors, and linear interpolation between them is exact.
  [[gnu::always_inline]] MACE_HD Real nearest() const {
    Real low = 0, low_slope = slope(Real(0)), high = 1, high_slope = slope(Real(1));
    for (int i = 0; i < 3; ++i) {
      const Real per_meter = Real(1) / d[i];
      for (int side = 0; side < 2; ++side) {
        const Real t = share(((side == 0 ? -half[i] : half[i]) - a[i]) * per_meter);
        const Real here = slope(t, i);
        const auto before = here < Real(0);
        low = greatest(low, choose(before, t, Real(0)));
        low_slope = greatest(choose(before, here, Real(-numeric::infinity)), low_slope);
        high = least(high, choose(before, Real(1), t));
        high_slope = least(choose(before, Real(numeric::infinity), here), high_slope);
      }
    }
    return low + (high - low) * share(low_slope / (low_slope - high_slope));
  }

  /// Separating axis test of the segment and the box: the largest signed gap along the axes of the box and the axes
  /// perpendicular to one of them and the segment. It is negative exactly if the two intersect, and then minus the
  /// penetration depth; otherwise it is a lower bound of the distance.
  [[gnu::always_inline]] MACE_HD Real separation() const {
    const Vec<3, Real> middle = point(Real(0.5));
    Real most = -numeric::infinity;
    for (int i = 0; i < 3; ++i) {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      most = greatest(most, magnitude(middle[i]) - (half[i] + Real(0.5) * magnitude(d[i])));
      const Real squared = d[j] * d[j] + d[k] * d[k];
      const Real gap =
          magnitude(middle[j] * d[k] - middle[k] * d[j]) - (half[j] * magnitude(d[k]) + half[k] * magnitude(d[j]));
      // A segment parallel to the axis has no such direction.
      most = greatest(choose(squared > Real(0), gap / square_root(squared), Real(-numeric::infinity)), most);
    }
    return most;
  }
};

/// The shortest vector from the segment of `right` to that of `left`. (C. Ericson, "Real-time collision detection",
/// 5.1.9; the nearest points of the lines are computed with cross products, which stay accurate for nearly parallel
/// lines.)
template <class Real>
[[gnu::always_inline]] MACE_HD inline Vec<3, Real> shortest_between(const Capsule<Real>& left,
                                                                    const Capsule<Real>& right) {
  const Vec<3, Real> along = left.b - left.a, across = right.b - right.a, between = left.a - right.a;
  const Vec<3, Real> normal = cross(along, across);
  const Real along_squared = dot(along, along), across_squared = dot(across, across), both = dot(along, across);
  const Real along_between = dot(along, between), across_between = dot(across, between);
  Real s = detail::share(dot(cross(across, between), normal) / dot(normal, normal));
  const Real t = detail::share((both * s + across_between) / across_squared);
  s = detail::share((both * t - along_between) / along_squared);
  return between + s * along - t * across;
}

}  // namespace detail

/// Signed distance between a capsule and a box, in the frame of the box. The squared distance from the points of the
/// capsule's segment to the box is convex and piecewise quadratic in the segment's parameter, and its minimum is found
/// from the breakpoints. If the segment intersects the box, the penetration depth is along one of six directions.
/// @param capsule  capsule in the frame of the box
/// @param half  half the length of each edge of the box
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Vec<3, Real>& half) {
  const detail::SegmentAtBox<Real> at{capsule.a, capsule.b - capsule.a, half};
  const Vec<3, Real> p = at.point(at.nearest()), e = detail::beyond(p, half);
  Real distance = square_root(dot(e, e));
  const auto touching = distance <= Real(1e-4f) * greatest(magnitude(p[0]), greatest(magnitude(p[1]), magnitude(p[2])));
  if (any(touching)) {
    const Real inside = choose(touching, at.separation(), Real(0));
    distance = choose(inside < Real(0), inside, distance);
  }
  return distance - capsule.radius;
}

/// Signed distance between a capsule and a box.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const OrientedBox<Real>& box) {
  const Pose<Real> to_box = box.pose.inverse();
  return signed_distance(Capsule<Real>{to_box * capsule.a, to_box * capsule.b, capsule.radius}, box.half);
}

/// Signed distance between two capsules: the distance between their segments minus both radii. If the segments cross,
/// the penetration depth is at least the sum of the radii, and that sum is returned, negated.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& left, const Capsule<Real>& right) {
  const Vec<3, Real> apart = detail::shortest_between(left, right);
  return square_root(dot(apart, apart)) - left.radius - right.radius;
}

/// Signed distance between a capsule and a sphere.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Sphere<Real>& sphere) {
  const Vec<3, Real> along = capsule.b - capsule.a, there = sphere.center - capsule.a;
  const Vec<3, Real> apart = there - detail::share(dot(there, along) / dot(along, along)) * along;
  return square_root(dot(apart, apart)) - capsule.radius - sphere.radius;
}

/// Signed distance between a capsule and the ground.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Ground<Real>& ground) {
  const Real rise = dot(ground.up, capsule.b - capsule.a);
  return dot(ground.up, capsule.a) + least(Real(0), rise) - ground.height - capsule.radius;
}

namespace detail {

/// True where a capsule overlaps a box, in the frame of the box: where the signed distance is negative, up to rounding,
/// for less than half of its operations. The radius must be larger than the rounding error.
template <class Real>
[[gnu::always_inline]] MACE_HD inline auto overlap(const Capsule<Real>& capsule, const Vec<3, Real>& half) {
  const SegmentAtBox<Real> at{capsule.a, capsule.b - capsule.a, half};
  const Vec<3, Real> e = beyond(at.point(at.nearest()), half);
  return dot(e, e) < capsule.radius * capsule.radius;
}

/// True where two capsules overlap: where the signed distance is negative, up to rounding.
template <class Real>
[[gnu::always_inline]] MACE_HD inline auto overlap(const Capsule<Real>& left, const Capsule<Real>& right) {
  const Vec<3, Real> apart = shortest_between(left, right);
  const Real radii = left.radius + right.radius;
  return dot(apart, apart) < radii * radii;
}

/// True where a capsule overlaps the ground.
template <class Real>
[[gnu::always_inline]] MACE_HD inline auto overlap(const Capsule<Real>& capsule, const Ground<Real>& ground) {
  return signed_distance(capsule, ground) < Real(0);
}

}  // namespace detail

}  // namespace mace
