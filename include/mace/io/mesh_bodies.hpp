// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace::detail {

/// Largest size of a mesh file. A mesh of a link has a few thousand triangles; this holds over a million.
inline constexpr std::uintmax_t max_mesh_bytes = 64 << 20;

/// The faces of a mesh as a file has them.
struct Mesh {
  Polytope vertices;
  /// The vertices of each face, face after face, and where each face ends.
  std::vector<std::size_t> corners, ends;
  /// The group of each face.
  std::vector<std::size_t> groups;

  std::size_t faces() const { return ends.size(); }
  std::span<const std::size_t> face(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return {corners.data() + begin, ends[i] - begin};
  }
};

/// Largest number of bodies in a mesh. A convex decomposition has a few dozen.
inline constexpr std::size_t max_mesh_bodies = 1000;

/// True if all points lie in one plane, to a billionth of their extent.
inline bool is_flat(const Polytope& points) {
  const auto farthest = [&](const auto& square) {
    return *std::max_element(points.begin(), points.end(),
                             [&](const auto& a, const auto& b) { return square(a) < square(b); });
  };
  const Vec<3, double> a = points.front();
  const auto from_a = [&](const auto& p) { return dot(p - a, p - a); };
  const Vec<3, double> along = farthest(from_a) - a;
  const auto from_line = [&](const auto& p) { return dot(cross(along, p - a), cross(along, p - a)); };
  const Vec<3, double> normal = cross(along, farthest(from_line) - a);
  const auto from_plane = [&](const auto& p) { return dot(normal, p - a) * dot(normal, p - a); };
  return from_plane(farthest(from_plane)) <= 1e-18 * dot(normal, normal) * dot(along, along);
}

/// Finds the bodies of a mesh: what its closed surfaces enclose, and what its other faces may.
class MeshBodies {
 public:
  explicit MeshBodies(const Mesh& mesh) : mesh_(mesh), places_(places()), body_(mesh.vertices.size(), none) {}

