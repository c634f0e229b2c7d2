// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Robot arms from URDF, with their collision geometry. Programs that use this header link to `mace::urdf`.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
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
#include "mace/io/content_hash.hpp"
#include "mace/io/mesh_bodies.hpp"
#include "mace/io/mesh_file.hpp"
#include "mace/robot/arm_cache.hpp"
#include "mace/robot/self_collision_pairs.hpp"
#include "mace/robot/srdf.hpp"
#include "mace/robot/urdf.hpp"
#include "mace/robot/urdf_places.hpp"
#include "mace/robot/urdf_shapes.hpp"

namespace mace {

/// Options for reading an arm from a URDF.
struct UrdfArmOptions {
  /// SRDF file with the self-collision pairs; if empty, they are found by sampling.
  std::filesystem::path srdf{};
  /// Options of the sampling.
  SelfCollisionOptions pairs{};
  /// Accuracy of the bounding capsules of each link. The capsules are divided among the link's convex pieces, with at
  /// least one for each.
  CapsuleFitOptions capsule_fit{};
  /// Positions of joints that are not on the way to the end effector, such as a gripper's, by name; radians or meters.
  /// Such a joint without a value is held at zero, or at the limit nearest to zero.
  std::map<std::string, double> joint_values{};
  /// Whether read_urdf_arm() remembers the arm in a file beside the URDF, such as `arm.urdf.0123abcd.mace`, and takes
  /// it from there when it is called again with the same options and every file has the same contents. A cache that is
  /// damaged is made anew; one that cannot be written, as in a folder without permission to, is left out silently.
  bool cache = false;
};

namespace detail {

/// A link with its shapes. Errors in the shapes are reported with the link's name.
inline ArmLink arm_link(const UrdfLink& from, const LinkPlace& place, const std::filesystem::path& folder,
                        CapsuleFitOptions cover, std::string_view name) {
  ArmLink link{from.name, place.joint, {}, {}, place.at};
  try {
    require(place.follower.empty(), "wanted it to stay where it is while the chain moves, but joint ",
            printable(place.follower), " mimics one of the chain's");
    for (const UrdfShape& shape : from.shapes) add_collision(shape, place.at, folder, link);
    const int pieces = static_cast<int>(link.hulls.size());
    cover.capsules = std::max(1, (cover.capsules + pieces - 1) / pieces);
    for (const Polytope& hull : link.hulls)
      for (const Capsule<double>& capsule : fit_capsules(hull, cover).capsules) link.capsules.push_back(capsule);
  } catch (const Error& error) {
    fail(name, ": link ", printable(link.name), ": ", error.what());
  }
  return link;
}

/// The self-collision pairs by an SRDF, of which none may always be in collision.
inline std::vector<std::pair<int, int>> srdf_pairs(ArmDescription arm, const UrdfModel& robot,
                                                   const UrdfArmOptions& options) {
  const std::string name = options.srdf.string();
  std::vector<std::string> without_shapes;
  for (const UrdfLink& link : robot.links)
    if (link.shapes.empty()) without_shapes.push_back(link.name);
  arm.pairs = self_collision_pairs(arm, read_srdf(options.srdf), name, without_shapes);
  const std::vector<std::pair<int, int>> met = always_in_collision(arm, options.pairs);
  std::string shown;
  for (std::size_t i = 0; i < std::min<std::size_t>(met.size(), 3); ++i) {
    const auto link = [&](int index) { return printable(arm.links[static_cast<std::size_t>(index)].name); };
    shown += (i == 0 ? "" : ", ") + link(met[i].first) + " with " + link(met[i].second);
  }
  if (met.size() > 3) shown += " and " + std::to_string(met.size() - 3) + " more";
  require(met.empty(), name, ": wanted pairs of links that are apart somewhere, got ", shown,
          ", which collide in each of ", options.pairs.samples, " configurations, so none would be free");
  return arm.pairs;
}

/// Where an arm is remembered, and the hash of what it is made of: the reader, the options, and the contents of the
/// URDF, the SRDF and the meshes. A mesh counts by its contents and its turn in the URDF, not by its name.
/// @throws Error if a file cannot be read, as parse_urdf_arm() does in more words.
inline ArmCache urdf_arm_cache(std::span<const std::byte> bytes, const std::string& tip,
                               const std::filesystem::path& path, const UrdfArmOptions& options) {
  // These name all options, so that one which is added does not compile until it is part of the key.
  const auto& [srdf, pairs, fit, joint_values, cache] = options;
  const auto& [samples, always, margin, seed] = pairs;
  const auto& [capsules, mean_excess] = fit;
  static_cast<void>(cache);
  ArmBytes key;
  key.number(arm_reader_version);
  key.text(tip);
  key.text(srdf.string());
  key.number(samples);
  key.number(always);
  key.number(margin);
  key.number(seed);
  key.number(capsules);
  key.number(mean_excess);
  for (const auto& [joint, value] : joint_values) {
    key.text(joint);
    key.number(value);
  }
  std::filesystem::path file = path;
  file += "." + hex_digits(content_hash(key.bytes()), 8) + ".mace";

  key.number(content_hash(bytes));
  if (!srdf.empty()) key.number(content_hash(read_file(srdf, max_description_bytes)));
  const UrdfModel robot = parse_urdf_model(bytes, path.string());
  for (const UrdfLink& link : robot.links)
    for (const UrdfShape& shape : link.shapes)
      if (shape.kind == UrdfShape::Kind::mesh)
        key.number(content_hash(read_file(find_mesh(shape.mesh, path.parent_path()), max_mesh_bytes)));
  return {file, content_hash(key.bytes())};
}

}  // namespace detail

/// Parses the arm from the root link of a URDF text to an end effector, with the collision geometry of all links of the
/// tree.
///
/// Each link with `<collision>` elements becomes an ArmLink of the same name, in the frame of the nearest joint of the
/// chain before it. Joints that are not part of the chain are fixed where UrdfArmOptions::joint_values says, else at
/// zero, or at the limit nearest to zero; mimic joints follow the joint that they mimic.
///
/// Hulls: a box is exact. An STL, and each body of an OBJ (the usual format of a convex decomposition; see
/// parse_obj()), becomes its convex hull. A cylinder becomes a prism around it, whose edges are outside by 0.22 % of
/// the radius, and a sphere a polytope around it, outside by at most 2 % of the radius. So does a capsule, whose length
/// is that of its axis.
///
/// Self-collision pairs: those that the SRDF does not disable; without an SRDF, those found by self_collision_pairs(),
/// where the neighbor of a link is the nearest link before it that has shapes.
/// @param bytes  the text
/// @param tip  name of the link that is the end effector
/// @param folder  folder of the description, where the search for mesh files starts
/// @param name  name of the text in error messages
/// @param options  self-collision pairs, bounding capsules and positions of joints
/// @throws Error if parse_urdf_chain(), read_srdf() or self_collision_pairs() throws; if the SRDF leaves a pair that
///   collides in all of `options.pairs.samples` configurations; if there are no `<collision>` elements or more than
///   1000; if a mesh is not found, is neither STL nor OBJ, or is rejected by its reader; if a shape has a negative size
///   or is beyond 10 km; if a link with shapes comes after a joint that mimics one of the chain; if `joint_values`
///   names a joint that is not there, is part of the chain or follows another, or is taken beyond its limits.
inline ArmDescription parse_urdf_arm(std::span<const std::byte> bytes, const std::string& tip,
                                     const std::filesystem::path& folder, std::string_view name,
                                     const UrdfArmOptions& options = {}) {
  const detail::UrdfModel robot = detail::parse_urdf_model(bytes, name);
  ArmDescription arm{detail::chain_of(robot, tip, name), {}, {}};
  const detail::LinkPlaces places(robot, arm.chain, options.joint_values, name);
  std::vector<std::pair<int, int>> neighbors;
  std::size_t shapes = 0;
  std::vector<detail::LinkPlace> reached{places.root()};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    detail::LinkPlace place = reached[i];
    const detail::UrdfLink& link = robot.link(place.link);
    if (!link.shapes.empty()) {
      shapes += link.shapes.size();
      require(shapes <= 1000, name, ": wanted at most 1000 collision elements");
      const int index = static_cast<int>(arm.links.size());
      if (place.neighbor >= 0) neighbors.push_back({place.neighbor, index});
      arm.links.push_back(detail::arm_link(link, place, folder, options.capsule_fit, name));
      place.neighbor = index;
    }
    for (const int joint : link.joints_behind) reached.push_back(places.behind(place, joint));
  }
  require(!arm.links.empty(), name, ": wanted collision geometry, got none of any link");
  if (options.srdf.empty()) {
    arm.pairs = self_collision_pairs(arm, neighbors, options.pairs);
  } else {
    arm.pairs = detail::srdf_pairs(arm, robot, options);
  }
  return arm;
}

