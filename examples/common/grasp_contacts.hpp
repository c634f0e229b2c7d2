// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "common/cloud_panels.hpp"
#include "common/csv.hpp"
#include "common/grasp.hpp"
#include "common/page_scene.hpp"
#include "common/program.hpp"
#include "common/thinned.hpp"

/// What fingers felt, in each of a run's results.
namespace mace::examples {

/// The points that were touched, x, y, z of one after the other.
inline std::vector<float> contact_points(const Grasp& grasp) {
  std::vector<float> xyz;
  for (int f = 0; f < grasp.felt().count; ++f)
    if (const Vec<3>& p = grasp.felt().point[f]; grasp.felt().touched[f]) xyz.insert(xyz.end(), p.v, p.v + 3);
  return xyz;
}

/// The end of a finger, 20 cm of it, where it stopped: from its tip outwards.
inline CloudRod finger_end(const Grasp& grasp, int f) {
  const Vec<3, double> v = grasp.fingers().ray[f].direction.as<double>();
  const double stopped = dot(grasp.felt().point[f].as<double>(), v);
  return {stopped * v, (stopped + 0.2) * v};
}

inline Json contacts_json(const Grasp& grasp) {
  Json contacts = Json::array();
  for (int f = 0; f < grasp.felt().count; ++f) {
    const Vec<3>&v = grasp.fingers().ray[f].direction, &p = grasp.felt().point[f];
    Json one{{"finger", {v[0], v[1], v[2]}}, {"point", nullptr}};
    if (grasp.felt().touched[f]) one["point"] = {p[0], p[1], p[2]};
    contacts.push_back(one);
  }
  return contacts;
}

inline void write_contacts(const std::filesystem::path& path, const Grasp& grasp) {
  const std::vector<std::string> names{"finger_x", "finger_y", "finger_z", "touched", "x", "y", "z"};
  std::vector<std::array<float, 7>> rows;
  for (int f = 0; f < grasp.felt().count; ++f) {
    const Vec<3>&v = grasp.fingers().ray[f].direction, &p = grasp.felt().point[f];
    rows.push_back({v[0], v[1], v[2], grasp.felt().touched[f] ? 1.0f : 0.0f, p[0], p[1], p[2]});
  }
  write_csv(path, names, rows, 9);
}

/// The fingers on a run's page, and the object that they felt: few of its points, so that samples are not hidden.
inline std::vector<SceneItem> grasp_items(const Grasp& grasp, const std::vector<float>& object) {
  std::vector<SceneItem> items{points_item("true shape", thinned(object, 512))};
  for (int f = 0; f < grasp.felt().count; ++f) {
    const auto [tip, start] = finger_end(grasp, f);
    items.push_back(finger_item("finger " + std::to_string(f + 1), start, tip, grasp.felt().touched[f]));
  }
  return items;
}

}  // namespace mace::examples
