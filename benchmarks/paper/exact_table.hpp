// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/ik.hpp"
#include "paper/reach_table.hpp"
#ifdef MACE_BENCHMARKS_KDL
#include "speed/peers/kdl.hpp"
#endif

/// One free configuration at the goal in the open box, and how long it takes to have it (paper, Table 2).
namespace mace::benchmarks {

/// A configuration, where one was found.
using Answer = std::optional<Vec<7, double>>;

/// What a solver starts from: the model, the scene and the goal, all loaded before the clock starts.
struct ExactTask {
  Cpu& exec;
  examples::ArmReach<7>& reach;
  IkSolver& solver;
  Vec<3, double> goal;  ///< in the world frame
};

/// A solver, by name, and its attempts.
struct ExactRow {
  std::string name, what;
  std::function<Answer(ExactTask&)> solve;
  Series seconds = {}, distance = {};
  Index unsolved = 0, refused = 0;

  Json json() const {
    Json out{{"what", what}, {"attempts", seconds.values.size()}, {"unsolved", unsolved}, {"in_collision", refused}};
    out["seconds"] = seconds.json();
    out["seconds"]["median"] = seconds.median();
    if (!distance.values.empty()) out["distance_m"] = distance.json();
    return out;
  }
  void print() const {
    const bool any = !distance.values.empty();
    std::printf("| %s | %.4f ± %.4f | %.4f | %.5f ± %.5f | %td of %zu |\n", what.c_str(), seconds.mean(),
                seconds.deviation(), seconds.median(), any ? 1e2 * distance.mean() : -1.0,
                any ? 1e2 * distance.deviation() : 0.0, static_cast<Index>(distance.values.size()),
                seconds.values.size());
  }
  static void print_header() {
    std::printf("| | seconds | median | distance (cm) | free by the referee |\n|---|---|---|---|---|\n");
  }
};

namespace detail {

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of `count` samples of the model, those that are free, the nearest to the goal first.
inline std::vector<Vec<7, double>> free_samples(Cpu& exec, examples::ArmReach<7>& task, Index count) {
  const std::vector<Vec<7>> drawn = task.draw(count, examples::ReachRound::judged);
  std::vector<std::pair<double, std::size_t>> order(drawn.size());
  const BaseGoal<double> goal = task.goal_in_base();
  exec.for_each_sample(count, [&](Index sample) {
    const auto i = static_cast<std::size_t>(sample);
    const auto q = drawn[i].as<double>();
    order[i] = {task.check().is_free(q.v) ? goal.distance(task.chain().pose(q)) : 1e9, i};
  });
  std::sort(order.begin(), order.end());
  std::vector<Vec<7, double>> free;
  for (const auto& [distance, i] : order)
    if (distance < 1e9) free.push_back(drawn[i].as<double>());
  return free;
}

}  // namespace detail

/// The first solution of the search, if there is one within half a minute.
inline Answer first_solution(ExactTask& task, double tolerance, std::span<const double> starts = {}) {
  const IkResult& found = task.solver.solve(
      task.goal, {.deadline = 30, .tolerance = tolerance, .starts = starts, .seed = task.exec.seed()});
  if (found.solutions.empty()) return {};
  Vec<7, double> q;
  std::copy_n(found.solutions[0].q.begin(), 7, q.v);
  return q;
}

/// The rows of Table 2. Tolerance of the exact ones: a micrometer, as the paper's "< 1e-5 cm" is below any robot's
/// accuracy.
inline std::vector<ExactRow> table2_rows() {
  constexpr double tolerance = 1e-6;
  std::vector<ExactRow> rows;
  rows.push_back({"prior", "prior, the best free of 4096 samples", [](ExactTask& task) -> Answer {
                    const auto free = detail::free_samples(task.exec, task.reach, 4096);
                    return free.empty() ? Answer() : free.front();
                  }});
  rows.push_back({"exact", "--exact, the first certified solution",
                  [](ExactTask& task) { return first_solution(task, tolerance); }});
  rows.push_back({"prior_exact", "--exact, started at free samples of the prior", [](ExactTask& task) {
                    std::vector<double> starts;
                    for (const auto& q : detail::free_samples(task.exec, task.reach, 4096))
                      starts.insert(starts.end(), q.v, q.v + 7);
                    return first_solution(task, tolerance, starts);
                  }});
#ifdef MACE_BENCHMARKS_KDL
  rows.push_back({"kdl", "KDL, random restarts until one is free", [](ExactTask& task) -> Answer {
                    KdlSolver<7> kdl(task.reach.chain(), tolerance, 500);
                    kdl.aim(task.reach.goal_in_base().pose.position);
                    return random_restarts(task.reach.chain(), task.reach.check(), kdl,
                                           {task.exec.seed(), Stream::restart}, {.seconds = 30})
                        .solution;
                  }});
  rows.push_back({"prior_kdl", "KDL, started at free samples of the prior", [](ExactTask& task) -> Answer {
                    KdlSolver<7> kdl(task.reach.chain(), tolerance, 500);
                    kdl.aim(task.reach.goal_in_base().pose.position);
                    for (const auto& start : detail::free_samples(task.exec, task.reach, 4096))
                      if (const auto q = kdl(start); q && task.reach.check().is_free(q->v)) return q;
                    return {};
                  }});
#endif
  return rows;
}

/// One attempt at the box scene's goal, judged by Bullet on the hulls of `judge`.
inline void add_attempt(ExactRow& row, const ReachSetting& setting, std::uint64_t seed) {
  const Scene scene = named_scene("box");
  Cpu exec({.seed = seed, .threads = setting.threads});
  const Vec<3, double> goal = named_goal("box");
  examples::ArmReach<7> reach(exec, panda_arm(), scene, {.pose = {.position = goal}}, setting.prior);
  IkSolver solver(panda_arm(), scene, setting.threads);
  ExactTask task{exec, reach, solver, goal};
  const double start = detail::wall_seconds();
  const Answer answer = row.solve(task);
  row.seconds.values.push_back(detail::wall_seconds() - start);
  if (!answer) {
    ++row.unsolved;
    return;
  }
  const bool free = BulletArm<7>(setting.judge, scene).is_free(answer->v);
  row.refused += free ? 0 : 1;
  if (free) row.distance.values.push_back(reach.goal_in_base().distance(reach.chain().pose(*answer)));
}

}  // namespace mace::benchmarks
