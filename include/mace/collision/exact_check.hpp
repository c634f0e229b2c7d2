// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/allowed_contacts.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/bounded_hull.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A pair of bodies and the distance between them.
struct PairClearance {
  CheckedPair pair;
  /// Lower bound of the distance, meters; if it is negative, its magnitude bounds the penetration depth.
  double clearance;
};

/// Exact collision check of an arm, with the convex hulls of its links in double precision. "Free" is a certificate: a
/// plane was found that separates each hull from each obstacle, and the hulls of each self-collision pair, by more than
/// the margin. Whatever cannot be certified counts as a collision. (Rounding can hide gaps of up to about 2e-8 m.)
///
/// Links that are fixed to the base are checked against every obstacle but the ground, on which they may stand. The
/// pairs of `Scene::may_touch` are not checked.
///
/// The check is const and allocates no memory, so threads may share one object. Joint limits are not checked.
class ExactCheck {
 public:
  /// Prepares the check; keeps copies of the geometry.
  /// @param arm  arm whose links all have hulls
  /// @param scene  obstacles and pose of the base
  /// @param margin  distance that every gap must exceed, meters
  /// @throws Error if the arm has no links, a link has no hulls, ArmDescription::checked() or set_scene() throws, or
  ///   the margin is negative or more than 10 km.
  ExactCheck(const ArmDescription& arm, const Scene& scene, double margin = 0) : margin_(margin) {
    require(0 <= margin && margin <= farthest_place, "ExactCheck: wanted a margin from 0 to 10 km, got ", margin);
    require(!arm.links.empty(), "ExactCheck: wanted an arm with links, got none");
    arm.checked("ExactCheck");
    joints_.assign(arm.chain.joints.begin(), arm.chain.joints.end());
    for (const ArmLink& link : arm.links) add_link(link);
    add_pairs(arm);
    set_scene(scene);
  }

  /// Replaces the scene. Nothing is allocated unless the new scene is larger than the one before.
  /// @param scene  obstacles and pose of the base
  /// @throws Error if Scene::checked() or AllowedContacts::assign() throws, or part of the scene is more than 10 km
  ///   away. The check then keeps the scene that it had.
  void set_scene(const Scene& scene) {
    scene.check_shapes("ExactCheck");
    check_reach(scene);
    allowed_.assign(scene, link_names_, "ExactCheck");
    scene_ = scene;
    for (HalfSpace& half_space : scene_.half_spaces) {
      const double scale = 1 / norm(half_space.normal);
      half_space.normal = scale * half_space.normal;
      half_space.height *= scale;
    }
    hull_bounds_.clear();
    for (const ConvexHull& hull : scene_.hulls) hull_bounds_.push_back(detail::bounds_of(hull.points));
    fixed_ = Search{std::numeric_limits<double>::infinity(), false};
    const Frames frames{scene_.base};
    meet_scene(frames, fixed_, true);
    meet_each_other(frames, fixed_, true);
  }

  /// The scene.
  const Scene& scene() const { return scene_; }
  /// Distance that every gap must exceed, meters.
  double margin() const { return margin_; }

  /// True only if every gap at q is certified to exceed the margin. q has one entry per joint, in radians or meters.
  /// False for NaN.
  /// @throws Error if q has a different number of entries than the chain has joints.
  bool is_free(std::span<const double> q) const {
    require_size(q);
    return is_near(q) && !collision(q);
  }

  /// Lower bound of the distance at q between the arm and the scene and between the links of self-collision pairs,
  /// meters. Without a margin, it is positive exactly if `is_free(q)`. If it is negative, its magnitude bounds the
  /// penetration depth. It is minus infinity for NaN, and infinity if there is nothing to collide with.
  /// @throws Error if q has a different number of entries than the chain has joints.
  double clearance(std::span<const double> q) const {
    require_size(q);
    return is_near(q) ? least(q).least - certain_gap : -std::numeric_limits<double>::infinity();
  }

  /// The first pair found that is not certified to be apart by more than the margin at q; nullopt exactly if
  /// `is_free(q)`.
  /// @throws Error if q has a different number of entries than the chain has joints, or one that is not within 10 km.
  std::optional<CheckedPair> first_contact(std::span<const double> q) const {
    require_near(q);
    return collision(q);
  }

