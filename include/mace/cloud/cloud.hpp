// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Point cloud of exactly `Points` points, stored as x, y, z of one point after the other.
template <int Points>
struct Cloud {
  static constexpr int points = Points;
  float xyz[3 * Points];
};

/// Point cloud of at most `Capacity` points, of which the first `count` are valid.
template <int Capacity>
struct PartialCloud {
  static constexpr int capacity = Capacity;
  float xyz[3 * Capacity];
  std::int32_t count;
};

/// The plane of a cut, which keeps the points p with normal . p >= offset.
struct CutPlane {
  float normal[3];
  float offset;

  MACE_HD bool contains(const float* p) const {
    return !(normal[0] * p[0] + normal[1] * p[1] + normal[2] * p[2] < offset);  // keeps NaN, so that it is noticed
  }
};

/// Validates a cloud from outside.
/// @param who name at the beginning of the message
/// @param xyz x, y, z of one point after the other
/// @param at_least smallest number of points
/// @throws Error if the cloud has too few points or a coordinate that is not within +-1e15, beyond which squared
/// distances may overflow.
inline void require_cloud(const char* who, std::span<const float> xyz, std::size_t at_least = 1) {
  require(xyz.size() % 3 == 0, who, ": wanted three coordinates a point, got ", xyz.size(), " numbers");
  require(xyz.size() / 3 >= at_least, who, ": wanted at least ", at_least, " points, got ", xyz.size() / 3);
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    require(numeric::is_finite(xyz[i]), who, ": wanted finite coordinates, got ", xyz[i], " in point ", i / 3);
    require(-1e15f <= xyz[i] && xyz[i] <= 1e15f, who, ": wanted coordinates between -1e15 and 1e15, got ", xyz[i],
            " in point ", i / 3);
  }
}

}  // namespace mace
