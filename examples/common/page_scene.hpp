// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/hull_mesh.hpp"
#include "common/keyframes.hpp"
#include "common/packed.hpp"
#include "common/program.hpp"
#include "mace/collision/shapes.hpp"

/// What stands around the samples on a run's page, and the bounds of all.
namespace mace::examples {

/// Something that is drawn over the samples.
struct SceneItem {
  Json json;                                ///< as the page reads it, but for positions
  std::vector<float> positions = {};        ///< of points, to be packed
  std::vector<Vec<3, double>> extent = {};  ///< what else has to be within the bounds
};

inline Json numbers_json(const Vec<3, double>& v) {
  return {v[0], v[1], v[2]};
}

/// The rotation of a pose as the page has it: a quaternion x, y, z, w, w not below 0.
inline std::array<double, 4> quaternion(const Pose<double>& pose) {
  const Vec<4, double> q = pose.quaternion();
  return {q[1], q[2], q[3], q[0]};
}

/// x, y, z of one point after the other.
inline std::vector<float> flat_list(const Polytope& points) {
  std::vector<float> xyz;
  for (const auto& point : points)
    for (const double x : point.v) xyz.push_back(static_cast<float>(x));
  return xyz;
}

inline Json mesh_json(const Mesh& mesh) {
  std::vector<std::uint16_t> corners;
  for (const auto& triangle : mesh.triangles)
    for (const std::size_t corner : triangle) corners.push_back(static_cast<std::uint16_t>(corner));
  return {{"vertices", base64_of(flat_list(mesh.vertices))}, {"triangles", base64_of(corners)}};
}

inline SceneItem points_item(const std::string& label, std::vector<float> xyz) {
  return {{{"type", "points"}, {"label", label}}, std::move(xyz)};
}
inline SceneItem box_item(const std::string& label, const OrientedBox<double>& box) {
  SceneItem item{{{"type", "box"},
                  {"label", label},
                  {"center", numbers_json(box.pose.position)},
                  {"half", numbers_json(box.half)},
                  {"rotation", quaternion(box.pose)}}};
  for (unsigned corner = 0; corner < 8; ++corner) {
    Vec<3, double> at = box.half;
    for (int axis = 0; axis < 3; ++axis) at[axis] *= (corner >> axis & 1u) != 0 ? 1 : -1;
    item.extent.push_back(box.pose * at);
  }
  return item;
}
/// A body of triangles, each given by the indices of three vertices.
inline SceneItem solid_item(const std::string& label, const Mesh& mesh) {
  Json json = mesh_json(mesh);
  json["type"] = "solid";
  json["label"] = label;
  return {std::move(json), {}, mesh.vertices};
}
inline SceneItem half_space_item(const std::string& label, const HalfSpace& half_space) {
  return {{{"type", "half_space"},
           {"label", label},
           {"normal", numbers_json(half_space.normal)},
           {"height", half_space.height}}};
}
inline SceneItem ground_item(double height) {
  return {{{"type", "ground"}, {"label", "ground"}, {"height", height}}, {}, {{NAN, NAN, height}}};
}
/// `turned`: whether the orientation counts.
inline SceneItem goal_item(const Pose<double>& pose, bool turned) {
  return {{{"type", "goal"},
           {"label", "goal"},
           {"position", numbers_json(pose.position)},
           {"rotation", turned ? Json(quaternion(pose)) : Json()}},
          {},
          {pose.position}};
}
inline SceneItem finger_item(const std::string& label, const Vec<3, double>& start, const Vec<3, double>& tip,
                             bool touches) {
  return {{{"type", "finger"},
           {"label", label},
           {"start", numbers_json(start)},
           {"tip", numbers_json(tip)},
           {"touches", touches}},
          {},
          {start, tip}};
}

inline Json item_json(const Bounds& bounds, const SceneItem& item) {
  Json json = item.json;
  if (json["type"] != "points") return json;
  std::vector<std::uint16_t> packed;
  bounds.pack(item.positions, packed);
  json["positions"] = base64_of(packed);
  return json;
}

/// What clouds and arms have in common; the bounds are extended to the items'. `unit`: of lengths; clouds have none.
inline Json scene_json(const char* kind, const char* unit, Bounds& bounds, const std::vector<SceneItem>& items) {
  for (const SceneItem& item : items) {
    bounds.include(item.positions);
    for (const auto& point : item.extent) bounds.include(point);
  }
  Json list = Json::array(), low = Json::array(), high = Json::array();
  for (const SceneItem& item : items) list.push_back(item_json(bounds, item));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    low.push_back(bounds.along(axis).low);
    high.push_back(bounds.along(axis).high);
  }
  return {
      {"unit", unit}, {"up", {0, 0, 1}}, {"bounds", {{"min", low}, {"max", high}}}, {"kind", kind}, {"items", list}};
}

/// The fields of keyframe `i` but for its samples; `after`: what those of the last are called.
template <class Sample>
Json keyframe_json(const std::vector<Keyframe<Sample>>& keyframes, std::size_t i, const std::string& after) {
  const Keyframe<Sample>& keyframe = keyframes[i];
  const std::string label = !keyframe.label.empty()     ? keyframe.label
                            : i == 0                    ? "prior"
                            : i + 1 == keyframes.size() ? after
                                                        : "after round " + std::to_string(keyframe.round);
  return {{"round", keyframe.round}, {"label", label}, {"scores", keyframe.scores}};
}

}  // namespace mace::examples
