// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"

/// The paper's scenes for reaching (4.2), in meters. In each of them the base of the robot is at (-0.6, 0, 0), the
/// ground is at z = 0, and the x axis points away from the robot.
namespace mace {

/// Names of the scenes.
inline constexpr std::array<std::string_view, 4> scene_names{"wall", "cwall", "window", "box"};

/// The goal of a named scene, a position in the world frame.
/// @throws Error if there is no scene of that name.
inline Vec<3, double> named_goal(std::string_view name) {
  if (name == "wall") return {-0.17, 0, 0.56};
  if (name == "cwall") return {0, 0, 0.5};
  if (name == "window") return {0.015, 0, 0.558};
  if (name == "box") return {-0.1, -0.1, 0.1025};
  fail("scene: wanted wall, cwall, window or box, got \"", name, "\"");
}

namespace detail {

/// A box aligned with the world axes, from its center and edge lengths.
inline Obstacle<OrientedBox<double>> upright_box(const Vec<3, double>& center, const Vec<3, double>& size) {
  return {{{.position = center}, 0.5 * size}};
}

/// Five plates around the goal, open toward (-1, 1, 0): lid, floor, back and two sides, rotated by -45 degrees about
/// the vertical axis through the goal.
inline std::vector<Obstacle<OrientedBox<double>>> open_box(const Vec<3, double>& goal) {
  constexpr double h = 0.70710678118654752440, length = 0.26, width = 0.2, thickness = 0.0025;
  const Pose<double> turned{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, goal};
  const double up = 0.5 * (width + thickness), back = 0.5 * length, side = 0.5 * width;
  const Vec<3, double> lid{length, width, thickness}, rear{thickness, width, width}, wall{length, thickness, width};
  std::vector<Obstacle<OrientedBox<double>>> plates;
  const auto add = [&](const Vec<3, double>& center, const Vec<3, double>& size) {
    plates.push_back({{turned * Pose<double>{.position = center}, 0.5 * size}});
  };
  add({0, 0, up}, lid);
  add({0, 0, -up}, lid);
  add({back, 0, 0}, rear);
  add({0, side, 0}, wall);
  add({0, -side, 0}, wall);
  return plates;
}

}  // namespace detail

/// True if a named scene leaves little room around its goal and thus needs different hyperparameters, as `box` does.
inline bool is_cramped(std::string_view name) {
  return name == "box";
}

/// A scene by name. `wall`: a high wall above a low table-like plate, which leaves only a narrow way to the goal behind
/// it; `cwall`: a small wall between the robot and the goal; `window`: a frame to reach through; `box`: an open box to
/// reach into.
/// @throws Error if there is no scene of that name.
inline Scene named_scene(std::string_view name) {
  Scene scene;
  scene.ground = 0;
  scene.base.position = {-0.6, 0, 0};
  const Vec<3, double> goal = named_goal(name);
  if (name == "wall")
    scene.boxes = {detail::upright_box({-0.1, 0, 0.5}, {0.2, 0.8, 0.01}),
                   detail::upright_box({-0.25, 0, 0.8}, {0.11, 0.8, 0.6})};
  else if (name == "cwall")
    scene.boxes = {detail::upright_box({-0.2, 0, 0.5}, {0.1, 0.2, 0.4})};
  else if (name == "window")
    scene.boxes = {detail::upright_box({-0.2, 0, 0.4}, {0.02, 0.5, 0.1}),
                   detail::upright_box({-0.2, 0, 0.8}, {0.02, 0.5, 0.1}),
                   detail::upright_box({-0.2, 0.2, 0.6}, {0.02, 0.1, 0.3}),
                   detail::upright_box({-0.2, -0.2, 0.6}, {0.02, 0.1, 0.3})};
  else
    scene.boxes = detail::open_box(goal);
  return scene;
}

}  // namespace mace
