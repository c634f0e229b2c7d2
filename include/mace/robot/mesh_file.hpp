// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/obj.hpp"
#include "mace/io/stl.hpp"

namespace mace::detail {

/// Where a mesh that a robot description names may lie, the likeliest first. `folder` is the description's.
///
/// "package://name/rest" (and "model://", which means the same) asks for the folder of a ROS package, which nothing
/// here knows. A description nearly always lies inside its package, so from its folder upwards each folder is tried
/// that is called `name` or has a folder `name`; then `rest` in each, as the package's folder may have another name.
/// Errors: another scheme, as "https://".
inline std::vector<std::filesystem::path> mesh_places(const std::string& file, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto after = [&](std::string_view scheme) { return file.substr(scheme.size()); };
  if (file.starts_with("file://")) return {folder / after("file://")};
  if (!file.starts_with("package://") && !file.starts_with("model://")) {
    require(file.find("://") == file.npos, "mesh ", printable(file),
            ": wanted a path, or one after file://, package:// or model://");
    return {folder / file};
  }

  const fs::path inside = after(file.starts_with("package://") ? "package://" : "model://");
  fs::path rest;
  for (auto part = inside.begin(); part != inside.end(); ++part)
    if (part != inside.begin()) rest /= *part;
  std::error_code ignored;
  std::vector<fs::path> places, elsewhere;
  fs::path above = fs::absolute(folder.empty() ? "." : folder, ignored).lexically_normal();
  if (!above.has_filename()) above = above.parent_path();
  for (;; above = above.parent_path()) {
    if (!inside.empty() && above.filename() == *inside.begin()) places.push_back(above / rest);
    places.push_back(above / inside);
    elsewhere.push_back(above / rest);
    if (above == above.parent_path()) break;
  }
  places.insert(places.end(), elsewhere.begin(), elsewhere.end());
  return places;
}

/// Finds a mesh. Errors: there is none; the message names the places that were tried, the first few if they are many.
inline std::filesystem::path find_mesh(const std::string& file, const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> places = mesh_places(file, folder);
  std::string tried;
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(places[i], ignored)) return places[i];
    if (i < 4) tried += (i == 0 ? "" : ", ") + places[i].string();
  }
  fail("mesh ", printable(file), ": not found; looked for ", tried, places.size() > 4 ? ", ... up to the root" : "");
}

/// The convex pieces of a mesh: each object of an OBJ, all of an STL.
/// Errors: a name that no file has, a file of another kind, one that is not found, those of read_stl and read_obj.
inline std::vector<Polytope> read_mesh(const std::string& file, const std::filesystem::path& folder) {
  const bool sane = std::none_of(file.begin(), file.end(), [](unsigned char c) { return std::iscntrl(c) != 0; });
  require(!file.empty() && file.size() <= 1000 && sane, "mesh ", printable(file),
          ": wanted the name of a file, of at most 1000 characters");
  std::string extension = std::filesystem::path(file).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  require(extension == ".stl" || extension == ".obj", "mesh ", printable(file),
          ": wanted an .stl or .obj file, got extension ", printable(extension));
  const std::filesystem::path path = find_mesh(file, folder);
  if (extension == ".obj") return read_obj(path);
  return {read_stl(path)};
}

}  // namespace mace::detail
