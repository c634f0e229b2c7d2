// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/number_text.hpp"
#include "paper/exact_table.hpp"

/// Exact solutions within a second, over many goals near a scene's own: how many goals have them, whether a referee
/// agrees, and how soon the first one is there.
namespace mace::benchmarks {

/// What is asked for at each goal: the defaults of `reach_obstacles --exact`, so ten solutions within 1 s, each within
/// 1 mm.
inline const IkOptions goals_asked{.solutions = 10};

/// Goals are within so many meters of the scene's own, along each axis.
inline constexpr double goals_reach = 0.03;

/// What came of a scene's goals. In the series of seconds a value is a goal's; where nothing was found, until that was
/// given up.
struct GoalsRow {
  explicit GoalsRow(std::string of) : scene(std::move(of)) {}

  std::string scene;
  Series solutions, first, all;  ///< all: until there were enough
  Index answered = 0;            ///< goals with enough solutions in time
  Index certified = 0;           ///< solutions, of all goals together
  Index in_collision = 0;        ///< of them, those that the referee refuses
  Index too_far = 0;             ///< of them, those that miss the goal by more than the tolerance
  double farthest = 0;           ///< meters
  Series peer;                   ///< KDL's seconds to a free solution; empty in builds without it
  Index peer_unsolved = 0;

  Json json() const {
    Json out{{"goals", first.values.size()},
             {"answered", answered},
             {"solutions", {{"median", solutions.median()}, {"least", solutions.quantile(0)}, {"all", certified}}},
             {"in_collision", in_collision},
             {"too_far", too_far},
             {"farthest_m", farthest},
             {"first_seconds", spread(first)},
             {"all_seconds", spread(all)}};
    if (!peer.values.empty()) out["kdl"] = {{"unsolved", peer_unsolved}, {"first_seconds", spread(peer)}};
    return out;
  }
  void print() const {
    std::string kdl = peer.values.empty() ? "not built in" : milliseconds(peer);
    if (peer_unsolved > 0) kdl += ", " + std::to_string(peer_unsolved) + " unsolved";
    std::printf("| %s | %td of %zu | %g (%g) | %td of %td | %td (%.3f) | %s | %s | %s |\n", scene.c_str(), answered,
                first.values.size(), solutions.median(), solutions.quantile(0), in_collision, certified, too_far,
                1e3 * farthest, milliseconds(first).c_str(), milliseconds(all).c_str(), kdl.c_str());
  }
  static void print_header() {
    std::printf("Times in ms: median / 90 %% / most.\n\n");
    std::printf(
        "| scene | goals with %td solutions within %g s | solutions a goal, median (least) | in collision | farther "
        "than %g mm (farthest, mm) | first solution | all %td | KDL's first, one thread "
        "|\n|---|---|---|---|---|---|---|---|\n",
        goals_asked.solutions, goals_asked.deadline, 1e3 * goals_asked.tolerance, goals_asked.solutions);
  }

 private:
  static Json spread(const Series& seconds) {
    return {{"median", seconds.median()}, {"p90", seconds.quantile(0.9)}, {"max", seconds.quantile(1)}};
  }
  static std::string milliseconds(const Series& seconds) {
    const auto text = [](double s) { return mace::detail::fixed_text(1e3 * s, 2); };
    return text(seconds.median()) + " / " + text(seconds.quantile(0.9)) + " / " + text(seconds.quantile(1));
  }
};

namespace detail {

/// Adds a goal's exact solutions and what the referee says of each.
inline void add_exact(GoalsRow& row, const GoalRegion<>& goal, std::uint64_t seed, IkSolver& solver,
                      const BulletArm<7>& referee) {
  IkOptions asked = goals_asked;
  asked.seed = seed;
  const IkResult& found = solver.solve(goal, asked);
  const auto count = static_cast<Index>(found.solutions.size());
  row.solutions.values.push_back(static_cast<double>(count));
  row.first.values.push_back(found.first.value_or(found.seconds));
  row.all.values.push_back(found.seconds);
  row.answered += found.status == IkStatus::solved && found.seconds <= asked.deadline ? 1 : 0;
  row.certified += count;
  for (const IkSolution& solution : found.solutions) {
    const double distance = goal.distance(solver.pose(solution.q));
    row.in_collision += referee.is_free(solution.q) ? 0 : 1;
    row.too_far += distance <= asked.tolerance ? 0 : 1;
    row.farthest = std::max(row.farthest, distance);
  }
}

/// Adds how long KDL's restarts take to a free solution, as near to the same goal; its chain is made before the clock
/// starts.
inline void add_peer([[maybe_unused]] GoalsRow& row, [[maybe_unused]] Cpu& exec,
                     [[maybe_unused]] examples::ArmReach<7>& task) {
#ifdef MACE_BENCHMARKS_KDL
  KdlSolver<7> kdl(task.chain(), goals_asked.tolerance, 500);
  kdl.aim(task.goal_in_base().pose.position);
  const double start = wall_seconds();
  const auto run = random_restarts(task.chain(), task.check(), kdl, {exec.seed(), Stream::restart}, {.seconds = 10});
  row.peer.values.push_back(wall_seconds() - start);
  row.peer_unsolved += run.solution ? 0 : 1;
#endif
}

}  // namespace detail

/// `count` goals near the scene's own, drawn with seed 0: at each the exact search on all threads, then KDL. Every goal
/// has random numbers of its own, and none those that it was drawn with.
inline GoalsRow goals_row(const ReachSetting& setting, const std::string& name, std::size_t count) {
  const Scene scene = named_scene(name);
  const auto goals = draw_goals(scene, GoalRange::around(named_goal(name), goals_reach), count, 0);
  const BulletArm<7> referee(setting.judge, scene);
  IkSolver solver(panda_arm(), scene, setting.threads);
  GoalsRow row(name);
  for (std::size_t i = 0; i < goals.size(); ++i) {
    Cpu exec({.seed = i + 1, .threads = setting.threads});
    examples::ArmReach<7> task(exec, panda_arm(), scene, {.pose = {.position = goals[i]}}, setting.prior);
    detail::add_exact(row, goals[i], i + 1, solver, referee);
    detail::add_peer(row, exec, task);
  }
  return row;
}

}  // namespace mace::benchmarks
