// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

#include "mace/backend/concept.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// A simulator of one sample (paper, 3.1): a small functor, marked MACE_HD if it is to run on a GPU as well.
template <class S>
concept PlainSimulator = requires(const S& simulator, const typename S::Sample& sample) {
  typename S::Outcome;
  { simulator(sample) } -> std::convertible_to<typename S::Outcome>;
};

/// A simulator of one sample with noise, such as a sensor's. It draws from `random`, which differs by round and sample.
template <class S>
concept NoisySimulator = requires(const S& simulator, const typename S::Sample& sample, Random& random) {
  typename S::Outcome;
  { simulator(sample, random) } -> std::convertible_to<typename S::Outcome>;
};

/// A simulator of one sample, with or without noise.
template <class S>
concept SampleSimulator = PlainSimulator<S> || NoisySimulator<S>;

/// A simulator of all samples of a round at once, such as an engine or a kernel. With noise, it takes the RandomKey as
/// a further argument, with a default.
template <class S, class Exec>
concept BatchSimulator = requires(S& simulator, Exec& exec, std::span<const typename S::Sample> samples,
                                  std::span<typename S::Outcome> outcomes) {
  simulator.simulate(exec, samples, outcomes);
};

/// A simulator whose work a device can record and replay.
template <class S>
concept CapturableSimulator = Capturable<S> ||(SampleSimulator<S> && !requires { S::capturable; });

namespace detail {

/// Simulates sample i.
template <SampleSimulator S>
struct SimulateEach {
  static_assert(
      std::is_trivially_copyable_v<S>,
      "mace: a simulator of one sample must be trivially copyable (keep the buffer of exec.upload(...) outside and "
      "a span of it inside)");
  S simulator;
  const typename S::Sample* samples;
  typename S::Outcome* outcomes;
  RandomKey key;

  MACE_HD void operator()(Index i) const {
    if constexpr (NoisySimulator<S>) {
      Random random(key, static_cast<std::uint32_t>(i));
      outcomes[i] = simulator(samples[i], random);
    } else {
      outcomes[i] = simulator(samples[i]);
    }
  }
};

}  // namespace detail

/// Alg. 1, line 3: outcomes[i] = the predicted observation of samples[i].
/// @param exec       the executor
/// @param simulator  a SampleSimulator or BatchSimulator
/// @param samples    samples [N]
/// @param outcomes   receives the outcomes [N]
/// @param key        random key of the noise
template <class Exec, class S>
void simulate(Exec& exec, S& simulator, std::span<const typename S::Sample> samples,
              std::span<typename S::Outcome> outcomes, const RandomKey& key = {.stream = Stream::simulator}) {
  if constexpr (requires { simulator.simulate(exec, samples, outcomes, key); })
    simulator.simulate(exec, samples, outcomes, key);
  else if constexpr (BatchSimulator<S, Exec>)
    simulator.simulate(exec, samples, outcomes);
  else
    exec.for_each_sample(static_cast<Index>(samples.size()),
                         detail::SimulateEach<S>{simulator, samples.data(), outcomes.data(), key});
}

}  // namespace mace
