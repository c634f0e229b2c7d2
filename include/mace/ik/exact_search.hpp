// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/ik/exact_solutions.hpp"

namespace mace {

/// Searches from uniform starts until ExactSolutions is done, or until its clock shows `seconds`.
template <class Exact>
void search_uniform(Exact& exact, double seconds) {
  while (!exact.done() && exact.report().seconds < seconds) exact.try_uniform(4096);
}

/// Searches from the cheapest starts first: 4096 uniform ones, then some thousand samples of a prior, which know the
/// arm but not the scene, then uniform ones again until the clock shows `seconds`.
/// @param draw  draw(count, i) draws the i-th batch of `count` configurations from the prior
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
