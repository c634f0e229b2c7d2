// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "mace/cloud/cloud.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/cloud.hpp"

namespace mace {

namespace detail {

/// The PLY files of a folder, sorted by name.
inline std::vector<std::filesystem::path> ply_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (extension_of(entry->path()) == ".ply") files.push_back(entry->path());
  require(!error, folder.string(), ": cannot read: ", error.message());
  require(!files.empty(), folder.string(), ": wanted a folder with .ply files, got none");
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace detail

/// Reads at least one cloud of `Points` points from an .npy file of shape [n, Points, 3], or from all .ply files of a
/// folder (without its subfolders), in the order of their names. The coordinates are finite, in the units of the files.
/// @throws Error if the path is neither, the shape or the number of points is wrong, there are no clouds, a value is
///   not finite, or read_npy() or read_cloud() throws.
template <int Points>
std::vector<Cloud<Points>> read_cloud_set(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::vector<Cloud<Points>> clouds;
  if (std::filesystem::is_directory(path)) {
    for (const std::filesystem::path& file : detail::ply_files(path)) {
      const std::vector<float> xyz = read_cloud(file);
      require(xyz.size() == 3 * Points, file.string(), ": wanted ", Points, " points, got ", xyz.size() / 3);
      std::copy(xyz.begin(), xyz.end(), clouds.emplace_back().xyz);
    }
    return clouds;
  }
  require(detail::extension_of(path) == ".npy", name,
          ": wanted a set of clouds in an .npy file or a folder of .ply files");
  const NpyArray array = read_npy(path);
  require(array.shape.size() == 3 && array.shape[0] > 0 && array.shape[1] == Points && array.shape[2] == 3, name,
          ": wanted clouds of shape [n, ", Points, ", 3] with n >= 1, got ", detail::shape_text(array.shape));
  const auto bad =
      std::find_if(array.values.begin(), array.values.end(), [](float value) { return !std::isfinite(value); });
  require(bad == array.values.end(), name, ": wanted finite coordinates, got NaN or infinity in cloud ",
          (bad - array.values.begin()) / (3 * Points));
  clouds.resize(static_cast<std::size_t>(array.shape[0]));
  for (std::size_t i = 0; i < clouds.size(); ++i)
    std::copy_n(array.values.data() + i * 3 * Points, 3 * Points, clouds[i].xyz);
  return clouds;
}

}  // namespace mace
