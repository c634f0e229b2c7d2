// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Semantic robot descriptions, read with TinyXML-2: link `mace::urdf` to use this header.
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

/// What an SRDF says about collisions between a robot's links, by their names.
struct SrdfCollisions {
  using Pair = std::pair<std::string, std::string>;

  /// Not to be checked against each other: `<disable_collisions>`.
  std::vector<Pair> disabled;
  /// Not to be checked against any other link, but for the enabled pairs: `<disable_default_collisions>`.
  std::vector<std::string> disabled_links;
  /// To be checked although one of them is in `disabled_links`: `<enable_collisions>`.
  std::vector<Pair> enabled;

  /// True if two links are to be checked against each other. A pair counts more than a link, "disabled" more than
  /// "enabled".
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

/// What an SRDF text that is already in memory says about collisions; all else in it is skipped. `name` stands for the
/// file in messages.
/// Errors: more than 2 MiB, malformed XML, elements more than 100 inside each other, a root that is no `<robot>`, an
/// entry that names no link.
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

/// What an SRDF file says about collisions. Errors: those of parse_srdf, and a file that is missing or unreadable.
inline SrdfCollisions read_srdf(const std::filesystem::path& path) {
  return parse_srdf(read_file(path, 2 << 20), path.string());
}

/// The pairs of an arm's links that an SRDF leaves to be checked, in the order of their indices; links in the same
/// joint's frame, which do not move against each other, are left out too. The SRDF may name links that the arm lacks
/// (of a hand that is not mounted, or without shapes): they are ignored.
/// Errors: it names links, but none of the arm's: it is another robot's.
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
