// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>

#include "mace/backend/cpu/executor.hpp"
#include "mace/backend/cpu/lanes.hpp"
#include "mace/simulate/arm.hpp"

namespace mace {

namespace detail {

/// One vector of configurations, the last one again in lanes beyond `count`.
template <int Bytes, int Joints>
MACE_INLINE Vec<Joints, Lanes<Bytes>> load_configurations(const Vec<Joints>* samples, Index count) {
  constexpr int width = Lanes<Bytes>::count;
  Vec<Joints, Lanes<Bytes>> q;
  for (int j = 0; j < Joints; ++j) {
    float row[width];
    for (Index lane = 0; lane < width; ++lane) row[lane] = samples[std::min(lane, count - 1)][j];
    q[j] = Lanes<Bytes>::load(row);
  }
  return q;
}

/// Evaluates an arm's formula on one vector of configurations at a time.
template <int Joints>
struct ArmKernel {
  template <int Bytes>
  MACE_INLINE void run(const ArmFormula<Joints>* formula, const Vec<Joints>* samples, ArmOutcome<float>* outcomes,
                       Index count) const {
    constexpr int width = Lanes<Bytes>::count;
    for (Index first = 0; first < count; first += width) {
      const Index here = std::min<Index>(width, count - first);
      const auto outcome = formula->outcome(load_configurations<Bytes>(samples + first, here));
      float rows[13][width];
      outcome.clearance.store(rows[12]);
      for (int i = 0; i < 3; ++i) {
        outcome.end_effector.x[i].store(rows[i]);
        outcome.end_effector.y[i].store(rows[3 + i]);
        outcome.end_effector.z[i].store(rows[6 + i]);
        outcome.end_effector.position[i].store(rows[9 + i]);
      }
      for (Index lane = 0; lane < here; ++lane) {
        ArmOutcome<float>& out = outcomes[first + lane];
        for (int i = 0; i < 3; ++i) {
          out.end_effector.x[i] = rows[i][lane];
          out.end_effector.y[i] = rows[3 + i][lane];
          out.end_effector.z[i] = rows[6 + i][lane];
          out.end_effector.position[i] = rows[9 + i][lane];
        }
        out.clearance = rows[12][lane];
      }
    }
  }
};

/// Decides by an arm's formula on one vector of configurations at a time.
template <int Joints>
struct ArmDecisionKernel {
  template <int Bytes>
  MACE_INLINE void run(const ArmFormula<Joints>* formula, const Vec<Joints>* samples, std::uint8_t* free,
                       Index count) const {
    constexpr int width = Lanes<Bytes>::count;
    for (Index first = 0; first < count; first += width) {
      const Index here = std::min<Index>(width, count - first);
      float row[width];
      formula->decision(load_configurations<Bytes>(samples + first, here)).store(row);
      for (Index lane = 0; lane < here; ++lane) free[first + lane] = row[lane] >= 0 ? 1 : 0;
    }
  }
};

}  // namespace detail

/// Host version: vectors of configurations, 16 samples per task.
/// @param exec      the executor
/// @param formula   formula of the arm
/// @param samples   configurations [N]
/// @param outcomes  receives the outcomes [N]
template <int Joints>
void arm_outcomes(Cpu& exec, const ArmFormula<Joints>& formula, std::span<const Vec<Joints>> samples,
                  std::span<ArmOutcome<float>> outcomes) {
  constexpr Index group = 16;
  const auto count = static_cast<Index>(samples.size());
  exec.for_each_sample((count + group - 1) / group, [&](Index g) {
    const Index first = g * group;
    dispatch(exec.isa(), detail::ArmKernel<Joints>{}, &formula, samples.data() + first, outcomes.data() + first,
             std::min(group, count - first));
  });
}

/// Host version of the decisions.
/// @param exec     the executor
/// @param formula  formula of the arm
/// @param samples  configurations [N]
/// @param free     receives 1 where a configuration is free, else 0 [N]
template <int Joints>
void arm_decisions(Cpu& exec, const ArmFormula<Joints>& formula, std::span<const Vec<Joints>> samples,
                   std::span<std::uint8_t> free) {
  constexpr Index group = 16;
  const auto count = static_cast<Index>(samples.size());
  exec.for_each_sample((count + group - 1) / group, [&](Index g) {
    const Index first = g * group;
    dispatch(exec.isa(), detail::ArmDecisionKernel<Joints>{}, &formula, samples.data() + first, free.data() + first,
             std::min(group, count - first));
  });
}

}  // namespace mace
