// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A polytope with a fast support function: a table from directions to the few vertices that can be the support point.
/// For a hull of a thousand vertices these are about ten.
///
/// A direction is a point on the surface of a cube, whose faces are divided into 8 x 8 squares, more for a polytope of
/// thousands of vertices. Within a square, a
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
    std::vector<Polytope> lists;
    for (int face = 0; face < faces; ++face) lists.push_back(unbeaten(face, 0, 0, polytope));
    while (side_ < 8 || is_worth_dividing(polytope.size(), lists)) lists = divided(lists);
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
  static constexpr int faces = 6;

  std::size_t index(int face, int row, int column) const {
    return static_cast<std::size_t>((face * side_ + row) * side_ + column);
  }

  /// The square that contains a direction.
  std::size_t square_of(const Vec<3, double>& d) const {
    // Without branches, which could not be predicted.
    const double x = std::abs(d[0]), y = std::abs(d[1]), z = std::abs(d[2]), most = std::max(x, y);
    const int is_z = z > most ? 1 : 0, axis = 2 * is_z + (1 - is_z) * (y > x ? 1 : 0);
    const double scale = 0.5 * side_ / std::max(most, z);
    const auto place = [&](double value) {
      return static_cast<int>(std::max(0.0, std::min(value * scale + 0.5 * side_, side_ - 1.0)));  // 0 also for NaN
    };
    static constexpr int next[] = {1, 2, 0, 1};
    return index(axis + 3 * (d[axis] < 0 ? 1 : 0), place(d[next[axis]]), place(d[next[axis + 1]]));
  }

  /// Direction to a place on a face, in squares.
  Vec<3, double> direction(int face, double row, double column) const {
    const int axis = face % 3;
    Vec<3, double> d{};
    d[axis] = face < 3 ? 1 : -1;
    d[(axis + 1) % 3] = 2 * row / side_ - 1;
    d[(axis + 2) % 3] = 2 * column / side_ - 1;
    return d;
  }

  /// True if there are many vertices for each square, and they do not get many more candidates in all: a round edge has
  /// all its vertices in each square that its normals' plane meets.
  bool is_worth_dividing(std::size_t vertices, const std::vector<Polytope>& lists) const {
    std::size_t candidates = 0;
    for (const Polytope& list : lists) candidates += list.size();
    return side_ < 64 && vertices > 6 * lists.size() && candidates < 6 * vertices;
  }

  /// The lists of squares of half the width.
  std::vector<Polytope> divided(const std::vector<Polytope>& lists) {
    side_ *= 2;
    std::vector<Polytope> finer;
    finer.reserve(4 * lists.size());
    for (int face = 0; face < faces; ++face)
      for (int row = 0; row < side_; ++row)
        for (int column = 0; column < side_; ++column) {
          const int around = (face * side_ / 2 + row / 2) * side_ / 2 + column / 2;
          finer.push_back(unbeaten(face, row, column, lists[static_cast<std::size_t>(around)]));
        }
    return finer;
  }

  /// The vertices that no other vertex equals or exceeds at all corners of a square. Of many vertices, some that are
  /// exceeded may be among them: they are compared with the farthest along nine directions only, since all pairs would
  /// take too long.
  Polytope unbeaten(int face, int row, int column, const Polytope& vertices) const {
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
    std::array<Vec<3, double>, 4> corners;
    for (int i = 0; i < 4; ++i)
      corners[static_cast<std::size_t>(i)] = direction(face, row + (i & 1), column + (i >> 1));
    std::vector<Entry> entries;
    entries.reserve(vertices.size());
    for (const auto& vertex : vertices) {
      Entry entry{vertex, {}, 0};
      for (int i = 0; i < 4; ++i) {
        entry.along[i] = dot(vertex, corners[static_cast<std::size_t>(i)]);
        entry.sum += entry.along[i];
      }
      entries.push_back(entry);
    }
    constexpr std::size_t few = 32, many = 256;
    if (entries.size() > few) {
      std::array<double, 9> most;
      most.fill(-std::numeric_limits<double>::infinity());
      std::array<std::size_t, 9> best{};
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& [a, b, c, d] = entries[i].along.v;
        const double grid[]{2 * a, a + b, 2 * b, a + c, 0.5 * entries[i].sum, b + d, 2 * c, c + d, 2 * d};
        for (std::size_t k = 0; k < 9; ++k)
          if (grid[k] > most[k]) {
            most[k] = grid[k];
            best[k] = i;
          }
      }
      std::array<Entry, 9> farthest;
      for (std::size_t k = 0; k < 9; ++k) farthest[k] = entries[best[k]];
      std::erase_if(entries, [&](const Entry& entry) {
        return std::any_of(farthest.begin(), farthest.end(),
                           [&](const Entry& far) { return far.sum > entry.sum && far.beats(entry); });
      });
    }
    std::vector<Entry> kept;
    if (entries.size() > many) {
      kept = std::move(entries);
    } else {
      // An entry is never beaten by one with a smaller sum.
      std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.sum > b.sum; });
      for (const Entry& entry : entries)
        if (std::none_of(kept.begin(), kept.end(), [&](const Entry& other) { return other.beats(entry); }))
          kept.push_back(entry);
    }
    Polytope list;
    for (const Entry& entry : kept) list.push_back(entry.vertex);
    return list;
  }

  int side_ = 1;  // squares along an edge of the cube
  /// End of each square's list in `candidates_`; no list is empty.
  std::vector<std::size_t> end_;
  Polytope candidates_;
};

/// Support function of a polytope with a table.
inline const Vec<3, double>& support_point(const SupportTable& table, const Vec<3, double>& direction) {
  return table.support_point(direction);
}

}  // namespace mace
