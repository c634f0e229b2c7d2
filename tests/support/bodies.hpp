// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/philox.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace::test {

/// Uniform in [-size, size].
inline double uniform(Random& random, double size) {
  return size * (2 * static_cast<double>(random.uniform()) - 1);
}

/// Of length 1, every direction as likely.
inline Vec<3, double> direction_in(Random& random) {
  Vec<3, double> direction{};
  while (!(norm(direction) > 1e-3))
    direction = {double(random.normal()), double(random.normal()), double(random.normal())};
  return (1 / norm(direction)) * direction;
}

/// Turned anyhow, its origin in a cube of twice the size about the other one's.
inline Pose<double> pose_in(Random& random, double size) {
  const Vec<3, double> x = direction_in(random), other = direction_in(random);
  Vec<3, double> y = other - dot(x, other) * x;
  y = (1 / norm(y)) * y;
  y = y - dot(x, y) * x;
  y = (1 / norm(y)) * y;
  return {x, y, cross(x, y), {uniform(random, size), uniform(random, size), uniform(random, size)}};
}

}  // namespace mace::test
