// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include "mace/core/view.hpp"

namespace mace {

/// A simulator of one sample (paper, 3.1): a small functor, marked MACE_HD if it is to run on a GPU too.
template <class S>
concept SampleSimulator = requires(const S& simulator, const typename S::Sample& sample) {
  typename S::Outcome;
  { simulator(sample) } -> std::convertible_to<typename S::Outcome>;
};

/// A simulator that takes all samples of a round at once: an engine of its own, or a kernel.
template <class S, class Exec>
concept BatchSimulator = requires(S& simulator, Exec& exec, std::span<const typename S::Sample> samples,
                                  std::span<typename S::Outcome> outcomes) {
  simulator.simulate(exec, samples, outcomes);
};

/// Alg. 1, line 3: outcomes[i] = what would be observed if samples[i] were true.
template <class Exec, class S>
void simulate(Exec& exec, S& simulator, std::span<const typename S::Sample> samples,
              std::span<typename S::Outcome> outcomes) {
  if constexpr (BatchSimulator<S, Exec>) {
    simulator.simulate(exec, samples, outcomes);
  } else {
    static_assert(std::is_trivially_copyable_v<S>,
                  "mace: a simulator of one sample must be trivially copyable (keep its data in exec.upload(...))");
    const auto* const in = samples.data();
    auto* const out = outcomes.data();
    const S functor = simulator;
    exec.for_each_sample(static_cast<Index>(samples.size()), [=] MACE_HD(Index i) { out[i] = functor(in[i]); });
  }
}

}  // namespace mace