  /// The pair with the least clearance at q, which is `clearance(q)`; nullopt if there is nothing to collide with.
  /// @throws Error if q has a different number of entries than the chain has joints, or one that is not within 10 km.
  std::optional<PairClearance> nearest(std::span<const double> q) const {
    require_near(q);
    const Search found = least(q);
    if (!found.nearest) return std::nullopt;
    return PairClearance{*found.nearest, found.least - certain_gap};
  }

  /// A pair that is not certified to be apart by more than the margin, whatever the joints do: a link that is fixed to
  /// the base and an obstacle, or two links that move together. No configuration is free then. nullopt: there is none.
  std::optional<CheckedPair> fixed_contact() const {
    return fixed_.least > margin_ + certain_gap ? std::nullopt : fixed_.nearest;
  }

  /// The names of the bodies of a pair, such as "panda_link5" and "shelf_top". A body without a name is "box 3", the
  /// ground "ground".
  /// @throws Error if there is no such link or obstacle.
  std::pair<std::string, std::string> names(const CheckedPair& pair) const {
    return {name_of(BodyKind::link, pair.link), name_of(pair.kind, pair.other)};
  }

 private:
  using Frames = std::array<Pose<double>, max_joints + 1>;

  struct Hull : detail::BoundedHull {
    std::size_t frame;  ///< 0: the base frame; from 1: the joints' frames
    std::size_t link;
  };

  /// Indices of two hulls.
  using HullPair = std::pair<std::size_t, std::size_t>;

  /// A hull at some q, in the world frame.
  struct Body : Placed<SupportTable> {
    Sphere<double> around;
    std::size_t link;

    Body(const Hull& hull, const Pose<double>& frame)
        : Placed<SupportTable>{hull.points, frame},
          around{frame * hull.around.center, hull.around.radius},
          link(hull.link) {}
  };

  /// Traversal of the candidate pairs (broad phase): bounding spheres prune the pairs farther apart than `least`, the
  /// smallest distance so far.
  struct Search {
    double least;
    /// If true, the traversal ends at the first pair that is not farther apart than `least`.
    bool decides;
    bool ended = false;
    /// The pair of the smallest distance so far.
    std::optional<CheckedPair> nearest{};

    void met(const Separation& known, const CheckedPair& pair) {
      if (known.at_least > least) return;
      least = known.at_least;
      nearest = pair;
      ended = decides;
    }

    /// True if two bodies are farther apart than `least`. `apart` is the vector between one point of each; all other
    /// points are within the sum of radii `radii`.
    bool are_far(const Vec<3, double>& apart, double radii) const {
      const double far = std::max(radii + least, 0.0);
      return dot(apart, apart) > far * far;
    }
  };

  // The bounds of obstacles of each kind. meet() calls narrow(start) unless the body is too far away to matter; `start`
  // is a direction from the obstacle to the body.

  template <class Narrow>
  static void meet(const Search& search, const Body& body, const OrientedBox<double>& box, const Narrow& narrow) {
    const Pose<double>& at = box.pose;
    const Vec<3, double> offset = body.around.center - at.position;
    Vec<3, double> outside{dot(at.x, offset), dot(at.y, offset), dot(at.z, offset)};
    for (int i = 0; i < 3; ++i) outside[i] -= std::clamp(outside[i], -box.half[i], box.half[i]);
    if (!search.are_far(outside, body.around.radius)) narrow(dot(outside, outside) > 0 ? at.rotate(outside) : offset);
  }

  template <class Narrow>
  static void meet(const Search& search, const Body& body, const Sphere<double>& sphere, const Narrow& narrow) {
    const Vec<3, double> apart = body.around.center - sphere.center;
    if (!search.are_far(apart, body.around.radius + sphere.radius)) narrow(apart);
  }

  template <class Narrow>
  static void meet(const Search& search, const Body& body, const Capsule<double>& capsule, const Narrow& narrow) {
    const Vec<3, double> edge = capsule.b - capsule.a, offset = body.around.center - capsule.a;
    const double share = dot(offset, edge) / dot(edge, edge);  // NaN for a ball
    const Vec<3, double> apart = offset - (share > 0 ? std::min(share, 1.0) : 0.0) * edge;
    if (!search.are_far(apart, body.around.radius + capsule.radius)) narrow(apart);
  }