  /// The points of each body.
  std::vector<Polytope> find(std::string_view name) && {
    std::vector<std::size_t> faces(mesh_.faces());
    std::iota(faces.begin(), faces.end(), std::size_t{0});
    // Bodies that touch have vertices at the same places. The file's own vertices and groups keep them apart.
    faces = without_closed(
        faces, name, [&](std::size_t face) { return mesh_.groups[face]; }, [](auto v) { return v; });
    faces = without_closed(
        faces, name, [](std::size_t) { return 0; }, [&](auto v) { return places_[v]; });
    std::vector<std::size_t> open;
    for (const std::size_t face : faces) {
      const auto corners = mesh_.face(face);
      const std::size_t body = body_[places_[corners.front()]];
      const bool covered = body != none && std::all_of(corners.begin(), corners.end(), [&](std::size_t corner) {
                             return body_[places_[corner]] == body;
                           });
      if (!covered) open.push_back(face);
    }
    if (!open.empty()) bodies_.push_back(points_of(open));
    return std::move(bodies_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// The first vertex at the place of each vertex.
  std::vector<std::size_t> places() const {
    const Polytope& at = mesh_.vertices;
    const auto key = [&](std::size_t i) { return std::tie(at[i][0], at[i][1], at[i][2]); };
    std::vector<std::size_t> order(at.size()), place(at.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    for (std::size_t i = 0; i < order.size(); ++i)
      place[order[i]] = i > 0 && key(order[i]) == key(order[i - 1]) ? place[order[i - 1]] : order[i];
    return place;
  }

  /// Takes the bodies of closed surfaces out of a set of faces and returns the faces that are left. A surface is what
  /// edges connect, and closed if each edge belongs to an even number of its faces. Faces on the same vertices count
  /// once, so that a plate drawn from both sides is not closed, nor is a flat surface.
  /// @param group  group of a face; edges connect only faces of the same group
  /// @param vertex  identity of a vertex
  template <class Group, class Vertex>
  std::vector<std::size_t> without_closed(const std::vector<std::size_t>& faces, std::string_view name,
                                          const Group& group, const Vertex& vertex) {
    struct Edge {
      std::size_t group, a, b, face;
      auto key() const { return std::tie(group, a, b); }
    };
    std::vector<Edge> edges;
    for (const std::size_t i : unequal(faces, group, vertex)) {
      const auto corners = mesh_.face(faces[i]);
      for (std::size_t k = 0; k < corners.size(); ++k) {
        const auto [a, b] = std::minmax({vertex(corners[k]), vertex(corners[(k + 1) % corners.size()])});
        if (a != b) edges.push_back({static_cast<std::size_t>(group(faces[i])), a, b, i});
      }
    }
    std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) { return x.key() < y.key(); });

    parent_.resize(faces.size());
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    // Faces without an edge, which are those of one place and the repeated ones, are not closed.
    std::vector<char> has_edge(faces.size(), 0), is_open(faces.size(), 0);
    std::vector<std::size_t> odd;
    for (std::size_t i = 0; i < edges.size();) {
      const std::size_t first = i;
      for (; i < edges.size() && edges[i].key() == edges[first].key(); ++i) {
        has_edge[edges[i].face] = 1;
        parent_[root(edges[i].face)] = root(edges[first].face);
      }
      if ((i - first) % 2 != 0) odd.push_back(edges[first].face);
    }
    for (const std::size_t face : odd) is_open[root(face)] = 1;

    std::vector<std::size_t> left;
    std::vector<std::vector<std::size_t>> closed(faces.size());
    for (std::size_t i = 0; i < faces.size(); ++i)
      (has_edge[i] && !is_open[root(i)] ? closed[root(i)] : left).push_back(faces[i]);
    for (const auto& surface : closed) {
      if (surface.empty()) continue;
      Polytope points = points_of(surface);
      if (is_flat(points)) {
        left.insert(left.end(), surface.begin(), surface.end());
        continue;
      }
      require(bodies_.size() < max_mesh_bodies, name, ": wanted at most ", max_mesh_bodies, " closed bodies");
      for (const std::size_t face : surface)
        for (const std::size_t corner : mesh_.face(face)) body_[places_[corner]] = bodies_.size();
      bodies_.push_back(std::move(points));
    }
    return left;
  }

  /// Indices of faces, one of each set of vertices.
  template <class Group, class Vertex>
  std::vector<std::size_t> unequal(const std::vector<std::size_t>& faces, const Group& group, const Vertex& vertex) {
    std::vector<std::size_t> sorted, begin{0}, order(faces.size());
    for (const std::size_t face : faces) {
      for (const std::size_t corner : mesh_.face(face)) sorted.push_back(vertex(corner));
      std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin.back()), sorted.end());
      begin.push_back(sorted.size());
    }
    const auto compare = [&](std::size_t a, std::size_t b) {
      if (group(faces[a]) != group(faces[b])) return group(faces[a]) < group(faces[b]) ? -1 : 1;
      const auto at = [&](std::size_t i) { return sorted.begin() + static_cast<std::ptrdiff_t>(i); };
      const auto sign =
          std::lexicographical_compare_three_way(at(begin[a]), at(begin[a + 1]), at(begin[b]), at(begin[b + 1]));
      return sign < 0 ? -1 : sign > 0 ? 1 : 0;
    };
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return compare(a, b) < 0; });
    order.erase(std::unique(order.begin(), order.end(), [&](auto a, auto b) { return compare(a, b) == 0; }),
                order.end());
    return order;
  }

  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  /// The places of the vertices of faces, each once.
  Polytope points_of(const std::vector<std::size_t>& faces) const {
    std::vector<std::size_t> used;
    for (const std::size_t face : faces)
      for (const std::size_t corner : mesh_.face(face)) used.push_back(places_[corner]);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    Polytope points;
    for (const std::size_t i : used) points.push_back(mesh_.vertices[i]);
    return points;
  }

  const Mesh& mesh_;
  std::vector<std::size_t> places_, body_, parent_;
  std::vector<Polytope> bodies_;
};

/// The convex bodies whose union covers a mesh: the hull of the points of each is one.
///
/// Each closed, connected surface is a body of its own, whatever groups its faces are in; vertices at the same place
/// are one vertex. Faces that are not part of a closed surface may be plates around a hollow, so all of them together
/// are one more body, unless a closed one has their vertices.
/// @param mesh  at least one face
/// @param name  name of the file in error messages
/// @throws Error if there are more than 1000 closed bodies.
inline std::vector<Polytope> bodies_of(const Mesh& mesh, std::string_view name) {
  return MeshBodies(mesh).find(name);
}

}  // namespace mace::detail
