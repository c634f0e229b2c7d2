// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/capsule_fit.hpp"
#include "mace/collision/enclosing_polytope.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/core/error.hpp"
#include "mace/robot/mesh_file.hpp"
#include "mace/robot/urdf_model.hpp"

namespace mace::detail {

/// The convex pieces of a `<geometry>` element, in the frame of its `<collision>` element.
/// @throws Error if a size is negative or beyond 10 km, a scale is zero or not finite, or read_mesh() throws.
inline std::vector<Polytope> pieces_of(const urdf::Geometry& geometry, const std::filesystem::path& folder) {
  const auto checked = [](const char* shape, auto... sizes) {
    require(((sizes >= 0 && sizes <= 1e4) && ...), "wanted a ", shape, " of sizes from 0 to 10 km");
  };
  if (geometry.type == urdf::Geometry::BOX) {
    const urdf::Vector3& size = static_cast<const urdf::Box&>(geometry).dim;
    checked("box", size.x, size.y, size.z);
    return {box_corners({size.x, size.y, size.z})};
  }
  if (geometry.type == urdf::Geometry::CYLINDER) {
    const auto& cylinder = static_cast<const urdf::Cylinder&>(geometry);
    checked("cylinder", cylinder.radius, cylinder.length);
    return {prism_around_cylinder(cylinder.radius, cylinder.length)};
  }
  if (geometry.type == urdf::Geometry::SPHERE) {
    const double radius = static_cast<const urdf::Sphere&>(geometry).radius;
    checked("sphere", radius);
    return {polytope_around_ball(radius)};
  }
  const auto& mesh = static_cast<const urdf::Mesh&>(geometry);
  const urdf::Vector3& scale = mesh.scale;
  require(std::isfinite(scale.x * scale.y * scale.z) && scale.x * scale.y * scale.z != 0, "mesh ",
          printable(mesh.filename), ": wanted a finite scale other than 0");
  std::vector<Polytope> pieces = read_mesh(mesh.filename, folder);
  for (Polytope& piece : pieces)
    for (auto& point : piece) point = {scale.x * point[0], scale.y * point[1], scale.z * point[2]};
  return pieces;
}

/// Adds the convex pieces of a `<collision>` element to a link; `at` is the pose of the URDF's link in the frame of
/// `link`.
inline void add_collision(const urdf::Collision& collision, const Pose<double>& at, const std::filesystem::path& folder,
                          ArmLink& link) {
  require(collision.geometry != nullptr, "wanted a geometry");
  const Pose<double> placed = at * to_pose(collision.origin);
  for (Polytope& piece : pieces_of(*collision.geometry, folder)) {
    for (auto& point : piece) {
      point = placed * point;
      require(dot(point, point) <= 1e8, "wanted shapes within 10 km (URDF is in meters)");
    }
    link.hulls.push_back(extreme_points(piece));
  }
}

}  // namespace mace::detail
