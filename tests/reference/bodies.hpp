// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <BulletCollision/CollisionShapes/btConvexHullShape.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkEpaPenetrationDepthSolver.h>
#include <BulletCollision/NarrowPhaseCollision/btGjkPairDetector.h>
#include <BulletCollision/NarrowPhaseCollision/btPointCollector.h>
#include <BulletCollision/NarrowPhaseCollision/btVoronoiSimplexSolver.h>
#include <fcl/geometry/shape/capsule.h>
#include <fcl/geometry/shape/convex.h>
#include <fcl/narrowphase/distance.h>

#include <algorithm>
#include <memory>

#include "shapes.hpp"

/// Signed distances of convex bodies by FCL, and by Bullet.
namespace reference {

using Pose = Eigen::Isometry3d;

/// A convex body as both libraries see it: the hull of some points, or a capsule around two. FCL gets no faces, so it
/// looks through all the points for the farthest one: no hull is computed that could be wrong.
struct Body {
  std::shared_ptr<const fcl::CollisionGeometryd> fcl;
  /// Where FCL's shape stands in the body's frame.
  Pose fcl_pose = Pose::Identity();
  std::shared_ptr<const btConvexHullShape> bullet;
  /// A ball around it.
  Eigen::Vector3d center = Eigen::Vector3d::Zero();
  double radius = 0;
};

inline Body make_body(const Points& points, double radius = 0) {
  Body body;
  if (radius > 0) {
    const Eigen::Vector3d axis = points.at(1) - points.at(0);
    body.fcl = std::make_shared<fcl::Capsuled>(radius, axis.norm());
    body.fcl_pose.translation() = 0.5 * (points[0] + points[1]);
    body.fcl_pose.linear() = Eigen::Quaterniond::FromTwoVectors(Eigen::Vector3d::UnitZ(), axis).toRotationMatrix();
  } else {
    body.fcl = std::make_shared<fcl::Convexd>(std::make_shared<const Points>(points), 0,
                                              std::make_shared<const std::vector<int>>());
  }
  auto hull = std::make_shared<btConvexHullShape>();
  for (const auto& point : points) hull->addPoint({point[0], point[1], point[2]}, false);
  hull->recalcLocalAabb();
  hull->setMargin(radius);
  body.bullet = std::move(hull);
  for (const auto& point : points) body.center += point / static_cast<double>(points.size());
  for (const auto& point : points) body.radius = std::max(body.radius, (point - body.center).norm());
  body.radius += radius;
  return body;
}

/// The signed distance by FCL. (Its collide() is no judge: it can miss a penetration of 1.5 mm.) It can stop too early
/// where bodies are apart, by 0.3 mm too far. Errors: FCL's own.
inline double fcl_distance(const Body& a, const Pose& a_pose, const Body& b, const Pose& b_pose) {
  fcl::DistanceRequestd request;
  request.enable_signed_distance = true;
  fcl::DistanceResultd result;
  return fcl::distance(a.fcl.get(), a_pose * a.fcl_pose, b.fcl.get(), b_pose * b.fcl_pose, request, result);
}

/// The signed distance by Bullet, in double and without margins; zero where the bodies touch. Its sign is what counts:
/// its depths can be too small.
inline double bullet_distance(const Body& a, const Pose& a_pose, const Body& b, const Pose& b_pose) {
  const auto to_bullet = [](const Pose& p) {
    btTransform to;
    to.setFromOpenGLMatrix(p.matrix().data());
    return to;
  };
  btVoronoiSimplexSolver simplex;
  btGjkEpaPenetrationDepthSolver penetration;
  btGjkPairDetector detector(a.bullet.get(), b.bullet.get(), &simplex, &penetration);
  btGjkPairDetector::ClosestPointInput input;
  input.m_transformA = to_bullet(a_pose);
  input.m_transformB = to_bullet(b_pose);
  btPointCollector result;
  detector.getClosestPointsNonVirtual(input, result, nullptr);
  return result.m_hasResult ? result.m_distance : 0;
}

}  // namespace reference
