// SPDX-License-Identifier: Apache-2.0
#include "common/hull_mesh.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "common/arm_page.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

double volume(const Mesh& mesh) {
  double sum = 0;
  for (const auto& [a, b, c] : mesh.triangles)
    sum += dot(mesh.vertices[a], cross(mesh.vertices[b], mesh.vertices[c])) / 6;
  return sum;
}

/// Whether every edge is that of two triangles, once each way, all around one body.
bool is_closed(const Mesh& mesh) {
  std::set<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& [a, b, c] : mesh.triangles)
    for (const auto& edge : {std::pair{a, b}, std::pair{b, c}, std::pair{c, a}})
      if (!edges.insert(edge).second) return false;
  for (const auto& [a, b] : edges)
    if (!edges.contains({b, a})) return false;
  return mesh.vertices.size() + mesh.triangles.size() == edges.size() / 2 + 2;
}

/// How far the points reach beyond the mesh's faces, at the most.
double beyond(const Mesh& mesh, const Polytope& points) {
  double most = -1;
  for (const auto& [a, b, c] : mesh.triangles) {
    const auto normal = cross(mesh.vertices[b] - mesh.vertices[a], mesh.vertices[c] - mesh.vertices[a]);
    if (norm(normal) < 1e-12) continue;
    for (const auto& point : points) most = std::max(most, dot(normal, point - mesh.vertices[a]) / norm(normal));
  }
  return most;
}

Polytope cube_of_points(int along) {
  Polytope points;
  for (int x = 0; x < along; ++x)
    for (int y = 0; y < along; ++y)
      for (int z = 0; z < along; ++z) points.push_back({x / (along - 1.0), y / (along - 1.0), z / (along - 1.0)});
  return points;
}

}  // namespace

TEST_CASE("the hull of a cube is its corners, whatever lies on its faces") {
  for (const int along : {2, 3, 5}) {
    const Mesh mesh = hull_mesh(cube_of_points(along));
    CHECK(volume(mesh) == doctest::Approx(1));
    CHECK(is_closed(mesh));
    CHECK(beyond(mesh, cube_of_points(along)) < 1e-6);
    if (along == 2) CHECK(mesh.triangles.size() == 12);
  }
}

TEST_CASE("the Panda's links are closed, and hold their hulls") {
  for (const ArmLink& link : panda_arm().links) {
    CAPTURE(link.name);
    const Mesh mesh = link_mesh(link);
    CHECK(is_closed(mesh));
    CHECK(volume(mesh) > 1e-5);
    CHECK(beyond(mesh, link.hulls[0]) < 1e-6);
  }
}

TEST_CASE("a hull of very many points is taken from those that are farthest out") {
  const Mesh mesh = hull_mesh(spiral_directions(5000));
  CHECK(mesh.vertices.size() <= 400);
  CHECK(is_closed(mesh));
  CHECK(volume(mesh) == doctest::Approx(4 * std::numbers::pi / 3).epsilon(0.03));
}

TEST_CASE("what is flat has no hull, and its link is shown by its capsules") {
  CHECK(hull_mesh({}).triangles.empty());
  CHECK(hull_mesh({{1, 2, 3}}).triangles.empty());
  CHECK(hull_mesh({{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}}).triangles.empty());
  const Polytope square{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0.5, 0.5, 0}};
  CHECK(hull_mesh(square).triangles.empty());
  const Mesh shown = link_mesh({"plate", 0, {square}, {{{0, 0, 0}, {0, 0, 2}, 0.5}}});
  CHECK(is_closed(shown));
  CHECK(volume(shown) == doctest::Approx(std::numbers::pi * (0.25 * 2 + 4.0 / 3 * 0.125)).epsilon(0.06));
}

TEST_CASE("the sharp edges of a mesh are those of a box, and of a cylinder its rims") {
  Polytope cube, prism;
  for (int i = 0; i < 8; ++i) cube.push_back({i & 1 ? 1.0 : 0.0, i & 2 ? 1.0 : 0.0, i & 4 ? 1.0 : 0.0});
  for (const auto& [a, b] : sharp_edges(hull_mesh(cube))) CHECK(norm(b - a) == doctest::Approx(1));
  CHECK(sharp_edges(hull_mesh(cube)).size() == 12);
  for (int i = 0; i < 48; ++i)
    for (const double z : {0.0, 1.0})
      prism.push_back({std::cos(i * std::numbers::pi / 24), std::sin(i * std::numbers::pi / 24), z});
  for (const auto& [a, b] : sharp_edges(hull_mesh(prism))) CHECK(a[2] == b[2]);
  CHECK(sharp_edges(hull_mesh(prism)).size() == 96);
}
