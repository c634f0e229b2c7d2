// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A polytope with a fast support function: a table from directions to the few vertices that can be the support point.
/// For a hull of a thousand vertices these are about ten.
///
/// A direction is a point on the surface of a cube, whose faces are divided into 8 x 8 squares. Within a square, a
/// direction is a weighted mean of the directions to the square's corners, and so is the coordinate of a vertex along
/// it. A vertex that another one exceeds at all four corners is thus never the support point there.
class SupportTable {
 public:
  /// Builds the table.
  /// @throws Error if there are no vertices or a vertex is not finite.
  explicit SupportTable(const Polytope& polytope) {
    require(!polytope.empty(), "SupportTable: wanted a polytope with vertices, got none");
    for (const auto& point : polytope)
      require(std::isfinite(dot(point, point)), "SupportTable: wanted finite vertices, got ", point[0], ", ", point[1],
              ", ", point[2]);
    std::vector<Polytope> lists(faces * side * side);
    for (int face = 0; face < faces; ++face) divide({face, 0, 0, side}, polytope, lists);
    for (const Polytope& list : lists) {
      candidates_.insert(candidates_.end(), list.begin(), list.end());
      end_.push_back(candidates_.size());
    }
  }

  /// The vertex that is farthest in a direction, of any length but zero.
  const Vec<3, double>& support_point(const Vec<3, double>& direction) const {
    const std::size_t square = square_of(direction);
    std::size_t best = square == 0 ? 0 : end_[square - 1];
    double most = dot(candidates_[best], direction);
    for (std::size_t i = best + 1; i < end_[square]; ++i)
      if (const double along = dot(candidates_[i], direction); along > most) {
        best = i;
        most = along;
      }
    return candidates_[best];
  }

 private:
  static constexpr int faces = 6, side = 8;

  /// Part of a cube's face: `width` x `width` squares from (row, column) on. Faces 0 to 2 are perpendicular to x, y and
  /// z, faces 3 to 5 to their negatives; rows and columns run along the next two axes.
  struct Patch {
    int face, row, column, width;
  };

  static std::size_t index(int face, int row, int column) {
    return static_cast<std::size_t>((face * side + row) * side + column);
  }

  /// The square that contains a direction.
  static std::size_t square_of(const Vec<3, double>& d) {
    // Without branches, which could not be predicted.
    const double x = std::abs(d[0]), y = std::abs(d[1]), z = std::abs(d[2]), most = std::max(x, y);
    const int is_z = z > most ? 1 : 0, axis = 2 * is_z + (1 - is_z) * (y > x ? 1 : 0);
    const double scale = 0.5 * side / std::max(most, z);
    const auto place = [&](double value) {
      return static_cast<int>(std::max(0.0, std::min(value * scale + 0.5 * side, side - 1.0)));  // 0 also for NaN
    };
    static constexpr int next[] = {1, 2, 0, 1};
    return index(axis + 3 * (d[axis] < 0 ? 1 : 0), place(d[next[axis]]), place(d[next[axis + 1]]));
  }

  static Vec<3, double> corner(int face, int row, int column) {
    const int axis = face % 3;
    Vec<3, double> d{};
    d[axis] = face < 3 ? 1 : -1;
    d[(axis + 1) % 3] = 2.0 * row / side - 1;
    d[(axis + 2) % 3] = 2.0 * column / side - 1;
    return d;
  }

  /// Fills in the lists of a patch's squares. `around` has the candidates of an enclosing patch.
  static void divide(const Patch& patch, const Polytope& around, std::vector<Polytope>& lists) {
    const Polytope list = unbeaten(patch, around);
    if (patch.width == 1) {
      lists[index(patch.face, patch.row, patch.column)] = list;
      return;
    }
    const int half = patch.width / 2;
    for (const int row : {patch.row, patch.row + half})
      for (const int column : {patch.column, patch.column + half}) divide({patch.face, row, column, half}, list, lists);
  }

  /// The vertices that no other vertex equals or exceeds at all corners of a patch.
  static Polytope unbeaten(const Patch& patch, const Polytope& vertices) {
    struct Entry {
      Vec<3, double> vertex;
      Vec<4, double> along;
      double sum;

      bool beats(const Entry& other) const {
        bool all = true;
        for (int i = 0; i < 4; ++i) all = all && along[i] >= other.along[i];
        return all;
      }
    };
    std::vector<Entry> entries;
    for (const auto& vertex : vertices) {
      Entry entry{vertex, {}, 0};
      for (int i = 0; i < 4; ++i) {
        const int down = (i & 1) * patch.width, right = (i >> 1) * patch.width;
        entry.along[i] = dot(vertex, corner(patch.face, patch.row + down, patch.column + right));
        entry.sum += entry.along[i];
      }
      entries.push_back(entry);
    }
    // An entry is never beaten by one with a smaller sum.
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.sum > b.sum; });
    std::vector<Entry> kept;
    for (const Entry& entry : entries)
      if (std::none_of(kept.begin(), kept.end(), [&](const Entry& other) { return other.beats(entry); }))
        kept.push_back(entry);
    Polytope list;
    for (const Entry& entry : kept) list.push_back(entry.vertex);
    return list;
  }

  /// End of each square's list in `candidates_`; no list is empty.
  std::vector<std::size_t> end_;
  Polytope candidates_;
};

/// Support function of a polytope with a table.
inline const Vec<3, double>& support_point(const SupportTable& table, const Vec<3, double>& direction) {
  return table.support_point(direction);
}

}  // namespace mace