  template <class Narrow>
  static void meet(const Search& search, const Body& body, const Cylinder<double>& cylinder, const Narrow& narrow) {
    const Pose<double>& at = cylinder.pose;
    const Vec<3, double> offset = body.around.center - at.position;
    const double up = dot(at.z, offset), beyond = up - std::clamp(up, -cylinder.half_length, cylinder.half_length);
    const Vec<3, double> across = offset - up * at.z;
    const double from_axis = norm(across);
    const Vec<3, double> outside =
        (from_axis > cylinder.radius ? 1 - cylinder.radius / from_axis : 0.0) * across + beyond * at.z;
    if (!search.are_far(outside, body.around.radius)) narrow(dot(outside, outside) > 0 ? outside : offset);
  }

  template <class Narrow>
  static void meet(const Search& search, const Body& body, const HalfSpace& half_space, const Narrow& narrow) {
    const double gap = dot(half_space.normal, body.around.center) - half_space.height;
    if (gap <= body.around.radius + search.least) narrow(half_space.normal);
  }

  /// Meets the obstacles of one kind. `bound_of(i)` is a body that encloses obstacle i, or that obstacle.
  template <class Obstacles, class Bound>
  void meet_all(Search& search, const Body& body, BodyKind kind, const Obstacles& obstacles,
                const Bound& bound_of) const {
    for (std::size_t i = 0; i < obstacles.size() && !search.ended; ++i)
      meet(search, body, bound_of(i), [&](const Vec<3, double>& start) {
        const CheckedPair pair{body.link, kind, i};
        if (!allowed_.empty() && allowed_.has(pair)) return;
        const auto& obstacle = obstacles[i];
        if constexpr (requires { obstacle.normal; })
          search.met(separation(body, obstacle), pair);
        else
          search.met(separation(body, obstacle, start, search.least), pair);
      });
  }
  template <class Obstacles>
  void meet_all(Search& search, const Body& body, BodyKind kind, const Obstacles& obstacles) const {
    meet_all(
        search, body, kind, obstacles, [&](std::size_t i) -> const auto& { return obstacles[i]; });
  }

  /// The links that move, or those that are fixed to the base, meet the scene.
  void meet_scene(const Frames& frames, Search& search, bool fixed) const {
    // The last links are the most likely to collide.
    for (std::size_t i = hulls_.size(); i-- > 0 && !search.ended;) {
      if ((hulls_[i].frame == 0) != fixed) continue;
      const Body here(hulls_[i], frames[hulls_[i].frame]);
      if (scene_.ground && !fixed)
        meet_all(search, here, BodyKind::ground, std::array{HalfSpace{{0, 0, 1}, *scene_.ground}});
      meet_all(search, here, BodyKind::box, scene_.boxes);
      meet_all(search, here, BodyKind::sphere, scene_.spheres);
      meet_all(search, here, BodyKind::capsule, scene_.capsules);
      meet_all(search, here, BodyKind::cylinder, scene_.cylinders);
      meet_all(search, here, BodyKind::half_space, scene_.half_spaces);
      meet_all(
          search, here, BodyKind::hull, scene_.hulls, [&](std::size_t k) -> const auto& { return hull_bounds_[k]; });
    }
  }

  /// The links of self-collision pairs meet: of pairs that move together, or of the others.
  void meet_each_other(const Frames& frames, Search& search, bool fixed) const {
    for (std::size_t k = 0; k < pairs_.size() && !search.ended; ++k) {
      const Hull &first = hulls_[pairs_[k].first], &second = hulls_[pairs_[k].second];
      if ((first.frame == second.frame) != fixed) continue;
      const CheckedPair pair{first.link, BodyKind::link, second.link};
      if (!allowed_.empty() && allowed_.has(pair)) continue;
      const Body a(first, frames[first.frame]), b(second, frames[second.frame]);
      const Vec<3, double> apart = a.around.center - b.around.center;
      if (!search.are_far(apart, a.around.radius + b.around.radius))
        search.met(separation(a, b, apart, search.least), pair);
    }
  }

  void meet_everything(std::span<const double> q, Search& search) const {
    Frames frames;
    frames[0] = scene_.base;
    for (std::size_t i = 0; i < joints_.size(); ++i) frames[i + 1] = joints_[i].moved(frames[i], q[i]);
    meet_scene(frames, search, false);
    meet_each_other(frames, search, false);
  }

