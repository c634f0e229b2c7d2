// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/core/numeric.hpp"

/// What the programs that train on airplanes share.
namespace mace::examples {

/// How far the networks' airplanes are turned about z, either way, degrees. The paper turns its own (App. A); the
/// task's objects and fingers are not turned, and the small networks' 16 latents are better spent on shapes.
inline constexpr float paper_turn = 45, small_turn = 0;

/// Turns a cloud about z, by degrees.
inline void turn_cloud(std::span<float> xyz, float degrees) {
  float sine, cosine;
  numeric::sincos(0.0174532925f * degrees, sine, cosine);
  for (std::size_t i = 0; i + 2 < xyz.size(); i += 3) {
    const float x = xyz[i], y = xyz[i + 1];
    xyz[i] = cosine * x - sine * y;
    xyz[i + 1] = sine * x + cosine * y;
  }
}

}  // namespace mace::examples
