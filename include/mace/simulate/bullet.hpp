// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Collision distances of an arm by the Bullet physics library; link `mace::bullet` to use this header.
#ifndef BT_USE_DOUBLE_PRECISION
#error "mace: simulate/bullet.hpp needs Bullet's float64 libraries and BT_USE_DOUBLE_PRECISION: link mace::bullet"
#endif
#include <BulletCollision/CollisionShapes/btBoxShape.h>
#include <BulletCollision/CollisionShapes/btConvexHullShape.h>
#include <BulletCollision/CollisionShapes/btCylinderShape.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkEpaPenetrationDepthSolver.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkPairDetector.h>
#include <BulletCollision/NarrowPhaseCollision/btPointCollector.h>
#include <BulletCollision/NarrowPhaseCollision/btVoronoiSimplexSolver.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/allowed_contacts.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/view.hpp"

namespace mace {

namespace detail {

inline btVector3 to_bullet(const Vec<3, double>& v) {
  return {v[0], v[1], v[2]};
}

inline btTransform to_bullet(const Pose<double>& p) {
  return btTransform(btMatrix3x3(p.x[0], p.y[0], p.z[0], p.x[1], p.y[1], p.z[1], p.x[2], p.y[2], p.z[2]),
                     to_bullet(p.position));
}

/// A convex shape, its frame, and its bounding sphere.
struct BulletBody {
  std::shared_ptr<const btConvexShape> shape;
  /// Index of the frame: 0 for the world, 1 for the base, 2 + i for joint i.
  std::size_t frame;
  /// Pose of the shape in the frame.
  btTransform pose;
  btVector3 center;  ///< center of the bounding sphere, in the shape's frame
  double radius;     ///< radius of the bounding sphere, meters
};

/// Convex hull of the points, inflated by `margin`.
inline BulletBody bullet_hull(std::span<const Vec<3, double>> points, double margin, std::size_t frame) {
  auto shape = std::make_shared<btConvexHullShape>();
  btVector3 center(0, 0, 0);
  for (const auto& point : points) {
    shape->addPoint(to_bullet(point), false);
    center += to_bullet(point) / static_cast<double>(points.size());
  }
  shape->recalcLocalAabb();
  shape->setMargin(margin);
  double radius = 0;
  for (const auto& point : points) radius = std::max(radius, (to_bullet(point) - center).length());
  return {std::move(shape), frame, btTransform::getIdentity(), center, radius + margin};
}

inline BulletBody bullet_body(const OrientedBox<double>& box) {
  auto shape = std::make_shared<btBoxShape>(to_bullet(box.half));
  shape->setMargin(0);  // Bullet takes a margin off the edges and rounds the corners by it
  return {std::move(shape), 0, to_bullet(box.pose), btVector3(0, 0, 0), norm(box.half)};
}

inline BulletBody bullet_body(const Cylinder<double>& cylinder) {
  const double radius = cylinder.radius, half = cylinder.half_length;
  auto shape = std::make_shared<btCylinderShapeZ>(btVector3(radius, radius, half));
  shape->setMargin(0);
  return {std::move(shape), 0, to_bullet(cylinder.pose), btVector3(0, 0, 0), std::hypot(radius, half)};
}

inline BulletBody bullet_body(const Sphere<double>& sphere) {
  return bullet_hull({&sphere.center, 1}, sphere.radius, 0);
}

inline BulletBody bullet_body(const Capsule<double>& capsule) {
  const Vec<3, double> ends[] = {capsule.a, capsule.b};
  return bullet_hull(ends, capsule.radius, 0);
}

inline BulletBody bullet_body(const ConvexHull& hull) {
  return bullet_hull(hull.points, 0, 0);
}

/// Signed distance of two shapes by GJK, and by EPA if they intersect.
inline double bullet_distance(const BulletBody& a, const btTransform& a_pose, const BulletBody& b,
                              const btTransform& b_pose) {
  btVoronoiSimplexSolver simplex;
  btGjkEpaPenetrationDepthSolver penetration;
  btGjkPairDetector detector(a.shape.get(), b.shape.get(), &simplex, &penetration);
  btGjkPairDetector::ClosestPointInput input;
  input.m_transformA = a_pose;
  input.m_transformB = b_pose;
  btPointCollector result;
  detector.getClosestPointsNonVirtual(input, result, nullptr);
  return result.m_hasResult ? result.m_distance : 0;  // no result if the shapes touch to within rounding
}

}  // namespace detail

/// Simulates an arm among obstacles by Bullet: the end effector's pose, and the signed distance of the links' convex
/// hulls to the scene and between the self-collision pairs. It is slow; it serves as the reference for faster
/// simulators, and as an example of an engine.
///
/// It uses Bullet's float64 libraries without margins: the sign is reliable, and distances are accurate to within
/// 1e-9 m, those to cylinders to within 1e-7 m. Penetration depths are from Bullet's EPA, which may stop early: with
/// parallel edges or faces they may be too small by up to half. A copy shares its shapes with the original.
template <int Joints>
class BulletArm {
 public:
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  /// Builds the shapes of an arm and its scene.
  /// @param arm    chain, convex hulls and self-collision pairs
  /// @param scene  obstacles, and the pose of the arm's base
  /// @throws Error if the arm does not have `Joints` joints, has no links, a link has no hulls, or
  ///   ArmDescription::checked, Scene::checked or AllowedContacts::assign throws.
  BulletArm(const ArmDescription& arm, const Scene& scene)
      : chain_(arm.chain.template chain<Joints, double>()), base_(scene.checked().base) {
    require(!arm.links.empty(), "BulletArm: wanted an arm with links, got none");
    arm.checked("BulletArm");
    std::vector<std::string> names;
    for (const ArmLink& link : arm.links) names.push_back(link.name);
    AllowedContacts allowed;
    allowed.assign(scene, names, "BulletArm");
    std::vector<std::pair<std::size_t, std::size_t>> hulls;  // range of each link's bodies
    for (const ArmLink& link : arm.links) hulls.push_back(add_link(link));
    const auto each_hull = [&](BodyKind kind, std::size_t other, const auto& add) {
      for (std::size_t link = 0; link < hulls.size(); ++link) {
        if (allowed.has({link, kind, other})) continue;
        for (std::size_t hull = hulls[link].first; hull < hulls[link].second; ++hull) add(hull);
      }
    };
    scene.for_each_kind([&](BodyKind kind, const auto& obstacles) {
      for (std::size_t i = 0; i < obstacles.size(); ++i) {
        const auto& obstacle = obstacles[i];
        if constexpr (requires { obstacle.normal; }) {
          each_hull(kind, i, [&](std::size_t hull) { half_spaces_.emplace_back(hull, obstacle); });
        } else {
          bodies_.push_back(detail::bullet_body(obstacle));
          each_hull(kind, i, [&](std::size_t hull) { pairs_.emplace_back(hull, bodies_.size() - 1); });
        }
      }
    });
    if (scene.ground)
      each_hull(BodyKind::ground, 0, [&](std::size_t hull) {
        if (bodies_[hull].frame >= 2) half_spaces_.emplace_back(hull, HalfSpace{{0, 0, 1}, *scene.ground});
      });
    for (const auto& [first, second] : arm.pairs) {
      const auto left = static_cast<std::size_t>(first), right = static_cast<std::size_t>(second);
      if (allowed.has({left, BodyKind::link, right})) continue;
      const auto [a, a_end] = hulls[left];
      const auto [b, b_end] = hulls[right];
      for (std::size_t i = a; i < a_end; ++i)
        for (std::size_t j = b; j < b_end; ++j) pairs_.emplace_back(i, j);
    }
  }

