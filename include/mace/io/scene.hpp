// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/attached_object.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/json.hpp"
#include "mace/io/mesh_file.hpp"
#include "mace/kinematics/goal.hpp"

namespace mace {

/// Contents of a scene file.
struct SceneFile {
  /// Obstacles, ground and pose of the base.
  Scene scene;
  /// Goal of the end effector in the world frame; nullopt if the file has none.
  std::optional<Goal<double>> goal{};
  /// Objects that the robot holds, for with_attached(). What they may touch is in `scene.may_touch`.
  std::vector<AttachedObject> attached{};
  /// Distance between the gripper's fingertips, meters; nullopt if the file does not give it as a number.
  std::optional<double> opening{};
  /// Positions of joints that do not belong to the chain, such as a gripper's, by name; radians or meters.
  std::map<std::string, double> joint_values{};
};

/// Orientation weight of a goal that has an orientation but no weight, meters per radian.
inline constexpr double default_meters_per_radian = 0.3;

namespace detail {

/// Largest size of a scene file: half a million obstacles.
inline constexpr std::uintmax_t max_scene_bytes = 64 << 20;

/// A value of the file and its path within the file, for error messages.
class SceneReader {
 public:
  SceneReader(const nlohmann::json& value, std::string place) : value_(value), place_(std::move(place)) {}

