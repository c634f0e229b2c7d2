// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/enclosing_polytope.hpp"
#include "mace/collision/extreme_points.hpp"
#include "mace/core/error.hpp"
#include "mace/io/mesh_file.hpp"
#include "mace/robot/urdf_model.hpp"

namespace mace::detail {

/// The convex pieces of a shape, in the frame of its `<collision>` element.
/// @throws Error if a size is negative or beyond 10 km, a scale is zero or not finite, or read_mesh() throws.
inline std::vector<Polytope> pieces_of(const UrdfShape& shape, const std::filesystem::path& folder) {
  const auto& [a, b, c] = shape.size.v;
  const auto checked = [](const char* name, auto... sizes) {
    require(((sizes >= 0 && sizes <= 1e4) && ...), "wanted a ", name, " of sizes from 0 to 10 km");
  };
  switch (shape.kind) {
    case UrdfShape::Kind::box:
      checked("box", a, b, c);
      return {box_corners(shape.size)};
    case UrdfShape::Kind::cylinder:
      checked("cylinder", a, b);
      return {prism_around_cylinder(a, b)};
    case UrdfShape::Kind::sphere:
      checked("sphere", a);
      return {polytope_around_ball(a)};
    case UrdfShape::Kind::capsule:
      checked("capsule", a, b);
      return {polytope_around_capsule(a, b)};
    case UrdfShape::Kind::mesh:
      break;
  }
  require(std::isfinite(a * b * c) && a * b * c != 0, "mesh ", printable(shape.mesh),
          ": wanted a finite scale other than 0");
  std::vector<Polytope> pieces = read_mesh(shape.mesh, folder);
  for (Polytope& piece : pieces)
    for (auto& point : piece) point = {a * point[0], b * point[1], c * point[2]};
  return pieces;
}

/// Adds the convex pieces of a `<collision>` element to a link; `at` is the pose of the URDF's link in the frame of
/// `link`.
inline void add_collision(const UrdfShape& shape, const Pose<double>& at, const std::filesystem::path& folder,
                          ArmLink& link) {
  const Pose<double> placed = at * shape.origin;
  for (Polytope& piece : pieces_of(shape, folder)) {
    for (auto& point : piece) {
      point = placed * point;
      require(dot(point, point) <= 1e8, "wanted shapes within 10 km (URDF is in meters)");
    }
    link.hulls.push_back(extreme_points(piece));
  }
}

}  // namespace mace::detail
