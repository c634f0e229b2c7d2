// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The links and joints of a URDF, read with TinyXML-2.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/kinematics/pose.hpp"
#include "mace/robot/description_xml.hpp"

namespace mace::detail {

/// The geometry of a `<collision>` element.
struct UrdfShape {
  enum class Kind { box, cylinder, sphere, capsule, mesh } kind;
  /// Pose in the link's frame.
  Pose<double> origin;
  /// Edges of a box; radius and length of a cylinder or a capsule; radius of a sphere; scale of a mesh.
  Vec<3, double> size;
  /// File of a mesh, as the URDF names it.
  std::string mesh;
};

/// A `<link>` element and its place in the tree.
struct UrdfLink {
  std::string name;
  std::vector<UrdfShape> shapes;
  /// Index of the joint before it; -1 for the root.
  int joint = -1;
  /// Indices of the joints behind it.
  std::vector<int> joints_behind;
};

/// A `<joint>` element.
struct UrdfJoint {
  enum class Type { fixed, revolute, continuous, prismatic, floating, planar };
  /// Its position is multiplier * q + offset, where q is that of another joint, given by its index.
  struct Mimic {
    int joint;
    double multiplier, offset;
  };

  std::string name;
  Type type;
  /// Indices of its links.
  int parent, child;
  /// Pose of the joint's frame in the parent link's.
  Pose<double> origin;
  Vec<3, double> axis;
  /// The tighter of the limits and the soft limits, radians or meters; infinite for a joint without any.
  double lower, upper;
  std::optional<Mimic> mimic;

  bool turns() const { return type == Type::revolute || type == Type::continuous; }
  /// True if the joint has a position: it is none of a fixed, floating or planar joint.
  bool has_axis() const { return turns() || type == Type::prismatic; }
};

/// A robot: a tree of links.
struct UrdfModel {
  /// In the order of the file.
  std::vector<UrdfLink> links;
  std::vector<UrdfJoint> joints;
  /// Index of the root link.
  int root = -1;

  /// Index of the link or joint of a name; -1: there is none.
  int find_link(std::string_view name) const { return find(links, name); }
  int find_joint(std::string_view name) const { return find(joints, name); }
  const UrdfLink& link(int index) const { return links[static_cast<std::size_t>(index)]; }
  const UrdfJoint& joint(int index) const { return joints[static_cast<std::size_t>(index)]; }

 private:
  template <class Named>
  static int find(const std::vector<Named>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
  }
};

/// Reads a URDF of version 1.0, 1.1 (quaternions and capsules) or 1.2 (limits that may be missing).
class UrdfReader {
 public:
  UrdfReader(std::span<const std::byte> bytes, std::string_view name)
      : name_(name), description_(bytes, name, "a URDF"), robot_(description_.robot()) {
    read_robot();
    model_.links.reserve(link_names_.size());
    robot_.for_each("link", [&](const DescriptionElement& link) { read_link(link.named()); });
    robot_.for_each("joint", [&](const DescriptionElement& joint) { read_joint(joint.named()); });
    require_tree();
  }

  UrdfModel take() { return std::move(model_); }

 private:
  void read_robot() {
    robot_.require_attributes({"name", "version"});
    robot_.text("name");
    const std::string version = robot_.has("version") ? robot_.text("version") : "1.0";
    const std::array known{"1.0", "1.1", "1.2"};
    const auto found = std::find(known.begin(), known.end(), version == "1" ? "1.0" : version);
    if (found == known.end()) robot_.refuse("wanted version 1.0, 1.1 or 1.2, got ", printable(version));
    version_ = static_cast<int>(found - known.begin());
    robot_.for_each(nullptr, [&](const DescriptionElement& element) { require_known(element); });
    if (link_names_.empty()) robot_.refuse("wanted links, got none");
  }

