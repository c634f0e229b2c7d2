// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/draws.hpp"
#include "mace/core/philox.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// A simulator with noise of its own, run `Count` times for each sample: with ExpectedScore a sample counts by its
/// expected score instead of by one lucky draw (paper, footnote 2). Domain randomization is a simulator that draws its
/// own parameters.
template <class Simulator, int Count>
struct Expected {
  static_assert(NoisySimulator<Simulator>,
                "mace::Expected: the simulator must have noise, Outcome operator()(const Sample&, Random&) const: the "
                "score of one without is its own expectation");
  static_assert(Count >= 1, "mace::Expected: wanted at least one draw a sample");
  using Sample = typename Simulator::Sample;
  using Outcome = Draws<typename Simulator::Outcome, Count>;
  Simulator simulator;

  MACE_HD Outcome operator()(const Sample& sample, Random& random) const {
    Outcome outcome;
    for (int r = 0; r < Count; ++r) outcome.of[r] = simulator(sample, random);
    return outcome;
  }
};

}  // namespace mace
