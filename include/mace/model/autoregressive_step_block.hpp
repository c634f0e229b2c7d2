// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/core/activation.hpp"
#include "mace/model/autoregressive_gradient.hpp"

/// Gradient step of an arm's networks on few samples, layer by layer, for all joints at once: given the samples the
/// networks are independent, and a single one is too small to fill a device.
namespace mace {

/// Above this number of samples, a single joint fills a device.
inline constexpr Index most_samples_together = 32;

/// Memory for the outputs of all layers of an arm's networks and the gradients in them, joint by joint. Only the first
/// layer's width depends on the joint.
template <class Shape, class Real>
struct AutoregressiveTrace {
  using Net = typename Shape::template Net<0>;
  static constexpr int inputs = Shape::condition + Shape::joints;  ///< allocated inputs per network
  /// Numbers of memory for `count` samples.
  static constexpr Index size(Index count) { return Shape::joints * (inputs + 2 * Net::trace_rows + 1) * count; }

  Real* memory;  ///< size(count) numbers
  Index count;   ///< number of samples

  /// Input of a joint's network, [inputs, count].
  MACE_HD Real* input(int joint) const { return memory + joint * inputs * count; }
  /// Output of layer `Layer`, [outputs, count].
  template <int Layer>
  MACE_HD Real* output(int joint) const {
    constexpr Index row = row_of(Layer);
    return memory + (Shape::joints * inputs + joint * Net::trace_rows + row) * count;
  }
  /// Gradient in the output of layer `Layer`, [outputs, count].
  template <int Layer>
  MACE_HD Real* gradient(int joint) const {
    return output<Layer>(joint) + Shape::joints * Net::trace_rows * count;
  }
  /// Log densities of a joint, one per sample.
  MACE_HD Real* log_densities(int joint) const {
    return memory + (Shape::joints * (inputs + 2 * Net::trace_rows) + joint) * count;
  }

 private:
  static constexpr Index row_of(int layer) {
    Index row = 0;
    for (int l = 0; l < layer; ++l) row += Net::width[static_cast<std::size_t>(l) + 1];
    return row;
  }
};

/// One layer of the networks of all joints: its widths, and the offsets of its weights and biases in the flat buffer.
template <class Shape, int Layer>
struct AutoregressiveLayer {
  using Net = typename Shape::template Net<0>;
  /// Number of layers, and output width of this one.
  static constexpr int layers = Net::layers, outputs = Net::width[Layer + 1];
  /// Largest input width of the joints' layers.
  static constexpr int widest_input = Layer == 0 ? Shape::condition + Shape::joints - 1 : Net::width[Layer];
  /// Activation after the layer.
  static constexpr Activation activation = Net::activation(Layer);

  int inputs[Shape::joints];                          ///< input width by joint
  Index weights[Shape::joints], bias[Shape::joints];  ///< offsets by joint

  AutoregressiveLayer() {
    Shape::for_each_joint([&](auto joint) {
      using Own = typename Shape::template Net<joint>;
      inputs[joint] = Own::width[Layer];
      weights[joint] = Shape::offset(joint) + Own::weight_offset(Layer);
      bias[joint] = Shape::offset(joint) + Own::bias_offset(Layer);
    });
  }
};

namespace detail {

/// Computes the inputs of all networks; index i is joint i / count, sample i % count.
template <class Shape, class Real>
struct AutoregressiveInputs {
  ConditionedSamples<Real> samples;
  JointLimits<Shape::joints, Real> limits;
  AutoregressiveTrace<Shape, Real> trace;

  MACE_HD void operator()(Index i) const {
    const auto joint = static_cast<int>(i / trace.count);
    const MatrixView<Real> inputs(trace.input(joint), Shape::condition + joint, trace.count);
    detail::JointInputs<Shape::joints, Real>{samples, limits, Shape::condition, joint, inputs}(i % trace.count);
  }
};

/// Forward pass of a layer. A block computes 8 neurons of one joint, each by a group of lanes that reads a weight once
/// for up to `Together` samples.
template <class Shape, int Layer, int Together, class Real>
struct AutoregressiveForwardBlocks {
  static constexpr int threads = 256, neurons = 8;
  static constexpr Index blocks_each = (AutoregressiveLayer<Shape, Layer>::outputs + neurons - 1) / neurons;
  AutoregressiveLayer<Shape, Layer> layer;
  AutoregressiveTrace<Shape, Real> trace;
  const Real* parameters;

  static std::size_t shared_bytes() { return 0; }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void*) const {
    constexpr int outputs = AutoregressiveLayer<Shape, Layer>::outputs;
    constexpr Real slope = negative_slope<Real>(AutoregressiveLayer<Shape, Layer>::activation);
    const auto joint = static_cast<int>(b / blocks_each), first = static_cast<int>(b % blocks_each) * neurons;
    const int inputs = layer.inputs[joint], count = static_cast<int>(trace.count);
    const Real* in = trace.input(joint);
    if constexpr (Layer > 0) in = trace.template output<Layer - 1>(joint);
    Real* const out = trace.template output<Layer>(joint);
    const int lanes = block.lanes(), lane = block.thread() % lanes;
    const int last = first + neurons < outputs ? first + neurons : outputs;
    for (int neuron = first + block.thread() / lanes; neuron < last; neuron += block.threads() / lanes) {
      const Real* const weight = parameters + layer.weights[joint] + neuron * inputs;
      Real sum[Together] = {};
      for (int k = lane; k < inputs; k += lanes)
        for (int s = 0; s < Together; ++s) sum[s] += weight[k] * (s < count ? in[s * inputs + k] : Real(0));
      for (int s = 0; s < Together; ++s) {
        const Real y = block.sum_over_lanes(sum[s]) + parameters[layer.bias[joint] + neuron];
        if (lane == 0 && s < count) out[s * outputs + neuron] = activate(y, slope);
      }
    }
  }
};

/// Gradient of the likelihood in the networks' outputs; index i is joint i / count, sample i % count.
template <class Shape, class Real>
struct AutoregressiveHeads {
  ConditionedSamples<Real> samples;
  JointLimits<Shape::joints, Real> limits;
  const Real* weights;
  AutoregressiveTrace<Shape, Real> trace;

