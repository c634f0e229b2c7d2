// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include "common/canvas.hpp"
#include "common/caption.hpp"
#include "common/cloud_shading.hpp"
#include "common/painting.hpp"
#include "common/range.hpp"
#include "common/thinned.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace::examples {

/// Most points of an observation that are painted: as many as a sample has.
inline constexpr std::size_t most_painted = 2048;

/// One panel: a grid of samples, and the observation painted over each of them.
struct CloudPanel {
  std::string title = {};                             ///< printed bold below the panel: "Prior"
  std::string note = {};                              ///< printed after it: "mean score 0.03"
  std::vector<MatrixView<const float>> samples = {};  ///< clouds, 3 x n each, at most rows * cols; z is up
  MatrixView<const float> observation = {};  ///< the partial cloud, 3 x m, in the same coordinates; may be empty; of
                                             ///< more than most_painted points some are painted
};

/// A finger, or another thin thing.
struct CloudRod {
  Point3 from, to;
};

/// Panels side by side after Fig. 16 of the paper. All cells have one scale and one camera.
struct CloudPanelsSpec {
  std::vector<CloudPanel> panels;
  std::string sample_label = "sample";
  std::string observation_label = "observation";
  int rows = 4, cols = 4;            ///< of a panel
  int width = 2000, height = 1090;   ///< of the picture, in pixels
  double azimuth = -62.0;            ///< of the camera, in degrees about z from the x axis
  double elevation = 24.0;           ///< of the camera, in degrees
  double point_radius = 4.0;         ///< in pixels
  double observation_radius = 1.15;  ///< of a point of the observation, in radii of a sample's
  double ground = 0.0;               ///< height of the ground, in the units of the clouds
  std::vector<CloudRod> rods = {};   ///< painted over each sample
  std::string rod_label = "finger";
};

namespace detail {

inline constexpr Color sample_color{0.56, 0.60, 0.67};
inline constexpr Color observation_color{0.96, 0.47, 0.05};
inline constexpr Color rod_color{0.20, 0.45, 0.75};

/// What all cells share.
struct CloudStage {
  View view;             ///< but for its center, which is each cell's
  Pixel offset;          ///< from the middle of a cell to view.center
  double ground;         ///< its height
  double ground_radius;  ///< in the units of the clouds
  double dot;            ///< radius of a point, in pixels
};

inline void require_clouds(const CloudPanelsSpec& spec) {
  const char* who = "paint_cloud_panels";
  require(!spec.panels.empty(), who, ": wanted at least one panel");
  require(spec.rows > 0 && spec.cols > 0, who, ": wanted a grid of cells, got ", spec.rows, " x ", spec.cols);
  const auto check = [&](MatrixView<const float> cloud, std::size_t at_least) {
    require(cloud.rows() == 3 || cloud.size() == 0, who, ": wanted clouds of three rows, got ", cloud.rows());
    require_cloud(who, {cloud.data(), static_cast<std::size_t>(cloud.size())}, at_least);
  };
  for (const CloudPanel& panel : spec.panels) {
    const auto cells = static_cast<std::size_t>(spec.rows * spec.cols);
    require(!panel.samples.empty() && panel.samples.size() <= cells, who, ": wanted 1 to ", cells,
            " samples a panel, got ", panel.samples.size());
    for (const auto& sample : panel.samples) check(sample, 1);
    check(panel.observation, 0);
  }
}

inline std::vector<Point3> all_points(const CloudPanelsSpec& spec) {
  std::vector<Point3> points;
  const auto add = [&](MatrixView<const float> xyz) {
    for (Index i = 0; i < xyz.cols(); ++i) points.push_back(to_point(xyz.column(i)));
  };
  for (const CloudPanel& panel : spec.panels) {
    for (const auto& sample : panel.samples) add(sample);
    add(panel.observation);
  }
  for (const CloudRod& rod : spec.rods) points.insert(points.end(), {rod.from, rod.to});
  return points;
}

/// The range of `coordinate(p)` over the points, but for a few strays: these may leave their cell, not shrink the rest.
template <class Coordinate>
Range range_of(const std::vector<Point3>& points, Coordinate coordinate) {
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point3& p : points) values.push_back(coordinate(p));
  return Range::of_most(std::move(values), 0.998);
}

inline std::vector<Point3> ground_rim(const CloudStage& stage) {
  const Point3& middle = stage.view.camera.target;
  std::vector<Point3> rim;
  for (int i = 0; i < 72; ++i) {
    const double angle = i * std::numbers::pi / 36.0;
    rim.push_back({middle[0] + stage.ground_radius * std::cos(angle), middle[1] + stage.ground_radius * std::sin(angle),
                   stage.ground});
  }
  return rim;
}

