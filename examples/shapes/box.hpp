// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mace/cloud/cloud.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// A box that stands on z = 0, centered on the z axis and turned about it: the shapes of the paper's completion task
/// (App. C). Edges in the units of the cloud (the task's: 0.2 to 1), yaw in radians.
struct Box {
  float x_edge, y_edge, height, yaw;
};

/// Edges uniform in [0.2, 1], yaw uniform in [-pi, pi): the task's distribution of boxes.
MACE_HD inline Box random_box(Random& random) {
  Box box;
  box.x_edge = random.uniform(0.2f, 1.0f);
  box.y_edge = random.uniform(0.2f, 1.0f);
  box.height = random.uniform(0.2f, 1.0f);
  box.yaw = random.uniform(-3.14159265f, 3.14159265f);
  return box;
}

/// `points` points uniform in area on the six faces, as x, y, z.
MACE_HD inline void sample_box(const Box& box, Random& random, float* xyz, Index points) {
  float sine, cosine;
  numeric::sincos(box.yaw, sine, cosine);
  const float edge[3] = {box.x_edge, box.y_edge, box.height};
  // The area of the pair of faces across each axis.
  const float area[3] = {edge[1] * edge[2], edge[0] * edge[2], edge[0] * edge[1]};
  for (Index i = 0; i < points; ++i) {
    const float u = random.uniform() * (area[0] + area[1] + area[2]);
    const int across = u < area[0] ? 0 : u < area[0] + area[1] ? 1 : 2;
    float p[3] = {random.uniform() - 0.5f, random.uniform() - 0.5f, random.uniform() - 0.5f};
    p[across] = p[across] < 0.0f ? -0.5f : 0.5f;
    const float x = p[0] * edge[0], y = p[1] * edge[1];
    xyz[3 * i] = cosine * x - sine * y;
    xyz[3 * i + 1] = sine * x + cosine * y;
    xyz[3 * i + 2] = (p[2] + 0.5f) * edge[2];
  }
}

/// The task's cut: a half space of uniform direction, its offset such that a share uniform in [0.3, 0.7] of the points
/// stays. Errors: those of require_cloud.
inline CutPlane random_cut(Random& random, std::span<const float> xyz) {
  require_cloud("random_cut", xyz);
  float n[3], length;
  do {
    for (float& component : n) component = random.normal();
    length = numeric::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  } while (length < 1e-3f);
  for (float& component : n) component /= length;
  std::vector<float> height(xyz.size() / 3);
  for (std::size_t i = 0; i < height.size(); ++i)
    height[i] = n[0] * xyz[3 * i] + n[1] * xyz[3 * i + 1] + n[2] * xyz[3 * i + 2];
  const float gone = 1.0f - random.uniform(0.3f, 0.7f);
  const auto place = static_cast<std::ptrdiff_t>(gone * static_cast<float>(height.size()));
  std::nth_element(height.begin(), height.begin() + place, height.end());
  return {{n[0], n[1], n[2]}, height[static_cast<std::size_t>(place)]};
}

}  // namespace mace