  /// Alg. 1, line 3, on all threads of the executor.
  /// @param exec      an executor of the host
  /// @param samples   configurations [N], radians or meters
  /// @param outcomes  receives the outcomes [N]
  /// @throws Error if the sizes differ or a joint value is not finite.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    static_assert(std::same_as<typename Exec::Space, HostSpace>, "mace::BulletArm: Bullet runs on the host only");
    require(samples.size() == outcomes.size(), "BulletArm: wanted ", samples.size(), " outcomes, got ",
            outcomes.size());
    exec.for_each_sample(static_cast<Index>(samples.size()), [&](Index i) {
      const auto at = frames(samples[static_cast<std::size_t>(i)].template as<double>());
      outcomes[static_cast<std::size_t>(i)] = {(base_ * at.tip).template as<float>(),
                                               static_cast<float>(clearance(at))};
    });
  }

  /// Least signed distance at q, meters; infinity if nothing is checked.
  /// @throws Error unless q has one finite value per joint.
  double clearance(std::span<const double> q) const {
    require(q.size() == Joints, "BulletArm: wanted ", Joints, " joint values, got ", q.size());
    Vec<Joints, double> configuration;
    std::copy(q.begin(), q.end(), configuration.v);
    return clearance(frames(configuration));
  }

  /// True if nothing collides or touches at q.
  /// @throws Error unless q has one finite value per joint.
  bool is_free(std::span<const double> q) const { return clearance(q) > 0; }

