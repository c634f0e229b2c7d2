// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "common/arm_reach.hpp"
#include "mace/ik/exact_solutions.hpp"

/// Which starts an exact search tries, and when: the cheapest first. What is tried while the model is tuned is between
/// the two.
namespace mace::examples {

/// Uniform starts, until there are enough solutions or the search has lasted so many seconds.
template <class Exact>
void search_uniform(Exact& exact, double seconds) {
  while (!exact.done() && exact.report().seconds < seconds) exact.try_uniform(4096);
}

/// Before tuning: some thousand uniform starts, a thousand samples of the prior, and uniform ones again.
template <class Exact, int Joints, class Exec>
void search_prior(Exact& exact, ArmReach<Joints, Exec>& arm, double seconds) {
  constexpr Index samples = 1000, batch = 64;
  exact.try_uniform(4096);
  for (std::uint32_t i = 0; i < samples / batch && !exact.done(); ++i)
    exact.try_starts(std::span<const Vec<Joints>>(arm.draw(batch, ReachRound::starts + i)));
  search_uniform(exact, seconds);
}

}  // namespace mace::examples
