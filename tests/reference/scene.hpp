// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "mace/collision/scene.hpp"
#include "reference/values.hpp"

namespace mace::reference {

/// A scene of a robot's boxes.csv; "ground" is all below z = 0. Errors: no boxes of that name.
inline Scene read_scene(const std::string& robot, const std::string& name) {
  Scene scene;
  std::ifstream file(path(robot + "/boxes.csv"));
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ",")) continue;
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream cells(line.substr(name.size()));
    Vec<3, double> center{}, size{};
    double x, y, z, w;
    cells >> center[0] >> center[1] >> center[2] >> size[0] >> size[1] >> size[2] >> x >> y >> z >> w;
    require(!cells.fail(), robot, "/boxes.csv: wanted ten numbers, got ", line);
    scene.boxes.push_back({{{{w * w + x * x - y * y - z * z, 2 * (x * y + w * z), 2 * (x * z - w * y)},
                             {2 * (x * y - w * z), w * w - x * x + y * y - z * z, 2 * (y * z + w * x)},
                             {2 * (x * z + w * y), 2 * (y * z - w * x), w * w - x * x - y * y + z * z},
                             center},
                            0.5 * size}});
  }
  require(!scene.boxes.empty(), robot, "/boxes.csv: no boxes of ", name);
  if (name == "ground") {
    scene.boxes.clear();
    scene.ground = 0;
  }
  return scene;
}

}  // namespace mace::reference
