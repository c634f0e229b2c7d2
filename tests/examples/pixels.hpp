// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cairo.h>
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "mace/core/error.hpp"

/// What the tests of pictures share.
namespace mace::test {

namespace fs = std::filesystem;

/// A folder of its own for one test, removed with all it holds.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "mace_picture_XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, "Folder: cannot make ", pattern);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }

  fs::path operator/(const char* name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  bool empty() const { return fs::is_empty(path_); }

 private:
  fs::path path_;
};

/// What a picture file shows, read back through Cairo.
struct Pixels {
  explicit Pixels(const fs::path& path) {
    cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
    REQUIRE(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
    width = cairo_image_surface_get_width(surface);
    height = cairo_image_surface_get_height(surface);
    const int stride = cairo_image_surface_get_stride(surface) / 4;
    const auto* words = reinterpret_cast<const std::uint32_t*>(cairo_image_surface_get_data(surface));
    for (int y = 0; y < height; ++y) rgb.insert(rgb.end(), words + y * stride, words + y * stride + width);
    cairo_surface_destroy(surface);
  }

  /// How many pixels of columns [from, to) satisfy `test(red, green, blue)`.
  template <class Test>
  int count(int from, int to, Test test) const {
    int found = 0;
    for (int y = 0; y < height; ++y)
      for (int x = from; x < to; ++x) {
        const std::uint32_t word = rgb[static_cast<std::size_t>(y * width + x)];
        found += test((word >> 16) & 255u, (word >> 8) & 255u, word & 255u) ? 1 : 0;
      }
    return found;
  }

  int width = 0, height = 0;
  std::vector<std::uint32_t> rgb;
};

}  // namespace mace::test
