// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// A link and what it is checked against.
struct CheckedPair {
  /// Index of the link in `ArmDescription::links`.
  std::size_t link;
  /// Kind of the other body.
  BodyKind kind;
  /// Index of the other body in `ArmDescription::links` or in the scene's list of that kind; 0 for the ground.
  std::size_t other;

  auto operator<=>(const CheckedPair&) const = default;
};

/// The pairs of `Scene::may_touch`, by index.
class AllowedContacts {
 public:
  /// Looks up the names. Nothing is allocated where as many names fitted before.
  /// @param scene  the scene, whose names are validated as by Scene::checked()
  /// @param links  names of the robot's links, in order
  /// @param name  prefix of error messages
  /// @throws Error if two obstacles have the same name, or a name of `may_touch` is unknown or that of several bodies,
  ///   or a pair is not of two links, or of a link and something else. The object is then unchanged.
  void assign(const Scene& scene, std::span<const std::string> links, std::string_view name) {
    scene.check_names(name, names_);
    found_.clear();
    if (!scene.may_touch.empty()) {
      for (std::size_t i = 0; i < links.size(); ++i) names_.add(links[i], BodyKind::link, i);
      names_.sort();
    }
    for (const auto& [one, other] : scene.may_touch) {
      const auto a = body(one, name), b = body(other, name);
      require(a.kind == BodyKind::link || b.kind == BodyKind::link, name, ": may_touch: wanted at least one link, got ",
              word_for(a.kind), " '", one, "' and ", word_for(b.kind), " '", other, "'");
      require(a.kind != b.kind || a.index != b.index, name, ": may_touch: wanted two bodies, got '", one, "' twice");
      if (a.kind == BodyKind::link) found_.push_back({a.index, b.kind, b.index});
      if (b.kind == BodyKind::link) found_.push_back({b.index, a.kind, a.index});
    }
    std::sort(found_.begin(), found_.end());
    pairs_.swap(found_);
    found_.reserve(pairs_.capacity());
    names_.clear();
  }

  bool empty() const { return pairs_.empty(); }

  /// True if contact of this pair is no collision. For two links, the order does not matter.
  bool has(const CheckedPair& pair) const { return std::binary_search(pairs_.begin(), pairs_.end(), pair); }

 private:
  detail::NameTable::Entry body(std::string_view wanted, std::string_view name) const {
    const auto found = names_.find(wanted);
    if (found.empty()) {
      std::string known;
      for (const auto& entry : names_.entries()) {
        known.append(known.empty() ? "" : ", ").append(entry.name);
        if (known.size() > 1000) {
          known.append(", ...");
          break;
        }
      }
      fail(name, ": may_touch: got '", wanted, "', wanted a link or an obstacle of ", known.empty() ? "none" : known);
    }
    if (found.size() > 1)
      fail(name, ": may_touch: wanted a name of one body, got '", wanted, "' of ",
           body_name(found[0].kind, found[0].index, ""), " and of ",
           body_name(found.back().kind, found.back().index, ""));
    return found[0];
  }

  detail::NameTable names_;  // of the scene being looked up
  std::vector<CheckedPair> pairs_, found_;
};

}  // namespace mace