  /// @throws Error if the value is not an object or has a key that is not in `keys`.
  const SceneReader& object(const std::vector<const char*>& keys) const {
    require(value_.is_object(), place_, ": wanted an object, got ", value_.type_name());
    for (const auto& [key, value] : value_.items()) {
      bool known = false;
      std::string all;
      for (const char* wanted : keys) {
        known = known || key == wanted;
        all.append(all.empty() ? "" : ", ").append(wanted);
      }
      require(known, place_, ": wanted keys among ", all, ", got ", printable(key));
    }
    return *this;
  }
  bool has(const char* key) const { return value_.contains(key); }
  /// Whether it is a list, where an object may stand too.
  /// @throws Error if it is neither.
  bool is_point() const {
    require(value_.is_array() || value_.is_object(), place_, ": wanted a list of three numbers or an object, got ",
            value_.type_name());
    return value_.is_array();
  }
  const std::string& place() const { return place_; }
  SceneReader operator[](const char* key) const {
    require(has(key), place_, ": wanted the key '", key, "', got none");
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
  Vec<3, double> point() const { return numbers<3>("three"); }
  std::string text() const {
    require(value_.is_string(), place_, ": wanted a string, got ", value_.type_name());
    return value_.get<std::string>();
  }
  /// The name at "name", or an empty string.
  std::string name() const {
    if (!has("name")) return {};
    const SceneReader name = (*this)["name"];
    require(!name.text().empty(), name.place_, ": wanted a name, got an empty string");
    return name.text();
  }
  bool is_number() const { return value_.is_number(); }
  /// Calls read(key, value) for each key of an object.
  template <class Read>
  void each_key(const Read& read) const {
    require(value_.is_object(), place_, ": wanted an object, got ", value_.type_name());
    for (const auto& [key, value] : value_.items())
      read(key, SceneReader(value, std::string(place_).append(": ").append(key)));
  }
  /// Calls read(entry) for each entry of the list at `key`, if there is one.
  template <class Read>
  void each(const char* key, const Read& read) const {
    if (!has(key)) return;
    (*this)[key].each(read);
  }
  /// Calls read(entry) for each entry of a list.
  template <class Read>
  void each(const Read& read) const {
    require(value_.is_array(), place_, ": wanted a list, got ", value_.type_name());
    for (std::size_t i = 0; i < value_.size(); ++i) read(entry(i));
  }
  bool has_rotation() const { return has("rpy") || has("quaternion"); }
  /// The pose with the position at the key `position` and the rotation at "rpy" or "quaternion", if there is one.
  Pose<double> pose(const char* position) const {
    const Vec<3, double> at = (*this)[position].point();
    require(!has("rpy") || !has("quaternion"), place_, ": wanted one of 'rpy' and 'quaternion', got both");
    if (has("rpy")) return Pose<double>::from_rpy((*this)["rpy"].point(), at);
    if (!has("quaternion")) return {.position = at};
    const SceneReader rotation = (*this)["quaternion"];
    const Vec<4, double> q = rotation.numbers<4>("four");
    require(std::abs(dot(q, q) - 1) <= 0.02, rotation.place_, ": wanted w, x, y and z of length 1, got length ",
            std::sqrt(dot(q, q)));
    return Pose<double>::from_quaternion(q[0], q[1], q[2], q[3], at);
  }

 private:
  template <int Count>
  Vec<Count, double> numbers(const char* how_many) const {
    require(value_.is_array(), place_, ": wanted a list of ", how_many, " numbers, got ", value_.type_name());
    require(value_.size() == Count, place_, ": wanted a list of ", how_many, " numbers, got a list of ", value_.size());
    Vec<Count, double> numbers;
    for (int i = 0; i < Count; ++i) numbers[i] = entry(static_cast<std::size_t>(i)).number();
    return numbers;
  }

  SceneReader entry(std::size_t i) const {
    return {value_.at(i), std::string(place_).append("[").append(std::to_string(i)).append("]")};
  }

  const nlohmann::json& value_;
  std::string place_;
};

/// The convex parts of a mesh, in the world frame or that of a link.
inline std::vector<ConvexHull> read_hulls(const SceneReader& mesh, const std::filesystem::path& folder) {
  const Pose<double> pose = mesh.pose("position");
  Vec<3, double> scale{1, 1, 1};
  if (mesh.has("scale")) {
    const SceneReader given = mesh["scale"];
    scale = given.is_number() ? given.number() * scale : given.point();
    for (const double factor : scale.v) require(factor != 0, given.place(), ": wanted a scale other than 0, got 0");
  }
  try {
    std::vector<ConvexHull> hulls;
    for (Polytope& part : read_mesh(mesh["file"].text(), folder)) {
      for (auto& point : part)
        point = pose * Vec<3, double>{scale[0] * point[0], scale[1] * point[1], scale[2] * point[2]};
      hulls.push_back({extreme_points(part)});
    }
    return hulls;
  } catch (const Error& error) {
    fail(mesh.place(), ": ", error.what());
  }
}

/// Reads the lists of shapes with a size. Calls add(shape, name) for each of them, where the parts of a mesh are a
/// std::vector<ConvexHull>. Only the obstacles of a scene have names.
template <class Add>
void read_shapes(const SceneReader& from, const std::filesystem::path& folder, bool named, const Add& add) {
  const auto each = [&](const char* list, std::initializer_list<const char*> keys, const auto& read) {
    std::vector<const char*> all(keys);
    if (named) all.push_back("name");
    from.each(list, [&](const SceneReader& shape) { add(read(shape.object(all)), shape.name()); });
  };
  each("boxes", {"center", "size", "rpy", "quaternion"}, [](const SceneReader& box) {
    const SceneReader size = box["size"];
    const Vec<3, double> edges = size.point();
    for (const double edge : edges.v) require(edge >= 0, size.place(), ": wanted sizes of at least 0, got ", edge);
    return OrientedBox<double>{box.pose("center"), 0.5 * edges};
  });
  each("spheres", {"center", "radius"}, [](const SceneReader& sphere) {
    return Sphere<double>{sphere["center"].point(), sphere["radius"].size()};
  });
  each("capsules", {"from", "to", "radius"}, [](const SceneReader& capsule) {
    return Capsule<double>{capsule["from"].point(), capsule["to"].point(), capsule["radius"].size()};
  });
  each("cylinders", {"center", "radius", "length", "rpy", "quaternion"}, [](const SceneReader& cylinder) {
    return Cylinder<double>{cylinder.pose("center"), cylinder["radius"].size(), 0.5 * cylinder["length"].size()};
  });
  each("meshes", {"file", "position", "rpy", "quaternion", "scale"},
       [&](const SceneReader& mesh) { return read_hulls(mesh, folder); });
}

/// Name of a convex part of a mesh.
inline std::string part_name(const std::string& mesh, std::size_t part) {
  return std::string(mesh).append("[").append(std::to_string(part)).append("]");
}
/// The names of a mesh's parts, if `name` is that of a mesh of several; otherwise the name itself.
inline std::vector<std::string> part_names(const std::string& name, const std::map<std::string, std::size_t>& parts) {
  const auto mesh = parts.find(name);
  if (mesh == parts.end()) return {name};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < mesh->second; ++i) names.push_back(part_name(name, i));
  return names;
}

/// Reads an object that a link holds. Its shapes are given in the frame of the link.
inline AttachedObject read_attached(const SceneReader& object, const std::filesystem::path& folder) {
  object.object({"link", "name", "boxes", "spheres", "capsules", "cylinders", "meshes", "may_touch"});
  AttachedObject read{object["link"].text(), object["name"].text(), {}};
  read_shapes(object, folder, false, [&](const auto& shape, const std::string&) {
    if constexpr (requires { shape.size(); })
      read.shapes.insert(read.shapes.end(), shape.begin(), shape.end());
    else
      read.shapes.push_back(shape);
  });
  require(!read.name.empty(), object.place(), ": wanted a name, got an empty string");
  require(!read.shapes.empty(), object.place(), ": wanted shapes, got none");
  Scene shapes;
  add_shapes(shapes, read.shapes);
  shapes.check_shapes(object.place());
  return read;
}

/// Reads a goal: three numbers, or an object with a position and possibly an orientation.
inline Goal<double> read_goal(const SceneReader& goal) {
  if (goal.is_point()) return {{.position = goal.point()}};
  goal.object({"position", "rpy", "quaternion", "meters_per_radian"});
  require(goal.has_rotation() || !goal.has("meters_per_radian"), goal.place(),
          ": wanted 'rpy' or 'quaternion' with 'meters_per_radian', got none");
  Goal<double> read{goal.pose("position")};
  if (goal.has("meters_per_radian"))
    read.meters_per_radian = goal["meters_per_radian"].size();
  else if (goal.has_rotation())
    read.meters_per_radian = default_meters_per_radian;
  return read;
}

}  // namespace detail

/// Reads a scene from a JSON file; docs/reach.md describes the format. The convex parts of a mesh become one hull each;
/// they are called `mug[0]`, `mug[1]` and so on if there are several.
/// @throws Error if the file cannot be read or is not JSON, a key is unknown, missing or given twice, a number is not
///   finite, a size is negative, a mesh cannot be read, or Scene::checked() throws; the message gives the place in the
///   file.
inline SceneFile read_scene(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path, detail::max_scene_bytes);
  const nlohmann::json json =
      detail::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  const detail::SceneReader root(json, path.string());
  root.object({"base", "ground", "goal", "boxes", "spheres", "capsules", "cylinders", "half_spaces", "meshes",
               "attached", "fingers", "may_touch"});
  SceneFile result;
  Scene& scene = result.scene;
  const std::filesystem::path folder = path.parent_path();
  std::map<std::string, std::size_t> parts;  // of the meshes with several convex parts
  struct Add {
    Scene& scene;
    std::map<std::string, std::size_t>& parts;
    const std::string file;

