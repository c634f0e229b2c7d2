// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/bounded_hull.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Exact collision check of an arm, with the convex hulls of its links in double precision. "Free" is a certificate: a
/// separating plane was found between each hull and each obstacle and between the hulls of each self-collision pair.
/// Whatever cannot be certified counts as a collision. (Rounding can hide gaps of up to about 2e-8 m.)
///
/// The check is const and allocates no memory, so threads may share one object. Joint limits are not checked.
class ExactCheck {
 public:
  /// Prepares the check; keeps copies of the geometry.
  /// @param arm  arm whose links all have hulls
  /// @param scene  obstacles and pose of the base
  /// @throws Error if the arm has no links, a link has no hulls, ArmDescription::checked() or Scene::checked() throws,
  ///   or part of the scene is more than 10 km away.
  ExactCheck(const ArmDescription& arm, const Scene& scene) : scene_(scene.checked("ExactCheck")) {
    require(!arm.links.empty(), "ExactCheck: wanted an arm with links, got none");
    arm.checked("ExactCheck");
    detail::require_simple(scene, "ExactCheck");
    joints_.assign(arm.chain.joints.begin(), arm.chain.joints.end());
    for (const ArmLink& link : arm.links) add_link(link);
    add_pairs(arm);
    check_scene();
    // A sphere is a capsule whose segment is a point.
    for (const auto& sphere : scene_.spheres)
      scene_.capsules.push_back({{sphere.center, sphere.center, sphere.radius}, sphere.name});
  }

  /// True only if the arm is certified free of collision at q, which has one entry per joint, in radians or meters.
  /// False for NaN.
  /// @throws Error if q has a different number of entries than the chain has joints.
  bool is_free(std::span<const double> q) const { return least(q, Search{certain_gap, true}) >= certain_gap; }

  /// Lower bound of the distance at q between the arm and the scene and between the links of self-collision pairs,
  /// meters. It is positive exactly if `is_free(q)`. If it is negative, its magnitude bounds the penetration depth. It
  /// is minus infinity for NaN, and infinity if there is nothing to collide with.
  /// @throws Error if q has a different number of entries than the chain has joints.
  double clearance(std::span<const double> q) const {
    return least(q, Search{std::numeric_limits<double>::infinity(), false}) - certain_gap;
  }

 private:
  struct Hull : detail::BoundedHull {
    std::size_t frame;  ///< 0: the base frame; from 1: the joints' frames
  };

  /// A hull at some q, in the world frame.
  struct Body : Placed<SupportTable> {
    Sphere<double> around;

    Body(const Hull& hull, const Pose<double>& frame)
        : Placed<SupportTable>{hull.points, frame}, around{frame * hull.around.center, hull.around.radius} {}
  };

  /// Traversal of the candidate pairs (broad phase): bounding spheres prune the pairs farther apart than `least`, the
  /// smallest distance so far.
  struct Search {
    double least;
    /// If true, the traversal ends at the first pair that is not farther apart than `least`.
    bool decides;
    bool ended = false;

    void met(const Separation& known) {
      if (known.at_least > least) return;
      least = known.at_least;
      ended = decides;
    }

    /// True if two bodies are farther apart than `least`. `apart` is the vector between one point of each; all other
    /// points are within the sum of radii `radii`.
    bool are_far(const Vec<3, double>& apart, double radii) const {
      const double far = std::max(radii + least, 0.0);
      return dot(apart, apart) > far * far;
    }

    void meet_ground(const Body& body, double height) {
      if (body.around.center[2] - height > body.around.radius + least) return;
      met(separation(body, HalfSpace{{0, 0, 1}, height}));
    }

    void meet(const Body& body, const OrientedBox<double>& box) {
      const Pose<double>& at = box.pose;
      const Vec<3, double> offset = body.around.center - at.position;
      Vec<3, double> outside{dot(at.x, offset), dot(at.y, offset), dot(at.z, offset)};
      for (int i = 0; i < 3; ++i) outside[i] -= std::clamp(outside[i], -box.half[i], box.half[i]);
      if (are_far(outside, body.around.radius)) return;
      met(separation(body, box, dot(outside, outside) > 0 ? at.rotate(outside) : offset, least));
    }

    void meet(const Body& body, const Capsule<double>& capsule) {
      const Vec<3, double> edge = capsule.b - capsule.a, offset = body.around.center - capsule.a;
      const double share = dot(offset, edge) / dot(edge, edge);  // NaN for a sphere
      const Vec<3, double> apart = offset - (share > 0 ? std::min(share, 1.0) : 0.0) * edge;
      if (are_far(apart, body.around.radius + capsule.radius)) return;
      met(separation(body, capsule, apart, least));
    }

    void meet(const Body& a, const Body& b) {
      const Vec<3, double> apart = a.around.center - b.around.center;
      if (are_far(apart, a.around.radius + b.around.radius)) return;
      met(separation(a, b, apart, least));
    }
  };

  double least(std::span<const double> q, Search search) const {
    require(q.size() == joints_.size(), "ExactCheck: wanted a q of ", joints_.size(), " joints, got ", q.size());
    for (const double value : q)
      if (!(std::abs(value) <= farthest_place)) return -std::numeric_limits<double>::infinity();
    std::array<Pose<double>, max_joints + 1> frames;
    frames[0] = scene_.base;
    for (std::size_t i = 0; i < joints_.size(); ++i) frames[i + 1] = joints_[i].moved(frames[i], q[i]);
    const auto body = [&](std::size_t hull) { return Body(hulls_[hull], frames[hulls_[hull].frame]); };
    const auto meet_all = [&](const Body& here, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size() && !search.ended; ++i) search.meet(here, obstacles[i]);
    };
    // The last links are the most likely to collide.
    for (std::size_t i = hulls_.size(); i-- > 0 && !search.ended;) {
      const Body here = body(i);
      if (scene_.ground && hulls_[i].frame > 0) search.meet_ground(here, *scene_.ground);
      meet_all(here, scene_.boxes);
      meet_all(here, scene_.capsules);
    }
    for (std::size_t i = 0; i < pairs_.size() && !search.ended; ++i)
      search.meet(body(pairs_[i].first), body(pairs_[i].second));
    return search.ended ? -std::numeric_limits<double>::infinity() : search.least;
  }

  void check_scene() const {
    const auto check = [](const char* what, double reach) {
      require(reach <= farthest_place, "ExactCheck: wanted everything within 10 km, got ", what, " that reaches ",
              reach, " m");
    };
    check("a base", norm(scene_.base.position));
    check("a ground", std::abs(scene_.ground.value_or(0)));
    for (const auto& box : scene_.boxes) check("a box", norm(box.pose.position) + norm(box.half));
    for (const auto& sphere : scene_.spheres) check("a sphere", norm(sphere.center) + sphere.radius);
    for (const auto& capsule : scene_.capsules)
      check("a capsule", std::max(norm(capsule.a), norm(capsule.b)) + capsule.radius);
  }

  void add_link(const ArmLink& link) {
    require(!link.hulls.empty(), "ExactCheck: link '", link.name, "': wanted hulls, got none");
    for (const Polytope& points : link.hulls)
      hulls_.push_back({detail::BoundedHull(points), static_cast<std::size_t>(link.joint + 1)});
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
  Scene scene_;
  std::vector<Hull> hulls_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;  // of hulls
};

}  // namespace mace
