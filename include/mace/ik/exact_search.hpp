// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/ik/exact_solutions.hpp"

namespace mace {

/// Runs the search from uniform starts until it is done or its clock reaches a time limit.
/// @param exact  an ExactSolutions
/// @param seconds  time limit since the construction of `exact`, seconds
template <class Exact>
void search_uniform(Exact& exact, double seconds) {
  while (!exact.done() && exact.report().seconds < seconds) exact.try_uniform(4096);
}

/// Runs the search from the cheapest starts first: 4096 uniform configurations, then about 1000 samples of a prior of
/// the arm, which is independent of the scene, then uniform ones until the search is done or its clock reaches a time
/// limit.
/// @param exact  an ExactSolutions
/// @param draw  draw(count, i) returns the i-th batch of `count` configurations from the prior
/// @param seconds  time limit since the construction of `exact`, seconds
template <class Exact, class Draw>
void search_prior(Exact& exact, const Draw& draw, double seconds) {
  constexpr Index samples = 1000, batch = 64;
  exact.try_uniform(4096);
  for (std::uint32_t i = 0; i < samples / batch && !exact.done(); ++i) {
    const auto starts = draw(batch, i);
    exact.try_starts(std::span(starts));
  }
  search_uniform(exact, seconds);
}

}  // namespace mace
