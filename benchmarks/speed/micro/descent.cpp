// SPDX-License-Identifier: Apache-2.0
// The time that inverse kinematics without obstacles takes for one configuration at a goal, on one thread: the Panda,
// from starts that are uniform within its limits, onto positions and poses that can be reached, to a millimeter and
// 0.01 rad. `refine` solves from one start after the other in double. The others descend in floats, with one set of
// instructions each, and refine() certifies what they reach in double. 512 starts a goal and 16 goals an iteration;
// `us_a_solution` is the time for one that is certified, `reached` the share of the starts that are.
#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "mace/ik/descent_cpu.hpp"
#include "mace/robot/panda.hpp"

namespace {

using namespace mace;
using Region = GoalRegion<GoalFrame::base>;

struct Problems {
  SerialChain<7, double> chain = panda_chain<double>();
  std::vector<Vec<7>> starts;
  std::vector<Region> goals;

  explicit Problems(Orientation orientation) {
    for (std::uint32_t i = 0; i < 512; ++i)
      starts.push_back(uniform_configuration(chain, {7, Stream::evaluation, 0}, i).as<float>());
    for (std::uint32_t i = 0; i < 16; ++i) {
      goals.push_back(chain.pose(uniform_configuration(chain, {8, Stream::evaluation, 0}, i)));
      goals.back().orientation = orientation;
    }
  }
};

/// `solve` returns how many of the starts reached a goal.
template <class Solve>
void time(benchmark::State& state, const Problems& problems, const Solve& solve) {
  Index reached = 0;
  for (auto _ : state)
    for (const Region& goal : problems.goals) reached += solve(goal);
  const auto solutions = static_cast<double>(reached);
  const auto all = static_cast<double>(problems.starts.size() * problems.goals.size());
  state.counters["reached"] = solutions / (all * static_cast<double>(state.iterations()));
  state.counters["us_a_solution"] =
      benchmark::Counter(1e-6 * solutions, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void one_at_a_time(benchmark::State& state, Orientation orientation) {
  const Problems problems(orientation);
  time(state, problems, [&](const Region& goal) {
    Index reached = 0;
    for (const Vec<7>& start : problems.starts)
      reached += refine(problems.chain, goal, start.as<double>()).reached ? 1 : 0;
    return reached;
  });
}

void run(benchmark::State& state, Isa isa, Orientation orientation) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  const Problems problems(orientation);
  std::vector<Descent<7>> ends(problems.starts.size());
  time(state, problems, [&](const Region& goal) {
    descend<7>(isa, problems.chain, goal, problems.starts, ends);
    Index reached = 0;
    for (const Descent<7>& end : ends)
      if (end.reached) reached += refine(problems.chain, goal, end.q.as<double>()).reached ? 1 : 0;
    return reached;
  });
}

BENCHMARK_CAPTURE(one_at_a_time, position, Orientation::free)->Name("refine/position");
BENCHMARK_CAPTURE(run, portable_position, Isa::portable, Orientation::free)->Name("portable/position");
BENCHMARK_CAPTURE(run, avx2_position, Isa::avx2, Orientation::free)->Name("avx2/position");
BENCHMARK_CAPTURE(run, avx512_position, Isa::avx512, Orientation::free)->Name("avx512/position");
BENCHMARK_CAPTURE(one_at_a_time, pose, Orientation::fixed)->Name("refine/pose");
BENCHMARK_CAPTURE(run, portable_pose, Isa::portable, Orientation::fixed)->Name("portable/pose");
BENCHMARK_CAPTURE(run, avx2_pose, Isa::avx2, Orientation::fixed)->Name("avx2/pose");
BENCHMARK_CAPTURE(run, avx512_pose, Isa::avx512, Orientation::fixed)->Name("avx512/pose");

}  // namespace
