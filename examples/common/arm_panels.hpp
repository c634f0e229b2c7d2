// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/canvas.hpp"
#include "common/caption.hpp"
#include "common/range.hpp"
#include "common/scene.hpp"
#include "mace/core/error.hpp"
#include "mace/geometry/arm.hpp"

namespace mace::examples {

/// An arm at some configuration, in the world.
struct PlacedArm {
  std::vector<Point3> joints;         ///< from the base to the tip
  std::vector<Capsule<double>> body;  ///< its cover
  bool free;                          ///< or in collision
};

/// One panel: arms over the obstacles.
struct ArmPanel {
  std::string title = {};
  std::string note = {};
  std::vector<PlacedArm> arms = {};
};

/// Panels side by side after Fig. 3 of the paper. All have one scale and one camera.
struct ArmPanelsSpec {
  std::vector<ArmPanel> panels;
  mace::Scene scene;
  Vec<3, double> goal;
  int width = 2000, height = 1000;  ///< of the picture, in pixels
  double azimuth = -58.0;           ///< of the camera, in degrees about z from the x axis
  double elevation = 18.0;          ///< of the camera, in degrees
};

/// The arm at q, an entry a joint.
inline PlacedArm placed_arm(const ArmDescription& arm, const Pose<double>& base, std::span<const double> q, bool free) {
  std::vector<Pose<double>> frames{base};
  PlacedArm placed{{base.position}, {}, free};
  for (std::size_t i = 0; i < arm.chain.joints.size(); ++i) {
    frames.push_back(arm.chain.joints[i].moved(frames.back(), q[i]));
    placed.joints.push_back(frames.back().position);
  }
  placed.joints.push_back(frames.back() * arm.chain.tip.position);
  for (const ArmLink& link : arm.links)
    for (const auto& capsule : link.cover) {
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
inline constexpr double bone_radius = 0.016;  ///< metres: thin, so that many arms can be told apart

/// An arm as what joins its joints, in pieces short enough to be sorted by depth; the first arm of a panel also as its body.
inline void add_arm(Scene& scene, const PlacedArm& arm, bool with_body) {
  const Color color = arm.free ? free_color : hit_color;
  for (std::size_t i = 1; i < arm.joints.size(); ++i) {
    const Point3 &from = arm.joints[i - 1], way = arm.joints[i] - from;
    const int pieces = std::max(1, static_cast<int>(norm(way) / 0.15));
    const auto at = [&](int piece) { return from + scaled(way, static_cast<double>(piece) / pieces); };
    for (int piece = 0; piece < pieces && norm(way) > 0; ++piece)
      scene.add_capsule(at(piece), at(piece + 1), bone_radius, color);
  }
  for (const auto& capsule : arm.body)
    if (with_body) scene.add_capsule(capsule.a, capsule.b, capsule.radius, faded(color, 0.13));
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
inline void add_obstacle(Scene& scene, const OrientedBox<double>& box) {
  const std::array<Point3, 3> half{scaled(box.pose.x, box.half[0]), scaled(box.pose.y, box.half[1]),
                                   scaled(box.pose.z, box.half[2])};
  scene.add_box(box.pose.position, half, faded(obstacle_color, 0.22));
  const auto at = corners(box);
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if ((i >> axis & 1u) == 0)
        scene.add_capsule(at[i], at[i | std::size_t{1} << axis], 0.0022, faded(obstacle_color, 0.75));
}

inline void add_obstacles(Scene& scene, const mace::Scene& obstacles) {
  for (const auto& box : obstacles.boxes) add_obstacle(scene, box);
  for (const auto& ball : obstacles.spheres) scene.add_ball(ball.center, ball.radius, obstacle_color);
  for (const auto& capsule : obstacles.capsules)
    scene.add_capsule(capsule.a, capsule.b, capsule.radius, obstacle_color);
}

inline std::vector<Point3> points_of(const ArmPanelsSpec& spec) {
  std::vector<Point3> points{spec.goal};
  const auto add = [&](const Point3& p, double radius) {
    for (int axis = 0; axis < 3; ++axis)
      for (const double side : {-1.0, 1.0}) {
        Point3 q = p;
        q[axis] += side * radius;
        points.push_back(q);
      }
  };
  for (const auto& box : spec.scene.boxes)
    for (const Point3& corner : corners(box)) points.push_back(corner);
  for (const auto& ball : spec.scene.spheres) add(ball.center, ball.radius);
  for (const auto& capsule : spec.scene.capsules) add(capsule.a, capsule.radius), add(capsule.b, capsule.radius);
  for (const ArmPanel& panel : spec.panels)
    for (const PlacedArm& arm : panel.arms)
      for (const Point3& joint : arm.joints) add(joint, bone_radius);
  return points;
}

/// Camera and scale that show everything in a panel of `width` x `height`; the view's centre is relative to the panel's.
inline View fit_arms(const ArmPanelsSpec& spec, double width, double height) {
  const std::vector<Point3> points = points_of(spec);
  Range along[3];
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<double> values;
    for (const Point3& p : points) values.push_back(p[axis]);
    along[axis] = {*std::min_element(values.begin(), values.end()), *std::max_element(values.begin(), values.end())};
  }
  View view;
  view.camera = {.target = {along[0].middle(), along[1].middle(), along[2].middle()},
                 .azimuth = spec.azimuth,
                 .elevation = spec.elevation,
                 .distance = 5.0 * (along[0].length() + along[1].length() + along[2].length()) / 3.0};
  const Projected first = view.camera.project(points.front());
  Range right{first.x, first.x}, up{first.y, first.y}, depth{first.depth, first.depth};
  for (const Point3& point : points) {
    const Projected p = view.camera.project(point);
    right.include(p.x);
    up.include(p.y);
    depth.include(p.depth);
  }
  view.pixels_per_unit = 0.94 * std::min(width / right.length(), height / up.length());
  view.center = {-view.pixels_per_unit * right.middle(), view.pixels_per_unit * up.middle()};
  view.clear = depth.low + 0.3 * depth.length();
  view.hazy = depth.high;
  view.haze_share = 0.5;
  return view;
}

inline void draw_ground(Canvas& canvas, const View& view, const mace::Scene& scene) {
  if (!scene.ground) return;
  std::vector<Pixel> rim;
  for (int i = 0; i < 72; ++i) {
    const double angle = i * std::numbers::pi / 36.0;
    const Point3 middle = scene.base.position;
    rim.push_back(view.place(
        view.camera.project({middle[0] + 0.3 * std::cos(angle), middle[1] + 0.3 * std::sin(angle), *scene.ground})));
  }
  canvas.polygon(rim, {0.945, 0.95, 0.958});
}

inline void draw_panel(Canvas& canvas, const ArmPanelsSpec& spec, const View& view, const ArmPanel& panel) {
  draw_ground(canvas, view, spec.scene);
  Scene scene;
  add_obstacles(scene, spec.scene);
  for (const PlacedArm& arm : panel.arms) add_arm(scene, arm, &arm == &panel.arms.front());
  scene.draw(canvas, view);
  const Pixel goal = view.place(view.camera.project(spec.goal));  // over everything: it is inside of the hands
  canvas.disc(goal, 9.0, palette::white);
  canvas.disc(goal, 6.0, goal_color);
}

}  // namespace detail

/// Draws the panels and writes them to `path` as a PNG. Errors: no panel; what Canvas::save refuses.
inline void draw_arm_panels(const std::filesystem::path& path, const ArmPanelsSpec& spec) {
  require(!spec.panels.empty(), "draw_arm_panels: wanted at least one panel");
  Canvas canvas(spec.width, spec.height);
  const double margin = 24.0, padding = 14.0, caption = 72.0, legend = 58.0;
  const auto panels = static_cast<double>(spec.panels.size());
  Area frame{margin, margin, (spec.width - margin * (panels + 1.0)) / panels, spec.height - margin - caption - legend};
  const View fitted = detail::fit_arms(spec, frame.width - 2.0 * padding, frame.height - 2.0 * padding);
  for (const ArmPanel& panel : spec.panels) {
    canvas.rectangle(frame, 14.0, palette::white, palette::rule, 2.0);
    View view = fitted;
    view.center = {frame.center().x + fitted.center.x, frame.center().y + fitted.center.y};
    canvas.clipped(frame, [&] { detail::draw_panel(canvas, spec, view, panel); });
    draw_caption(canvas, {frame.center().x, frame.bottom() + 52.0}, panel.title, panel.note, frame.width);
    frame.x += frame.width + margin;
  }
  draw_legend(canvas, {0.5 * spec.width, spec.height - 24.0},
              {{"free", detail::free_color},
               {"in collision", detail::hit_color},
               {"obstacles", mix(detail::obstacle_color, palette::white, 0.4)},
               {"goal", detail::goal_color}},
              spec.width - 2.0 * margin);
  canvas.save(path);
}

}  // namespace mace::examples