/// Reads the arm from the root link of a URDF file to an end effector; see parse_urdf_arm(). Meshes are looked for
/// - relative to the file's folder, or where "file://" and absolute paths say;
/// - for "package://name/rest" and "model://name/rest", from the file's folder up to the root, in each folder that is
///   the package `name` by its package.xml or, without one, by its own name, and in folders called `name` beside these.
///
/// @param path  the file
/// @param tip  name of the link that is the end effector
/// @param options  self-collision pairs, bounding capsules, positions of joints, and whether there is a cache
/// @throws Error if the file cannot be read or parse_urdf_arm() throws.
inline ArmDescription read_urdf_arm(const std::filesystem::path& path, const std::string& tip,
                                    const UrdfArmOptions& options = {}) {
  const std::vector<std::byte> bytes = read_file(path, detail::max_description_bytes);
  std::optional<detail::ArmCache> cache;
  if (options.cache) {
    try {
      cache = detail::urdf_arm_cache(bytes, tip, path, options);
    } catch (const Error&) {  // parse_urdf_arm() says what is wrong
    }
  }
  if (cache)
    if (std::optional<ArmDescription> remembered = cache->load()) return *std::move(remembered);
  ArmDescription arm = parse_urdf_arm(bytes, tip, path.parent_path(), path.string(), options);
  if (cache) cache->save(arm);
  return arm;
}

}  // namespace mace
