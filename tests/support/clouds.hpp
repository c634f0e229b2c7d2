// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "shapes/box.hpp"

namespace mace::test {

/// x, y, z of one point after the other.
using Points = std::vector<float>;

/// Points uniform in [-0.5, 0.5]^3.
inline Points random_points(Index points, std::uint32_t name) {
  Random random({21, Stream::evaluation, 0}, name);
  Points xyz(static_cast<std::size_t>(3 * points));
  for (float& x : xyz) x = random.uniform(-0.5f, 0.5f);
  return xyz;
}

/// Points on the surface of a random box.
inline Points box_points(Index points, std::uint32_t name) {
  Random random({22, Stream::evaluation, 0}, name);
  Points xyz(static_cast<std::size_t>(3 * points));
  sample_box(random_box(random), random, xyz.data(), points);
  return xyz;
}

/// Of `count` boxes, 0 on, one after the other.
inline Points box_clouds(Index points, std::uint32_t count) {
  Points all;
  for (std::uint32_t b = 0; b < count; ++b) {
    const Points one = box_points(points, b);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

inline std::vector<double> in_double(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

}  // namespace mace::test
