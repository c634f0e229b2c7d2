// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace {

/// All points within `radius` of a centre; metres.
template <class Real = float>
struct Sphere {
  Vec<3, Real> center;
  Real radius;
};

/// All points within `radius` of the segment from a to b; metres. With a = b it is a sphere.
template <class Real = float>
struct Capsule {
  Vec<3, Real> a, b;
  Real radius;

  template <class To>
  MACE_HD Capsule<To> as() const {
    return {a.template as<To>(), b.template as<To>(), static_cast<To>(radius)};
  }
};

/// A box turned any way: centred on its pose's origin, its edges along the pose's axes; metres.
template <class Real = float>
struct OrientedBox {
  Pose<Real> pose;
  /// Half of each edge.
  Vec<3, Real> half;

  template <class To>
  MACE_HD OrientedBox<To> as() const {
    return {pose.template as<To>(), half.template as<To>()};
  }
};

/// What stands around a robot, in the world's frame; metres.
struct Scene {
  std::vector<OrientedBox<double>> boxes{};
  std::vector<Sphere<double>> spheres{};
  std::vector<Capsule<double>> capsules{};
  /// All below this height is solid; none: there is no floor. What is fixed to the robot's base may touch it.
  std::optional<double> ground{};
  /// Where the robot's base stands.
  Pose<double> base{};

  /// Itself. Errors: a number that is not finite, a negative size, axes of a pose that are not a rotation.
  const Scene& checked(std::string_view name = "Scene") const {
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
};

}  // namespace mace
