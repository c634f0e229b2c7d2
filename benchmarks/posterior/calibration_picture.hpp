// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "common/caption.hpp"
#include "common/plot.hpp"
#include "mace/metrics/calibration.hpp"

/// How calibrated methods are, as a picture: a column each; above, how the ranks are spread, below, how often central
/// intervals hold the truth.
namespace mace::benchmarks {

struct CalibrationPanel {
  std::string title;
  std::vector<std::vector<double>> ranks;  ///< a list a quantity, of equal lengths; a color each
};

namespace calibration_parts {

using examples::Canvas, examples::Color, examples::Pixel, examples::Plot, examples::Range;
namespace palette = examples::palette;

constexpr int bins = 10, side = 380, gap = 56, left = 130, right = 30, top = 80, low = 300, between = 130, bottom = 160;
constexpr double normal_99 = 2.576;  // 99 % of a normal number lie within so many deviations

inline Color color(std::size_t quantity) {
  constexpr Color colors[] = {palette::blue, palette::orange, palette::green, palette::purple, palette::ink};
  return colors[quantity % std::size(colors)];
}

inline void paint_line(Canvas& canvas, const Plot& plot, const std::vector<Pixel>& points, Color line, double width) {
  for (std::size_t i = 1; i < points.size(); ++i)
    canvas.line(plot.place(points[i - 1].x, points[i - 1].y), plot.place(points[i].x, points[i].y), width, line);
}

inline void paint_frame(Canvas& canvas, const Plot& plot) {
  canvas.rectangle(plot.area, 0.0, faded(palette::white, 0.0), palette::quiet, 2.0);
}

/// Shares of the ranks in bins, of the share that each has where they are uniform; the band holds 99 % of these.
inline void paint_histogram(Canvas& canvas, const Plot& plot, const std::vector<std::vector<double>>& ranks) {
  const auto count = static_cast<double>(ranks[0].size());
  const double half = normal_99 * std::sqrt((bins - 1) / count);
  const Pixel corner = plot.place(0, std::min(1 + half, plot.y.high)), end = plot.place(1, std::max(1 - half, 0.0));
  canvas.rectangle({corner.x, corner.y, end.x - corner.x, end.y - corner.y}, 0.0, palette::rule);
  canvas.clipped(plot.area, [&] {
    for (std::size_t q = 0; q < ranks.size(); ++q) {
      std::vector<double> shares(bins);
      for (const double r : ranks[q]) shares[static_cast<std::size_t>(std::min(r * bins, bins - 1.0))] += bins / count;
      std::vector<Pixel> steps;
      for (int b = 0; b < bins; ++b)
        for (const int edge : {b, b + 1})
          steps.push_back({static_cast<double>(edge) / bins, shares[static_cast<std::size_t>(b)]});
      paint_line(canvas, plot, steps, color(q), 4.0);
    }
  });
  paint_frame(canvas, plot);
}

/// How often intervals of a level hold the truth, against that level; the band holds 99 % of what calibrated ones do.
inline void paint_coverage(Canvas& canvas, const Plot& plot, const std::vector<std::vector<double>>& ranks) {
  constexpr int levels = 50;
  const auto count = static_cast<double>(ranks[0].size());
  std::vector<Pixel> band, curve;
  for (const int sign : {1, -1})
    for (int i = 0; i <= levels; ++i) {
      const double level = static_cast<double>(sign > 0 ? i : levels - i) / levels;
      band.push_back(plot.place(level, level + sign * normal_99 * std::sqrt(level * (1 - level) / count)));
    }
  canvas.clipped(plot.area, [&] {
    canvas.polygon(band, palette::rule);
    canvas.line(plot.place(0, 0), plot.place(1, 1), 2.0, palette::quiet);
    for (std::size_t q = 0; q < ranks.size(); ++q) {
      curve.clear();
      for (int i = 0; i <= levels; ++i) {
        const double level = static_cast<double>(i) / levels;
        curve.push_back({level, calibration::coverage(ranks[q], level)});
      }
      paint_line(canvas, plot, curve, color(q), 4.0);
    }
  });
  paint_frame(canvas, plot);
}

inline void paint_axes(Canvas& canvas, const Plot& plot, bool first, const std::string& x, const std::string& y) {
  paint_x_ticks(canvas, plot, 2);
  const double widest = paint_y_ticks(canvas, plot, 4, first);
  canvas.text({plot.area.center().x, plot.area.bottom() + 76.0}, x, examples::label_style);
  if (first)
    canvas.upward_text({plot.area.x - widest - 34.0, plot.area.center().y}, y,
                       canvas.fitted(examples::label_style, y, plot.area.height));
}

}  // namespace calibration_parts

/// Draws the panels and writes them to `path` as a PNG; `quantities` are the names of the lists of ranks.
inline void paint_calibration(const std::filesystem::path& path, const std::vector<CalibrationPanel>& panels,
                              const std::vector<std::string>& quantities) {
  using namespace calibration_parts;
  const int width = left + static_cast<int>(panels.size()) * (side + gap) - gap + right;
  Canvas canvas(width, top + low + between + side + bottom);
  Plot above{{left, top, side, low}, {0, 1}, {0, 4}}, below{{left, top + low + between, side, side}, {0, 1}, {0, 1}};
  for (const CalibrationPanel& panel : panels) {
    const bool first = &panel == &panels.front();
    examples::paint_caption(canvas, {above.area.center().x, top - 24.0}, panel.title, "", side);
    paint_axes(canvas, above, first, "rank of the truth", "density of ranks");
    paint_histogram(canvas, above, panel.ranks);
    paint_axes(canvas, below, first, "share of the central interval", "how often it holds the truth");
    paint_coverage(canvas, below, panel.ranks);
    above.area.x = below.area.x += side + gap;
  }
  std::vector<examples::LegendEntry> legend;
  for (std::size_t q = 0; q < quantities.size(); ++q) legend.push_back({quantities[q], color(q)});
  examples::paint_legend(canvas, {0.5 * width, canvas.height() - 28.0}, legend, width - 60.0);
  canvas.save(path);
}

}  // namespace mace::benchmarks
