// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/// What the links are made of, read without the library: the judge must not share its readers with who is judged.
namespace reference {

/// The points of a convex body, points inside among them; meters.
using Points = std::vector<Eigen::Vector3d>;

/// The corners of a box around the origin.
inline Points box_points(const Eigen::Vector3d& size) {
  Points corners;
  for (const double x : {-0.5, 0.5})
    for (const double y : {-0.5, 0.5})
      for (const double z : {-0.5, 0.5}) corners.push_back(size.cwiseProduct(Eigen::Vector3d(x, y, z)));
  return corners;
}

/// The corners of a binary STL, each once. Errors: a size that is not that of the triangles it promises.
inline Points stl_points(const std::string& bytes) {
  std::uint32_t triangles = 0;
  if (bytes.size() >= 84) std::memcpy(&triangles, bytes.data() + 80, 4);
  if (triangles == 0 || bytes.size() != 84 + 50 * std::size_t{triangles})
    throw std::runtime_error("wanted a binary STL");
  std::set<std::vector<float>> seen;
  Points points;
  for (std::size_t i = 0; i < 3 * std::size_t{triangles}; ++i) {
    std::vector<float> corner(3);
    std::memcpy(corner.data(), bytes.data() + 84 + 50 * (i / 3) + 12 + 12 * (i % 3), 12);
    if (seen.insert(corner).second) points.emplace_back(double{corner[0]}, double{corner[1]}, double{corner[2]});
  }
  return points;
}

/// The vertices of each object of an OBJ, which lists them before its faces.
inline std::vector<Points> obj_points(const std::string& text) {
  std::vector<Points> objects;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind;
    Eigen::Vector3d point;
    words >> kind;
    if (kind == "o") objects.emplace_back();
    if (kind != "v") continue;
    if (objects.empty() || !(words >> point[0] >> point[1] >> point[2]))
      throw std::runtime_error("wanted an OBJ with three coordinates a vertex, in objects");
    objects.back().push_back(point);
  }
  return objects;
}

/// The convex pieces of a mesh file. Errors: one that is missing or neither an STL nor an OBJ.
inline std::vector<Points> mesh_points(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return path.extension() == ".obj" ? obj_points(bytes) : std::vector<Points>{stl_points(bytes)};
}

}  // namespace reference
