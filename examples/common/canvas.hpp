// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cairo.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"

namespace mace::examples {

/// A color, each part in [0, 1].
struct Color {
  double r, g, b, a = 1.0;
};

/// The colors of all pictures. The strong ones are those of Okabe and Ito, which color-blind readers can tell apart.
namespace palette {
inline constexpr Color white{1.0, 1.0, 1.0};
inline constexpr Color black{0.0, 0.0, 0.0};
inline constexpr Color ink{0.13, 0.14, 0.17};
inline constexpr Color quiet{0.42, 0.44, 0.48};
inline constexpr Color rule{0.86, 0.87, 0.89};
inline constexpr Color blue{0.000, 0.447, 0.698};
inline constexpr Color orange{0.902, 0.435, 0.000};
inline constexpr Color green{0.000, 0.620, 0.451};
inline constexpr Color purple{0.600, 0.380, 0.660};
inline constexpr Color sky{0.337, 0.706, 0.914};
inline constexpr Color gray{0.55, 0.58, 0.62};
/// For the i-th of several things shown together.
inline constexpr Color series[] = {gray, blue, orange, green, purple, sky};
}  // namespace palette

/// A share of `b` mixed into `a`; the opacity stays that of `a`.
inline constexpr Color mix(Color a, Color b, double share) {
  return {a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share, a.a};
}
inline constexpr Color faded(Color color, double opacity) {
  return {color.r, color.g, color.b, opacity};
}

/// A place on the canvas in pixels: x to the right, y down.
struct Pixel {
  double x, y;
};

/// A rectangle on the canvas in pixels.
struct Area {
  double x, y, width, height;

  double right() const { return x + width; }
  double bottom() const { return y + height; }
  Pixel center() const { return {x + 0.5 * width, y + 0.5 * height}; }
};

/// Where a line of text stands against its anchor: the share of its width to the left of it.
enum class Align { left, center, right };

struct TextStyle {
  double size = 26.0;  ///< of the font, in pixels
  Color color = palette::ink;
  Align align = Align::center;
  bool bold = false;
};

/// A picture of `width` x `height` pixels that starts blank and is saved as a PNG: a thin layer over Cairo that owns
/// its objects and checks them. Errors: Cairo refuses (too large, no memory, text that is not UTF-8).
class Canvas {
 public:
  Canvas(int width, int height, Color background = palette::white)
      : width_(width),
        height_(height),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
        context_(cairo_create(surface_.get())) {
    check();
    set(background);
    cairo_paint(context_.get());
  }

  int width() const { return width_; }
  int height() const { return height_; }

  void disc(Pixel center, double radius, Color color) {
    set(color);
    cairo_new_path(context_.get());
    cairo_arc(context_.get(), center.x, center.y, radius, 0.0, full_turn);
    cairo_fill(context_.get());
  }

  /// A straight line with round ends.
  void line(Pixel from, Pixel to, double thickness, Color color) {
    set(color);
    cairo_set_line_width(context_.get(), thickness);
    cairo_set_line_cap(context_.get(), CAIRO_LINE_CAP_ROUND);
    cairo_new_path(context_.get());
    cairo_move_to(context_.get(), from.x, from.y);
    cairo_line_to(context_.get(), to.x, to.y);
    cairo_stroke(context_.get());
  }

  /// A closed polygon, filled, with an outline where `thickness` is above 0.
  void polygon(std::span<const Pixel> corners, Color fill, Color outline = palette::ink, double thickness = 0.0) {
    cairo_new_path(context_.get());
    for (const Pixel& corner : corners) cairo_line_to(context_.get(), corner.x, corner.y);
    cairo_close_path(context_.get());
    fill_and_stroke(fill, outline, thickness);
  }

