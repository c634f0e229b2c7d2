// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// Simulator that also appends its outcomes to a vector on the host, in the order of simulation. This is the order of
/// Posterior::samples() if the vector was empty when the run began and every sample was feasible.
template <class Simulator>
class Recorded {
 public:
  using Sample = typename Simulator::Sample;
  using Outcome = typename Simulator::Outcome;
  static constexpr bool capturable = false;

  /// Wraps a simulator.
  /// @param simulator  the simulator
  /// @param record     receives the outcomes; must outlive this
  Recorded(Simulator simulator, std::vector<Outcome>& record) : simulator_(std::move(simulator)), record_(&record) {}

  /// Simulates the samples and records the outcomes; see mace::simulate for the arguments.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes, const RandomKey& key = {}) {
    mace::simulate(exec, simulator_, samples, outcomes, key);
    const std::vector<Outcome> seen = copy_to_host(exec, std::span<const Outcome>(outcomes));
    record_->insert(record_->end(), seen.begin(), seen.end());
  }

 private:
  Simulator simulator_;
  std::vector<Outcome>* record_;
};

}  // namespace mace
