// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/capsule_fit.hpp"
#include "mace/collision/enclosing_polytope.hpp"
#include "mace/collision/extreme_points.hpp"
#include "mace/collision/scene.hpp"
#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A shape of an attached object.
using AttachedShape = std::variant<OrientedBox<double>, Sphere<double>, Capsule<double>, Cylinder<double>, ConvexHull>;

/// An object that a link holds, such as a can in a gripper.
struct AttachedObject {
  /// Name of the link that holds it: one of ArmDescription::links, the base or the end effector.
  std::string link;
  /// Name of the object.
  std::string name;
  /// Shapes whose union is the object, in the frame of the link (ArmLink::frame; for the end effector, the frame whose
  /// pose the chain gives).
  std::vector<AttachedShape> shapes;
  /// Names of links that the object may touch. (`Scene::may_touch` has the obstacles that it may touch.)
  std::vector<std::string> may_touch{};
};

namespace detail {

/// A pose whose z axis is along a vector of length above 0, at the middle of a segment.
inline Pose<double> pose_along(const Vec<3, double>& along, const Vec<3, double>& middle) {
  const Vec<3, double> z = (1 / norm(along)) * along;
  const Vec<3, double> across = std::abs(z[0]) < 0.6 ? Vec<3, double>{1, 0, 0} : Vec<3, double>{0, 1, 0};
  const Vec<3, double> y = cross(z, across), unit = (1 / norm(y)) * y;
  return {cross(unit, z), unit, z, middle};
}

/// A polytope that encloses a shape: its own corners, or those of collision/enclosing_polytope.hpp.
inline Polytope enclosing_polytope(const AttachedShape& shape) {
  const auto placed = [](const Pose<double>& at, Polytope points) {
    for (auto& point : points) point = at * point;
    return points;
  };
  struct Enclose {
    const decltype(placed)& place;

    Polytope operator()(const OrientedBox<double>& box) const { return place(box.pose, box_corners(2.0 * box.half)); }
    Polytope operator()(const Sphere<double>& sphere) const {
      return place({.position = sphere.center}, polytope_around_ball(sphere.radius));
    }
    Polytope operator()(const Capsule<double>& capsule) const {
      const Vec<3, double> along = capsule.b - capsule.a;
      if (!(norm(along) > 0)) return (*this)(Sphere<double>{capsule.a, capsule.radius});
      return place(pose_along(along, 0.5 * (capsule.a + capsule.b)),
                   polytope_around_capsule(capsule.radius, norm(along)));
    }
    Polytope operator()(const Cylinder<double>& cylinder) const {
      return place(cylinder.pose, prism_around_cylinder(cylinder.radius, 2 * cylinder.half_length));
    }
    Polytope operator()(const ConvexHull& hull) const { return hull.points; }
  };
  return std::visit(Enclose{placed}, shape);
}

/// Adds shapes to a scene, which then validates them.
inline void add_shapes(Scene& scene, const std::vector<AttachedShape>& shapes) {
  struct Add {
    Scene& scene;

    void operator()(const OrientedBox<double>& box) const { scene.boxes.push_back({box}); }
    void operator()(const Sphere<double>& sphere) const { scene.spheres.push_back({sphere}); }
    void operator()(const Capsule<double>& capsule) const { scene.capsules.push_back({capsule}); }
    void operator()(const Cylinder<double>& cylinder) const { scene.cylinders.push_back({cylinder}); }
    void operator()(const ConvexHull& hull) const { scene.hulls.push_back({hull}); }
  };
  for (const AttachedShape& shape : shapes) std::visit(Add{scene}, shape);
}

}  // namespace detail

/// An arm with an object in its hand, or on any link: the object becomes a link of the arm. It is checked against the
/// scene, and against all links that do not move with it but those that it may touch.
///
/// Hulls: a box and a hull are exact. A cylinder becomes a prism around it, whose edges are outside by 0.22 % of the
/// radius; a sphere or a capsule becomes a polytope around it, outside by at most 2 % of the radius. The bounding
/// capsules are fitted to the hulls; those of spheres and capsules are exact.
/// @param arm  the arm
/// @param object  the object
/// @param fit  accuracy of the bounding capsules of each shape
/// @throws Error if the link is unknown, the object has no name or that of a link, it has no shapes or shapes that
///   Scene::checked() would refuse, it may touch links that do not exist, or ArmDescription::checked() throws.
inline ArmDescription with_attached(ArmDescription arm, const AttachedObject& object,
                                    const CapsuleFitOptions& fit = {}) {
  arm.checked("with_attached");
  const auto wanted = [&](bool holds, const auto&... what) {
    if (!holds) fail("with_attached: object '", object.name, "': wanted ", what...);
  };
  const auto find = [&](const std::string& name) {
    return std::find_if(arm.links.begin(), arm.links.end(), [&](const ArmLink& link) { return link.name == name; });
  };
  const auto known = [&] {
    std::string names;
    for (const ArmLink& link : arm.links) names.append(names.empty() ? "" : ", ").append(link.name);
    return names;
  };
  wanted(!object.name.empty() && find(object.name) == arm.links.end(), "a name of its own");
  wanted(!object.shapes.empty(), "shapes, got none");
  Scene shapes;
  detail::add_shapes(shapes, object.shapes);
  shapes.check_shapes("with_attached: object '" + object.name + "'");

  ArmLink link{object.name, -1, {}, {}};
  if (const auto holder = find(object.link); holder != arm.links.end()) {
    link.joint = holder->joint;
    link.frame = holder->frame;
  } else if (object.link == arm.chain.tip_name) {
    link.joint = static_cast<int>(arm.chain.joints.size()) - 1;
    link.frame = arm.chain.tip;
  } else if (object.link != arm.chain.base_name) {
    wanted(false, "a link of ", known(), ", the base '", arm.chain.base_name, "' or the end effector '",
           arm.chain.tip_name, "', got '", object.link, "'");
  }
  for (const AttachedShape& shape : object.shapes) {
    Polytope hull = extreme_points(detail::enclosing_polytope(shape));
    for (auto& point : hull) point = link.frame * point;
    if (const auto* ball = std::get_if<Sphere<double>>(&shape)) {
      const Vec<3, double> center = link.frame * ball->center;
      link.capsules.push_back({center, center, ball->radius});
    } else if (const auto* capsule = std::get_if<Capsule<double>>(&shape)) {
      link.capsules.push_back({link.frame * capsule->a, link.frame * capsule->b, capsule->radius});
    } else {
      for (const Capsule<double>& each : fit_capsules(hull, fit).capsules) link.capsules.push_back(each);
    }
    link.hulls.push_back(std::move(hull));
  }
  for (const std::string& name : object.may_touch)
    if (find(name) == arm.links.end()) wanted(false, "links that it may touch of ", known(), ", got '", name, "'");
  const auto index = static_cast<int>(arm.links.size());
  for (int i = 0; i < index; ++i) {
    const ArmLink& other = arm.links[static_cast<std::size_t>(i)];
    const bool may_touch =
        std::find(object.may_touch.begin(), object.may_touch.end(), other.name) != object.may_touch.end();
    if (other.joint != link.joint && !may_touch) arm.pairs.push_back({i, index});
  }
  arm.links.push_back(std::move(link));
  return std::move(arm).checked("with_attached");
}

}  // namespace mace