    void operator()(const OrientedBox<double>& box, const std::string& name) const {
      scene.boxes.push_back({box, name});
    }
    void operator()(const Sphere<double>& ball, const std::string& name) const {
      scene.spheres.push_back({ball, name});
    }
    void operator()(const Capsule<double>& capsule, const std::string& name) const {
      scene.capsules.push_back({capsule, name});
    }
    void operator()(const Cylinder<double>& cylinder, const std::string& name) const {
      scene.cylinders.push_back({cylinder, name});
    }
    void operator()(const std::vector<ConvexHull>& mesh, const std::string& name) const {
      const bool numbered = !name.empty() && mesh.size() > 1;
      if (numbered)
        require(parts.emplace(name, mesh.size()).second, file, ": wanted different names, got '", name,
                "' of two meshes");
      for (std::size_t i = 0; i < mesh.size(); ++i)
        scene.hulls.push_back({mesh[i], numbered ? detail::part_name(name, i) : name});
    }
  };
  detail::read_shapes(root, folder, true, Add{scene, parts, path.string()});
  root.each("half_spaces", [&](const auto& half_space) {
    half_space.object({"normal", "height", "name"});
    scene.half_spaces.push_back({{half_space["normal"].point(), half_space["height"].number()}, half_space.name()});
  });
  scene.for_each_kind([&](BodyKind kind, const auto& obstacles) {
    for (std::size_t i = 0; i < obstacles.size(); ++i)
      if (parts.contains(obstacles[i].name))
        fail(path.string(), ": wanted different names, got '", obstacles[i].name, "' of ", body_name(kind, i, ""),
             " and of a mesh");
  });
  // A mesh of several parts is touched by touching any of them.
  const auto allow = [&](const std::string& one, const std::string& other) {
    for (const std::string& a : detail::part_names(one, parts))
      for (const std::string& b : detail::part_names(other, parts)) scene.may_touch.emplace_back(a, b);
  };
  root.each("may_touch", [&](const auto& pair) {
    std::vector<std::string> names;
    pair.each([&](const auto& name) { names.push_back(name.text()); });
    require(names.size() == 2, pair.place(), ": wanted a list of two names, got a list of ", names.size());
    allow(names[0], names[1]);
  });
  root.each("attached", [&](const auto& object) {
    result.attached.push_back(detail::read_attached(object, folder));
    object.each("may_touch", [&](const auto& name) { allow(result.attached.back().name, name.text()); });
  });
  if (root.has("fingers")) {
    const auto fingers = root["fingers"];
    if (fingers.is_number())
      result.opening = fingers.size();
    else
      fingers.each_key([&](const auto& joint, const auto& value) { result.joint_values[joint] = value.number(); });
  }
  if (root.has("ground")) scene.ground = root["ground"].number();
  if (root.has("goal")) result.goal = detail::read_goal(root["goal"]);
  if (root.has("base")) {
    const auto base = root["base"];
    scene.base = base.is_point() ? Pose<double>{.position = base.point()}
                                 : base.object({"position", "rpy", "quaternion"}).pose("position");
  }
  scene.checked(path.string());
  return result;
}

}  // namespace mace
