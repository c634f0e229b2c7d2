// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "mace/collision/gjk.hpp"
#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

namespace detail {

/// Convex hull of points by randomized incremental construction (Clarkson and Shor, "Applications of random sampling in
/// computational geometry, II", 1989): point after point is joined to the facets' edges around what it sees, in an order
/// that makes the expected time n log n for any points.
///
/// The points are first rounded to a grid of integers, fine enough to move none by more than 4e-12 of the extent;
/// whether a point is above a facet is then decided exactly. So flat, collinear and repeated points need no tolerance,
/// and no point is ever lost.
class HullSurface {
 public:
  /// Index of a point, a vertex or a facet.
  using Id = std::uint32_t;

  /// @param points  finite points, fewer than 2^31
  explicit HullSurface(const Polytope& points) {
    round(points);
    if (grid_.size() > 1) build();
  }

  /// Half the greatest width along an axis.
  double extent() const { return extent_; }

  /// Indices of the vertices among the points, in increasing order. Some may lie on an edge or a face.
  std::vector<Id> vertices() const {
    if (facets_.empty()) return {source_.front()};
    std::vector<char> is_vertex(grid_.size(), 0);
    for (const Facet& facet : facets_)
      if (!facet.dead)
        for (const Id corner : facet.corner) is_vertex[corner] = 1;
    std::vector<Id> found;
    for (std::size_t i = 0; i < source_.size(); ++i)
      if (is_vertex[i]) found.push_back(source_[i]);
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Calls visit(a, b) for each edge of the hull and each of its two directions, with the indices of the points.
  template <class Visit>
  void for_each_edge(const Visit& visit) const {
    const std::size_t count = source_.size();
    for (const Facet& facet : facets_) {
      if (facet.dead) continue;
      for (std::size_t i = 0; i < 3; ++i) {
        const Id from = facet.corner[i], to = facet.corner[(i + 1) % 3];
        if (from < count && to < count) visit(source_[from], source_[to]);
      }
    }
  }

 private:
  __extension__ typedef __int128 Wide;  // holds a volume of differences on the grid
  using Grid = Vec<3, std::int64_t>;
  static constexpr Id none = static_cast<Id>(-1);
  static constexpr double grid_size = 274877906944;  // 2^38: coordinates are within it

  struct Facet {
    /// The corners, counterclockwise from outside, and the facet beyond the edge from each corner to the next.
    std::array<Id, 3> corner, beyond;
    /// Normal of no particular length, and a bound of the rounding error per unit of a coordinate.
    Vec<3, double> normal, error;
    /// First of the waiting points that are known to be above this facet, a list that continues in next_.
    Id above = none;
    /// Points that the facet was last tested with.
    Id seen_by = none, tried_by = none;
    bool dead = false;
  };

  void round(const Polytope& points) {
    Vec<3, double> low = points[0], high = points[0];
    for (const auto& point : points)
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min(low[i], point[i]);
        high[i] = std::max(high[i], point[i]);
      }
    const Vec<3, double> center = 0.5 * low + 0.5 * high;
    for (int i = 0; i < 3; ++i) extent_ = std::max(extent_, high[i] - center[i]);
    const double scale = extent_ > 1e-200 ? (grid_size - 1) / extent_ : 0;
    struct Entry {
      std::uint64_t place;
      Grid at;
      Id source;
      auto key() const { return std::tie(place, at[0], at[1], at[2]); }
    };
    std::vector<Entry> all;
    all.reserve(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Vec<3, double> real = scale * (points[i] - center);
      const Grid at{std::llround(real[0]), std::llround(real[1]), std::llround(real[2])};
      all.push_back({along_curve(at), at, static_cast<Id>(i)});
    }
    std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
      return a.place != b.place
                 ? a.place < b.place
                 : std::tuple_cat(a.key(), std::tie(a.source)) < std::tuple_cat(b.key(), std::tie(b.source));
    });
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0 && all[i].key() == all[i - 1].key()) continue;
      grid_.push_back(all[i].at);
      source_.push_back(all[i].source);
    }
  }

  /// The place of a point along a curve that fills space: the upper 21 bits of each coordinate, interleaved.
  static std::uint64_t along_curve(const Grid& at) {
    std::uint64_t place = 0;
    for (int i = 0; i < 3; ++i) {
      std::uint64_t bits = static_cast<std::uint64_t>(at[i] + static_cast<std::int64_t>(grid_size)) >> 18;
      bits = std::min<std::uint64_t>(bits, 0x1fffff);
      bits = (bits | bits << 32) & 0x1f00000000ffff;
      bits = (bits | bits << 16) & 0x1f0000ff0000ff;
      bits = (bits | bits << 8) & 0x100f00f00f00f00f;
      bits = (bits | bits << 4) & 0x10c30c30c30c30c3;
      bits = (bits | bits << 2) & 0x1249249249249249;
      place |= bits << i;
    }
    return place;
  }

  static Vec<3, double> real(const Grid& at) { return at.as<double>(); }

  /// The exact sign of the height of a point above the plane of three others.
  int exact_side(Id a, Id b, Id c, Id point) const {
    const Grid u = grid_[b] - grid_[a], v = grid_[c] - grid_[a], w = grid_[point] - grid_[a];
    Wide sum = 0;
    for (int i = 0; i < 3; ++i) {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      sum += (Wide{u[j]} * v[k] - Wide{u[k]} * v[j]) * w[i];
    }
    return sum > 0 ? 1 : sum < 0 ? -1 : 0;
  }

  bool is_collinear(Id a, Id b, Id c) const {
    const Grid u = grid_[b] - grid_[a], v = grid_[c] - grid_[a];
    for (int i = 0; i < 3; ++i)
      if (Wide{u[i]} * v[(i + 1) % 3] != Wide{u[(i + 1) % 3]} * v[i]) return false;
    return true;
  }

  bool is_above(const Facet& facet, Id point) const {
    const Vec<3, double> offset = real(grid_[point] - grid_[facet.corner[0]]);
    const double height = dot(facet.normal, offset);
    const double error = facet.error[0] * std::abs(offset[0]) + facet.error[1] * std::abs(offset[1]) +
                         facet.error[2] * std::abs(offset[2]);
    if (std::abs(height) > error) return height > 0;
    return exact_side(facet.corner[0], facet.corner[1], facet.corner[2], point) > 0;
  }

  /// Adds a facet and returns its index.
  Id add(Id a, Id b, Id c) {
    Facet facet;
    facet.corner = {a, b, c};
    facet.beyond = {none, none, none};
    const Vec<3, double> u = real(grid_[b] - grid_[a]), v = real(grid_[c] - grid_[a]);
    for (int i = 0; i < 3; ++i) {
      const double one = u[(i + 1) % 3] * v[(i + 2) % 3], other = u[(i + 2) % 3] * v[(i + 1) % 3];
      facet.normal[i] = one - other;
      facet.error[i] = 2e-15 * (std::abs(one) + std::abs(other));  // sixteen roundings
    }
    if (free_.empty()) {
      facets_.push_back(facet);
      return static_cast<Id>(facets_.size() - 1);
    }
    const Id index = free_.back();
    free_.pop_back();
    facets_[index] = facet;
    return index;
  }

  void await(Id point, Id facet) {
    next_[point] = facets_[facet].above;
    facets_[facet].above = point;
    seen_[point] = facet;
  }

  /// Four points that are not in a plane. Points on a line or in a plane get others beside them, whose indices are
  /// beyond those of the points.
  std::array<Id, 4> first_simplex() {
    const Id count = static_cast<Id>(grid_.size());
    const auto farthest = [&](const auto& measure) {
      Id best = 0;
      double most = -1;
      for (Id i = 0; i < count; ++i)
        if (const double here = measure(i); here > most) {
          best = i;
          most = here;
        }
      return best;
    };
    // A measure may be rounded to zero where it is not zero.
    const auto any = [&](Id best, const auto& is_outside) {
      for (Id i = best; i < count; ++i)
        if (is_outside(i)) return i;
      for (Id i = 0; i < best; ++i)
        if (is_outside(i)) return i;
      return none;
    };
    const auto beside = [&](const Grid at, int axis) {
      grid_.push_back(at);
      grid_.back()[axis] += at[axis] > 0 ? -(std::int64_t{1} << 37) : std::int64_t{1} << 37;
      return static_cast<Id>(grid_.size() - 1);
    };
    const Id a = 0;
    const auto from_a = [&](Id i) { return real(grid_[i] - grid_[a]); };
    const Id b = farthest([&](Id i) { return dot(from_a(i), from_a(i)); });
    const Vec<3, double> along = from_a(b);
    Id c = farthest([&](Id i) {
      const auto across = cross(along, from_a(i));
      return dot(across, across);
    });
    c = any(c, [&](Id i) { return !is_collinear(a, b, i); });
    if (c == none) {
      int axis = 0;
      for (int i = 1; i < 3; ++i)
        if (std::abs(along[i]) < std::abs(along[axis])) axis = i;
      c = beside(grid_[a], axis);
    }
    const Vec<3, double> normal = cross(along, from_a(c));
    Id d = farthest([&](Id i) { return std::abs(dot(normal, from_a(i))); });
    d = any(d, [&](Id i) { return exact_side(a, b, c, i) != 0; });
    for (int axis = 0; d == none; ++axis) {
      const Id candidate = beside(grid_[a], axis);
      if (exact_side(a, b, c, candidate) != 0)
        d = candidate;
      else
        grid_.pop_back();
    }
    if (exact_side(a, b, c, d) > 0) return {a, c, b, d};
    return {a, b, c, d};
  }

  void build() {
    const Id count = static_cast<Id>(grid_.size());
    const auto [a, b, c, d] = first_simplex();
    next_.assign(grid_.size(), none);
    starts_.assign(grid_.size(), none);
    seen_.assign(grid_.size(), none);
    add(a, b, c);
    add(a, d, b);
    add(b, d, c);
    add(c, d, a);
    const std::array<std::array<Id, 3>, 4> beyond{{{1, 2, 3}, {3, 2, 0}, {1, 3, 0}, {2, 1, 0}}};
    for (Id i = 0; i < 4; ++i) facets_[i].beyond = beyond[i];
    for (Id point = 0; point < count; ++point)
      for (Id i = 0; i < 4 && seen_[point] == none; ++i)
        if (is_above(facets_[i], point)) await(point, i);
    for (const Id point : insertion_order(count))
      if (seen_[point] != none) insert(point);
  }

  /// Rounds of random points, each twice as large as the one before. Within a round the points keep their order on the
  /// grid, so that they are mostly near each other (Amenta, Choi and Rote, "Incremental constructions con BRIO", 2003).
  static std::vector<Id> insertion_order(Id count) {
    std::vector<std::vector<Id>> rounds(65);
    for (Id i = 0; i < count; ++i) {
      std::uint64_t bits = (std::uint64_t{i} + 1) * 0x9e3779b97f4a7c15u;  // SplitMix64
      bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
      bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
      rounds[static_cast<std::size_t>(std::countl_zero(bits ^ (bits >> 31)))].push_back(i);
    }
    std::vector<Id> order;
    for (std::size_t round = rounds.size(); round-- > 0;)
      order.insert(order.end(), rounds[round].begin(), rounds[round].end());
    return order;
  }

  /// Extends the hull to a point outside.
  void insert(Id apex) {
    visible_.assign(1, seen_[apex]);
    facets_[seen_[apex]].seen_by = apex;
    for (std::size_t i = 0; i < visible_.size(); ++i)
      for (const Id beyond : facets_[visible_[i]].beyond)
        if (facets_[beyond].seen_by != apex && is_above(facets_[beyond], apex)) {
          facets_[beyond].seen_by = apex;
          visible_.push_back(beyond);
        }
    made_.clear();
    for (const Id index : visible_) {
      facets_[index].dead = true;
      for (std::size_t i = 0; i < 3; ++i) {
        const Id beyond = facets_[index].beyond[i];
        if (facets_[beyond].seen_by == apex) continue;
        const Id from = facets_[index].corner[i], to = facets_[index].corner[(i + 1) % 3];
        const Id made = add(from, to, apex);
        facets_[index].beyond[i] = made;
        facets_[made].beyond[0] = beyond;
        Facet& outer = facets_[beyond];
        for (Id k = 0; k < 3; ++k)
          if (outer.corner[k] == to && outer.corner[(k + 1) % 3] == from) outer.beyond[k] = made;
        starts_[from] = made;
        made_.push_back(made);
      }
    }
    for (const Id index : made_) {
      const Id after = starts_[facets_[index].corner[1]];
      facets_[index].beyond[1] = after;
      facets_[after].beyond[2] = index;
    }
    for (const Id index : visible_)
      for (Id point = facets_[index].above; point != none;) {
        const Id next = next_[point];
        if (point != apex) find_facet(point, index);
        point = next;
      }
    free_.insert(free_.end(), visible_.begin(), visible_.end());
  }

  /// Finds a new facet that a waiting point is above, by going from a facet that was removed through others that it is
  /// above. A point above none is inside the hull: if it is above the new facet at an edge, it is above one of the two
  /// facets that met there, and what a point sees is connected.
  void find_facet(Id point, Id removed) {
    seen_[point] = none;
    path_.assign(1, removed);
    facets_[removed].tried_by = point;
    for (std::size_t i = 0; i < path_.size(); ++i)
      for (const Id beyond : facets_[path_[i]].beyond) {
        Facet& facet = facets_[beyond];
        if (!facet.dead) {
          if (is_above(facet, point)) return await(point, beyond);
        } else if (facet.tried_by != point) {
          facet.tried_by = point;
          if (is_above(facet, point)) path_.push_back(beyond);
        }
      }
  }

  double extent_ = 0;
  std::vector<Grid> grid_;  // sorted, without repetitions; then points that were put beside them
  std::vector<Id> source_;  // index of each among the points
  std::vector<Facet> facets_;
  std::vector<Id> free_;    // facets that were removed
  std::vector<Id> next_;    // the next waiting point on the list of the same facet
  std::vector<Id> seen_;    // a facet that a waiting point is above
  std::vector<Id> starts_;  // the new facet whose edge on the horizon starts at a vertex
  std::vector<Id> visible_, made_, path_;
};

