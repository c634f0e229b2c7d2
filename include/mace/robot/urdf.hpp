// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Robot descriptions in URDF, read with urdfdom: link `mace::urdf` to use this header.
#include <console_bridge/console.h>
#include <urdf_parser/urdf_parser.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <mutex>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/geometry/serial_chain.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace {

namespace detail {

/// urdfdom and its XML parser recurse over elements and over links. These bounds are far above any robot and far below
/// what a stack of 8 MB was seen to hold (20,000 elements inside each other, 7 MB of links in a row).
inline constexpr std::size_t max_urdf_bytes = 2 << 20;
inline constexpr int max_urdf_depth = 100;

/// While it lives, urdfdom's complaints come here instead of on stderr. The handler is global to the process, so one
/// file is read at a time.
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

/// A parsed model, its tree taken apart at the end: the parents own their children, so a long chain would be destroyed
/// by a deep recursion and a cycle not at all.
struct UrdfModel {
  urdf::ModelInterfaceSharedPtr model;

  explicit UrdfModel(urdf::ModelInterfaceSharedPtr parsed) : model(std::move(parsed)) {}
  UrdfModel(const UrdfModel&) = delete;
  UrdfModel& operator=(const UrdfModel&) = delete;
  ~UrdfModel() {
    for (const auto& [name, link] : model->links_) link->child_links.clear();
  }
};

/// How many elements of an XML text stand inside each other, counted without recursion.
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

inline urdf::ModelInterfaceSharedPtr parse_urdf_model(std::string_view xml, std::string_view name) {
  require(xml.size() <= max_urdf_bytes, name, ": wanted at most ", max_urdf_bytes, " bytes, got ", xml.size());
  require(xml_depth(xml) <= max_urdf_depth, name, ": wanted at most ", max_urdf_depth,
          " XML elements inside each other");
  UrdfComplaints complaints;
  urdf::ModelInterfaceSharedPtr model;
  try {
    model = urdf::parseURDF(std::string(xml));
  } catch (const std::exception& error) {
    fail(name, ": not a URDF: ", printable(error.what()));
  }
  require(model != nullptr, name, ": not a URDF: ", printable(complaints.first()));
  return model;
}

/// Refuses links that do not form a tree. urdfdom has found the only root and the links of every joint.
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

/// The joints from the root to a link.
inline std::vector<urdf::JointConstSharedPtr> joints_to(const urdf::ModelInterface& model, const std::string& tip,
                                                        std::string_view name) {
  urdf::LinkConstSharedPtr link = model.getLink(tip);
  require(link != nullptr, name, ": has no link ", printable(tip));
  std::vector<urdf::JointConstSharedPtr> joints;
  for (; link->parent_joint != nullptr; link = model.getLink(joints.back()->parent_link_name))
    joints.push_back(link->parent_joint);
  require(!joints.empty(), name, ": link ", printable(tip), " is the root, which no joint moves");
  std::reverse(joints.begin(), joints.end());
  return joints;
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

template <class... Parts>
void require_joint(bool condition, const urdf::Joint& joint, std::string_view name, const Parts&... parts) {
  require(condition, name, ": joint ", printable(joint.name), ": ", parts...);
}

/// Refuses a joint that a serial chain does not have.
inline void require_moving(const urdf::Joint& joint, std::string_view name) {
  const bool known = joint.type == urdf::Joint::REVOLUTE || joint.type == urdf::Joint::CONTINUOUS ||
                     joint.type == urdf::Joint::PRISMATIC;
  require_joint(
      known, joint, name,
      "wanted a fixed, revolute, continuous or prismatic one on the way to the tip, got a floating or planar one");
  require_joint(joint.mimic == nullptr, joint, name, "wanted one that moves by itself, got one that mimics another");
}

/// A moving joint's frame before it moves, in its link's frame: its z axis is the joint's axis.
inline Pose<double> joint_frame(const urdf::Joint& joint, std::string_view name) {
  const double length = std::hypot(joint.axis.x, joint.axis.y, joint.axis.z);
  require_joint(length > 0 && std::isfinite(length), joint, name, "wanted an axis of a finite length above zero, got ",
                length);
  return facing({joint.axis.x / length, joint.axis.y / length, joint.axis.z / length});
}

inline ChainDescription::Joint moving_joint(const urdf::Joint& joint, const Pose<double>& origin,
                                            std::string_view name) {
  require_joint(std::isfinite(dot(origin.position, origin.position)), joint, name, "wanted a finite origin");
  const auto kind = joint.type == urdf::Joint::PRISMATIC ? JointKind::prismatic : JointKind::revolute;
  if (joint.type == urdf::Joint::CONTINUOUS) return {{kind, origin, -std::numbers::pi, std::numbers::pi}, joint.name};
  require_joint(joint.limits != nullptr, joint, name, "wanted limits, got none");
  const double lower = joint.limits->lower, upper = joint.limits->upper;
  require_joint(std::isfinite(lower) && std::isfinite(upper) && lower <= upper, joint, name,
                "wanted finite limits, the lower not above the upper, got ", lower, " to ", upper);
  return {{kind, origin, lower, upper}, joint.name};
}

}  // namespace detail

/// The chain from the root link of a URDF text to the link `tip`; `name` stands for the file in messages.
/// Limits are those of the <limit> elements; a continuous joint gets -pi to pi. Where a joint's axis is z, its frame is
/// the frame of its child link.
/// Errors: malformed XML, more than 2 MiB, what urdfdom refuses, links that are no tree, no link of that name, the root
/// as tip, no moving joint or more than 16; on the way to the tip: floating, planar and mimic joints, an axis of length
/// zero, limits that are reversed or not finite.
inline ChainDescription parse_urdf_chain(std::span<const std::byte> bytes, const std::string& tip,
                                         std::string_view name) {
  const std::string_view xml(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const detail::UrdfModel robot(detail::parse_urdf_model(xml, name));
  detail::require_tree(*robot.model, name);

  ChainDescription chain{robot.model->getRoot()->name, tip, {}, {}};
  for (const urdf::JointConstSharedPtr& joint : detail::joints_to(*robot.model, tip, name)) {
    chain.tip = chain.tip * detail::to_pose(joint->parent_to_joint_origin_transform);
    if (joint->type == urdf::Joint::FIXED) continue;
    detail::require_moving(*joint, name);
    const Pose<double> frame = detail::joint_frame(*joint, name);
    chain.joints.push_back(detail::moving_joint(*joint, chain.tip * frame, name));
    chain.tip = frame.inverse();
  }
  require(std::isfinite(dot(chain.tip.position, chain.tip.position)), name, ": wanted a finite origin of ",
          detail::printable(tip));
  require(!chain.joints.empty() && chain.joints.size() <= max_joints, name, ": wanted 1 to ", max_joints,
          " joints that move on the way to ", detail::printable(tip), ", got ", chain.joints.size());
  return chain;
}

/// The chain from the root link of a URDF file to the link `tip`. Errors: those of parse_urdf_chain, and a file that is
/// missing or unreadable.
inline ChainDescription read_urdf_chain(const std::filesystem::path& path, const std::string& tip) {
  return parse_urdf_chain(read_file(path, detail::max_urdf_bytes), tip, path.string());
}

}  // namespace mace
