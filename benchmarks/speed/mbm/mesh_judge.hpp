// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcl/geometry/shape/box.h>
#include <fcl/geometry/shape/cylinder.h>
#include <fcl/narrowphase/distance.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "speed/mbm/link_meshes.hpp"

/// Collisions of a robot by the triangles of its meshes, with FCL in double.
namespace mace::benchmarks {

/// What should be free but is in collision: a link, and an obstacle or another link.
using MeshContact = std::pair<std::string, std::string>;

/// Says whether meshes are deeper than 0.1 mm in an obstacle or in each other. Judged are boxes and cylinders as they
/// are, and the arm's self-collision pairs.
///
/// Obstacles: the triangles meet the obstacle made smaller by the depth, which is exact: those and no others are deeper
/// in it. Links: no shift by the depth, in 26 directions, takes them apart. What is wholly inside of something counts:
/// an obstacle is solid, and a mesh holds a point if its triangles take up more than half of the point's view.
class MeshJudge {
 public:
  static constexpr double depth = 1e-4;

  /// `meshes`: of each link of the arm; one without is not judged.
  MeshJudge(const ArmDescription& arm, std::vector<LinkMeshes> meshes) : arm_(arm), meshes_(std::move(meshes)) {}

  /// The links that are judged, by name.
  std::vector<std::string> links() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < meshes_.size(); ++i)
      if (!meshes_[i].parts.empty()) names.push_back(arm_.links[i].name);
    return names;
  }

  /// A contact at a configuration, if there is any.
  std::optional<MeshContact> contact(const Scene& scene, std::span<const double> q) const {
    const std::vector<Pose<double>> frames = arm_.chain.frames(scene.base, q);
    std::vector<fcl::Transform3d> at;
    for (const ArmLink& link : arm_.links) at.push_back(to_fcl(frames[static_cast<std::size_t>(link.joint + 1)]));
    const auto may_touch = [&](const std::string& a, const std::string& b) {
      for (const auto& pair : scene.may_touch)
        if (pair == std::pair{a, b} || pair == std::pair{b, a}) return true;
      return false;
    };
    for (std::size_t i = 0; i < at.size(); ++i)
      for (const auto& part : meshes_[i].parts) {
        const std::string& link = arm_.links[i].name;
        for (const auto& box : scene.boxes)
          if (!may_touch(link, box.name) && is_in(*part, at[i], box)) return MeshContact{link, box.name};
        for (const auto& cylinder : scene.cylinders)
          if (!may_touch(link, cylinder.name) && is_in(*part, at[i], cylinder)) return MeshContact{link, cylinder.name};
      }
    for (const auto& [a, b] : arm_.pairs) {
      const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
      for (const auto& one : meshes_[i].parts)
        for (const auto& other : meshes_[j].parts)
          if (!may_touch(arm_.links[i].name, arm_.links[j].name) && are_in_each_other(*one, at[i], *other, at[j]))
            return MeshContact{arm_.links[i].name, arm_.links[j].name};
    }
    return std::nullopt;
  }

 private:
  static constexpr double smallest = 1e-9;

  static bool is_in(const TriangleModel& mesh, const fcl::Transform3d& at, const OrientedBox<double>& box) {
    fcl::Vector3d half;
    for (int i = 0; i < 3; ++i) half[i] = std::max(box.half[i] - depth, smallest);
    return is_in(mesh, at, fcl::Boxd(2 * half), half.norm(), to_fcl(box.pose),
                 [&](const fcl::Vector3d& p) { return (p.cwiseAbs() - half).maxCoeff() < 0; });
  }

  static bool is_in(const TriangleModel& mesh, const fcl::Transform3d& at, const Cylinder<double>& cylinder) {
    const double radius = std::max(cylinder.radius - depth, smallest);
    const double half = std::max(cylinder.half_length - depth, smallest);
    return is_in(mesh, at, fcl::Cylinderd(radius, 2 * half), std::hypot(radius, half), to_fcl(cylinder.pose),
                 [&](const fcl::Vector3d& p) { return std::hypot(p[0], p[1]) < radius && std::abs(p[2]) < half; });
  }

  /// `reach`: of the shape from its origin. `holds`: whether it has a point.
  template <class Shape, class Holds>
  static bool is_in(const TriangleModel& mesh, const fcl::Transform3d& at, const Shape& shape, double reach,
                    const fcl::Transform3d& place, const Holds& holds) {
    const fcl::Transform3d seen = place.inverse() * at;
    if ((seen * mesh.aabb_center).norm() > mesh.aabb_radius + reach) return false;
    for (int i = 0; i < mesh.num_vertices; ++i)
      if (holds(seen * mesh.vertices[i])) return true;
    return distance(mesh, at, shape, place) <= 0 || encloses(mesh, seen.inverse().translation());
  }

  static bool are_in_each_other(const TriangleModel& a, const fcl::Transform3d& a_at, const TriangleModel& b,
                                const fcl::Transform3d& b_at) {
    if ((a_at * a.aabb_center - b_at * b.aabb_center).norm() > a.aabb_radius + b.aabb_radius) return false;
    if (distance(a, a_at, b, b_at) > 0)
      return encloses(a, a_at.inverse() * (b_at * b.vertices[0])) ||
             encloses(b, b_at.inverse() * (a_at * a.vertices[0]));
    for (int i = 0; i < 27; ++i) {
      const fcl::Vector3d way(i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1);
      fcl::Transform3d shifted = a_at;
      shifted.pretranslate(depth * way.normalized());
      if (i != 13 && distance(a, shifted, b, b_at) > 0) return false;
    }
    return true;
  }

  /// The distance; not positive where they meet.
  static double distance(const fcl::CollisionGeometryd& a, const fcl::Transform3d& a_at,
                         const fcl::CollisionGeometryd& b, const fcl::Transform3d& b_at) {
    fcl::DistanceResultd result;
    return fcl::distance(&a, a_at, &b, b_at, fcl::DistanceRequestd(), result);
  }

  /// True if a mesh goes around a point. (Van Oosterom and Strackee, "The solid angle of a plane triangle", 1983)
  static bool encloses(const TriangleModel& mesh, const fcl::Vector3d& point) {
    if ((point - mesh.aabb_center).norm() > mesh.aabb_radius) return false;
    double view = 0;
    for (int i = 0; i < mesh.num_tris; ++i) {
      const fcl::Triangle& corners = mesh.tri_indices[i];
      const fcl::Vector3d a = mesh.vertices[corners[0]] - point, b = mesh.vertices[corners[1]] - point,
                          c = mesh.vertices[corners[2]] - point;
      const double la = a.norm(), lb = b.norm(), lc = c.norm();
      view += 2 * std::atan2(a.dot(b.cross(c)), la * lb * lc + a.dot(b) * lc + b.dot(c) * la + c.dot(a) * lb);
    }
    return std::abs(view) > 2 * std::numbers::pi;
  }

  const ArmDescription arm_;
  std::vector<LinkMeshes> meshes_;
};

}  // namespace mace::benchmarks