/// Fits camera, scale and ground to every point of the picture.
inline CloudStage fit_stage(const CloudPanelsSpec& spec, const Area& cell) {
  const std::vector<Point3> points = all_points(spec);
  const auto along_axis = [&](int axis) { return range_of(points, [=](const Point3& p) { return p[axis]; }); };
  const Range x = along_axis(0), y = along_axis(1), z = along_axis(2);
  const Point3 middle{x.middle(), y.middle(), z.middle()};
  const double reach =
      range_of(points, [&](const Point3& p) { return std::hypot(p[0] - middle[0], p[1] - middle[1]); }).high;

  CloudStage stage{};
  stage.ground = spec.ground;
  stage.ground_radius = std::max(1.1 * reach, 1e-6);
  Camera& camera = stage.view.camera;
  camera.target = middle;
  camera.azimuth = spec.azimuth;
  camera.elevation = spec.elevation;
  camera.distance = 7.0 * std::max(stage.ground_radius, z.length());

  Range right = range_of(points, [&](const Point3& p) { return camera.project(p).x; });
  Range up = range_of(points, [&](const Point3& p) { return camera.project(p).y; });
  const Range depth = range_of(points, [&](const Point3& p) { return camera.project(p).depth; });
  for (const Point3& rim : ground_rim(stage)) {
    const Projected p = camera.project(rim);
    right.include(p.x);
    up.include(p.y);
  }
  const double scale = std::min(0.94 * cell.width / right.length(), 0.94 * cell.height / up.length());
  stage.view.pixels_per_unit = scale;
  stage.view.clear = depth.low + 0.1 * depth.length();
  stage.view.hazy = depth.high - 0.1 * depth.length();
  stage.view.haze_share = 0.72;
  stage.offset = {-scale * right.middle(), scale * up.middle()};
  stage.dot = spec.point_radius;
  return stage;
}

/// A round piece of ground, and on it the soft shadow that light from the upper left leaves.
inline void paint_ground(Canvas& canvas, const CloudStage& stage, const View& view, MatrixView<const float> cloud) {
  const Camera& camera = view.camera;
  std::vector<Pixel> rim;
  for (const Point3& p : ground_rim(stage)) rim.push_back(view.place(camera.project(p)));
  canvas.polygon(rim, {0.958, 0.962, 0.968});

  const double opacity = std::min(0.04, 6.0 / static_cast<double>(cloud.cols()));
  for (Index i = 0; i < cloud.cols(); ++i) {
    Point3 p = to_point(cloud.column(i));
    p = p + scaled(camera.right(), 0.18 * (p[2] - stage.ground));
    p[2] = stage.ground;
    canvas.disc(view.place(camera.project(p)), 3.0 * stage.dot, faded({0.2, 0.22, 0.3}, opacity));
  }
}

/// A sample, and the observation among its points: before those on the same surface, behind those well in front.
inline void paint_cell(Canvas& canvas, const CloudPanelsSpec& spec, const CloudStage& stage, const Area& cell,
                       MatrixView<const float> sample, MatrixView<const float> observation,
                       const std::vector<Point3>& observation_normals) {
  View view = stage.view;
  view.center = {cell.center().x + stage.offset.x, cell.center().y + stage.offset.y};
  paint_ground(canvas, stage, view, sample);

  const double radius = stage.dot / view.pixels_per_unit;
  Painting painting;
  add_lit_cloud(painting, view.camera, sample, surface_normals(sample), radius, sample_color);
  add_lit_cloud(painting, view.camera, observation, observation_normals, spec.observation_radius * radius,
                observation_color, 3.5 * radius);
  for (const CloudRod& rod : spec.rods) painting.add_capsule(rod.from, rod.to, radius, rod_color);
  painting.paint(canvas, view);
}

}  // namespace detail

/// Draws the panels and writes them to `path` as a PNG.
/// Errors: no panel, no sample or more than fit, a cloud not 3 x n or not finite; what Canvas::save refuses.
inline void paint_cloud_panels(const std::filesystem::path& path, CloudPanelsSpec spec) {
  detail::require_clouds(spec);
  std::vector<std::vector<float>> painted;
  for (CloudPanel& panel : spec.panels) {
    const MatrixView<const float> all = panel.observation;
    painted.push_back(thinned({all.data(), static_cast<std::size_t>(all.size())}, most_painted));
    panel.observation = {painted.back().data(), 3, static_cast<Index>(painted.back().size() / 3)};
  }
  Canvas canvas(spec.width, spec.height);
  const double margin = 24.0, padding = 14.0, caption = 72.0, legend = 58.0;
  const auto panels = static_cast<double>(spec.panels.size());
  const double width = (spec.width - margin * (panels + 1.0)) / panels;
  const double height = spec.height - margin - caption - legend;
  const Area first_cell{0.0, 0.0, (width - 2.0 * padding) / spec.cols, (height - 2.0 * padding) / spec.rows};
  const detail::CloudStage stage = detail::fit_stage(spec, first_cell);

  double x = margin;
  for (const CloudPanel& panel : spec.panels) {
    const Area frame{x, margin, width, height};
    canvas.rectangle(frame, 14.0, palette::white, palette::rule, 2.0);
    Area cell = first_cell;
    const std::vector<Point3> normals = surface_normals(panel.observation);
    for (std::size_t i = 0; i < panel.samples.size(); ++i) {
      const auto column = i % static_cast<std::size_t>(spec.cols), row = i / static_cast<std::size_t>(spec.cols);
      cell.x = frame.x + padding + static_cast<double>(column) * cell.width;
      cell.y = frame.y + padding + static_cast<double>(row) * cell.height;
      detail::paint_cell(canvas, spec, stage, cell, panel.samples[i], panel.observation, normals);
    }
    paint_caption(canvas, {frame.center().x, frame.bottom() + 52.0}, panel.title, panel.note, frame.width);
    x += width + margin;
  }
  std::vector<LegendEntry> entries{{spec.sample_label, detail::sample_color},
                                   {spec.observation_label, detail::observation_color}};
  if (!spec.rods.empty()) entries.push_back({spec.rod_label, detail::rod_color});
  paint_legend(canvas, {0.5 * spec.width, spec.height - 24.0}, entries, spec.width - 2.0 * margin);
  canvas.save(path);
}

}  // namespace mace::examples
