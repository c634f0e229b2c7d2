// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "mace/core/philox.hpp"

/// Clouds, x, y, z of one point after the other, of which there are too many points.
namespace mace::examples {

/// So many points at the most, taken at equal steps: enough to see a cloud.
inline std::vector<float> thinned(std::span<const float> xyz, std::size_t most) {
  const std::size_t points = xyz.size() / 3, step = std::max<std::size_t>(1, (points + most - 1) / most);
  std::vector<float> some;
  for (std::size_t i = 0; i < points; i += step) some.insert(some.end(), &xyz[3 * i], &xyz[3 * i] + 3);
  return some;
}

/// So many points, drawn without replacement, in their order; all of them if there are no more.
inline std::vector<float> drawn_points(std::span<const float> xyz, std::size_t count, Random random) {
  std::vector<float> some;
  std::size_t wanted = count, left = xyz.size() / 3;
  for (std::size_t i = 0; left > 0; ++i, --left) {
    if (wanted < left &&
        static_cast<double>(random.uniform()) * static_cast<double>(left) >= static_cast<double>(wanted))
      continue;
    some.insert(some.end(), &xyz[3 * i], &xyz[3 * i] + 3);
    --wanted;
  }
  return some;
}

}  // namespace mace::examples
