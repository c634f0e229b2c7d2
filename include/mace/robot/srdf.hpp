// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Semantic robot descriptions (SRDF), read with TinyXML-2. Programs that use this header link to `mace::urdf`.
#include <tinyxml2.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/io/atomic_file.hpp"
#include "mace/io/byte_reader.hpp"

namespace mace {

/// The collision settings of an SRDF, by the names of links.
struct SrdfCollisions {
  /// Names of two links, in either order.
  using Pair = std::pair<std::string, std::string>;

  /// Pairs that are not self-collision pairs: `<disable_collisions>`.
  std::vector<Pair> disabled;
  /// Links that are in no self-collision pair except the enabled ones: `<disable_default_collisions>`.
  std::vector<std::string> disabled_links;
  /// Self-collision pairs even if one link is in `disabled_links`: `<enable_collisions>`.
  std::vector<Pair> enabled;

  /// True if two links are a self-collision pair. A setting for a pair overrides one for a link, and "disabled"
  /// overrides "enabled".
  bool checks(const std::string& a, const std::string& b) const {
    const auto has = [&](const std::vector<Pair>& pairs) {
      return std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
        return pair == Pair{a, b} || pair == Pair{b, a};
      });
    };
    const auto is_off = [&](const std::string& link) {
      return std::find(disabled_links.begin(), disabled_links.end(), link) != disabled_links.end();
    };
    return !has(disabled) && (has(enabled) || !(is_off(a) || is_off(b)));
  }
};

/// Parses the collision settings of an SRDF text; everything else in it is skipped.
/// @param bytes  the text
/// @param name  name of the text in error messages
/// @throws Error if the text is larger than 2 MiB or not well-formed XML, elements are nested deeper than 100, the root
///   is not `<robot>`, or an entry does not name its links.
inline SrdfCollisions parse_srdf(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::size_t max_bytes = 2 << 20;
  require(bytes.size() <= max_bytes, name, ": wanted at most ", max_bytes, " bytes, got ", bytes.size());
  tinyxml2::XMLDocument document;
  const auto status = document.Parse(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(status == tinyxml2::XML_SUCCESS, name, ": not an SRDF: ", tinyxml2::XMLDocument::ErrorIDToName(status),
          " in line ", document.ErrorLineNum());
  const tinyxml2::XMLElement* const robot = document.RootElement();
  require(robot != nullptr && std::string_view(robot->Name()) == "robot", name,
          ": not an SRDF: wanted the root element 'robot', got ",
          detail::printable(robot == nullptr ? "none" : robot->Name()));

  const auto for_each = [&](const char* element, const auto& take) {
    for (const auto* entry = robot->FirstChildElement(element); entry != nullptr;
         entry = entry->NextSiblingElement(element)) {
      take([&](const char* attribute) -> std::string {
        const char* const link = entry->Attribute(attribute);
        require(link != nullptr, name, ": line ", entry->GetLineNum(), ": wanted ", element, " with ", attribute);
        return link;
      });
    }
  };
  SrdfCollisions found;
  for_each("disable_collisions", [&](const auto& link) { found.disabled.push_back({link("link1"), link("link2")}); });
  for_each("disable_default_collisions", [&](const auto& link) { found.disabled_links.push_back(link("link")); });
  for_each("enable_collisions", [&](const auto& link) { found.enabled.push_back({link("link1"), link("link2")}); });
  return found;
}

/// Reads the collision settings of an SRDF file.
/// @throws Error if the file cannot be read or parse_srdf() throws.
inline SrdfCollisions read_srdf(const std::filesystem::path& path) {
  return parse_srdf(read_file(path, 2 << 20), path.string());
}

/// The self-collision pairs of an arm by an SRDF, in the order of their indices. Links in the same joint's frame do not
/// move relative to each other and are left out. Links that the arm does not have (without shapes, or of a hand that is
/// not mounted) are ignored.
/// @param arm  the arm; its `pairs` are not used
/// @param srdf  collision settings
/// @param name  name of the SRDF in error messages
/// @throws Error if the SRDF disables links but none of the arm's, as one of another robot does.
inline std::vector<std::pair<int, int>> self_collision_pairs(const ArmDescription& arm, const SrdfCollisions& srdf,
                                                             std::string_view name) {
  const auto is_known = [&](const std::string& name_of) {
    return std::any_of(arm.links.begin(), arm.links.end(), [&](const ArmLink& link) { return link.name == name_of; });
  };
  const bool known = std::any_of(srdf.disabled_links.begin(), srdf.disabled_links.end(), is_known) ||
                     std::any_of(srdf.disabled.begin(), srdf.disabled.end(),
                                 [&](const auto& pair) { return is_known(pair.first) || is_known(pair.second); });
  require(known || (srdf.disabled.empty() && srdf.disabled_links.empty()), name,
          ": wanted pairs of this robot's links, got none that it has");
  std::vector<std::pair<int, int>> pairs;
  for (std::size_t a = 0; a < arm.links.size(); ++a)
    for (std::size_t b = a + 1; b < arm.links.size(); ++b)
      if (arm.links[a].joint != arm.links[b].joint && srdf.checks(arm.links[a].name, arm.links[b].name))
        pairs.push_back({static_cast<int>(a), static_cast<int>(b)});
  return pairs;
}

}  // namespace mace
