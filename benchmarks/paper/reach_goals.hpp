// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"
#include "mace/robot/panda_arm.hpp"
#include "paper/random_restarts.hpp"

/// The goals that the reaching benchmarks share, in the world's frame.
namespace mace::benchmarks {

/// An upright box that goals are drawn from, meters.
struct GoalRange {
  Vec<3, double> low, high;

  /// All within so much of a goal, along each axis.
  static GoalRange around(const Vec<3, double>& goal, double reach) {
    const Vec<3, double> edge{reach, reach, reach};
    return {goal - edge, goal + edge};
  }
};

/// The place behind `cwall` that the ten goals of Table 1 are drawn from. (The paper does not say which ten it took.)
inline constexpr GoalRange table1_range{{-0.05, -0.10, 0.40}, {0.10, 0.10, 0.60}};

/// These ten: what draw_goals gives there for seed 0, rounded to a tenth of a millimeter.
inline constexpr std::array<Vec<3, double>, 10> table1_goals{{{-0.0252, 0.0794, 0.5912},
                                                              {0.0702, -0.0760, 0.5869},
                                                              {0.0691, -0.0970, 0.5798},
                                                              {-0.0128, -0.0686, 0.5755},
                                                              {0.0916, -0.0156, 0.4971},
                                                              {-0.0055, 0.0770, 0.4950},
                                                              {-0.0003, 0.0984, 0.5815},
                                                              {-0.0178, 0.0838, 0.4546},
                                                              {0.0937, 0.0041, 0.4527},
                                                              {0.0456, -0.0410, 0.4085}}};

/// `count` goals, uniform in a range, for the built-in Panda in a scene: of those that are drawn one after the other,
/// the ones for which random restarts find a configuration that is free and within a micrometer of the goal. Errors:
/// fewer than one in ten of those drawn are.
inline std::vector<Vec<3, double>> draw_goals(const Scene& scene, const GoalRange& range, std::size_t count,
                                              std::uint64_t seed) {
  const SerialChain<7, double> chain = panda_chain<double>();
  const ExactCheck check(panda_arm(), scene);
  const Pose<double> from_world = scene.base.inverse();
  std::vector<Vec<3, double>> goals;
  for (std::uint32_t drawn = 0; goals.size() < count; ++drawn) {
    require(drawn < 10 * count, "draw_goals: wanted a range in which the arm reaches one goal in ten, got ",
            goals.size(), " of ", drawn);
    Random random({seed, Stream::evaluation}, drawn);
    Vec<3, double> goal;
    for (int axis = 0; axis < 3; ++axis)
      goal[axis] = range.low[axis] + (range.high[axis] - range.low[axis]) * static_cast<double>(random.uniform());
    const RefineTo<7> solve{chain, {.pose = {.position = from_world * goal}}, {.distance = 1e-6}};
    if (random_restarts(chain, check, solve, {seed, Stream::restart, drawn}, {.tries = 100'000}).solution)
      goals.push_back(goal);
  }
  return goals;
}

}  // namespace mace::benchmarks