  /// What may stand beside links and joints: descriptions for other programs, which do not change the robot's shape.
  void require_known(const DescriptionElement& element) {
    const std::string_view tag = element.tag();
    if (tag == "link" || tag == "joint") {
      auto& names = tag == "link" ? link_names_ : joint_names_;
      const std::string name = element.text("name");
      if (!names.try_emplace(name, static_cast<int>(names.size())).second)
        element.refuse("wanted different names of ", tag, "s, got ", printable(name), " twice");
      return;
    }
    for (const char* const other : {"gazebo", "material", "ros2_control", "sensor", "transmission"})
      if (tag == other) return;
    // Before xacro had a namespace, its elements had these names.
    bool strange = DescriptionElement::holds_geometry(element.xml());
    for (const char* const old : {"include", "macro", "property", "insert_block", "if", "unless"})
      strange = strange || tag == old;
    // A link without a shape and a joint that is only named hold no geometry; a capital letter must not lose them.
    const auto small = [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    for (const std::string_view known : {"link", "joint"})
      strange = strange || std::equal(tag.begin(), tag.end(), known.begin(), known.end(),
                                      [&](char a, char b) { return small(a) == b; });
    if (strange) element.refuse("wanted link or joint, got this unknown element");
  }

  void read_link(const DescriptionElement& xml) {
    xml.require_attributes({"name", "type"});
    xml.require_elements({"inertial"},
                         {"visual", "collision", "contact", "gazebo", "self_collision_checking", "sensor"});
    if (const auto inertial = xml.find("inertial")) {
      inertial->require_attributes({});
      inertial->require_elements({"origin", "mass", "inertia"});
      inertial->get("mass");
      inertial->get("inertia");
    }
    UrdfLink link{xml.text("name"), {}, -1, {}};
    xml.for_each("collision",
                 [&](const DescriptionElement& collision) { link.shapes.push_back(read_shape(collision)); });
    model_.links.push_back(std::move(link));
  }

  UrdfShape read_shape(const DescriptionElement& collision) const {
    collision.require_attributes({"name", "group", "mask", "concave"});
    collision.require_elements({"origin", "geometry"},
                               {"contact", "contact_coefficients", "material", "surface", "verbose"});
    const DescriptionElement geometry = collision.get("geometry");
    geometry.require_attributes({});
    UrdfShape shape{UrdfShape::Kind::box, read_origin(collision), {0, 0, 0}, {}};
    int shapes = 0;
    geometry.for_each(nullptr, [&](const DescriptionElement& xml) {
      if (++shapes > 1) geometry.refuse("wanted one shape, got more; each has its own collision element");
      read_geometry(xml, shape);
    });
    if (shapes == 0) geometry.refuse("wanted a shape, got none");
    return shape;
  }

  void read_geometry(const DescriptionElement& xml, UrdfShape& shape) const {
    const std::string_view tag = xml.tag();
    xml.require_elements({});
    if (tag == "box") {
      xml.require_attributes({"size"});
      shape.size = xml.numbers<3>("size");
    } else if (tag == "sphere") {
      xml.require_attributes({"radius"});
      shape.kind = UrdfShape::Kind::sphere;
      shape.size[0] = xml.number("radius");
    } else if (tag == "cylinder" || (tag == "capsule" && version_ >= 1)) {
      xml.require_attributes({"radius", "length"});
      shape.kind = tag == "cylinder" ? UrdfShape::Kind::cylinder : UrdfShape::Kind::capsule;
      shape.size = {xml.number("radius"), xml.number("length"), 0};
    } else if (tag == "mesh") {
      xml.require_attributes({"filename", "scale"});
      shape.kind = UrdfShape::Kind::mesh;
      shape.size = xml.numbers<3>("scale", {1, 1, 1});
      shape.mesh = xml.text("filename");
    } else {
      xml.refuse("wanted box, cylinder, sphere or mesh, or capsule with version=\"1.1\" of the robot, got ",
                 printable(tag));
    }
  }

  /// The pose of an `<origin>` element; the identity if there is none.
  Pose<double> read_origin(const DescriptionElement& parent) const {
    const auto xml = parent.find("origin");
    if (!xml) return {};
    xml->require_elements({});
    if (version_ == 0) {
      xml->require_attributes({"xyz", "rpy"});
    } else {
      xml->require_attributes({"xyz", "rpy", "quat_xyzw"});
    }
    const Vec<3, double> position = xml->numbers<3>("xyz", {0, 0, 0});
    if (!xml->has("quat_xyzw")) return Pose<double>::from_rpy(xml->numbers<3>("rpy", {0, 0, 0}), position);
    if (xml->has("rpy")) xml->refuse("wanted rpy or quat_xyzw, got both");
    const Vec<4, double> q = xml->numbers<4>("quat_xyzw");
    const double square = dot(q, q);
    if (!(square > 0.99 && square < 1.01)) xml->refuse("wanted a quat_xyzw of length 1, got ", std::sqrt(square));
    return Pose<double>::from_quaternion(q[3], q[0], q[1], q[2], position);
  }

  void read_joint(const DescriptionElement& xml) {
    xml.require_attributes({"name", "type"});
    xml.require_elements(
        {"origin", "parent", "child", "axis", "calibration", "dynamics", "limit", "mimic", "safety_controller"},
        {"gazebo", "hardwareInterface", "joint_properties", "transmission"});
    UrdfJoint joint{xml.text("name"), type_of(xml), -1, -1, read_origin(xml), {1, 0, 0}, 0, 0, {}};
    joint.parent = read_end(xml, "parent");
    joint.child = read_end(xml, "child");
    if (const auto axis = xml.find("axis")) {
      axis->require_attributes({"xyz"});
      axis->require_elements({});
      joint.axis = axis->numbers<3>("xyz", {1, 0, 0});
    }
    const auto [lower, upper] = read_limits(xml, joint.type);
    joint.lower = lower;
    joint.upper = upper;
    if (const auto mimic = xml.find("mimic")) {
      mimic->require_attributes({"joint", "multiplier", "offset"});
      mimic->require_elements({});
      const std::string other = mimic->text("joint");
      const auto found = joint_names_.find(other);
      if (found == joint_names_.end()) mimic->refuse("wanted the name of a joint, got ", printable(other));
      joint.mimic = {found->second, mimic->number("multiplier", 1), mimic->number("offset", 0)};
    }
    connect(xml, std::move(joint));
  }

  static UrdfJoint::Type type_of(const DescriptionElement& xml) {
    const std::string type = xml.text("type");
    const std::array types{"fixed", "revolute", "continuous", "prismatic", "floating", "planar"};
    const auto found = std::find(types.begin(), types.end(), type);
    if (found == types.end())
      xml.refuse("wanted the type fixed, revolute, continuous, prismatic, floating or planar, got ", printable(type));
    return static_cast<UrdfJoint::Type>(found - types.begin());
  }

  int read_end(const DescriptionElement& joint, const char* end) const {
    const DescriptionElement xml = joint.get(end);
    xml.require_attributes({"link"});
    xml.require_elements({});
    const std::string link = xml.text("link");
    const auto found = link_names_.find(link);
    if (found == link_names_.end()) xml.refuse("wanted the name of a link, got ", printable(link));
    return found->second;
  }

  /// The tighter of the limits and the soft limits. The soft ones are where the robot's controller begins to brake, so
  /// beyond them a position is not reliably reached.
  std::pair<double, double> read_limits(const DescriptionElement& joint, UrdfJoint::Type type) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool limited = type == UrdfJoint::Type::revolute || type == UrdfJoint::Type::prismatic;
    std::pair<double, double> range{-infinity, infinity};
    const auto narrow_to = [&](const DescriptionElement& xml, double lower, double upper, const char* what) {
      if (lower > upper) xml.refuse("wanted the lower ", what, " not above the upper, got ", lower, " to ", upper);
      const std::pair narrowed{std::max(range.first, lower), std::min(range.second, upper)};
      if (narrowed.first > narrowed.second)
        xml.refuse("wanted a ", what, " within the limits ", range.first, " to ", range.second, ", got ", lower, " to ",
                   upper);
      range = narrowed;
    };
    const auto limit = joint.find("limit");
    if (limited && !limit) joint.refuse("wanted the element limit, got none");
    if (limit) {
      limit->require_attributes({"lower", "upper", "effort", "velocity", "acceleration", "deceleration", "jerk"});
      limit->require_elements({});
      if (version_ < 2) {
        limit->number("effort");
        limit->number("velocity");
      }
      // In version 1.2, a limit that is missing is infinite.
      const double missing = version_ < 2 ? 0 : infinity;
      const double lower = limit->number("lower", -missing), upper = limit->number("upper", missing);
      if (limited) narrow_to(*limit, lower, upper, "limit");
    }
    if (const auto safety = joint.find("safety_controller")) {
      safety->require_attributes({"soft_lower_limit", "soft_upper_limit", "k_position", "k_velocity"});
      safety->require_elements({});
      const bool lower = safety->has("soft_lower_limit"), upper = safety->has("soft_upper_limit");
      // Where one is missing, version 1.0 says that it is 0, which hardly anyone means.
      if (lower != upper && version_ < 2) safety->refuse("wanted both soft limits or neither, got one");
      if (lower || upper)
        narrow_to(*safety, safety->number("soft_lower_limit", -infinity), safety->number("soft_upper_limit", infinity),
                  "soft limit");
    }
    return range;
  }