  /// A rectangle with corners rounded by `radius`.
  void rectangle(const Area& area, double radius, Color fill, Color outline = palette::ink, double thickness = 0.0) {
    const double quarter = 0.25 * full_turn;
    const Pixel corners[] = {{area.right() - radius, area.y + radius},
                             {area.right() - radius, area.bottom() - radius},
                             {area.x + radius, area.bottom() - radius},
                             {area.x + radius, area.y + radius}};
    cairo_new_path(context_.get());
    for (int i = 0; i < 4; ++i)
      cairo_arc(context_.get(), corners[i].x, corners[i].y, radius, (i - 1) * quarter, i * quarter);
    cairo_close_path(context_.get());
    fill_and_stroke(fill, outline, thickness);
  }

  /// One line of text (UTF-8), its baseline through `anchor`; returns its width.
  double text(Pixel anchor, const std::string& line, const TextStyle& style) {
    const double width = text_width(line, style);
    const double share = style.align == Align::left ? 0.0 : style.align == Align::center ? 0.5 : 1.0;
    set(style.color);
    cairo_move_to(context_.get(), anchor.x - share * width, anchor.y);
    cairo_show_text(context_.get(), line.c_str());
    return width;
  }

  /// The same, read from bottom to top.
  void upward_text(Pixel anchor, const std::string& line, const TextStyle& style) {
    cairo_save(context_.get());
    cairo_translate(context_.get(), anchor.x, anchor.y);
    cairo_rotate(context_.get(), -0.25 * full_turn);
    text({0.0, 0.0}, line, style);
    cairo_restore(context_.get());
  }

  double text_width(const std::string& line, const TextStyle& style) const {
    cairo_select_font_face(context_.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context_.get(), style.size);
    cairo_text_extents_t extents;
    cairo_text_extents(context_.get(), line.c_str(), &extents);
    return extents.x_advance;
  }

  /// The style, its font small enough for the line to be at most `width` pixels long.
  TextStyle fitted(TextStyle style, const std::string& line, double width) const {
    const double wanted = text_width(line, style);
    if (wanted > width) style.size *= std::max(width, 1.0) / wanted;
    return style;
  }

  /// What `paint()` paints shows only inside `area`.
  template <class Paint>
  void clipped(const Area& area, Paint paint) {
    cairo_save(context_.get());
    cairo_new_path(context_.get());
    cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
    cairo_clip(context_.get());
    paint();
    cairo_restore(context_.get());
  }

  /// Writes the picture, whole or not at all. Errors: those of AtomicFile, and anything that went wrong in painting.
  void save(const std::filesystem::path& path) const {
    check();
    std::vector<unsigned char> png;
    cairo_surface_flush(surface_.get());
    check(cairo_surface_write_to_png_stream(surface_.get(), &append, &png));
    AtomicFile file(path);
    file.write(png);
    file.commit();
  }

 private:
  struct Release {
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
    void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
  };
  static constexpr double full_turn = 6.283185307179586;

  static void check(cairo_status_t status) {
    require(status == CAIRO_STATUS_SUCCESS, "Canvas: ", cairo_status_to_string(status));
  }
  /// Cairo's objects remember their first error and then ignore every call, so it is enough to look now and then.
  void check() const {
    check(cairo_surface_status(surface_.get()));
    check(cairo_status(context_.get()));
  }

  /// Cairo is C: no exception may pass through it.
  static cairo_status_t append(void* png, const unsigned char* bytes, unsigned int count) noexcept {
    auto& out = *static_cast<std::vector<unsigned char>*>(png);
    try {
      out.insert(out.end(), bytes, bytes + count);
    } catch (const std::bad_alloc&) {
      return CAIRO_STATUS_NO_MEMORY;
    }
    return CAIRO_STATUS_SUCCESS;
  }

  void set(Color color) const { cairo_set_source_rgba(context_.get(), color.r, color.g, color.b, color.a); }

  void fill_and_stroke(Color fill, Color outline, double thickness) {
    set(fill);
    cairo_fill_preserve(context_.get());
    set(outline);
    cairo_set_line_width(context_.get(), thickness);
    cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
    if (thickness > 0.0) cairo_stroke(context_.get());
  }

  int width_, height_;
  std::unique_ptr<cairo_surface_t, Release> surface_;
  std::unique_ptr<cairo_t, Release> context_;
};

}  // namespace mace::examples
