// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Options of one call of IkSolver. Configurations have one entry per joint, in radians or meters.
struct IkOptions {
  Index solutions = 1;           ///< number of solutions to find
  double deadline = 1;           ///< time limit, seconds; infinity: none, then the result is the same on every call
  double tolerance = 1e-3;       ///< largest distance of a solution from the goal, meters
  double turn_tolerance = 1e-2;  ///< largest orientation error of a solution, radians
  double margin = 0;             ///< certified distance from all obstacles and between the links, meters
  /// Configuration near which solutions are wanted, or empty. The search begins there, and the solutions are in the
  /// order of their distance to it. It may be a solution of the solver's last call.
  std::span<const double> near{};
  /// Weight of each joint in that distance, the root of the weighted sum of squares; empty: all are 1.
  std::span<const double> joint_weights{};
  /// Configurations to try before random ones, row after row, such as samples of a prior.
  std::span<const double> starts{};
  /// Seed of the random starts.
  std::uint64_t seed = 0;

  /// Validates the options for an arm and returns `*this`.
  /// @param joints  number of joints
  /// @throws Error unless there is at least one solution to find, the deadline and the tolerances are positive, the
  ///   margin is at least 0, all but the deadline are finite, and `near`, `joint_weights` and `starts` fit the arm.
  const IkOptions& checked(std::size_t joints) const {
    const auto is_positive = [](double x) { return x > 0 && std::isfinite(x); };
    const auto check = [&](std::span<const double> x, const char* name, const char* what, bool may_be_negative) {
      if (x.empty()) return;
      require(x.size() == joints, "IkOptions: ", name, ": wanted ", joints, " ", what, ", got ", x.size());
      for (const double v : x)
        require(std::isfinite(v) && (may_be_negative || v >= 0), "IkOptions: ", name, ": wanted ", joints, " ", what,
                ", got ", v, " among them");
    };
    require(0 < solutions && solutions <= 1'000'000, "IkOptions: wanted 1 to 1000000 solutions, got ", solutions);
    require(deadline > 0, "IkOptions: wanted a deadline above 0 seconds, got ", deadline);
    require(is_positive(tolerance) && is_positive(turn_tolerance), "IkOptions: wanted finite tolerances above 0, got ",
            tolerance, " m and ", turn_tolerance, " rad");
    require(margin >= 0 && std::isfinite(margin), "IkOptions: wanted a finite margin of at least 0 m, got ", margin);
    check(near, "near", "finite joint positions", true);
    check(joint_weights, "joint_weights", "finite weights of at least 0", false);
    require(joint_weights.empty() || !near.empty(), "IkOptions: wanted `near` with joint_weights, got none");
    require(starts.size() % joints == 0, "IkOptions: starts: wanted rows of ", joints, " joint positions, got ",
            starts.size(), " numbers");
    return *this;
  }
};

}  // namespace mace