  void connect(const DescriptionElement& xml, UrdfJoint joint) {
    const int index = static_cast<int>(model_.joints.size());
    UrdfLink& child = model_.links[static_cast<std::size_t>(joint.child)];
    if (child.joint >= 0)
      xml.refuse("wanted a tree, but link ", printable(child.name), " is the child of two joints, this one and ",
                 printable(model_.joint(child.joint).name));
    child.joint = index;
    model_.links[static_cast<std::size_t>(joint.parent)].joints_behind.push_back(index);
    model_.joints.push_back(std::move(joint));
  }

  void require_tree() {
    for (std::size_t i = 0; i < model_.links.size(); ++i) {
      if (model_.links[i].joint >= 0) continue;
      require(model_.root < 0, name_, ": wanted a tree, but it has two roots, links that are no joint's child: ",
              printable(model_.root < 0 ? "" : model_.link(model_.root).name), " and ",
              printable(model_.links[i].name));
      model_.root = static_cast<int>(i);
    }
    require(model_.root >= 0, name_, ": wanted a tree, but it has no root: every link is some joint's child");
    std::vector<int> reached{model_.root};
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const int joint : model_.link(reached[i]).joints_behind) reached.push_back(model_.joint(joint).child);
    require(reached.size() == model_.links.size(), name_, ": wanted a tree, but some links form a cycle");
  }

  std::string_view name_;
  Description description_;
  DescriptionElement robot_;
  /// Minor version: 0, 1 or 2.
  int version_ = 0;
  /// Indices by name.
  std::map<std::string, int> link_names_, joint_names_;
  UrdfModel model_;
};

/// Parses a robot from a URDF text; `name` is its name in error messages.
inline UrdfModel parse_urdf_model(std::span<const std::byte> bytes, std::string_view name) {
  return UrdfReader(bytes, name).take();
}

/// A frame at the origin whose z axis is the unit vector `z`; the identity for (0, 0, 1). (T. Duff et al., "Building an
/// orthonormal basis, revisited", JCGT 6(1), 2017.)
inline Pose<double> facing(const Vec<3, double>& z) {
  const double sign = std::copysign(1.0, z[2]), a = -1 / (sign + z[2]), b = z[0] * z[1] * a;
  return {{1 + sign * z[0] * z[0] * a, sign * b, -sign * z[0]}, {b, sign + z[1] * z[1] * a, -z[1]}, z, {0, 0, 0}};
}

}  // namespace mace::detail