  MACE_HD void operator()(Index i) const {
    constexpr int last = Shape::template Net<0>::layers - 1, outputs = 3 * Shape::mixtures;
    const auto joint = static_cast<int>(i / trace.count);
    const MatrixView<const Real> raw(trace.template output<last>(joint), outputs, trace.count);
    const MatrixView<Real> gradient(trace.template gradient<last>(joint), outputs, trace.count);
    detail::HeadGradient<Shape::mixtures, Real>{
        raw, samples, limits.range(joint), joint, weights, trace.log_densities(joint), gradient}(i % trace.count);
  }
};

/// Backward pass of a layer, and its step. A block handles `tile` inputs of one joint's layer. A thread handles one of
/// these inputs and some of the neurons: for each weight it adds the neuron's contribution to the input's gradient and
/// takes the step. Weights are read and written once.
template <class Shape, int Layer, int Together, class Real, class Step>
struct AutoregressiveBackwardBlocks {
  static constexpr int threads = Together > 8 ? 512 : 1024;  // as many as the registers allow
  static constexpr int tile = 32, at_a_time = 8;
  static constexpr int outputs = AutoregressiveLayer<Shape, Layer>::outputs;
  static constexpr Index blocks_each = (AutoregressiveLayer<Shape, Layer>::widest_input + tile - 1) / tile;
  AutoregressiveLayer<Shape, Layer> layer;
  AutoregressiveTrace<Shape, Real> trace;
  const Real* parameters;
  Step step;  ///< step(i, g) moves parameter i along its gradient g

  static std::size_t shared_bytes() { return (outputs * Together + threads * at_a_time) * sizeof(Real); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void* shared) const {
    const auto joint = static_cast<int>(b / blocks_each), first = static_cast<int>(b % blocks_each) * tile;
    Real* const dy = static_cast<Real*>(shared);  // [Together, outputs]
    const Real* const from = trace.template gradient<Layer>(joint);
    for (int i = block.thread(); i < outputs * Together; i += block.threads()) {
      const int neuron = i / Together, s = i % Together;
      dy[i] = s < trace.count ? from[s * outputs + neuron] : Real(0);
    }
    block.sync();
    if (first == 0) move_biases(block, joint, dy);
    Real to_input[Together] = {};
    const int k = first + block.thread() % tile;
    if (k < layer.inputs[joint]) move_weights(block, joint, k, dy, to_input);
    if constexpr (Layer > 0) sum_inputs(block, joint, first, to_input, dy + outputs * Together);
  }

 private:
  template <class Block>
  MACE_HD void move_biases(const Block& block, int joint, const Real* dy) const {
    for (int neuron = block.thread(); neuron < outputs; neuron += block.threads()) {
      Real sum = 0;
      for (int s = 0; s < Together; ++s) sum += dy[neuron * Together + s];
      step(layer.bias[joint] + neuron, sum);
    }
  }

  /// Moves the weights of input k, for the neurons of this thread's group.
  template <class Block>
  MACE_HD void move_weights(const Block& block, int joint, int k, const Real* dy, Real* to_input) const {
    const int inputs = layer.inputs[joint];
    const Real* in = trace.input(joint);
    if constexpr (Layer > 0) in = trace.template output<Layer - 1>(joint);
    Real x[Together];
    for (int s = 0; s < Together; ++s) x[s] = s < trace.count ? in[s * inputs + k] : Real(0);
    for (int neuron = block.thread() / tile; neuron < outputs; neuron += block.threads() / tile) {
      const Index i = layer.weights[joint] + neuron * inputs + k;
      const Real weight = parameters[i];
      Real sum = 0;
      for (int s = 0; s < Together; ++s) {
        const Real d = dy[neuron * Together + s];
        if constexpr (Layer > 0) to_input[s] += weight * d;
        sum += x[s] * d;
      }
      step(i, sum);
    }
  }

  /// Sums the threads' contributions to an input's gradient, in order, and applies the derivative of the previous
  /// layer's activation.
  template <class Block>
  MACE_HD void sum_inputs(const Block& block, int joint, int first, const Real* to_input, Real* parts) const {
    constexpr Real slope = negative_slope<Real>(AutoregressiveLayer<Shape, Layer - 1>::activation);
    const int inputs = layer.inputs[joint], groups = block.threads() / tile;
    const Real* const y = trace.template output<Layer - 1>(joint);
    Real* const out = trace.template gradient<Layer - 1>(joint);
    for (int from = 0; from < Together; from += at_a_time) {
      for (int s = 0; s < at_a_time && from + s < Together; ++s)
        parts[s * block.threads() + block.thread()] = to_input[from + s];
      block.sync();
      for (int i = block.thread(); i < at_a_time * tile; i += block.threads()) {
        const int k = first + i % tile, s = from + i / tile;
        if (k >= inputs || s >= trace.count || s >= Together) continue;
        Real sum = 0;
        for (int g = 0; g < groups; ++g) sum += parts[i / tile * block.threads() + g * tile + i % tile];
        out[s * inputs + k] = sum * activation_derivative(y[s * inputs + k], slope);
      }
      block.sync();
    }
  }
};

}  // namespace detail

}  // namespace mace
