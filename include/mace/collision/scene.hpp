// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A shape of a scene, and what it is called there. `{{{pose, half}, "shelf"}}` is a list of one named box.
template <class Shape>
struct Obstacle : Shape {
  /// Name in messages and in `Scene::may_touch`; may be empty.
  std::string name{};
};

/// What obstacle `index` of a kind, such as "box", is called in a message: its name, or "box 3" if it has none.
inline std::string obstacle_name(std::string_view kind, std::size_t index, const std::string& name) {
  return name.empty() ? std::string(kind).append(" ").append(std::to_string(index)) : name;
}

/// Obstacles around a robot and the pose of its base, in the world frame; meters.
struct Scene {
  std::vector<Obstacle<OrientedBox<double>>> boxes{};
  std::vector<Obstacle<Sphere<double>>> spheres{};
  std::vector<Obstacle<Capsule<double>>> capsules{};
  std::vector<Obstacle<Cylinder<double>>> cylinders{};
  std::vector<Obstacle<HalfSpace>> half_spaces{};
  std::vector<Obstacle<ConvexHull>> hulls{};
  /// Height of the ground plane along the world's z axis; nullopt: no ground. Links that are fixed to the base may
  /// touch it. Its name is "ground".
  std::optional<double> ground{};
  /// Pose of the robot's base.
  Pose<double> base{};
  /// Pairs whose contact is no collision: names of two links, or of a link and an obstacle.
  std::vector<std::pair<std::string, std::string>> may_touch{};

  /// Calls visit(kind, obstacles) for the list of each kind of obstacle, where `kind` is the word for one of them, such
  /// as "box".
  template <class Visit>
  void for_each_kind(const Visit& visit) const {
    visit("box", boxes);
    visit("sphere", spheres);
    visit("capsule", capsules);
    visit("cylinder", cylinders);
    visit("half-space", half_spaces);
    visit("hull", hulls);
  }

  /// Validates the scene and returns `*this`. Whether the names of `may_touch` exist is known only together with a
  /// robot; ExactCheck and the simulators check it.
  /// @param name  prefix of error messages
  /// @throws Error if a number is not finite, a size is negative, a cylinder has no length or no radius, the axes of a
  ///   pose are not a rotation, a normal is not of length 1, a hull has no points, two obstacles have the same name, or
  ///   a name of `may_touch` is empty.
  const Scene& checked(std::string_view name = "Scene") const& {
    for_each_kind([&](std::string_view kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) {
        const auto wanted = [&](bool holds, const auto&... what) {
          require(holds, name, ": ", kind, " ", i, quoted(obstacles[i].name), ": wanted ", what...);
        };
        check(obstacles[i], wanted);
      }
    });
    require(!ground || std::isfinite(*ground), name, ": wanted a finite height of the ground");
    require(base.is_rigid() && std::isfinite(dot(base.position, base.position)), name,
            ": wanted the robot's base at a finite position, its axes of length 1 and at right angles");
    check_names(name);
    return *this;
  }
  /// The same for a temporary, which is returned by value.
  Scene checked(std::string_view name = "Scene") && {
    std::as_const(*this).checked(name);
    return std::move(*this);
  }

 private:
  static std::string quoted(const std::string& name) {
    return name.empty() ? std::string() : std::string(" '").append(name).append("'");
  }

  template <class Wanted>
  static void check_sizes(const Wanted& wanted, std::initializer_list<double> sizes) {
    for (const double size : sizes) wanted(size >= 0 && std::isfinite(size), "sizes of at least 0, got ", size);
  }
  template <class Wanted>
  static void check_place(const Wanted& wanted, const Vec<3, double>& place) {
    wanted(std::isfinite(dot(place, place)), "a finite position");
  }
  template <class Wanted>
  static void check_pose(const Wanted& wanted, const Pose<double>& pose) {
    check_place(wanted, pose.position);
    wanted(pose.is_rigid(), "axes of length 1, at right angles");
  }

  template <class Wanted>
  static void check(const OrientedBox<double>& box, const Wanted& wanted) {
    check_sizes(wanted, {box.half[0], box.half[1], box.half[2]});
    check_pose(wanted, box.pose);
  }
  template <class Wanted>
  static void check(const Sphere<double>& sphere, const Wanted& wanted) {
    check_sizes(wanted, {sphere.radius});
    check_place(wanted, sphere.center);
  }
  template <class Wanted>
  static void check(const Capsule<double>& capsule, const Wanted& wanted) {
    check_sizes(wanted, {capsule.radius});
    check_place(wanted, capsule.a);
    check_place(wanted, capsule.b);
  }
  template <class Wanted>
  static void check(const Cylinder<double>& cylinder, const Wanted& wanted) {
    for (const double size : {cylinder.radius, cylinder.half_length})
      wanted(size > 0 && std::isfinite(size), "a radius and half a length above 0, got ", cylinder.radius, " and ",
             cylinder.half_length);
    check_pose(wanted, cylinder.pose);
  }
  template <class Wanted>
  static void check(const HalfSpace& half_space, const Wanted& wanted) {
    const double length = norm(half_space.normal);
    wanted(std::abs(length - 1) <= 1e-6, "a normal of length 1, got length ", length);
    wanted(std::isfinite(half_space.height), "a finite height");
  }
  template <class Wanted>
  static void check(const ConvexHull& hull, const Wanted& wanted) {
    wanted(!hull.points.empty(), "points, got none");
    for (const auto& point : hull.points)
      wanted(std::isfinite(dot(point, point)), "finite points, got ", point[0], ", ", point[1], ", ", point[2]);
  }

  void check_names(std::string_view name) const {
    std::unordered_map<std::string_view, std::string> known;
    if (ground) known.emplace("ground", "the ground");
    for_each_kind([&](std::string_view kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) {
        if (obstacles[i].name.empty()) continue;
        const std::string here = obstacle_name(kind, i, {});
        const auto [first, is_new] = known.emplace(obstacles[i].name, here);
        require(is_new, name, ": wanted different names, got '", obstacles[i].name, "' of ", first->second, " and of ",
                here);
      }
    });
    for (const auto& [one, other] : may_touch)
      require(!one.empty() && !other.empty(), name, ": may_touch: wanted two names, got '", one, "' and '", other, "'");
  }
};

namespace detail {

/// @throws Error if a scene has more than boxes, spheres, capsules and the ground.
inline void require_simple(const Scene& scene, std::string_view name) {
  scene.for_each_kind([&](std::string_view kind, const auto& obstacles) {
    const bool is_known = kind == "box" || kind == "sphere" || kind == "capsule";
    require(is_known || obstacles.empty(), name, ": wanted boxes, spheres and capsules, got a ", kind);
  });
  require(scene.may_touch.empty(), name, ": wanted no pairs that may touch, got ", scene.may_touch.size());
}

}  // namespace detail

}  // namespace mace
