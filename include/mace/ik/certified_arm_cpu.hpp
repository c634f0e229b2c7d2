// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cpu/executor.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/arm_cpu.hpp"

namespace mace {

/// The simulator of an arm whose convex hulls decide what is free. The bounding capsules, which are fast, decide first;
/// what they take for a collision the exact check decides again, and a configuration that only it finds free has a
/// clearance of 0. A posterior by the capsules alone lacks the configurations close to obstacles.
template <int Joints>
struct CertifiedArm {
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  Arm<Joints> capsules;
  const ExactCheck* check;  ///< must outlive it

  void simulate(Cpu& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    capsules.simulate(exec, samples, outcomes);
    exec.for_each_sample(static_cast<Index>(samples.size()), [&](Index i) {
      const auto q = samples[static_cast<std::size_t>(i)].template as<double>();
      float& clearance = outcomes[static_cast<std::size_t>(i)].clearance;
      if (clearance < 0 && check->is_free(std::span<const double>(q.v))) clearance = 0;
    });
  }
};

}  // namespace mace
