// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Shared by the readers of URDF: a text is parsed by urdfdom, and rejected unless its links form a tree.
#include <console_bridge/console.h>
#include <urdf_parser/urdf_parser.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/kinematics/pose.hpp"

namespace mace::detail {

/// urdfdom and its XML parser recurse over elements and over links. These bounds are far above any robot, and far below
/// what a stack of 8 MB was measured to hold (20,000 nested elements, 7 MB of links in a row).
inline constexpr std::size_t max_urdf_bytes = 2 << 20;
inline constexpr int max_urdf_depth = 100;

/// Captures the messages of urdfdom, which otherwise go to stderr, during its lifetime. The handler is global to the
/// process, so the object holds a lock and only one file is read at a time.
class UrdfComplaints final : public console_bridge::OutputHandler {
 public:
  UrdfComplaints() : previous_(console_bridge::getOutputHandler()) { console_bridge::useOutputHandler(this); }
  UrdfComplaints(const UrdfComplaints&) = delete;
  UrdfComplaints& operator=(const UrdfComplaints&) = delete;
  ~UrdfComplaints() override { console_bridge::useOutputHandler(previous_); }

  void log(const std::string& text, console_bridge::LogLevel level, const char*, int) override {
    if (first_.empty() && level == console_bridge::CONSOLE_BRIDGE_LOG_ERROR) first_ = text;
  }
  const std::string& first() const { return first_; }

 private:
  static inline std::mutex mutex_;
  std::lock_guard<std::mutex> lock_{mutex_};
  console_bridge::OutputHandler* previous_;
  std::string first_;
};

/// A parsed model. Its destructor disconnects the tree: parents own their children, so a long chain would be destroyed
/// by a deep recursion, and a cycle would leak.
struct UrdfModel {
  urdf::ModelInterfaceSharedPtr model;
  /// The first error message of urdfdom, which continues after a link's shape that it cannot read.
  std::string complaint;

  UrdfModel(urdf::ModelInterfaceSharedPtr parsed, std::string first_complaint)
      : model(std::move(parsed)), complaint(std::move(first_complaint)) {}
  UrdfModel(UrdfModel&&) = default;
  ~UrdfModel() {
    if (model == nullptr) return;
    for (const auto& [name, link] : model->links_) link->child_links.clear();
  }
};

/// Greatest nesting depth of the elements of an XML text, computed without recursion.
inline int xml_depth(std::string_view xml) {
  int depth = 0, deepest = 0;
  const auto skip_to = [&](std::string_view end, std::size_t from) {
    const std::size_t found = xml.find(end, from);
    return found == xml.npos ? xml.size() : found + end.size();
  };
  for (std::size_t at = xml.find('<'); at < xml.size(); at = xml.find('<', at)) {
    const std::string_view rest = xml.substr(at);
    if (rest.starts_with("<!--")) {
      at = skip_to("-->", at + 4);
    } else if (rest.starts_with("<![CDATA[")) {
      at = skip_to("]]>", at);
    } else if (rest.starts_with("<!") || rest.starts_with("<?")) {
      at = skip_to(">", at);
    } else if (rest.starts_with("</")) {
      depth = std::max(depth - 1, 0);
      at = skip_to(">", at);
    } else {
      for (++at; at < xml.size() && xml[at] != '>'; ++at) {
        if (xml[at] == '"' || xml[at] == '\'') at = std::min(xml.find(xml[at], at + 1), xml.size());
      }
      if (at >= xml.size() || xml[at - 1] != '/') deepest = std::max(deepest, ++depth);
    }
  }
  return deepest;
}

/// Verifies that the links form a tree. urdfdom has already found a unique root and the links of every joint.
inline void require_tree(const urdf::ModelInterface& model, std::string_view name) {
  for (const auto& [joint_name, joint] : model.joints_) {
    require(model.getLink(joint->child_link_name)->parent_joint == joint, name, ": wanted a tree, but link ",
            printable(joint->child_link_name), " is the child of two joints");
  }
  std::vector<urdf::LinkConstSharedPtr> reached{model.getRoot()};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const urdf::LinkConstSharedPtr link = reached[i];
    reached.insert(reached.end(), link->child_links.begin(), link->child_links.end());
  }
  require(reached.size() == model.links_.size(), name, ": wanted a tree, but some links form a cycle");
}

/// Parses a robot from a URDF text; `name` is its name in error messages.
inline UrdfModel parse_urdf_model(std::span<const std::byte> bytes, std::string_view name) {
  const std::string xml(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(xml.size() <= max_urdf_bytes, name, ": wanted at most ", max_urdf_bytes, " bytes, got ", xml.size());
  require(xml_depth(xml) <= max_urdf_depth, name, ": wanted at most ", max_urdf_depth,
          " XML elements inside each other");
  UrdfComplaints complaints;
  urdf::ModelInterfaceSharedPtr model;
  try {
    model = urdf::parseURDF(xml);
  } catch (const std::exception& error) {
    fail(name, ": not a URDF: ", printable(error.what()));
  }
  require(model != nullptr, name, ": not a URDF: ", printable(complaints.first()));
  UrdfModel robot(std::move(model), complaints.first());
  require_tree(*robot.model, name);
  return robot;
}

inline Pose<double> to_pose(const urdf::Pose& from) {
  const auto axis = [&](double x, double y, double z) {
    const urdf::Vector3 turned = from.rotation * urdf::Vector3(x, y, z);
    return Vec<3, double>{turned.x, turned.y, turned.z};
  };
  return {axis(1, 0, 0), axis(0, 1, 0), axis(0, 0, 1), {from.position.x, from.position.y, from.position.z}};
}

/// A frame at the origin whose z axis is the unit vector `z`; the identity for (0, 0, 1). (T. Duff et al., "Building an
/// orthonormal basis, revisited", JCGT 6(1), 2017.)
inline Pose<double> facing(const Vec<3, double>& z) {
  const double sign = std::copysign(1.0, z[2]), a = -1 / (sign + z[2]), b = z[0] * z[1] * a;
  return {{1 + sign * z[0] * z[0] * a, sign * b, -sign * z[0]}, {b, sign + z[1] * z[1] * a, -z[1]}, z, {0, 0, 0}};
}

}  // namespace mace::detail
