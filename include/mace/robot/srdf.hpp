// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Semantic robot descriptions (SRDF), read with TinyXML-2. Programs that use this header link to `mace::urdf`.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/robot/description_xml.hpp"

namespace mace {

/// The collision settings of an SRDF, by the names of links.
struct SrdfCollisions {
  /// Names of two links, the lesser one first.
  using Pair = std::pair<std::string, std::string>;

  /// Pairs that are not self-collision pairs: `<disable_collisions>`.
  std::set<Pair> disabled{};
  /// Links that are in no self-collision pair except the enabled ones: `<disable_default_collisions>`.
  std::set<std::string> disabled_links{};
  /// Self-collision pairs even if one link is in `disabled_links`: `<enable_collisions>`.
  std::set<Pair> enabled{};

  /// The pair of two links, in either order.
  static Pair pair(std::string a, std::string b) {
    if (b < a) std::swap(a, b);
    return {std::move(a), std::move(b)};
  }
  /// True if two links are a self-collision pair. A setting for a pair overrides one for a link, and "disabled"
  /// overrides "enabled".
  bool checks(const std::string& a, const std::string& b) const {
    const Pair both = pair(a, b);
    return !disabled.contains(both) &&
           (enabled.contains(both) || !(disabled_links.contains(a) || disabled_links.contains(b)));
  }
};

/// Parses the collision settings of an SRDF text; everything else in it is skipped.
/// @param bytes  the text, in UTF-8
/// @param name  name of the text in error messages
/// @throws Error if the text is larger than 2 MiB or not well-formed XML, elements are nested too deeply, or the root
///   is not `<robot>`; if something is left in it that xacro should have replaced; if an entry does not name its links
///   or has an unknown attribute; if an unknown element has to do with collisions by its name or its attributes.
inline SrdfCollisions parse_srdf(std::span<const std::byte> bytes, std::string_view name) {
  const detail::Description description(bytes, name, "an SRDF");
  SrdfCollisions found;
  description.robot().for_each(nullptr, [&](const detail::DescriptionElement& entry) {
    const std::string_view tag = entry.tag();
    if (tag == "disable_collisions" || tag == "enable_collisions") {
      entry.require_attributes({"link1", "link2", "reason"});
      (tag == "enable_collisions" ? found.enabled : found.disabled)
          .insert(SrdfCollisions::pair(entry.text("link1"), entry.text("link2")));
    } else if (tag == "disable_default_collisions") {
      entry.require_attributes({"link", "reason"});
      found.disabled_links.insert(entry.text("link"));
    } else if (tag.find("collision") != tag.npos || entry.has("link1") || entry.has("link2")) {
      entry.refuse(
          "wanted disable_collisions, enable_collisions or disable_default_collisions, got this unknown element");
    }
  });
  return found;
}

/// Reads the collision settings of an SRDF file.
/// @throws Error if the file cannot be read or parse_srdf() throws.
inline SrdfCollisions read_srdf(const std::filesystem::path& path) {
  return parse_srdf(read_file(path, detail::max_description_bytes), path.string());
}

namespace detail {

/// The prefix that names which a robot does not have, or its own, lack, as a hint; empty if it is not that.
inline std::string prefix_hint(const std::vector<std::string>& lacking, const std::set<std::string>& known) {
  const std::string& first = lacking.front();
  for (const std::string& link : known) {
    const bool longer = first.size() > link.size();
    const std::string &whole = longer ? first : link, &part = longer ? link : first;
    if (!whole.ends_with(part)) continue;
    const std::string prefix = whole.substr(0, whole.size() - part.size());
    const bool all = std::all_of(lacking.begin(), lacking.end(), [&](const std::string& name) {
      return longer ? name.starts_with(prefix) && known.contains(name.substr(prefix.size()))
                    : known.contains(prefix + name);
    });
    if (all && !prefix.empty() && std::string_view("_-./").find(prefix.back()) != std::string_view::npos)
      return std::string("; the robot has them ") + (longer ? "without" : "with") + " the prefix " + printable(prefix);
  }
  return "";
}

/// @throws Error if the SRDF names a link that is not known; the message lists the first few.
inline void require_known_links(const SrdfCollisions& srdf, const std::set<std::string>& known, std::string_view name) {
  std::set<std::string> named = srdf.disabled_links;
  for (const auto* pairs : {&srdf.disabled, &srdf.enabled})
    for (const auto& [a, b] : *pairs) named.insert({a, b});
  std::vector<std::string> lacking;
  std::set_difference(named.begin(), named.end(), known.begin(), known.end(), std::back_inserter(lacking));
  if (lacking.empty()) return;
  constexpr std::size_t most = 4;
  std::string shown;
  for (std::size_t i = 0; i < std::min(lacking.size(), most); ++i)
    shown += (i == 0 ? "" : ", ") + printable(lacking[i]);
  if (lacking.size() > most) shown += " and " + std::to_string(lacking.size() - most) + " more";
  fail(name, ": wanted names of the robot's links, got ", shown, prefix_hint(lacking, known));
}

}  // namespace detail

/// The self-collision pairs of an arm by an SRDF, in the order of their indices. Links in the same joint's frame do not
/// move relative to each other and are left out.
/// @param arm  the arm; its `pairs` are not used
/// @param srdf  collision settings
/// @param name  name of the SRDF in error messages
/// @param without_shapes  names of further links, which the robot has but the arm does not since they have no shapes
/// @throws Error if the SRDF names a link that is neither the arm's nor in `without_shapes`, as one of another robot
///   does, or of the same robot with other prefixes.
inline std::vector<std::pair<int, int>> self_collision_pairs(const ArmDescription& arm, const SrdfCollisions& srdf,
                                                             std::string_view name,
                                                             std::span<const std::string> without_shapes = {}) {
  std::set<std::string> known(without_shapes.begin(), without_shapes.end());
  for (const ArmLink& link : arm.links) known.insert(link.name);
  detail::require_known_links(srdf, known, name);
  std::vector<std::pair<int, int>> pairs;
  for (std::size_t a = 0; a < arm.links.size(); ++a)
    for (std::size_t b = a + 1; b < arm.links.size(); ++b)
      if (arm.links[a].joint != arm.links[b].joint && srdf.checks(arm.links[a].name, arm.links[b].name))
        pairs.push_back({static_cast<int>(a), static_cast<int>(b)});
  return pairs;
}

}  // namespace mace
