// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "common/canvas.hpp"
#include "common/range.hpp"

namespace mace::examples {

/// A pair of axes: the numbers of `x` and `y` laid out over `area`.
struct Plot {
  Area area;
  Range x, y;

  Pixel place(double at_x, double at_y) const {
    return {area.x + (at_x - x.low) / x.length() * area.width,
            area.bottom() - (at_y - y.low) / y.length() * area.height};
  }
};

inline constexpr TextStyle tick_style{.size = 23.0, .color = palette::quiet};
inline constexpr TextStyle label_style{.size = 27.0};

/// Grid lines at the ticks of x, and their numbers below the plot.
inline void paint_x_ticks(Canvas& canvas, const Plot& plot, int wanted) {
  const Ticks ticks = Ticks::in(plot.x, wanted);
  for (const double value : ticks.values) {
    const Pixel foot = plot.place(value, plot.y.low);
    canvas.line(foot, {foot.x, plot.area.y}, 1.5, palette::rule);
    canvas.text({foot.x, foot.y + 34.0}, to_text(value, ticks.decimals), tick_style);
  }
}

/// Grid lines at the ticks of y, and their numbers to the left of the plot where `numbers` says so. Returns the width
/// of the widest number.
inline double paint_y_ticks(Canvas& canvas, const Plot& plot, int wanted, bool numbers = true) {
  const Ticks ticks = Ticks::in(plot.y, wanted);
  TextStyle style = tick_style;
  style.align = Align::right;
  double widest = 0.0;
  for (const double value : ticks.values) {
    const Pixel start = plot.place(plot.x.low, value);
    canvas.line(start, {plot.area.right(), start.y}, 1.5, palette::rule);
    if (!numbers) continue;
    const std::string text = to_text(value, ticks.decimals);
    widest = std::max(widest, canvas.text({start.x - 14.0, start.y + 8.0}, text, style));
  }
  return widest;
}

}  // namespace mace::examples
