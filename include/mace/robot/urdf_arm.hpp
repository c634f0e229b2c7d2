// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Robot descriptions in URDF with their collision geometry: link `mace::urdf` to use this header.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/capsule_fit.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/robot/self_collision_pairs.hpp"
#include "mace/robot/srdf.hpp"
#include "mace/robot/urdf.hpp"
#include "mace/robot/urdf_places.hpp"
#include "mace/robot/urdf_shapes.hpp"

namespace mace {

/// What a URDF leaves open.
struct UrdfArmOptions {
  /// An SRDF file, which says what links are checked against each other; empty: they are found by sampling.
  std::filesystem::path srdf{};
  SelfCollisionOptions pairs{};
  /// How closely each link is covered: its capsules are shared out among its convex pieces, at least one for each.
  CapsuleFitOptions capsule_fit{};
};

namespace detail {

/// A link with its shapes. Whatever is wrong with them is told with the link's name.
inline ArmLink arm_link(const LinkPlace& place, const std::filesystem::path& folder, CapsuleFitOptions cover,
                        std::string_view name) {
  ArmLink link{place.link->name, place.joint, {}, {}};
  try {
    require(place.follower.empty(), "wanted it to stay where it is while the chain moves, but joint ",
            printable(place.follower), " mimics one of the chain's");
    for (const auto& collision : place.link->collision_array) add_collision(*collision, place.at, folder, link);
    const int pieces = static_cast<int>(link.hulls.size());
    cover.capsules = std::max(1, (cover.capsules + pieces - 1) / pieces);
    for (const Polytope& hull : link.hulls)
      for (const Capsule<double>& capsule : fit_capsules(hull, cover).capsules) link.capsules.push_back(capsule);
  } catch (const Error& error) {
    fail(name, ": link ", printable(link.name), ": ", error.what());
  }
  return link;
}

}  // namespace detail

/// The arm from the root link of a URDF text to the link `tip`, with the collision geometry of all links of the tree.
/// Mesh files are looked for from `folder` on; `name` stands for the text in messages.
///
/// Each link that has `<collision>` elements becomes an ArmLink of its name, in the frame of the last joint of the
/// chain before it. Joints that are not on the way to the tip do not move: they stay at zero or what is nearest to it
/// within their limits, or as they mimic such a joint; so open a gripper's fingers in the URDF if they shall be open.
///
/// Hulls: a box as it is; an STL, or each object of an OBJ (which is how programs write a body that they took apart
/// into convex pieces), as its convex hull; a cylinder as a prism that holds it, its edges 0.22 % of the radius
/// outside; a sphere as a polytope that holds it, at most 2 % of the radius outside. Other meshes are refused.
///
/// Pairs: what the SRDF does not disable; without one, what `self_collision_pairs` finds, where a link's neighbor is
/// the last one before it that has shapes.
///
/// Errors: those of parse_urdf_chain; a link that urdfdom cannot read, in whatever element; no `<collision>` element at
/// all; more than 1000 of them; a mesh that is not found, of another format than STL and OBJ, or that its reader
/// refuses; a shape of a negative size; a link with shapes behind a joint that mimics one of the chain's; limits that
/// are reversed; those of read_srdf and self_collision_pairs.
inline ArmDescription parse_urdf_arm(std::span<const std::byte> bytes, const std::string& tip,
                                     const std::filesystem::path& folder, std::string_view name,
                                     const UrdfArmOptions& options = {}) {
  const detail::UrdfModel robot = detail::parse_urdf_model(bytes, name);
  require(robot.complaint.empty(), name, ": wanted links without errors, got ", detail::printable(robot.complaint));
  ArmDescription arm{detail::chain_of(*robot.model, tip, name), {}, {}};
  const detail::LinkPlaces places(*robot.model, arm.chain, name);
  std::vector<std::pair<int, int>> neighbors;
  std::size_t shapes = 0;
  std::vector<detail::LinkPlace> reached{places.root()};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    detail::LinkPlace place = reached[i];
    if (!place.link->collision_array.empty()) {
      shapes += place.link->collision_array.size();
      require(shapes <= 1000, name, ": wanted at most 1000 collision elements");
      const int index = static_cast<int>(arm.links.size());
      if (place.neighbor >= 0) neighbors.push_back({place.neighbor, index});
      arm.links.push_back(detail::arm_link(place, folder, options.capsule_fit, name));
      place.neighbor = index;
    }
    for (const auto& link : place.link->child_links) reached.push_back(places.behind(place, link));
  }
  require(!arm.links.empty(), name, ": wanted collision geometry, got none of any link");
  arm.pairs = options.srdf.empty() ? self_collision_pairs(arm, neighbors, options.pairs)
                                   : self_collision_pairs(arm, read_srdf(options.srdf), options.srdf.string());
  return arm;
}

/// The arm from the root link of a URDF file to the link `tip`; see parse_urdf_arm. Meshes are looked for
/// - relative to the file's folder, or where "file://" and absolute paths say;
/// - for "package://name/rest" and "model://name/rest", from the file's folder upwards, in folders called `name`; then
///   `rest` in each of these folders.
/// Errors: those of parse_urdf_arm, and a file that is missing or unreadable.
inline ArmDescription read_urdf_arm(const std::filesystem::path& path, const std::string& tip,
                                    const UrdfArmOptions& options = {}) {
  return parse_urdf_arm(read_file(path, detail::max_urdf_bytes), tip, path.parent_path(), path.string(), options);
}

}  // namespace mace
