// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cpu/executor.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/arm_cpu.hpp"

namespace mace {

/// Arm simulator whose collision decisions come from the convex hulls. Clearances are estimated with the fast bounding
/// capsules; a configuration in collision by the capsules is checked again by ExactCheck, and if that certifies it as
/// free its clearance becomes 0. With the capsules alone, a posterior would lack the configurations close to obstacles.
template <int Joints>
struct CertifiedArm {
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  /// Simulator with the bounding capsules.
  Arm<Joints> capsules;
  const ExactCheck* check;  ///< exact check with the convex hulls; must outlive this object

  /// Computes the outcome of each sample; `samples` and `outcomes` have the same length.
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