/// Leaves out vertices of a hull that are within a tolerance of the hull of the others. Each is tested against some of
/// the others, which gives an upper bound of its distance, and these answer for it when they are left out themselves.
class VertexThinning {
 public:
  using Id = HullSurface::Id;

  VertexThinning(const Polytope& points, const HullSurface& hull, double tolerance)
      : points_(points),
        tolerance_(tolerance),
        vertices_(hull.vertices()),
        begin_(points.size() + 1, 0),
        more_(points.size()),
        debt_(points.size(), 0),
        alias_(points.size()) {
    hull.for_each_edge([&](Id from, Id) { ++begin_[from + 1]; });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    neighbors_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    hull.for_each_edge([&](Id from, Id to) { neighbors_[next[from]++] = to; });
    std::iota(alias_.begin(), alias_.end(), Id{0});
  }

  /// The vertices that are left.
  std::vector<Id> thin() {
    constexpr int most_sweeps = 4;
    for (int sweep = 0; sweep < most_sweeps; ++sweep) {
      const std::vector<Id> before = vertices_;
      for (const Id vertex : before) leave_out(vertex);
      std::erase_if(vertices_, [&](Id vertex) { return alias_[vertex] != vertex; });
      if (vertices_.size() == before.size()) break;
    }
    return vertices_;
  }

