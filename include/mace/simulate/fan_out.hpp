// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "mace/core/buffer.hpp"
#include "mace/core/pair.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

/// Runs two simulators on the same sample, for two kinds of observation; Product scores the outcomes. A simulator may
/// take one sample or all, and may be a FanOut: FanOut(a, FanOut(b, c)).
///
/// The two simulators draw different random numbers. Memory for the outcomes is allocated in the first round.
template <class First, class Second, class Space = HostSpace>
class FanOut {
  static_assert(std::same_as<typename First::Sample, typename Second::Sample>,
                "mace::FanOut: wanted two simulators of the same Sample");

 public:
  using Sample = typename First::Sample;
  using Outcome = Pair<typename First::Outcome, typename Second::Outcome>;
  static constexpr bool capturable = CapturableSimulator<First> && CapturableSimulator<Second>;

  /// Combines two simulators.
  /// @param first   makes the first part of an outcome
  /// @param second  makes the second part
  FanOut(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  /// Simulates all samples by both simulators; see mace::simulate for the arguments.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes,
                const RandomKey& key = {.stream = Stream::simulator}) {
    static_assert(std::same_as<typename Exec::Space, Space>,
                  "mace::FanOut: wanted an executor that works in its memory space: FanOut<First, Second, Space>");
    static_assert((SampleSimulator<First> || BatchSimulator<First, Exec>)&&(SampleSimulator<Second> ||
                                                                            BatchSimulator<Second, Exec>),
                  "mace::FanOut: both simulators must have Sample, Outcome and either `Outcome operator()(const "
                  "Sample&) const` or `simulate(exec, samples, outcomes)`; see mace/simulate/concept.hpp");
    const auto count = static_cast<Index>(samples.size());
    grow(exec, firsts_, count);
    grow(exec, seconds_, count);
    RandomKey other = key;
    other.seed += 0x9e3779b97f4a7c15u;
    mace::simulate(exec, first_, samples, firsts_.span().first(samples.size()), key);
    mace::simulate(exec, second_, samples, seconds_.span().first(samples.size()), other);
    const auto* const first = firsts_.data();
    const auto* const second = seconds_.data();
    Outcome* const out = outcomes.data();
    exec.for_each_sample(count, [=] MACE_HD(Index i) { out[i].first = first[i], out[i].second = second[i]; });
  }

 private:
  First first_;
  Second second_;
  Buffer<typename First::Outcome, Space> firsts_;
  Buffer<typename Second::Outcome, Space> seconds_;
};

}  // namespace mace
