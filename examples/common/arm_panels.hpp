// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/canvas.hpp"
#include "common/caption.hpp"
#include "common/hull_mesh.hpp"
#include "common/painting.hpp"
#include "common/range.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/attached_object.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"

namespace mace::examples {

/// An arm at some configuration, in the world.
struct PlacedArm {
  std::vector<Point3> joints;         ///< from the base to the tip
  std::vector<Capsule<double>> body;  ///< its cover
  bool free;                          ///< or in collision
};

/// One panel: arms among the obstacles, or none. The first is painted with its body.
struct ArmPanel {
  std::string title = {};
  std::string note = {};
  std::vector<PlacedArm> arms = {};
};

/// Panels side by side after Fig. 3 of the paper. All have one scale and one camera. The picture's height follows from
/// its width and the number of panels.
struct ArmPanelsSpec {
  std::vector<ArmPanel> panels;
  Scene scene;
  Vec<3, double> goal;
  int width = 2000;         ///< of the picture, in pixels
  double azimuth = -72.0;   ///< of the camera, in degrees about z from the x axis
  double elevation = 28.0;  ///< of the camera, in degrees
};

/// The arm at q, an entry a joint.
inline PlacedArm placed_arm(const ArmDescription& arm, const Pose<double>& base, std::span<const double> q, bool free) {
  const std::vector<Pose<double>> frames = arm.chain.frames(base, q);
  PlacedArm placed{{}, {}, free};
  for (const auto& frame : frames) placed.joints.push_back(frame.position);
  placed.joints.push_back(frames.back() * arm.chain.tip.position);
  for (const ArmLink& link : arm.links)
    for (const auto& capsule : link.capsules) {
      const auto& frame = frames[static_cast<std::size_t>(link.joint + 1)];
      placed.body.push_back({frame * capsule.a, frame * capsule.b, capsule.radius});
    }
  return placed;
}

namespace detail {

inline constexpr Color free_color = mix(palette::blue, palette::white, 0.25);
inline constexpr Color hit_color = mix(palette::orange, palette::white, 0.15);
inline constexpr Color obstacle_color{0.45, 0.48, 0.53};
inline constexpr Color goal_color = palette::green;
inline constexpr Color ground_color{0.945, 0.95, 0.958}, grid_color{0.83, 0.85, 0.875};

/// What all lengths that are no measures of the scene follow: the bones' radius. They are thin, so that many arms can
/// be told apart: 16 mm for a Panda, which is 1.42 m from joint to joint, and so where there is no arm to measure.
inline double bone_radius(const ArmPanelsSpec& spec) {
  double longest = 0.0;
  for (const ArmPanel& panel : spec.panels)
    for (const PlacedArm& arm : panel.arms) {
      double length = 0.0;
      for (std::size_t i = 1; i < arm.joints.size(); ++i) length += norm(arm.joints[i] - arm.joints[i - 1]);
      longest = std::max(longest, length);
    }
  return longest > 0.0 ? 0.01125 * longest : 0.016;
}

/// An arm as what joins its joints, in pieces short enough to be sorted by depth, or also as its body.
inline void add_arm(Painting& painting, const PlacedArm& arm, double bone, bool with_body) {
  const Color color = arm.free ? free_color : hit_color;
  for (std::size_t i = 1; i < arm.joints.size(); ++i) {
    const Point3 &from = arm.joints[i - 1], way = arm.joints[i] - from;
    const int pieces = std::max(1, static_cast<int>(norm(way) / (9.4 * bone)));
    const auto at = [&](int piece) { return from + scaled(way, static_cast<double>(piece) / pieces); };
    for (int piece = 0; piece < pieces && norm(way) > 0; ++piece)
      painting.add_capsule(at(piece), at(piece + 1), bone, color);
  }
  for (const auto& capsule : arm.body)
    if (with_body) painting.add_capsule(capsule.a, capsule.b, capsule.radius, faded(color, 0.13));
}

inline std::array<Point3, 8> corners(const OrientedBox<double>& box) {
  std::array<Point3, 8> corners;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto side = [&](std::size_t axis) { return (i >> axis & 1u) != 0 ? 1.0 : -1.0; };
    corners[i] = box.pose * Point3{side(0) * box.half[0], side(1) * box.half[1], side(2) * box.half[2]};
  }
  return corners;
}

/// A box that can be seen through, with its edges.
inline void add_obstacle(Painting& painting, const OrientedBox<double>& box, double bone) {
  const std::array<Point3, 3> half{scaled(box.pose.x, box.half[0]), scaled(box.pose.y, box.half[1]),
                                   scaled(box.pose.z, box.half[2])};
  painting.add_box(box.pose.position, half, faded(obstacle_color, 0.26));
  const auto at = corners(box);
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if ((i >> axis & 1u) == 0)
        painting.add_capsule(at[i], at[i | std::size_t{1} << axis], 0.14 * bone, faded(obstacle_color, 0.75));
}

inline Polytope polytope_of(const Cylinder<double>& cylinder) {
  return mace::detail::enclosing_polytope(cylinder);
}

/// A polytope that can be seen through, by its edges.
inline void add_edges(Painting& painting, const Polytope& points, double bone) {
  for (const auto& [a, b] : sharp_edges(hull_mesh(points)))
    painting.add_capsule(a, b, 0.14 * bone, faded(obstacle_color, 0.75));
}

/// Obstacles but half-spaces, which have no end.
inline void add_obstacles(Painting& painting, const Scene& obstacles, double bone) {
  for (const auto& box : obstacles.boxes) add_obstacle(painting, box, bone);
  for (const auto& ball : obstacles.spheres) painting.add_ball(ball.center, ball.radius, obstacle_color);
  for (const auto& capsule : obstacles.capsules)
    painting.add_capsule(capsule.a, capsule.b, capsule.radius, obstacle_color);
  for (const auto& cylinder : obstacles.cylinders) add_edges(painting, polytope_of(cylinder), bone);
  for (const auto& hull : obstacles.hulls) add_edges(painting, hull.points, bone);
}

using Balls = std::vector<Sphere<double>>;

template <class Capsules>
void add_ends(Balls& balls, const Capsules& capsules) {
  for (const auto& capsule : capsules)
    for (const Point3& end : {capsule.a, capsule.b}) balls.push_back({end, capsule.radius});
}

/// What there is without the arms, as balls: the goal, the obstacles, and the place of the robot's base.
inline Balls surroundings(const ArmPanelsSpec& spec, double bone) {
  Balls balls(spec.scene.spheres.begin(), spec.scene.spheres.end());
  balls.push_back({spec.goal, bone});
  balls.push_back({spec.scene.base.position, 10.0 * bone});
  for (const auto& box : spec.scene.boxes)
    for (const Point3& corner : corners(box)) balls.push_back({corner, 0.14 * bone});
  add_ends(balls, spec.scene.capsules);
  const auto add_points = [&](const Polytope& points) {
    for (const Point3& point : points) balls.push_back({point, 0.14 * bone});
  };
  for (const auto& cylinder : spec.scene.cylinders) add_points(polytope_of(cylinder));
  for (const auto& hull : spec.scene.hulls) add_points(hull.points);
  return balls;
}

/// All that has to be in the picture, as balls.
inline Balls extent(const ArmPanelsSpec& spec, double bone) {
  Balls balls = surroundings(spec, bone);
  for (const ArmPanel& panel : spec.panels) {
    if (!panel.arms.empty()) add_ends(balls, panel.arms.front().body);
    for (const PlacedArm& arm : panel.arms)
      for (const Point3& joint : arm.joints) balls.push_back({joint, bone});
  }
  return balls;
}

inline std::array<Range, 3> along_axes(const Balls& balls) {
  std::array<Range, 3> along;
  for (const auto& ball : balls)
    for (int axis = 0; axis < 3; ++axis)
      for (const double side : {-ball.radius, ball.radius})
        along[static_cast<std::size_t>(axis)].include(ball.center[axis] + side);
  return along;
}

/// The ground under the surroundings, as a grid: its lines, each by its ends. None if there is no ground.
inline std::vector<std::array<Point3, 2>> ground_grid(const ArmPanelsSpec& spec, double bone) {
  std::vector<std::array<Point3, 2>> lines;
  if (!spec.scene.ground) return lines;
  const auto along = along_axes(surroundings(spec, bone));
  const double z = *spec.scene.ground;
  // 20 cm for a Panda, more where that were a great many.
  const double cell = std::max(12.5 * bone, 0.05 * std::max(along[0].length(), along[1].length()));
  const double columns = std::ceil(along[0].length() / cell), rows = std::ceil(along[1].length() / cell);
  const Range x = along[0].stretched_to(columns * cell), y = along[1].stretched_to(rows * cell);
  for (int i = 0; i <= columns; ++i)
    lines.push_back({Point3{x.low + i * cell, y.low, z}, {x.low + i * cell, y.high, z}});
  for (int i = 0; i <= rows; ++i) lines.push_back({Point3{x.low, y.low + i * cell, z}, {x.high, y.low + i * cell, z}});
  return lines;
}

/// Camera and scale that show everything in a panel of `width` x `height`; the view's center is relative to the
/// panel's.
inline View fit_arms(const ArmPanelsSpec& spec, double width, double height) {
  const double bone = bone_radius(spec);
  Balls balls = extent(spec, bone);
  const auto along = along_axes(balls);
  View view;
  view.camera = {.target = {along[0].middle(), along[1].middle(), along[2].middle()},
                 .azimuth = spec.azimuth,
                 .elevation = spec.elevation,
                 .distance = 5.0 * (along[0].length() + along[1].length() + along[2].length()) / 3.0};
  for (const auto& line : ground_grid(spec, bone))
    for (const Point3& end : line) balls.push_back({end, 0.0});
  Range right, up, depth;
  for (const auto& ball : balls) {
    const Projected p = view.camera.project(ball.center);
    for (const double side : {-ball.radius, ball.radius}) {
      right.include(p.x + side * p.scale);
      up.include(p.y + side * p.scale);
    }
    depth.include(p.depth);
  }
  view.pixels_per_unit = 0.98 * std::min(width / right.length(), height / up.length());
  view.center = {-view.pixels_per_unit * right.middle(), view.pixels_per_unit * up.middle()};
  view.clear = depth.low + 0.3 * depth.length();
  view.hazy = depth.high;
  view.haze_share = 0.5;
  return view;
}

inline void paint_ground(Canvas& canvas, const View& view, const std::vector<std::array<Point3, 2>>& grid) {
  if (grid.empty()) return;
  const auto place = [&](const Point3& p) { return view.place(view.camera.project(p)); };
  const auto &near = grid.front(), &right = grid.back();  // a line along y at the least x, one along x at the largest y
  const Point3 corner{right[1][0], near[0][1], near[0][2]};
  canvas.polygon(std::array{place(near[0]), place(near[1]), place(right[1]), place(corner)}, ground_color);
  for (const auto& line : grid) canvas.line(place(line[0]), place(line[1]), 1.5, grid_color);
}

inline void paint_panel(Canvas& canvas, const ArmPanelsSpec& spec, const View& view, const ArmPanel& panel) {
  const double bone = bone_radius(spec);
  paint_ground(canvas, view, ground_grid(spec, bone));
  Painting painting;
  add_obstacles(painting, spec.scene, bone);
  for (const PlacedArm& arm : panel.arms) add_arm(painting, arm, bone, &arm == &panel.arms.front());
  painting.paint(canvas, view);
  const Pixel goal = view.place(view.camera.project(spec.goal));  // over everything: it is inside of the hands
  canvas.disc(goal, 9.0, palette::white);
  canvas.disc(goal, 6.0, goal_color);
}

}  // namespace detail

