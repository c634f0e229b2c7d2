// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <type_traits>

#include "mace/backend/cuda/executor.cuh"
#include "mace/model/autoregressive.hpp"
#include "mace/model/autoregressive_block.hpp"
#include "mace/model/autoregressive_step_block.hpp"

namespace mace {

/// Device version of sampling. A small number of samples gets one block each, which uses more of the device; otherwise
/// 8 samples share a block, which reads each weight once for all of them.
/// @param exec     the executor
/// @param from     model, condition and random key
/// @param samples  receives the samples [N]
template <class Shape, class Real>
void sample_autoregressive(Cuda& exec, const AutoregressiveDraw<Shape, Real>& from,
                           std::span<Vec<Shape::joints, Real>> samples) {
  const auto count = static_cast<Index>(samples.size());
  constexpr int together = 8;
  if (count <= 256)
    exec.for_each_block(count, detail::AutoregressiveSampleBlocks<Shape, 1, Real>{from, count, samples.data()});
  else
    exec.for_each_block((count + together - 1) / together,
                        detail::AutoregressiveSampleBlocks<Shape, together, Real>{from, count, samples.data()});
}

/// Gradient steps of all networks up the likelihood of at most `Together` samples.
template <class Shape, int Together, class Real>
class AutoregressiveAscent {
 public:
  /// Prepares the steps.
  /// @param exec        the executor
  /// @param room        scratch memory of AutoregressiveTrace::size(count) numbers
  /// @param parameters  parameters of all networks
  /// @param limits      limits of the joints
  /// @param count       samples per step
  AutoregressiveAscent(Cuda& exec, std::span<Real> room, const Real* parameters,
                       const JointLimits<Shape::joints, Real>& limits, Index count)
      : exec_(exec), trace_{room.data(), count}, parameters_(parameters), limits_(limits) {}

  /// Takes one step.
  /// @param batch  the samples and their weights
  /// @param step   step(i, g) moves parameter i along its gradient g
  template <class Step>
  void operator()(const WeightedSamples<Real>& batch, const Step& step) {
    const Index all = Shape::joints * trace_.count;
    exec_.for_each_sample(all, detail::AutoregressiveInputs<Shape, Real>{batch.samples, limits_, trace_});
    forward_from<0>();
    exec_.for_each_sample(all, detail::AutoregressiveHeads<Shape, Real>{batch.samples, limits_, batch.weights, trace_});
    backward_from<layers - 1>(step);
  }

 private:
  static constexpr int layers = Shape::template Net<0>::layers;

  template <int Layer>
  void forward_from() {
    using Blocks = detail::AutoregressiveForwardBlocks<Shape, Layer, Together, Real>;
    exec_.for_each_block(Shape::joints * Blocks::blocks_each, Blocks{{}, trace_, parameters_});
    if constexpr (Layer + 1 < layers) forward_from<Layer + 1>();
  }
  template <int Layer, class Step>
  void backward_from(const Step& step) {
    using Blocks = detail::AutoregressiveBackwardBlocks<Shape, Layer, Together, Real, Step>;
    exec_.for_each_block(Shape::joints * Blocks::blocks_each, Blocks{{}, trace_, parameters_, step});
    if constexpr (Layer > 0) backward_from<Layer - 1>(step);
  }

  Cuda& exec_;
  AutoregressiveTrace<Shape, Real> trace_;
  const Real* parameters_;
  JointLimits<Shape::joints, Real> limits_;
};

/// Takes `count` steps of all networks at once, with 14 kernel launches each for the paper's depth.
/// @param exec        the executor
/// @param room        scratch memory of AutoregressiveTrace::size(samples) numbers
/// @param parameters  parameters of all networks
/// @param limits      limits of the joints
/// @param samples     samples per step
/// @param count       number of steps
/// @param batch       batch(m) are the samples of step m
/// @param steps       steps(m)(i, g) moves parameter i along its gradient g in step m
template <class Shape, class Real, class Batch, class Steps>
void ascend_autoregressive(Cuda& exec, std::span<Real> room, const Real* parameters,
                           const JointLimits<Shape::joints, Real>& limits, Index samples, Index count,
                           const Batch& batch, const Steps& steps) {
  const auto ascend = [&](auto together) {
    AutoregressiveAscent<Shape, together, Real> ascent(exec, room, parameters, limits, samples);
    for (Index m = 0; m < count; ++m) ascent(batch(m), steps(m));
  };
  if (samples <= 8)
    ascend(std::integral_constant<int, 8>());
  else
    ascend(std::integral_constant<int, most_samples_together>());
}

}  // namespace mace
