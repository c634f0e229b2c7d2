// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

/// Certified bounds of the distance between convex bodies, in double precision (GJK). A body is a convex core, inflated
/// by `core_radius`; the core is accessed only through its support function `support_point`. Polytopes, boxes, spheres,
/// capsules, cylinders and hulls are bodies, and so is any type with its own `support_point`.
namespace mace {

/// A gap must exceed this to count as certain, meters. It is larger than the rounding errors of coordinates up to 10
/// km.
inline constexpr double certain_gap = 1e-9;

/// A body given in the frame of a pose. It keeps a reference to the body, which must outlive it.
template <class Body>
struct Placed {
  /// The body, in its own frame.
  const Body& body;
  /// Pose of the body's frame.
  Pose<double> at;
};
template <class Body>
Placed(const Body&, const Pose<double>&) -> Placed<Body>;

/// Support function: the point of a body's core that is farthest in a direction, of any length. A polytope must have at
/// least one vertex.
inline const Vec<3, double>& support_point(const Polytope& polytope, const Vec<3, double>& direction) {
  std::size_t best = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < polytope.size(); ++i)
    if (const double along = dot(polytope[i], direction); along > most) {
      best = i;
      most = along;
    }
  return polytope[best];
}
/// Support function of a box.
inline Vec<3, double> support_point(const OrientedBox<double>& box, const Vec<3, double>& direction) {
  const auto to = [&](const Vec<3, double>& axis, double half) {
    return (dot(axis, direction) < 0 ? -half : half) * axis;
  };
  return box.pose.position + to(box.pose.x, box.half[0]) + to(box.pose.y, box.half[1]) + to(box.pose.z, box.half[2]);
}
/// Support function of the core of a sphere, which is its center.
inline const Vec<3, double>& support_point(const Sphere<double>& sphere, const Vec<3, double>&) {
  return sphere.center;
}
/// Support function of the core of a capsule, which is its segment.
inline const Vec<3, double>& support_point(const Capsule<double>& capsule, const Vec<3, double>& direction) {
  return dot(capsule.b - capsule.a, direction) > 0 ? capsule.b : capsule.a;
}
/// Support function of a cylinder, which is its own core.
inline Vec<3, double> support_point(const Cylinder<double>& cylinder, const Vec<3, double>& direction) {
  const Pose<double>& at = cylinder.pose;
  const double x = dot(at.x, direction), y = dot(at.y, direction), across = std::sqrt(x * x + y * y);
  const double share = across > 0 ? cylinder.radius / across : 0;
  const double up = dot(at.z, direction) < 0 ? -cylinder.half_length : cylinder.half_length;
  return at.position + (share * x) * at.x + (share * y) * at.y + up * at.z;
}
/// Support function of a convex hull.
inline const Vec<3, double>& support_point(const ConvexHull& hull, const Vec<3, double>& direction) {
  return support_point(hull.points, direction);
}
/// Support function of a placed body.
template <class Body>
Vec<3, double> support_point(const Placed<Body>& placed, const Vec<3, double>& direction) {
  const Pose<double>& at = placed.at;
  const Vec<3, double> inside{dot(at.x, direction), dot(at.y, direction), dot(at.z, direction)};
  return at * support_point(placed.body, inside);
}

/// Radius by which a body extends beyond its core, meters. A cylinder is its own core.
template <class Body>
double core_radius(const Body& body) {
  if constexpr (std::derived_from<Body, Cylinder<double>>) {
    return 0;
  } else if constexpr (requires { body.radius; }) {
    return body.radius;
  } else if constexpr (requires { body.body; }) {
    return core_radius(body.body);
  } else {
    return 0;
  }
}

/// Bounds of the distance between two bodies A and B, meters.
struct Separation {
  /// Lower bound of the distance: the gap between A and B along `direction`. If it is negative, the bodies overlap
  /// along every direction that was tried, and its magnitude bounds the penetration depth.
  double at_least = -std::numeric_limits<double>::infinity();
  /// Upper bound: the distance between two points of the cores, minus the radii.
  double at_most = std::numeric_limits<double>::infinity();
  /// Unit vector from B to A.
  Vec<3, double> direction{1, 0, 0};

  /// True only if a plane was found that separates A and B by more than `certain_gap`.
  bool certain() const { return at_least > certain_gap; }
};

namespace detail {

/// Up to four points of the Minkowski difference of two bodies, which is convex, and the point of their hull that is
/// nearest to the origin.
class Simplex {
 public:
  const Vec<3, double>& nearest() const { return nearest_; }
  /// Squared distance of `nearest()` to the origin.
  double square() const { return square_; }

  /// True if the point is one of the corners.
  bool has(const Vec<3, double>& point) const {
    for (int i = 0; i < corners_; ++i)
      if (dot(corner_[i] - point, corner_[i] - point) == 0) return true;
    return false;
  }