 private:
  /// The vertex that took a vertex's place.
  Id root(Id i) {
    while (alias_[i] != i) i = alias_[i] = alias_[alias_[i]];
    return i;
  }

  std::size_t degree(Id vertex) const { return begin_[vertex + 1] - begin_[vertex] + more_[vertex].size(); }

  void leave_out(Id vertex) {
    find_ring(vertex);
    if (ring_.empty()) return;
    const double total = distance_to_ring(vertex) + debt_[vertex];
    if (!(total <= tolerance_)) return;
    for (const Id neighbor : ring_) debt_[neighbor] = std::max(debt_[neighbor], total);
    const Id heir = *std::min_element(ring_.begin(), ring_.end(), [&](Id a, Id b) { return degree(a) < degree(b); });
    alias_[vertex] = heir;
    if (vertices_.size() > few) more_[heir].insert(more_[heir].end(), ring_.begin(), ring_.end());
  }

  /// Finds the vertices to test a vertex against: all others if they are few, otherwise its neighbors. A vertex with
  /// many neighbors is kept without a test, since many such tests would cost too much.
  void find_ring(Id vertex) {
    ring_.clear();
    if (vertices_.size() <= few) {
      for (const Id other : vertices_)
        if (other != vertex && alias_[other] == other) ring_.push_back(other);
      return;
    }
    if (degree(vertex) > 64) return;
    ring_.assign(neighbors_.begin() + static_cast<std::ptrdiff_t>(begin_[vertex]),
                 neighbors_.begin() + static_cast<std::ptrdiff_t>(begin_[vertex + 1]));
    ring_.insert(ring_.end(), more_[vertex].begin(), more_[vertex].end());
    for (Id& neighbor : ring_) neighbor = root(neighbor);
    std::sort(ring_.begin(), ring_.end());
    ring_.erase(std::unique(ring_.begin(), ring_.end()), ring_.end());
    std::erase(ring_, vertex);
  }

