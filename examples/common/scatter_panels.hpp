// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/canvas.hpp"
#include "common/caption.hpp"
#include "common/plot.hpp"
#include "common/range.hpp"
#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

namespace mace::examples {

/// One panel: a cloud of points in the plane.
struct ScatterPanel {
  std::string title = {};               ///< printed bold above the panel
  std::string note = {};                ///< printed after it
  MatrixView<const float> points = {};  ///< 2 x n: x and y
  Color color = palette::blue;
};

/// Square panels side by side with the same axes. The picture is as large as they need: three make 2010 x 762 pixels.
struct ScatterPanelsSpec {
  std::vector<ScatterPanel> panels = {};
  std::string x_label = {}, y_label = {};
  std::optional<Range> x = {}, y = {};  ///< limits; where not given, both axes show nearly all points at one scale
  std::vector<std::pair<float, float>> marks = {};  ///< places marked by a cross in every panel: the truth, say
  int side = 580;                                   ///< of a panel, in pixels
  double dot_radius = 3.0;                          ///< in pixels
  double opacity = 0.35;                            ///< of a dot
};

namespace detail {

struct ScatterLayout {
  static constexpr int left = 130, right = 40, top = 76, bottom = 106, gap = 50;
  int width, height;
  explicit ScatterLayout(const ScatterPanelsSpec& spec)
      : width(left + right - gap + static_cast<int>(spec.panels.size()) * (spec.side + gap)),
        height(top + spec.side + bottom) {}
};

inline void require_scatters(const ScatterPanelsSpec& spec) {
  const char* who = "paint_scatter_panels";
  require(!spec.panels.empty(), who, ": wanted at least one panel");
  require(spec.side > 0, who, ": wanted a side above 0, got ", spec.side);
  for (const auto& range : {spec.x, spec.y})
    require(!range || range->length() > 0.0, who, ": wanted limits with low < high, got ", range ? range->low : 0.0,
            " and ", range ? range->high : 0.0);
  for (const ScatterPanel& panel : spec.panels) {
    require(panel.points.rows() == 2 && panel.points.cols() > 0, who, ": wanted 2 x n points, got ",
            panel.points.rows(), " x ", panel.points.cols());
    for (Index i = 0; i < panel.points.size(); ++i)
      require(numeric::is_finite(panel.points.data()[i]), who, ": wanted finite points, got ", panel.points.data()[i],
              " in point ", i / 2);
  }
}

/// Limits of one length for both axes that hold nearly all points of all panels, unless the caller has set them.
inline std::pair<Range, Range> scatter_limits(const ScatterPanelsSpec& spec) {
  std::vector<double> values[2];
  for (const ScatterPanel& panel : spec.panels)
    for (Index i = 0; i < panel.points.size(); ++i) values[i % 2].push_back(panel.points.data()[i]);
  const Range x = Range::of_most(std::move(values[0]), 0.996), y = Range::of_most(std::move(values[1]), 0.996);
  const double length = 1.1 * std::max(x.length(), y.length());
  return {spec.x.value_or(x.stretched_to(length)), spec.y.value_or(y.stretched_to(length))};
}

inline void paint_mark(Canvas& canvas, Pixel at) {
  for (const auto& [thickness, color] : {std::pair{9.0, palette::white}, std::pair{4.5, palette::ink}}) {
    canvas.line({at.x - 11.0, at.y - 11.0}, {at.x + 11.0, at.y + 11.0}, thickness, color);
    canvas.line({at.x - 11.0, at.y + 11.0}, {at.x + 11.0, at.y - 11.0}, thickness, color);
  }
}

inline void paint_scatter(Canvas& canvas, const ScatterPanelsSpec& spec, const ScatterPanel& panel, const Plot& plot) {
  canvas.clipped(plot.area, [&] {
    for (Index i = 0; i < panel.points.cols(); ++i)
      canvas.disc(plot.place(panel.points(0, i), panel.points(1, i)), spec.dot_radius,
                  faded(panel.color, spec.opacity));
    for (const auto& [x, y] : spec.marks) paint_mark(canvas, plot.place(x, y));
  });
  canvas.rectangle(plot.area, 0.0, faded(palette::white, 0.0), palette::quiet, 2.0);
}

}  // namespace detail

/// Draws the panels and writes them to `path` as a PNG.
/// Errors: no panel, points not 2 x n or not finite, empty limits; what Canvas::save refuses.
inline void paint_scatter_panels(const std::filesystem::path& path, const ScatterPanelsSpec& spec) {
  detail::require_scatters(spec);
  const detail::ScatterLayout layout(spec);
  Canvas canvas(layout.width, layout.height);
  const auto [x_limits, y_limits] = detail::scatter_limits(spec);
  Plot plot{{1.0 * layout.left, 1.0 * layout.top, 1.0 * spec.side, 1.0 * spec.side}, x_limits, y_limits};
  for (std::size_t i = 0; i < spec.panels.size(); ++i) {
    const ScatterPanel& panel = spec.panels[i];
    paint_x_ticks(canvas, plot, 5);
    const double widest = paint_y_ticks(canvas, plot, 5, i == 0);
    detail::paint_scatter(canvas, spec, panel, plot);
    const double middle = plot.area.center().x;
    paint_caption(canvas, {middle, layout.top - 24.0}, panel.title, panel.note, spec.side);
    canvas.text({middle, layout.height - 24.0}, spec.x_label, canvas.fitted(label_style, spec.x_label, spec.side));
    if (i == 0)
      canvas.upward_text({plot.area.x - widest - 34.0, plot.area.center().y}, spec.y_label,
                         canvas.fitted(label_style, spec.y_label, spec.side));
    plot.area.x += spec.side + layout.gap;
  }
  canvas.save(path);
}

}  // namespace mace::examples
