// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/hull_mesh.hpp"
#include "common/page_scene.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/attached_object.hpp"
#include "mace/collision/scene.hpp"
#include "mace/kinematics/goal.hpp"

/// The reaching task on a run's page.
namespace mace::examples {

/// Configurations, an entry a joint.
using ArmKeyframe = Keyframe<std::vector<double>>;

/// A link's hulls, which decide what is free. Its capsules where these are flat, or too many for 16 bits.
inline Mesh link_mesh(const ArmLink& link) {
  Mesh mesh;
  for (const Polytope& hull : link.hulls) mesh.add(hull_mesh(hull));
  if (!mesh.triangles.empty() && mesh.vertices.size() <= std::numeric_limits<std::uint16_t>::max()) return mesh;
  mesh = {};
  for (const auto& capsule : link.capsules) mesh.add(hull_mesh(capsule_surface(capsule, 100)));
  return mesh;
}

/// Where each link stands in the world at q.
inline std::vector<Pose<double>> link_poses(const ArmDescription& arm, const Pose<double>& base,
                                            std::span<const double> q) {
  const std::vector<Pose<double>> frames = arm.chain.frames(base, q);
  std::vector<Pose<double>> poses;
  for (const ArmLink& link : arm.links) poses.push_back(frames[static_cast<std::size_t>(link.joint + 1)]);
  return poses;
}

/// The obstacles, spheres, capsules and flat hulls as points on them; the ground; the goal.
inline std::vector<SceneItem> arm_items(const Scene& scene, const Goal<double>& goal) {
  std::vector<SceneItem> items;
  for (const auto& box : scene.boxes) items.push_back(box_item("obstacle", box));
  const auto add_round = [&](const Capsule<double>& capsule) {
    items.push_back(points_item("obstacle", flat_list(capsule_surface(capsule, 1000))));
  };
  for (const auto& ball : scene.spheres) add_round({ball.center, ball.center, ball.radius});
  for (const auto& capsule : scene.capsules) add_round(capsule);
  const auto add_polytope = [&](const Polytope& points) {
    const Mesh mesh = hull_mesh(points);
    items.push_back(mesh.triangles.empty() ? points_item("obstacle", flat_list(points)) : solid_item("obstacle", mesh));
  };
  for (const auto& cylinder : scene.cylinders)
    add_polytope(mace::detail::enclosing_polytope(Cylinder<double>(cylinder)));
  for (const auto& hull : scene.hulls) add_polytope(hull.points);
  for (const auto& half_space : scene.half_spaces) items.push_back(half_space_item("half-space", half_space));
  if (scene.ground) items.push_back(ground_item(*scene.ground));
  items.push_back(goal_item(goal.pose, goal.meters_per_radian > 0));
  return items;
}

inline Json link_json(const std::string& name, const Mesh& mesh) {
  Json json = mesh_json(mesh);
  json["name"] = name;
  return json;
}

/// `after`: what the samples of the last keyframe are called.
inline Json arm_scene(const ArmDescription& arm, const Scene& around, const Goal<double>& goal,
                      const std::vector<ArmKeyframe>& keyframes, const std::string& after) {
  std::vector<Mesh> meshes;
  for (const ArmLink& link : arm.links) meshes.push_back(link_mesh(link));
  Bounds bounds;
  Json shown = Json::array();
  for (std::size_t i = 0; i < keyframes.size(); ++i) {
    std::vector<float> numbers;
    for (const auto& q : keyframes[i].samples) {
      const std::vector<Pose<double>> poses = link_poses(arm, around.base, q);
      for (std::size_t link = 0; link < poses.size(); ++link) {
        for (const auto& vertex : meshes[link].vertices) bounds.include(poses[link] * vertex);
        for (const double x : poses[link].position.v) numbers.push_back(static_cast<float>(x));
        for (const double x : quaternion(poses[link])) numbers.push_back(static_cast<float>(x));
      }
    }
    Json keyframe = keyframe_json(keyframes, i, after);
    keyframe["poses"] = base64_of(numbers);
    shown.push_back(std::move(keyframe));
  }
  Json scene = scene_json("arms", "m", bounds, arm_items(around, goal));
  for (std::size_t link = 0; link < meshes.size(); ++link)
    scene["links"].push_back(link_json(arm.links[link].name, meshes[link]));
  scene["keyframes"] = std::move(shown);
  return scene;
}

}  // namespace mace::examples