  /// An upper bound of the distance of a vertex to the hull of the ring; beyond the tolerance it may be any.
  double distance_to_ring(Id vertex) {
    around_.clear();
    Vec<3, double> middle{};
    double reach = 0;
    for (const Id neighbor : ring_) {
      around_.push_back(points_[neighbor] - points_[vertex]);
      middle = middle + around_.back();
      reach = std::max(reach, norm(around_.back()));
    }
    if (reach <= tolerance_) return reach;
    // In a unit that makes the ring large compared with the accuracy of GJK.
    const double scale = 1e4 / reach;
    for (auto& point : around_) point = scale * point;
    const double enough = std::max(scale * tolerance_, certain_gap);
    return separation(Sphere<double>{{}, 0}, around_, -1.0 * middle, enough).at_most / scale;
  }

  static constexpr std::size_t few = 256;

  const Polytope& points_;
  double tolerance_;
  std::vector<Id> vertices_;
  std::vector<std::size_t> begin_;  // of each vertex's neighbors in neighbors_
  std::vector<Id> neighbors_;
  std::vector<std::vector<Id>> more_;  // neighbors of vertices that were left out
  std::vector<double> debt_;           // how far a vertex that was left out may be from what this one stands for
  std::vector<Id> alias_, ring_;
  Polytope around_;
};

}  // namespace detail

/// The vertices of the convex hull of a set of points, in their order. Every point is within a billionth of the extent,
/// and 1e-9 m, of the hull of the result. The time grows as n log n.
/// @throws Error if there are no points or a point is not finite.
inline Polytope extreme_points(const Polytope& points) {
  require(!points.empty(), "extreme_points: wanted points, got none");
  for (const auto& point : points)
    require(std::isfinite(dot(point, point)), "extreme_points: wanted finite points, got ", point[0], ", ", point[1],
            ", ", point[2]);
  require(points.size() < std::size_t{1} << 31, "extreme_points: wanted fewer than 2^31 points, got ", points.size());
  const detail::HullSurface hull(points);
  const double tolerance = 0.9e-9 * std::min(hull.extent(), 1.0);  // the rest is for the rounding to the grid
  Polytope vertices;
  for (const std::size_t i : detail::VertexThinning(points, hull, tolerance).thin()) vertices.push_back(points[i]);
  return vertices;
}

}  // namespace mace
