// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// Contents of a scene file.
struct SceneFile {
  /// Obstacles, ground and pose of the base.
  Scene scene;
  /// Goal of the end effector in the world frame; nullopt if the file has none.
  std::optional<Goal<double>> goal;
};

/// Orientation weight of a goal that has an orientation but no weight, meters per radian.
inline constexpr double default_meters_per_radian = 0.3;

namespace detail {

/// A value of the file and its path within the file, for error messages.
class SceneReader {
 public:
  SceneReader(const nlohmann::json& value, std::string place) : value_(value), place_(std::move(place)) {}

  /// @throws Error if the value is not an object or has a key that is not in `keys`.
  const SceneReader& object(std::initializer_list<const char*> keys) const {
    require(value_.is_object(), place_, ": wanted an object, got ", value_.type_name());
    for (const auto& [key, value] : value_.items()) {
      bool known = false;
      std::string all;
      for (const char* wanted : keys) {
        known = known || key == wanted;
        all.append(all.empty() ? "" : ", ").append(wanted);
      }
      require(known, place_, ": got the key \"", key, "\", wanted one of ", all);
    }
    return *this;
  }
  bool has(const char* key) const { return value_.contains(key); }
  bool is_array() const { return value_.is_array(); }
  const std::string& place() const { return place_; }
  SceneReader operator[](const char* key) const {
    require(has(key), place_, ": wanted a \"", key, "\", got none");
    return {value_.at(key), std::string(place_).append(": ").append(key)};
  }
  double number() const {
    require(value_.is_number(), place_, ": wanted a number, got ", value_.type_name());
    const double number = value_.get<double>();
    require(std::isfinite(number), place_, ": wanted a finite number, got ", number);
    return number;
  }
  double size() const {
    const double size = number();
    require(size >= 0, place_, ": wanted a size of at least 0, got ", size);
    return size;
  }
  Vec<3, double> point() const {
    require(value_.is_array() && value_.size() == 3, place_, ": wanted three numbers, got ", value_.dump());
    Vec<3, double> point;
    for (int i = 0; i < 3; ++i) point[i] = entry(static_cast<std::size_t>(i)).number();
    return point;
  }
  /// Calls read(entry) for each entry of the list at `key`, if there is one.
  template <class Read>
  void each(const char* key, const Read& read) const {
    if (!has(key)) return;
    const SceneReader list = (*this)[key];
    require(list.is_array(), list.place_, ": wanted a list, got ", list.value_.type_name());
    for (std::size_t i = 0; i < list.value_.size(); ++i) read(list.entry(i));
  }
  /// The pose with the position at the key `position` and the rotation at "rpy", if there is one.
  Pose<double> pose(const char* position) const {
    const Vec<3, double> rpy = has("rpy") ? (*this)["rpy"].point() : Vec<3, double>{};
    return Pose<double>::from_rpy(rpy, (*this)[position].point());
  }

 private:
  SceneReader entry(std::size_t i) const {
    return {value_.at(i), std::string(place_).append("[").append(std::to_string(i)).append("]")};
  }

  const nlohmann::json& value_;
  std::string place_;
};

inline OrientedBox<double> read_box(const SceneReader& box) {
  box.object({"center", "size", "rpy"});
  const SceneReader size = box["size"];
  const Vec<3, double> edges = size.point();
  for (const double edge : edges.v) require(edge >= 0, size.place(), ": wanted sizes of at least 0, got ", edge);
  return {box.pose("center"), 0.5 * edges};
}

/// Reads a goal: three numbers, or an object with a position and possibly an orientation.
inline Goal<double> read_goal(const SceneReader& goal) {
  if (goal.is_array()) return {{.position = goal.point()}};
  goal.object({"position", "rpy", "meters_per_radian"});
  require(goal.has("rpy") || !goal.has("meters_per_radian"), goal.place(),
          ": wanted \"rpy\" with \"meters_per_radian\"");
  Goal<double> read{goal.pose("position")};
  if (goal.has("meters_per_radian"))
    read.meters_per_radian = goal["meters_per_radian"].size();
  else if (goal.has("rpy"))
    read.meters_per_radian = default_meters_per_radian;
  return read;
}

}  // namespace detail

/// Reads a scene from a JSON file; docs/reach.md describes the format.
/// @throws Error if the file cannot be read or is not JSON, a key is unknown or missing, a number is not finite, or a
///   size is negative; the message gives the place in the file.
inline SceneFile read_scene(const std::filesystem::path& path) {
  std::ifstream file(path);
  require(!std::filesystem::is_directory(path) && file.good(), path.string(), ": cannot read: wanted a scene file");
  const nlohmann::json json = [&] {
    try {
      return nlohmann::json::parse(file);
    } catch (const nlohmann::json::exception& error) {
      fail(path.string(), ": not a scene: wanted JSON: ", error.what());
    }
  }();
  const detail::SceneReader root(json, path.string());
  root.object({"base", "ground", "goal", "boxes", "spheres", "capsules"});
  SceneFile result;
  Scene& scene = result.scene;
  root.each("boxes", [&](const auto& box) { scene.boxes.push_back({detail::read_box(box)}); });
  root.each("spheres", [&](const auto& sphere) {
    sphere.object({"center", "radius"});
    scene.spheres.push_back({{sphere["center"].point(), sphere["radius"].size()}});
  });
  root.each("capsules", [&](const auto& capsule) {
    capsule.object({"from", "to", "radius"});
    scene.capsules.push_back({{capsule["from"].point(), capsule["to"].point(), capsule["radius"].size()}});
  });
  if (root.has("ground")) scene.ground = root["ground"].number();
  if (root.has("goal")) result.goal = detail::read_goal(root["goal"]);
  if (root.has("base")) {
    const auto base = root["base"];
    scene.base =
        base.is_array() ? Pose<double>{.position = base.point()} : base.object({"position", "rpy"}).pose("position");
  }
  scene.checked(path.string());
  return result;
}

}  // namespace mace