  std::optional<CheckedPair> collision(std::span<const double> q) const {
    if (const auto fixed = fixed_contact()) return fixed;
    Search search{margin_ + certain_gap, true};
    meet_everything(q, search);
    return search.nearest;
  }

  Search least(std::span<const double> q) const {
    Search search = fixed_;
    meet_everything(q, search);
    return search;
  }

  void require_size(std::span<const double> q) const {
    require(q.size() == joints_.size(), "ExactCheck: wanted a q of ", joints_.size(), " joints, got ", q.size());
  }
  static bool is_near(std::span<const double> q) {
    return std::all_of(q.begin(), q.end(), [](double value) { return std::abs(value) <= farthest_place; });
  }
  void require_near(std::span<const double> q) const {
    require_size(q);
    for (const double value : q)
      require(std::abs(value) <= farthest_place, "ExactCheck: wanted joint values within 10 km, got ", value);
  }

  static void check_reach(const Scene& scene) {
    const auto check = [](const auto& what, double reach) {
      require(reach <= farthest_place, "ExactCheck: wanted everything within 10 km, got ", what, " that reaches ",
              reach, " m");
    };
    check("a base", norm(scene.base.position));
    check("a ground", std::abs(scene.ground.value_or(0)));
    scene.for_each_kind([&](BodyKind kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i)
        if (const double reach = reach_of(obstacles[i]); !(reach <= farthest_place))
          check(body_name(kind, i, obstacles[i].name), reach);
    });
  }
  static double reach_of(const OrientedBox<double>& box) { return norm(box.pose.position) + norm(box.half); }
  static double reach_of(const Sphere<double>& sphere) { return norm(sphere.center) + sphere.radius; }
  static double reach_of(const Capsule<double>& capsule) {
    return std::max(norm(capsule.a), norm(capsule.b)) + capsule.radius;
  }
  static double reach_of(const Cylinder<double>& cylinder) {
    return norm(cylinder.pose.position) + std::hypot(cylinder.radius, cylinder.half_length);
  }
  static double reach_of(const HalfSpace& half_space) { return std::abs(half_space.height); }
  static double reach_of(const ConvexHull& hull) {
    double reach = 0;
    for (const auto& point : hull.points) reach = std::max(reach, norm(point));
    return reach;
  }

  std::string name_of(BodyKind kind, std::size_t index) const {
    std::optional<std::string> name;
    if (kind == BodyKind::ground) name = body_name(kind, 0, "");
    if (kind == BodyKind::link && index < link_names_.size()) name = body_name(kind, index, link_names_[index]);
    scene_.for_each_kind([&](BodyKind here, const auto& obstacles) {
      if (here == kind && index < obstacles.size()) name = body_name(kind, index, obstacles[index].name);
    });
    require(name.has_value(), "ExactCheck: wanted a pair of this scene, got ", word_for(kind), " ", index);
    return *name;
  }

  void add_link(const ArmLink& link) {
    require(!link.hulls.empty(), "ExactCheck: link '", link.name, "': wanted hulls, got none");
    for (const Polytope& points : link.hulls)
      hulls_.push_back({detail::BoundedHull(points), static_cast<std::size_t>(link.joint + 1), link_names_.size()});
    link_names_.push_back(link.name);
  }

  void add_pairs(const ArmDescription& arm) {
    std::vector<std::size_t> first{0};
    for (const ArmLink& link : arm.links) first.push_back(first.back() + link.hulls.size());
    for (const auto& [a, b] : arm.pairs) {
      const auto at = static_cast<std::size_t>(a), bt = static_cast<std::size_t>(b);
      for (std::size_t i = first[at]; i < first[at + 1]; ++i)
        for (std::size_t j = first[bt]; j < first[bt + 1]; ++j) pairs_.push_back({i, j});
    }
  }

  std::vector<ChainJoint<double>> joints_;
  std::vector<std::string> link_names_;
  std::vector<Hull> hulls_;
  std::vector<HullPair> pairs_;
  double margin_;
  Scene scene_;
  std::vector<OrientedBox<double>> hull_bounds_;
  AllowedContacts allowed_;
  Search fixed_{std::numeric_limits<double>::infinity(), false};  // of what the joints do not move
};

}  // namespace mace
