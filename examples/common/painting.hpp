// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <variant>
#include <vector>

#include "common/canvas.hpp"
#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

namespace mace::examples {

using Point3 = Vec<3, double>;

inline Point3 to_point(const float* xyz) {
  return {xyz[0], xyz[1], xyz[2]};
}
inline Point3 scaled(const Point3& p, double factor) {
  return {factor * p[0], factor * p[1], factor * p[2]};
}
inline Point3 cross(const Point3& a, const Point3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// A point as the camera sees it, in the units of the world: x to the right and y up from the target, `depth` away from
/// the viewer (0 at the target). Lengths there appear `scale` times as large as at the target.
struct Projected {
  double x, y, depth, scale;
};

/// Looks at `target` with z up. Angles in degrees.
struct Camera {
  Point3 target{0.0, 0.0, 0.0};
  double azimuth = -60.0;   ///< of the viewer, about z from the x axis
  double elevation = 24.0;  ///< of the viewer, above the target
  double distance = 1e9;    ///< of the viewer from the target; very large: no perspective

  /// From the target to the viewer, and the picture's two directions; all of length 1.
  Point3 toward() const {
    return {std::cos(tilt()) * std::cos(turn()), std::cos(tilt()) * std::sin(turn()), std::sin(tilt())};
  }
  Point3 right() const { return {-std::sin(turn()), std::cos(turn()), 0.0}; }
  Point3 up() const { return cross(toward(), right()); }

  /// What is closer to the viewer than a tenth of the distance is painted as if it were there.
  Projected project(const Point3& p) const {
    const Point3 q = p - target;
    const double depth = -dot(q, toward());
    const double scale = distance / std::max(distance + depth, 0.1 * distance);
    return {dot(q, right()) * scale, dot(q, up()) * scale, depth, scale};
  }

 private:
  double turn() const { return azimuth * std::numbers::pi / 180.0; }
  double tilt() const { return elevation * std::numbers::pi / 180.0; }
};

/// How space falls on a canvas: the target's pixel, pixels a unit there, and the haze. From depth `clear` to depth
/// `hazy` (of Projected) things fade towards the haze's color, at most by `haze_share`.
struct View {
  Camera camera;
  Pixel center{0.0, 0.0};
  double pixels_per_unit = 100.0;
  double clear = -1.0, hazy = 1.0;
  double haze_share = 0.0;
  Color haze = palette::white;

  Pixel place(const Projected& p) const { return {center.x + pixels_per_unit * p.x, center.y - pixels_per_unit * p.y}; }
  Color seen(Color color, double depth) const {
    return mix(color, haze, haze_share * std::clamp((depth - clear) / (hazy - clear), 0.0, 1.0));
  }
};

/// Things in space, painted from back to front by the depth of their middles (the painter's algorithm): right for small
/// things and for large ones that do not pass through each other. Lengths and radii in the units of the world.
class Painting {
 public:
  /// A ball; one that is not opaque is painted as a flat disc.
  void add_ball(const Point3& center, double radius, Color color) { items_.push_back({Ball{center, radius}, color}); }
  /// A ball a column of `xyz` (3 x n).
  void add_balls(MatrixView<const float> xyz, double radius, Color color) {
    require(xyz.rows() == 3, "Painting: wanted clouds of three rows, got ", xyz.rows());
    for (Index i = 0; i < xyz.cols(); ++i) add_ball(to_point(xyz.column(i)), radius, color);
  }
  /// A cylinder with round ends.
  void add_capsule(const Point3& from, const Point3& to, double radius, Color color) {
    items_.push_back({Capsule{from, to, radius}, color});
  }
  /// A flat polygon, seen from both sides, its corners in order.
  void add_face(std::vector<Point3> corners, Color color) {
    require(corners.size() >= 3, "Painting: wanted at least 3 corners a face, got ", corners.size());
    items_.push_back({Face{std::move(corners)}, color});
  }
  /// The six faces of a box; `half` are the three vectors from its middle to the middles of its faces.
  void add_box(const Point3& middle, const std::array<Point3, 3>& half, Color color) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Point3 u = half[(axis + 1) % 3], v = half[(axis + 2) % 3];
      for (const double side : {-1.0, 1.0}) {
        const Point3 m = middle + scaled(half[axis], side);
        add_face({m + u + v, m + u - v, m - u - v, m - u + v}, color);
      }
    }
  }

