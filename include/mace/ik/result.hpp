// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <locale>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// How a search for inverse kinematics solutions ended.
enum class IkStatus {
  solved,       ///< as many solutions as were asked for
  partial,      ///< fewer
  timed_out,    ///< none before the deadline, which was too early to say why
  unreachable,  ///< none: no configuration within the joint limits came to the goal
  blocked,      ///< none: every configuration at the goal that was found is in collision
  infeasible    ///< none, and it is certain that there is none
};

/// The name of a status.
inline const char* status_name(IkStatus status) {
  constexpr const char* names[] = {"solved", "partial", "timed out", "unreachable", "blocked", "infeasible"};
  return names[static_cast<int>(status)];
}

/// A configuration at the goal that is certified free of collision.
struct IkSolution {
  std::span<const double> q;  ///< one entry per joint, radians or meters
  std::size_t goal;           ///< index of the goal that it reaches
  double distance;            ///< distance to that goal, meters
  double turn;                ///< orientation error, radians
  double joint_distance;      ///< weighted distance to IkOptions::near, 0 without it
};

/// Two bodies in collision at configurations that reach the goal, or nearer to each other than the margin.
struct IkBlocker {
  std::string first, second;  ///< names of a link and of another one or of an obstacle
  Index count;                ///< number of configurations in which this pair was the first found in collision
};

/// The configuration that came closest to a solution.
struct IkMiss {
  std::span<const double> q;  ///< one entry per joint, radians or meters
  double distance = 0;        ///< distance to the goal, meters
  double turn = 0;            ///< orientation error, radians
  double clearance = 0;       ///< if it is at the goal: its clearance (ExactCheck::clearance), meters
};

/// Result of a search by IkSolver. It refers to memory of the solver and is valid until the solver's next call.
struct IkResult {
  IkStatus status = IkStatus::timed_out;
  /// The solutions: in the order of their distance to IkOptions::near, or of discovery. Any two of them differ by at
  /// least 0.05 radians or meters in some joint, where whole turns do not count.
  std::span<const IkSolution> solutions{};
  /// Where there is no solution, the pairs of bodies that were in the way, the most frequent first.
  std::span<const IkBlocker> blockers{};
  /// Where there is no solution, the nearest miss, if a start was tried.
  std::optional<IkMiss> miss{};
  /// What makes the goal infeasible, or empty.
  std::string reason{};
  Index tries = 0;                ///< number of starts
  Index at_goal = 0;              ///< number of starts that reached a goal
  Index free = 0;                 ///< number of those that are free of collision, copies of solutions included
  std::optional<double> first{};  ///< time from the call to the first solution, seconds
  double seconds = 0;             ///< duration of the call, seconds

  /// One sentence that says how the search ended and, where there is no solution, why.
  std::string explained() const {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text.precision(3);
    text << status_name(status) << ": ";
    if (!solutions.empty()) {
      text << solutions.size() << (solutions.size() == 1 ? " solution" : " solutions") << " from " << tries
           << " starts";
    } else if (!reason.empty()) {
      text << reason;
    } else if (at_goal == 0) {
      text << "none of " << tries << " starts came to the goal";
      if (miss) text << "; the nearest stopped " << 1e3 * miss->distance << " mm and " << miss->turn << " rad away";
    } else {
      text << "none of " << at_goal << " configurations at the goal is free";
      for (std::size_t i = 0; i < blockers.size() && i < 3; ++i)
        text << (i == 0 ? "; in the way were " : ", ") << blockers[i].first << " and " << blockers[i].second << " ("
             << blockers[i].count << ")";
      if (miss) text << "; the nearest miss has a clearance of " << 1e3 * miss->clearance << " mm";
    }
    return std::move(text).str();
  }
};

}  // namespace mace
