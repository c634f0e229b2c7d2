// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "common/canvas.hpp"
#include "common/caption.hpp"
#include "common/plot.hpp"
#include "common/range.hpp"
#include "mace/core/error.hpp"

namespace mace::examples {

/// One row of a table of results: a bar in every group.
struct BarSeries {
  std::string label = {};
  std::vector<double> values;       ///< one a group
  std::vector<double> errors = {};  ///< half the length of each error bar; empty for none
};

/// Groups of bars beside each other, one bar a series, with their values written at their ends.
struct BarsSpec {
  std::string title = {};
  std::string y_label = {};
  std::vector<std::string> groups;
  std::vector<BarSeries> series;   ///< colored in the order of palette::series
  int decimals = 2;                ///< digits after the point of the values
  int width = 1400, height = 800;  ///< of the picture, in pixels
};

namespace detail {

inline void require_bars(const BarsSpec& spec) {
  const char* who = "paint_bars";
  require(!spec.groups.empty() && !spec.series.empty(), who, ": wanted at least one group and one series, got ",
          spec.groups.size(), " and ", spec.series.size());
  for (const BarSeries& series : spec.series) {
    require(series.values.size() == spec.groups.size(), who, ": wanted ", spec.groups.size(), " values in series \"",
            series.label, "\", got ", series.values.size());
    require(series.errors.empty() || series.errors.size() == series.values.size(), who, ": wanted ",
            series.values.size(), " errors in series \"", series.label, "\", got ", series.errors.size());
    for (const double value : series.values)
      require(std::isfinite(value), who, ": wanted finite values in series \"", series.label, "\", got ", value);
    for (const double error : series.errors)
      require(std::isfinite(error) && error >= 0.0, who, ": wanted errors of at least 0 in series \"", series.label,
              "\", got ", error);
  }
}

/// What the bars and their error bars reach, and room for the numbers at their ends.
inline Range bar_limits(const BarsSpec& spec) {
  Range range{0.0, 0.0};
  for (const BarSeries& series : spec.series)
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      const double error = series.errors.empty() ? 0.0 : series.errors[i];
      range.include(series.values[i] - (series.values[i] < 0.0 ? error : 0.0));
      range.include(series.values[i] + (series.values[i] < 0.0 ? 0.0 : error));
    }
  if (range.length() == 0.0) range.high = 1.0;
  const double room = 0.1 * range.length();
  return {range.low < 0.0 ? range.low - room : 0.0, range.high > 0.0 ? range.high + room : 0.0};
}

inline Color series_color(std::size_t i) {
  return palette::series[i % std::size(palette::series)];
}

/// One bar around the column `x`, `width` pixels wide, its error bar and its number, unless that is too small to read.
inline void paint_bar(Canvas& canvas, const Plot& plot, double x, double width, double value, double error, Color color,
                      const TextStyle& style, int decimals) {
  const double zero = plot.place(0.0, 0.0).y, end = plot.place(0.0, value).y;
  canvas.rectangle({x - 0.5 * width, std::min(zero, end), width, std::abs(zero - end)}, 0.0, color);
  const double low = plot.place(0.0, value - error).y, high = plot.place(0.0, value + error).y;
  if (error > 0.0) {
    const double cap = std::min(0.2 * width, 9.0);
    canvas.line({x, low}, {x, high}, 2.5, palette::ink);
    canvas.line({x - cap, low}, {x + cap, low}, 2.5, palette::ink);
    canvas.line({x - cap, high}, {x + cap, high}, 2.5, palette::ink);
  }
  if (style.size < 11.0) return;
  // A grid line through a number would make it hard to read, so it stands on white.
  const double baseline = value < 0.0 ? low + 10.0 + style.size : high - 12.0;
  const std::string number = to_text(value, decimals);
  const double plate = canvas.text_width(number, style) + 0.3 * style.size;
  canvas.rectangle({x - 0.5 * plate, baseline - 0.8 * style.size, plate, 0.9 * style.size}, 0.0, palette::white);
  canvas.text({x, baseline}, number, style);
}

/// All bars. The widest number decides the font of all, so that none touches its neighbor's.
inline void paint_groups(Canvas& canvas, const Plot& plot, const BarsSpec& spec) {
  const double group = plot.area.width / static_cast<double>(spec.groups.size());
  const double slot = std::min(0.8 * group / static_cast<double>(spec.series.size()), 130.0);
  TextStyle number{.size = 23.0}, name = label_style;
  for (const BarSeries& series : spec.series)
    for (const double value : series.values) number = canvas.fitted(number, to_text(value, spec.decimals), 0.94 * slot);
  for (const std::string& label : spec.groups) name = canvas.fitted(name, label, 0.94 * group);
  for (std::size_t g = 0; g < spec.groups.size(); ++g) {
    const double middle = plot.area.x + (static_cast<double>(g) + 0.5) * group;
    double x = middle - 0.5 * slot * (static_cast<double>(spec.series.size()) - 1.0);
    for (std::size_t s = 0; s < spec.series.size(); ++s, x += slot) {
      const BarSeries& series = spec.series[s];
      paint_bar(canvas, plot, x, 0.82 * slot, series.values[g], series.errors.empty() ? 0.0 : series.errors[g],
                series_color(s), number, spec.decimals);
    }
    canvas.text({middle, plot.area.bottom() + 42.0}, spec.groups[g], name);
  }
}

}  // namespace detail

/// Draws the bars and writes them to `path` as a PNG.
/// Errors: nothing to paint, numbers that are missing or not finite; what Canvas::save refuses.
inline void paint_bars(const std::filesystem::path& path, const BarsSpec& spec) {
  detail::require_bars(spec);
  Canvas canvas(spec.width, spec.height);
  const double left = 150.0, right = 36.0, top = 84.0, bottom = 136.0;
  const Plot plot{
      {left, top, spec.width - left - right, spec.height - top - bottom}, {0.0, 1.0}, detail::bar_limits(spec)};
  const double widest = paint_y_ticks(canvas, plot, 6);
  detail::paint_groups(canvas, plot, spec);
  canvas.line(plot.place(0.0, 0.0), plot.place(1.0, 0.0), 2.5, palette::quiet);
  canvas.upward_text({left - widest - 38.0, plot.area.center().y}, spec.y_label,
                     canvas.fitted(label_style, spec.y_label, plot.area.height));
  paint_caption(canvas, {0.5 * spec.width, 52.0}, spec.title, "", spec.width - 60.0);
  std::vector<LegendEntry> legend;
  for (std::size_t s = 0; s < spec.series.size(); ++s)
    legend.push_back({spec.series[s].label, detail::series_color(s)});
  paint_legend(canvas, {0.5 * spec.width, spec.height - 28.0}, legend, spec.width - 60.0);
  canvas.save(path);
}

}  // namespace mace::examples
