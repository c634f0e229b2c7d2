// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Obstacles around a robot and the pose of its base, in the world frame; meters.
struct Scene {
  std::vector<OrientedBox<double>> boxes{};
  std::vector<Sphere<double>> spheres{};
  std::vector<Capsule<double>> capsules{};
  /// Height of the ground plane along the world's z axis; nullopt: no ground. Links that are fixed to the base may
  /// touch it.
  std::optional<double> ground{};
  /// Pose of the robot's base.
  Pose<double> base{};

  /// Validates the scene and returns `*this`.
  /// @param name  prefix of error messages
  /// @throws Error if a number is not finite, a size is negative, or the axes of a pose are not a rotation.
  const Scene& checked(std::string_view name = "Scene") const& {
    const auto check = [&](const char* what, std::size_t i, const auto& sizes, const auto&... places) {
      for (const double size : sizes.v)
        require(size >= 0 && std::isfinite(size), name, ": ", what, " ", i, ": wanted sizes of at least 0, got ", size);
      require((std::isfinite(dot(places, places)) && ...), name, ": ", what, " ", i, ": wanted a finite position");
    };
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      check("box", i, boxes[i].half, boxes[i].pose.position);
      require(boxes[i].pose.is_rigid(), name, ": box ", i, ": wanted axes of length 1, at right angles");
    }
    for (std::size_t i = 0; i < spheres.size(); ++i)
      check("sphere", i, Vec<1, double>{spheres[i].radius}, spheres[i].center);
    for (std::size_t i = 0; i < capsules.size(); ++i)
      check("capsule", i, Vec<1, double>{capsules[i].radius}, capsules[i].a, capsules[i].b);
    require(!ground || std::isfinite(*ground), name, ": wanted a finite height of the ground");
    require(base.is_rigid() && std::isfinite(dot(base.position, base.position)), name,
            ": wanted the robot's base at a finite position, its axes of length 1 and at right angles");
    return *this;
  }
  /// The same for a temporary, which is returned by value.
  Scene checked(std::string_view name = "Scene") && {
    std::as_const(*this).checked(name);
    return std::move(*this);
  }
};

}  // namespace mace
