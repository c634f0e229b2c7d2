// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/draws.hpp"
#include "mace/core/philox.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// Runs a simulator with noise `Count` times for each sample, so that ExpectedScore can score the sample by its
/// expected score instead of a single lucky draw (paper, footnote 2). For domain randomization, use a simulator that
/// draws its own parameters.
template <class Simulator, int Count>
struct Expected {
  static_assert(NoisySimulator<Simulator>,
                "mace::Expected: the simulator must have noise, Outcome operator()(const Sample&, Random&) const: the "
                "score of one without is its own expectation");
  static_assert(Count >= 1, "mace::Expected: wanted at least one draw a sample");
  using Sample = typename Simulator::Sample;
  using Outcome = Draws<typename Simulator::Outcome, Count>;
  Simulator simulator;  ///< simulator with noise

  /// Draws `Count` outcomes.
  /// @param sample  the sample
  /// @param random  random numbers of the sample
  MACE_HD Outcome operator()(const Sample& sample, Random& random) const {
    Outcome outcome;
    for (int r = 0; r < Count; ++r) outcome.of[r] = simulator(sample, random);
    return outcome;
  }
};

}  // namespace mace
