// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/allowed_contacts.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/axis_bounds.hpp"
#include "mace/collision/bounded_hull.hpp"
#include "mace/collision/common_point.hpp"
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
  ExactCheck(const ArmDescription& arm, const Scene& scene, double margin = 0) {
    set_margin(margin);
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
    list_obstacles();
    fixed_ = Search{std::numeric_limits<double>::infinity(), false};
    meet_fixed(fixed_);
  }

  /// Replaces the margin.
  /// @param margin  distance that every gap must exceed, meters
  /// @throws Error if the margin is negative or more than 10 km.
  void set_margin(double margin) {
    require(0 <= margin && margin <= farthest_place, "ExactCheck: wanted a margin from 0 to 10 km, got ", margin);
    margin_ = margin;
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
  static constexpr std::size_t eight = detail::BoundsOfEight::count;
  /// Bounds are kept for so many times eight hulls; further ones are compared by their bounding spheres alone.
  static constexpr std::size_t most_blocks = 32;

  /// The base frame and the joints' frames. The constructor leaves them as they are, since most arms have fewer.
  struct Frames {
    union {
      Pose<double> all[max_joints + 1];
    };

    explicit Frames(const Pose<double>& base) { set(0, base); }
    void set(std::size_t i, const Pose<double>& frame) { std::construct_at(&all[i], frame); }
    const Pose<double>& operator[](std::size_t i) const { return all[i]; }
  };

  struct Hull : detail::BoundedHull {
    detail::LocalBounds bounds;
    std::size_t frame;  ///< 0: the base frame; from 1: the joints' frames
    std::size_t link;
  };

  /// Indices of two hulls that move together.
  using FixedPair = std::pair<std::size_t, std::size_t>;

  /// Self-collision pairs of a hull with some of eight others, from hull 8 `block` on: a bit for each.
  struct HullPairs {
    std::size_t hull, block;
    std::uint32_t others;
  };

  /// An obstacle, or the ground.
  struct Listed {
    BodyKind kind;
    std::size_t index;
  };

  /// A hull at some q, in the world frame.
  struct Body : Placed<SupportTable> {
    Sphere<double> around;
    const detail::Spine& spine;
    std::size_t link;

    Body(const Hull& hull, const Pose<double>& frame)
        : Placed<SupportTable>{hull.points, frame},
          around{frame * hull.around.center, hull.around.radius},
          spine(hull.spine),
          link(hull.link) {}
  };

  /// Traversal of the candidate pairs (broad phase): bounding boxes, then bounding spheres prune the pairs that are
  /// farther apart than `least`, the smallest distance so far.
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

    /// True if two bodies are farther apart than `least` along a direction. `between` is the vector between the points
    /// of their cores that are nearest to each other along it, which radii of the sum `radii` surround.
    bool are_far_along(const Vec<3, double>& direction, const Vec<3, double>& between, double radii) const {
      const double along = dot(direction, between), far = radii + least;
      return along > 0 && along * along > (1 + 1e-12) * far * far * dot(direction, direction);
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

  template <class Shape>
  void meet(Search& search, const Body& body, const Listed& listed, const Shape& obstacle) const {
    meet_within(search, body, listed, obstacle, obstacle);
  }
  /// `bound` is a body that encloses the obstacle, or that obstacle.
  template <class Shape, class Bound>
  void meet_within(Search& search, const Body& body, const Listed& listed, const Shape& obstacle,
                   const Bound& bound) const {
    meet(search, body, bound, [&](const Vec<3, double>& start) {
      const CheckedPair pair{body.link, listed.kind, listed.index};
      if (!allowed_.empty() && allowed_.has(pair)) return;
      if constexpr (std::derived_from<Shape, HalfSpace>) {
        search.met(separation(body, obstacle), pair);
      } else if (search.decides) {
        const Vec<3, double> nearest = support_point(body, -1.0 * start);
        if (search.are_far_along(start, nearest - support_point(obstacle, start), core_radius(obstacle))) return;
        if (detail::has(obstacle, nearest) || detail::crosses(obstacle, body.at * body.spine.a, body.at * body.spine.b))
          search.met(Separation{}, pair);
        else
          search.met(separation(body, obstacle, start, search.least), pair);
      } else {
        search.met(separation(body, obstacle, start, search.least), pair);
      }
    });
  }

  void meet(Search& search, const Body& body, const Listed& listed) const {
    const std::size_t i = listed.index;
    switch (listed.kind) {
      case BodyKind::ground:
        return meet(search, body, listed, HalfSpace{{0, 0, 1}, *scene_.ground});
      case BodyKind::box:
        return meet(search, body, listed, scene_.boxes[i]);
      case BodyKind::sphere:
        return meet(search, body, listed, scene_.spheres[i]);
      case BodyKind::capsule:
        return meet(search, body, listed, scene_.capsules[i]);
      case BodyKind::cylinder:
        return meet(search, body, listed, scene_.cylinders[i]);
      case BodyKind::half_space:
        return meet(search, body, listed, scene_.half_spaces[i]);
      case BodyKind::hull:
        return meet_within(search, body, listed, scene_.hulls[i], hull_bounds_[i]);
      case BodyKind::link:
        return;  // a link is no obstacle
    }
  }

  /// Two hulls of a self-collision pair.
  void meet(Search& search, const Hull& first, const Pose<double>& first_frame, const Hull& second,
            const Pose<double>& second_frame) const {
    const CheckedPair pair{first.link, BodyKind::link, second.link};
    if (!allowed_.empty() && allowed_.has(pair)) return;
    const Body a(first, first_frame), b(second, second_frame);
    const Vec<3, double> apart = a.around.center - b.around.center;
    if (search.are_far(apart, a.around.radius + b.around.radius)) return;
    if (search.decides && search.are_far_along(apart, support_point(a, -1.0 * apart) - support_point(b, apart), 0))
      return;
    search.met(separation(a, b, apart, search.least), pair);
  }

  /// What the joints do not move: the links that are fixed to the base meet everything but the ground, and those that
  /// move together meet each other.
  void meet_fixed(Search& search) const {
    for (const Hull& hull : hulls_) {
      if (hull.frame != 0) continue;
      const Body here(hull, scene_.base);
      for (const Listed& listed : obstacles_)
        if (listed.kind != BodyKind::ground) meet(search, here, listed);
    }
    for (const auto& [first, second] : fixed_pairs_)
      meet(search, hulls_[first], scene_.base, hulls_[second], scene_.base);
  }

  /// Calls visit(8 block + i) for the bits i of a block, from the first, until the search has ended.
  template <class Visit>
  static void visit_bits(const Search& search, std::size_t block, std::uint32_t bits, const Visit& visit) {
    for (; bits != 0 && !search.ended; bits &= bits - 1)
      visit(eight * block + static_cast<std::size_t>(std::countr_zero(bits)));
  }

  Frames frames_at(std::span<const double> q) const {
    double turns[max_joints], sines[max_joints], cosines[max_joints];
    for (std::size_t i = 0; i < q.size(); ++i) turns[i] = joints_[i].kind == JointKind::revolute ? q[i] : 0;
    for (std::size_t i = 0; i < q.size(); ++i) numeric::sincos_bounded(turns[i], sines[i], cosines[i]);
    Frames frames(scene_.base);
    for (std::size_t i = 0; i < q.size(); ++i)
      frames.set(i + 1, frames[i] * joints_[i].origin.screwed(sines[i], cosines[i], q[i] - turns[i]));
    return frames;
  }

  /// Everything that the joints move.
  void meet_everything(std::span<const double> q, Search& search) const {
    const Frames frames = frames_at(q);
    std::array<detail::FrameRows, max_joints + 1> rows;
    for (std::size_t i = 0; i <= q.size(); ++i) rows[i] = detail::FrameRows(frames[i]);

    std::array<detail::BoundsOfEight, most_blocks> bounds;  // of the first hulls
    bounds[std::min(hulls_.size() / eight, most_blocks - 1)].clear();
    // The last links are the most likely to collide.
    for (std::size_t i = hulls_.size(); i-- > 0 && !search.ended;) {
      const Hull& hull = hulls_[i];
      const auto here = hull.bounds.placed(rows[hull.frame], static_cast<float>(search.least));
      if (i < eight * most_blocks) bounds[i / eight].set(static_cast<int>(i % eight), here);
      if (hull.frame == 0) continue;
      for (std::size_t block = 0; block < obstacle_bounds_.size(); ++block)
        if (const std::uint32_t near = obstacle_bounds_[block].meeting(here); near != 0) {
          const Body body(hull, frames[hull.frame]);
          visit_bits(search, block, near, [&](std::size_t k) { meet(search, body, obstacles_[k]); });
        }
    }
    for (const HullPairs& pairs : pairs_) {
      if (search.ended) return;
      std::uint32_t near = pairs.others;
      if (pairs.hull < eight * most_blocks && pairs.block < most_blocks)
        near &= bounds[pairs.block].meeting(bounds[pairs.hull / eight].get(static_cast<int>(pairs.hull % eight)));
      visit_bits(search, pairs.block, near, [&](std::size_t other) {
        const Hull &first = hulls_[pairs.hull], &second = hulls_[other];
        meet(search, first, frames[first.frame], second, frames[second.frame]);
      });
    }
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

  void list_obstacles() {
    obstacles_.clear();
    obstacle_bounds_.clear();
    const auto list = [&](BodyKind kind, std::size_t index, const auto& obstacle) {
      const std::size_t i = obstacles_.size() % eight;
      if (i == 0) obstacle_bounds_.emplace_back().clear();
      obstacle_bounds_.back().set(static_cast<int>(i), detail::axis_bounds(obstacle));
      obstacles_.push_back({kind, index});
    };
    if (scene_.ground) list(BodyKind::ground, 0, HalfSpace{{0, 0, 1}, *scene_.ground});
    scene_.for_each_kind([&](BodyKind kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) list(kind, i, obstacles[i]);
    });
  }

  void add_link(const ArmLink& link) {
    require(!link.hulls.empty(), "ExactCheck: link '", link.name, "': wanted hulls, got none");
    for (const Polytope& points : link.hulls)
      hulls_.push_back({detail::BoundedHull(points), detail::LocalBounds(detail::axis_bounds(points)),
                        static_cast<std::size_t>(link.joint + 1), link_names_.size()});
    link_names_.push_back(link.name);
  }

  void add_pairs(const ArmDescription& arm) {
    std::vector<std::size_t> first{0};
    for (const ArmLink& link : arm.links) first.push_back(first.back() + link.hulls.size());
    std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> others;  // by hull and block
    for (const auto& [a, b] : arm.pairs) {
      const auto at = static_cast<std::size_t>(a), bt = static_cast<std::size_t>(b);
      const bool fixed = arm.links[at].joint == arm.links[bt].joint;
      for (std::size_t i = first[at]; i < first[at + 1]; ++i)
        for (std::size_t j = first[bt]; j < first[bt + 1]; ++j)
          if (fixed)
            fixed_pairs_.push_back({i, j});
          else
            others[{i, j / eight}] |= std::uint32_t{1} << (j % eight);
    }
    for (const auto& [key, bits] : others) pairs_.push_back({key.first, key.second, bits});
  }

  std::vector<ChainJoint<double>> joints_;
  std::vector<std::string> link_names_;
  std::vector<Hull> hulls_;
  std::vector<HullPairs> pairs_;
  std::vector<FixedPair> fixed_pairs_;
  double margin_;
  Scene scene_;
  std::vector<OrientedBox<double>> hull_bounds_;
  std::vector<Listed> obstacles_;
  std::vector<detail::BoundsOfEight> obstacle_bounds_;  // of eight each
  AllowedContacts allowed_;
  Search fixed_{std::numeric_limits<double>::infinity(), false};  // of what the joints do not move
};

}  // namespace mace
