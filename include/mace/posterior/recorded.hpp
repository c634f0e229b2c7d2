// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// A simulator whose outcomes are kept on the host, in the order in which they were simulated: that of
/// Posterior::samples() where the record was empty when the run began and no outcome was impossible.
template <class Simulator>
class Recorded {
 public:
  using Sample = typename Simulator::Sample;
  using Outcome = typename Simulator::Outcome;
  static constexpr bool capturable = false;

  /// The record must outlive it.
  Recorded(Simulator simulator, std::vector<Outcome>& record) : simulator_(std::move(simulator)), record_(&record) {}

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