  /// Adds a point and drops the corners that the nearest point does not depend on. Returns false if the new point
  /// brings nothing nearer, which happens only through rounding.
  ///
  /// The nearest point lies in the hull of the new point and some of the old ones. All subsets are tried, and of those
  /// that give positive weights the nearest result is kept. It is thus a point of the difference even where rounding
  /// spoils a degenerate simplex.
  bool add(const Vec<3, double>& point) {
    w_ = point;
    best_ = Choice{};
    const double before = square_;
    const int others = corners_;
    consider(point, {});
    for (int a = 0; a < others; ++a) {
      try_edge(a);
      for (int b = a + 1; b < others; ++b) try_triangle(a, b);
    }
    if (others == 3) try_tetrahedron();
    if (!(best_.square < before)) return false;
    keep();
    return true;
  }

 private:
  /// A candidate for the nearest point, and the old corners that it depends on.
  struct Choice {
    Vec<3, double> nearest{};
    double square = std::numeric_limits<double>::infinity();
    bool uses[3] = {};
  };

  void consider(const Vec<3, double>& nearest, std::initializer_list<int> uses) {
    const double square = dot(nearest, nearest);
    if (!(square < best_.square)) return;
    best_ = {nearest, square, {}};
    for (const int i : uses) best_.uses[i] = true;
  }

  void try_edge(int a) {
    const Vec<3, double> edge = corner_[a] - w_;
    const double share = -dot(w_, edge) / dot(edge, edge);
    if (share > 0 && share < 1) consider(w_ + share * edge, {a});
  }

  void try_triangle(int a, int b) {
    const Vec<3, double> first = corner_[a] - w_, second = corner_[b] - w_, normal = cross(first, second);
    const double square = dot(normal, normal);
    const double to_a = dot(cross(second, w_), normal), to_b = dot(cross(w_, first), normal);
    if (!(to_a > 0 && to_b > 0 && to_a + to_b < square)) return;
    // Near contact the projection onto the normal is the more accurate direction, but in a sliver it is meaningless.
    const Vec<3, double> between = w_ + (to_a / square) * first + (to_b / square) * second;
    const Vec<3, double> along = (dot(normal, w_) / square) * normal, off = along - between;
    consider(dot(off, off) <= 1e-24 * dot(w_, w_) ? along : between, {a, b});
  }

  void try_tetrahedron() {
    const Vec<3, double> a = corner_[0] - w_, b = corner_[1] - w_, c = corner_[2] - w_;
    const double volume = dot(a, cross(b, c));
    const double to_a = -dot(w_, cross(b, c)) / volume, to_b = -dot(a, cross(w_, c)) / volume,
                 to_c = -dot(a, cross(b, w_)) / volume;
    // The point is about zero, except in a flat tetrahedron, where the weights are noise.
    if (to_a > 0 && to_b > 0 && to_c > 0 && to_a + to_b + to_c < 1)
      consider(w_ + to_a * a + to_b * b + to_c * c, {0, 1, 2});
  }

  void keep() {
    int kept = 0;
    for (int i = 0; i < 3; ++i)
      if (best_.uses[i]) corner_[kept++] = corner_[i];
    corner_[kept++] = w_;
    corners_ = kept;
    nearest_ = best_.nearest;
    square_ = best_.square;
  }

  Vec<3, double> corner_[4] = {};
  int corners_ = 0;
  Vec<3, double> w_{}, nearest_{};
  double square_ = std::numeric_limits<double>::infinity();
  Choice best_;
};

}  // namespace detail

/// Bounds of the distance between two convex bodies, by the algorithm of Gilbert, Johnson and Keerthi ("A fast
/// procedure for computing the distance between complex objects in three-dimensional space", 1988). Each step yields a
/// bound that is valid by itself. The iteration ends when the bounds are within 1e-9 m of each other, when the bodies
/// intersect, when rounding prevents progress, after 64 steps, or when `at_least` exceeds `enough`.
/// @param a,b  the bodies A and B
/// @param start  first direction to try, roughly from B to A
/// @param enough  lower bound at which the iteration may end, meters
template <class A, class B>
Separation separation(const A& a, const B& b, Vec<3, double> start,
                      double enough = std::numeric_limits<double>::infinity()) {
  constexpr int most_steps = 64;
  const double radii = core_radius(a) + core_radius(b);
  Separation known;
  detail::Simplex simplex;
  Vec<3, double> direction = norm(start) > 1e-12 ? start : Vec<3, double>{1, 0, 0};
  for (int step = 0; step < most_steps; ++step) {
    const double length = norm(direction);
    const Vec<3, double> w = support_point(a, -1.0 * direction) - support_point(b, direction);
    const double along = dot(w, direction) / length - radii;
    if (along > known.at_least) {
      known.at_least = along;
      known.direction = (1 / length) * direction;
    }
    if (known.at_least > enough || known.at_most - known.at_least <= certain_gap) break;
    if (simplex.has(w) || !simplex.add(w)) break;
    direction = simplex.nearest();
    const double nearest = numeric::sqrt(simplex.square());
    known.at_most = nearest - radii;
    if (!(nearest > 1e-12)) break;  // the cores meet
  }
  return known;
}

/// The exact distance between a body and a half-space.
template <class A>
Separation separation(const A& a, const HalfSpace& half_space) {
  const Vec<3, double>& normal = half_space.normal;
  const double gap = dot(normal, support_point(a, -1.0 * normal)) - core_radius(a) - half_space.height;
  return {gap, gap, normal};
}

}  // namespace mace
