// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/npy.hpp"
#include "mace/io/ply.hpp"

namespace mace {

/// Reads a point cloud from a .ply file or from an .npy file of shape [n, 3]; the ending may be in capitals.
/// @return x0 y0 z0 x1 ..., in the units of the file: a 3 x n matrix stored by columns, n >= 1, all values finite
/// @throws Error if the extension is another one, the shape is not [n, 3], there are no points, a value is not finite,
///   or read_ply() or read_npy() throws.
inline std::vector<float> read_cloud(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::vector<float> points;
  const std::string extension = detail::extension_of(path);
  if (extension == ".ply") {
    points = read_ply(path);
  } else if (extension == ".npy") {
    NpyArray array = read_npy(path);
    if (array.shape.size() != 2 || array.shape[1] != 3) {
      fail(name, ": wanted a cloud of shape [n, 3], got ", detail::shape_text(array.shape));
    }
    points = std::move(array.values);
  } else {
    fail(name, ": wanted a cloud in a .ply or .npy file, got extension ", detail::printable(path.extension().string()));
  }
  require(!points.empty(), name, ": wanted at least one point, got none");
  const auto bad = std::find_if(points.begin(), points.end(), [](float value) { return !std::isfinite(value); });
  require(bad == points.end(), name, ": wanted finite coordinates, got NaN or infinity in point ",
          (bad - points.begin()) / 3);
  return points;
}

}  // namespace mace
