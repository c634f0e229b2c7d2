// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/collision/shapes.hpp"
#include "mace/core/choose.hpp"

/// Signed distances of a capsule and something solid, meters: outside, the way to the nearest point; inside, below
/// zero, the least way that the capsule has to go to be out. Exact up to rounding: nothing is iterated. In float, the
/// error is below 1e-6 of the largest number among the coordinates and sizes (tests/collision/distance.cpp); who must
/// never be told "free" for what is not makes the radius larger by that, as simulate/arm.hpp does.
///
/// `Real` is float, double or Lanes: there are no branches but shortcuts that all lanes take together. NaN gives NaN,
/// or a negative number. They are always inlined, because clang's `flatten` goes one call deep, and a vector kernel is
/// fast only if all of it is compiled for the kernel's instruction set.
namespace mace {

/// A half space that is solid: all points p with up . p <= height, where `up` has length 1; meters.
template <class Real = float>
struct Ground {
  Vec<3, Real> up;
  Real height;
};

namespace detail {

/// x, but at least 0 and at most 1; 0 for NaN.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real share(Real x) {
  return least(greatest(x, Real(0)), Real(1));
}

/// How far x is beyond [-half, half], signed.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real beyond(Real x, Real half) {
  return x - least(greatest(x, -half), half);
}

/// A segment and a box in the box's frame: the points a + t d, t in [0, 1].
template <class Real>
struct SegmentAtBox {
  Vec<3, Real> a, d, half;

  [[gnu::always_inline]] MACE_HD Vec<3, Real> point(Real t) const { return a + t * d; }

  /// Half the derivative in t of the squared distance, without the term of an axis whose term is known to be zero: the
  /// sum over axes of d_i e_i, e_i how far the point is beyond the box. It never falls, and between the t where some
  /// coordinate enters or leaves [-half, half] it is linear.
  [[gnu::always_inline]] MACE_HD Real slope(Real t, int without = -1) const {
    Real sum = 0;
    for (int i = 0; i < 3; ++i)
      if (i != without) sum += d[i] * beyond(a[i] + t * d[i], half[i]);
    return sum;
  }

  /// The t of the point nearest to the box, or of one in it: where `slope` crosses zero. Of the six t where its pieces
  /// meet, the last with a negative slope and the first without are neighbors, and between them the crossing is exact.
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

  /// The signed distance along the axes that can separate a segment from a box (the box's own, and those at right
  /// angles to one of them and the segment): below zero exactly if they meet, and then the least way out; above, a
  /// lower bound.
  [[gnu::always_inline]] MACE_HD Real separation() const {
    const Vec<3, Real> middle = point(Real(0.5));
    Real most = -numeric::infinity;
    for (int i = 0; i < 3; ++i) {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      most = greatest(most, magnitude(middle[i]) - (half[i] + Real(0.5) * magnitude(d[i])));
      const Real squared = d[j] * d[j] + d[k] * d[k];
      const Real gap =
          magnitude(middle[j] * d[k] - middle[k] * d[j]) - (half[j] * magnitude(d[k]) + half[k] * magnitude(d[j]));
      // Along the axis itself there is no such direction.
      most = greatest(choose(squared > Real(0), gap / square_root(squared), Real(-numeric::infinity)), most);
    }
    return most;
  }
};

}  // namespace detail

/// The signed distance of a capsule, given in a box's frame, and the box, given by half of each edge. With p(t) the
/// points of the capsule's segment, the squared distance of p(t) from the box is convex in t; its minimum is found from
/// where its pieces meet. Where the segment itself meets the box, the least way out is along one of six directions.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Vec<3, Real>& half) {
  const detail::SegmentAtBox<Real> at{capsule.a, capsule.b - capsule.a, half};
  const Vec<3, Real> p = at.point(at.nearest());
  Vec<3, Real> e;
  for (int i = 0; i < 3; ++i) e[i] = detail::beyond(p[i], half[i]);
  Real distance = square_root(dot(e, e));
  const auto touching = distance <= Real(1e-4f) * greatest(magnitude(p[0]), greatest(magnitude(p[1]), magnitude(p[2])));
  if (any(touching)) {
    const Real inside = choose(touching, at.separation(), Real(0));
    distance = choose(inside < Real(0), inside, distance);
  }
  return distance - capsule.radius;
}

/// The signed distance of a capsule and a box.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const OrientedBox<Real>& box) {
  const Pose<Real> to_box = box.pose.inverse();
  return signed_distance(Capsule<Real>{to_box * capsule.a, to_box * capsule.b, capsule.radius}, box.half);
}

/// The signed distance of two capsules: that of their segments less both radii. Where the segments cross, the way out
/// is no less than both radii, which is what is given. (C. Ericson, "Real-time collision detection", 5.1.9, with the
/// lines' nearest points by cross products, which stay accurate where the lines are nearly parallel.)
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& left, const Capsule<Real>& right) {
  const Vec<3, Real> along = left.b - left.a, across = right.b - right.a, between = left.a - right.a;
  const Vec<3, Real> normal = cross(along, across);
  const Real along_squared = dot(along, along), across_squared = dot(across, across), both = dot(along, across);
  const Real along_between = dot(along, between), across_between = dot(across, between);
  Real s = detail::share(dot(cross(across, between), normal) / dot(normal, normal));
  const Real t = detail::share((both * s + across_between) / across_squared);
  s = detail::share((both * t - along_between) / along_squared);
  const Vec<3, Real> apart = between + s * along - t * across;
  return square_root(dot(apart, apart)) - left.radius - right.radius;
}

/// The signed distance of a capsule and a sphere.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Sphere<Real>& sphere) {
  const Vec<3, Real> along = capsule.b - capsule.a, there = sphere.center - capsule.a;
  const Vec<3, Real> apart = there - detail::share(dot(there, along) / dot(along, along)) * along;
  return square_root(dot(apart, apart)) - capsule.radius - sphere.radius;
}

/// The signed distance of a capsule and the ground.
template <class Real>
[[gnu::always_inline]] MACE_HD inline Real signed_distance(const Capsule<Real>& capsule, const Ground<Real>& ground) {
  const Real rise = dot(ground.up, capsule.b - capsule.a);
  return dot(ground.up, capsule.a) + least(Real(0), rise) - ground.height - capsule.radius;
}

}  // namespace mace
