// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/canvas.hpp"

namespace mace::examples {

/// `title` bold and `note` quiet, side by side, centered on `middle`, in a font small enough to stay within `width`.
inline void paint_caption(Canvas& canvas, Pixel middle, const std::string& title, const std::string& note, double width,
                          double size = 34.0) {
  TextStyle bold{.size = size, .align = Align::left, .bold = true};
  TextStyle plain{.size = size, .color = palette::quiet, .align = Align::left};
  const auto gap = [&] { return title.empty() || note.empty() ? 0.0 : 0.65 * bold.size; };
  const auto length = [&] { return canvas.text_width(title, bold) + gap() + canvas.text_width(note, plain); };
  bold.size = plain.size = size * std::min(1.0, width / std::max(length(), 1.0));
  const double x = middle.x - 0.5 * length();
  const double end = x + canvas.text({x, middle.y}, title, bold);
  canvas.text({end + gap(), middle.y}, note, plain);
}

/// What one color stands for.
struct LegendEntry {
  std::string label;
  Color color;
};

/// The entries in a row, centered on `middle`, small enough to stay within `width`.
inline void paint_legend(Canvas& canvas, Pixel middle, const std::vector<LegendEntry>& entries, double width) {
  TextStyle style{.size = 27.0, .color = palette::quiet, .align = Align::left};
  // In shares of the font's size: from a disc's left edge to its label, and from there to the next disc.
  const double mark = 1.25, gap = 2.2;
  const auto length = [&] {
    double sum = -gap * style.size;
    for (const LegendEntry& entry : entries) sum += (mark + gap) * style.size + canvas.text_width(entry.label, style);
    return sum;
  };
  style.size *= std::min(1.0, width / std::max(length(), 1.0));
  double x = middle.x - 0.5 * length();
  for (const LegendEntry& entry : entries) {
    canvas.disc({x + 0.37 * style.size, middle.y - 0.35 * style.size}, 0.37 * style.size, entry.color);
    x += mark * style.size;
    x += canvas.text({x, middle.y}, entry.label, style) + gap * style.size;
  }
}

}  // namespace mace::examples