/// Draws the panels and writes them to `path` as a PNG. Errors: no panel; what Canvas::save refuses.
inline void paint_arm_panels(const std::filesystem::path& path, const ArmPanelsSpec& spec) {
  require(!spec.panels.empty(), "paint_arm_panels: wanted at least one panel");
  const double margin = 24.0, padding = 14.0, caption = 72.0, legend = 58.0;
  const auto panels = static_cast<double>(spec.panels.size());
  Area frame{margin, margin, (spec.width - margin * (panels + 1.0)) / panels, 0.0};
  frame.height = std::round(std::min(0.878 * frame.width, 0.423 * spec.width));  // a lone panel is wide, not huge
  const double height = frame.bottom() + caption + legend;
  Canvas canvas(spec.width, static_cast<int>(height));
  const View fitted = detail::fit_arms(spec, frame.width - 2.0 * padding, frame.height - 2.0 * padding);
  for (const ArmPanel& panel : spec.panels) {
    canvas.rectangle(frame, 14.0, palette::white, palette::rule, 2.0);
    View view = fitted;
    view.center = {frame.center().x + fitted.center.x, frame.center().y + fitted.center.y};
    canvas.clipped(frame, [&] { detail::paint_panel(canvas, spec, view, panel); });
    paint_caption(canvas, {frame.center().x, frame.bottom() + 52.0}, panel.title, panel.note, frame.width,
                  std::min(34.0, 0.045 * frame.width));
    frame.x += frame.width + margin;
  }
  std::vector<LegendEntry> legend_entries{{"free", detail::free_color},
                                          {"in collision", detail::hit_color},
                                          {"obstacles", mix(detail::obstacle_color, palette::white, 0.4)}};
  if (spec.scene.ground) legend_entries.push_back({"ground", detail::grid_color});
  legend_entries.push_back({"goal", detail::goal_color});
  paint_legend(canvas, {0.5 * spec.width, height - 24.0}, legend_entries, spec.width - 2.0 * margin);
  canvas.save(path);
}

}  // namespace mace::examples
