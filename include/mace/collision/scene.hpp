// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// What a link can meet: another link, the ground, or an obstacle of some kind.
enum class BodyKind { link, ground, box, sphere, capsule, cylinder, half_space, hull };

/// The word for a body of a kind.
inline std::string_view word_for(BodyKind kind) {
  constexpr std::string_view words[] = {"link", "ground", "box", "sphere", "capsule", "cylinder", "half-space", "hull"};
  return words[static_cast<std::size_t>(kind)];
}

/// A shape of a scene, and what it is called there. `{{{pose, half}, "shelf"}}` is a list of one named box.
template <class Shape>
struct Obstacle : Shape {
  /// Name in messages and in `Scene::may_touch`; may be empty.
  std::string name{};
};

/// What a body is called in a message: its name, or "box 3" if it has none.
inline std::string body_name(BodyKind kind, std::size_t index, std::string_view name) {
  if (kind == BodyKind::ground) return "ground";
  if (!name.empty()) return std::string(name);
  return std::string(word_for(kind)).append(" ").append(std::to_string(index));
}

namespace detail {

/// Bodies by name. Its memory is reused, and the names must outlive it.
class NameTable {
 public:
  struct Entry {
    std::string_view name;
    BodyKind kind;
    std::size_t index;
  };

  void clear() { entries_.clear(); }
  /// Adds a body, unless it has no name.
  void add(std::string_view name, BodyKind kind, std::size_t index) {
    if (!name.empty()) entries_.push_back({name, kind, index});
  }
  /// To be called before the names are looked at.
  void sort() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.name, a.kind, a.index) < std::tie(b.name, b.kind, b.index);
    });
  }
  /// All bodies of a name.
  std::span<const Entry> find(std::string_view name) const {
    const auto first = std::partition_point(entries_.begin(), entries_.end(), [&](auto& e) { return e.name < name; });
    const auto last = std::partition_point(first, entries_.end(), [&](auto& e) { return e.name == name; });
    return {first, last};
  }
  std::span<const Entry> entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace detail

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

  /// Calls visit(kind, obstacles) for each kind of obstacle and the list of them.
  template <class Visit>
  void for_each_kind(const Visit& visit) const {
    visit(BodyKind::box, boxes);
    visit(BodyKind::sphere, spheres);
    visit(BodyKind::capsule, capsules);
    visit(BodyKind::cylinder, cylinders);
    visit(BodyKind::half_space, half_spaces);
    visit(BodyKind::hull, hulls);
  }

  /// Validates the scene and returns `*this`. Whether the names of `may_touch` exist is known only together with a
  /// robot; AllowedContacts checks it.
  /// @param name  prefix of error messages
  /// @throws Error if a number is not finite, a size is negative, a cylinder has no length or no radius, the axes of a
  ///   pose are not a rotation, a normal is not of length 1, a hull has no points, two obstacles have the same name, or
  ///   a name of `may_touch` is empty.
  const Scene& checked(std::string_view name = "Scene") const& {
    check_shapes(name);
    detail::NameTable names;
    check_names(name, names);
    return *this;
  }
  /// The same for a temporary, which is returned by value.
  Scene checked(std::string_view name = "Scene") && {
    std::as_const(*this).checked(name);
    return std::move(*this);
  }

  /// The part of checked() that looks at the shapes.
  void check_shapes(std::string_view name) const {
    for_each_kind([&](BodyKind kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) {
        const auto wanted = [&](bool holds, const auto&... what) {
          if (!holds) fail(name, ": ", word_for(kind), " ", i, quoted(obstacles[i].name), ": wanted ", what...);
        };
        check(obstacles[i], wanted);
      }
    });
    require(!ground || std::isfinite(*ground), name, ": wanted a finite height of the ground");
    require(base.is_rigid() && std::isfinite(dot(base.position, base.position)), name,
            ": wanted the robot's base at a finite position, its axes of length 1 and at right angles");
  }

  /// The part of checked() that looks at the names; `names` becomes the table of those of the ground and the obstacles.
  void check_names(std::string_view name, detail::NameTable& names) const {
    names.clear();
    if (ground) names.add("ground", BodyKind::ground, 0);
    for_each_kind([&](BodyKind kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) names.add(obstacles[i].name, kind, i);
    });
    names.sort();
    const auto all = names.entries();
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i - 1].name == all[i].name)
        fail(name, ": wanted different names, got '", all[i].name, "' of ",
             body_name(all[i - 1].kind, all[i - 1].index, ""), " and of ", body_name(all[i].kind, all[i].index, ""));
    for (const auto& [one, other] : may_touch)
      require(!one.empty() && !other.empty(), name, ": may_touch: wanted two names, got '", one, "' and '", other, "'");
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
};

}  // namespace mace