  void paint(Canvas& canvas, const View& view) const {
    std::vector<std::pair<double, const Item*>> order;
    order.reserve(items_.size());
    for (const Item& item : items_) {
      const auto middle = std::visit([](const auto& shape) { return shape.middle(); }, item.shape);
      order.emplace_back(view.camera.project(middle).depth, &item);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [depth, item] : order) {
      const Color color = view.seen(item->color, depth);
      std::visit([&](const auto& shape) { paint(canvas, view, shape, color); }, item->shape);
    }
  }

 private:
  struct Ball {
    Point3 center;
    double radius;
    Point3 middle() const { return center; }
  };
  struct Capsule {
    Point3 from, to;
    double radius;
    Point3 middle() const { return scaled(from + to, 0.5); }
  };
  struct Face {
    std::vector<Point3> corners;
    Point3 middle() const {
      Point3 sum{0.0, 0.0, 0.0};
      for (const Point3& corner : corners) sum = sum + corner;
      return scaled(sum, 1.0 / static_cast<double>(corners.size()));
    }
  };
  struct Item {
    std::variant<Ball, Capsule, Face> shape;
    Color color;
  };

  static Color dark(Color color) { return mix(color, palette::black, 0.30); }
  static Color light(Color color) { return mix(color, palette::white, 0.45); }

  /// A round thing is a dark rim, the body and a light spot, each nearer to the light above and to the left.
  static void paint(Canvas& canvas, const View& view, const Ball& ball, Color color) {
    const Projected p = view.camera.project(ball.center);
    const Pixel c = view.place(p);
    const double r = ball.radius * p.scale * view.pixels_per_unit;
    if (color.a < 1.0) return canvas.disc(c, r, color);
    canvas.disc(c, r, dark(color));
    canvas.disc({c.x - 0.10 * r, c.y - 0.12 * r}, 0.78 * r, color);
    canvas.disc({c.x - 0.28 * r, c.y - 0.30 * r}, 0.30 * r, light(color));
  }

  static void paint(Canvas& canvas, const View& view, const Capsule& capsule, Color color) {
    const Projected p = view.camera.project(capsule.from), q = view.camera.project(capsule.to);
    const Pixel from = view.place(p), to = view.place(q);
    const double width = capsule.radius * (p.scale + q.scale) * view.pixels_per_unit;
    const auto stroke = [&](double shift, double share, Color shade) {
      const double d = -shift * width;
      canvas.line({from.x + d, from.y + d}, {to.x + d, to.y + d}, share * width, shade);
    };
    if (color.a < 1.0) return stroke(0.0, 1.0, color);
    stroke(0.0, 1.0, dark(color));
    stroke(0.04, 0.80, color);
    stroke(0.12, 0.22, light(color));
  }

  /// The face's brightness follows its angle to a light over the viewer's left shoulder.
  static void paint(Canvas& canvas, const View& view, const Face& face, Color color) {
    const Camera& camera = view.camera;
    const Point3 normal = cross(face.corners[1] - face.corners[0], face.corners[2] - face.corners[0]);
    const Point3 light = scaled(camera.toward(), 0.66) + scaled(camera.up(), 0.66) + scaled(camera.right(), -0.36);
    const double length = std::max(norm(normal), 1e-12);
    const double side = dot(normal, camera.toward()) < 0.0 ? -1.0 : 1.0;
    const double lit = std::max(0.0, side * dot(normal, light) / length);
    const Color shade = mix(color, palette::black, 0.36 * (1.0 - lit));
    std::vector<Pixel> corners;
    corners.reserve(face.corners.size());
    for (const Point3& corner : face.corners) corners.push_back(view.place(camera.project(corner)));
    canvas.polygon(corners, shade, dark(shade), color.a < 1.0 ? 0.0 : 1.0);
  }

  std::vector<Item> items_;
};

}  // namespace mace::examples