 private:
  using Frames = typename SerialChain<Joints, double>::Frames;

  std::pair<std::size_t, std::size_t> add_link(const ArmLink& link) {
    require(!link.hulls.empty(), "BulletArm: link '", link.name, "': wanted hulls, got none");
    const std::size_t first = bodies_.size();
    for (const Polytope& hull : link.hulls)
      bodies_.push_back(detail::bullet_hull(hull, 0, static_cast<std::size_t>(link.joint + 2)));
    return {first, bodies_.size()};
  }

  Frames frames(const Vec<Joints, double>& q) const {
    for (const double value : q.v) require(std::isfinite(value), "BulletArm: wanted finite joint values, got ", value);
    return chain_.frames(q);
  }

  double clearance(const Frames& at) const {
    btTransform frame[Joints + 2] = {btTransform::getIdentity(), detail::to_bullet(base_)};
    for (int i = 0; i < Joints; ++i) frame[i + 2] = detail::to_bullet(base_ * at.joint[i]);
    const auto pose = [&](const detail::BulletBody& body) { return frame[body.frame] * body.pose; };

    double least = std::numeric_limits<double>::infinity();
    for (const auto& [hull, half_space] : half_spaces_)
      least = std::min(least, height(bodies_[hull], pose(bodies_[hull]), half_space));
    for (const auto& [i, j] : pairs_) {
      const detail::BulletBody &a = bodies_[i], &b = bodies_[j];
      const btTransform a_pose = pose(a), b_pose = pose(b);
      const double apart = (a_pose * a.center - b_pose * b.center).length() - a.radius - b.radius;
      if (apart < least) least = std::min(least, detail::bullet_distance(a, a_pose, b, b_pose));
    }
    return least;
  }

  /// Distance of a body from a half-space, meters.
  static double height(const detail::BulletBody& body, const btTransform& pose, const HalfSpace& half_space) {
    const btVector3 normal = detail::to_bullet(half_space.normal);
    const btVector3 down = pose.getBasis().transpose() * -normal;
    const double along = (pose * body.shape->localGetSupportingVertex(down)).dot(normal);
    return (along - half_space.height) / norm(half_space.normal);
  }

  SerialChain<Joints, double> chain_;
  Pose<double> base_;
  std::vector<detail::BulletBody> bodies_;
  std::vector<std::pair<std::size_t, HalfSpace>> half_spaces_;  // and the hulls that may meet them
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
};

}  // namespace mace
