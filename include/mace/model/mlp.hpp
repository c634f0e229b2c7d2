// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/core/activation.hpp"
#include "mace/core/buffer.hpp"

namespace mace {

/// Shape of a multilayer perceptron `Widths[0] -> Widths[1] -> …`: dense layers with an activation between them and
/// none at the end, and the offsets of each layer's weights and biases in one flat buffer. The type holds no data.
template <Activation Hidden, int... Widths>
struct Mlp {
  static_assert(sizeof...(Widths) >= 2, "mace::Mlp: needs at least an input and an output width");
  /// Widths of the input and of every layer's output.
  static constexpr std::array<int, sizeof...(Widths)> width{Widths...};
  static constexpr int layers = static_cast<int>(sizeof...(Widths)) - 1;  ///< number of dense layers
  static constexpr int inputs = width.front();                            ///< width of the input
  static constexpr int outputs = width.back();                            ///< width of the output
  /// Sum of all layers' outputs.
  static constexpr Index trace_rows = (Index{0} + ... + Widths) - inputs;
  /// Largest width.
  static constexpr int widest = std::max({Widths...});
  /// Largest hidden width; 0 without hidden layers.
  static constexpr Index widest_hidden() {
    Index widest_so_far = 0;
    for (int l = 1; l < layers; ++l) widest_so_far = std::max(widest_so_far, at(l));
    return widest_so_far;
  }

  /// Activation after a layer.
  static constexpr Activation activation(int layer) { return layer + 1 < layers ? Hidden : Activation::identity; }

  /// Rounds an offset up to the alignment of a layer, 16 numbers (64 bytes of floats).
  static constexpr Index aligned(Index offset) { return (offset + 15) / 16 * 16; }
  /// Offset of a layer's weights in the flat buffer.
  static constexpr Index weight_offset(int layer) {
    Index offset = 0;
    for (int l = 0; l < layer; ++l) offset = aligned(aligned(offset + at(l) * at(l + 1)) + at(l + 1));
    return offset;
  }
  /// Offset of a layer's biases in the flat buffer.
  static constexpr Index bias_offset(int layer) { return aligned(weight_offset(layer) + at(layer) * at(layer + 1)); }
  /// Size of the flat buffer, gaps included.
  static constexpr Index parameters = aligned(bias_offset(layers - 1) + outputs);

  /// Weights of a layer, [inputs, outputs]: each column is one neuron's, so the bytes equal PyTorch's [outputs,
  /// inputs].
  /// @param flat   the flat buffer
  /// @param layer  index of the layer
  template <class Real>
  static MatrixView<Real> weights(Real* flat, int layer) {
    return {flat + weight_offset(layer), at(layer), at(layer + 1)};
  }
  /// Biases of a layer, [outputs].
  /// @param flat   the flat buffer
  /// @param layer  index of the layer
  template <class Real>
  static std::span<Real> bias(Real* flat, int layer) {
    return {flat + bias_offset(layer), static_cast<std::size_t>(at(layer + 1))};
  }

  /// Calls visit(name, weights or bias) for every tensor: "<prefix>0.weight", "<prefix>0.bias", …
  /// @param prefix  beginning of every name
  /// @param flat    the flat buffer
  /// @param visit   generic callable
  template <class Real, class Visit>
  static void for_each_tensor(const std::string& prefix, Real* flat, const Visit& visit) {
    for (int l = 0; l < layers; ++l) {
      const std::string name = prefix + std::to_string(l);
      visit(name + ".weight", weights(flat, l));
      visit(name + ".bias", MatrixView<Real>(bias(flat, l).data(), at(l + 1), 1));
    }
  }

 private:
  static constexpr Index at(int layer) { return width[static_cast<std::size_t>(layer)]; }
};

namespace detail {

/// Adapts a step on all parameters to one layer: calls step(first + i, g) for (i, g).
template <class Step>
struct From {
  Step step;
  Index first;

  template <class Real>
  MACE_HD void operator()(Index i, Real g) const {
    step(first + i, g);
  }
};

}  // namespace detail

/// Outputs of all layers of an Mlp and the gradients in them, for a forward and a backward pass of up to `capacity`
/// samples.
template <class Exec, class Net, class Real = float>
class MlpTrace {
 public:
  /// Allocates the memory.
  /// @param exec      the executor
  /// @param capacity  maximum number of samples
  MlpTrace(Exec& exec, Index capacity)
      : capacity_(capacity),
        values_(exec.template allocate<Real>(Net::trace_rows * capacity)),
        gradients_(exec.template allocate<Real>(Net::trace_rows * capacity)) {}

  /// Runs the forward pass and returns the output, [outputs, n], valid until the next call.
  /// @param exec        the executor
  /// @param parameters  the flat buffer
  /// @param x           input [inputs, n]
  /// @throws Error if n exceeds the capacity.
  MatrixView<Real> forward(Exec& exec, const Real* parameters, MatrixView<const Real> x) {
    require(x.cols() <= capacity_, "MlpTrace: wanted at most ", capacity_, " samples, got ", x.cols());
    for (int l = 0; l < Net::layers; ++l)
      exec.affine(Net::weights(parameters, l), Net::bias(parameters, l), input(x, l), output(values_, l, x.cols()),
                  Net::activation(l));
    return output(values_, Net::layers - 1, x.cols());
  }

  /// Memory for the gradient of the loss in the output, [outputs, n], which backward() reads.
  MatrixView<Real> output_gradient(Index samples) { return output(gradients_, Net::layers - 1, samples); }

  /// Runs the backward pass after forward() with the same parameters and input.
  /// @param exec                the executor
  /// @param parameters          the flat buffer
  /// @param x                   input [inputs, n]
  /// @param parameter_gradient  receives the gradient in the parameters, summed over the samples
  /// @param input_gradient      receives the gradient in the input, unless it is empty
  void backward(Exec& exec, const Real* parameters, MatrixView<const Real> x, Real* parameter_gradient,
                MatrixView<Real> input_gradient) {
    through_layers(
        exec, parameters, x, input_gradient, [&](int l, MatrixView<const Real> in, MatrixView<const Real> dy) {
          exec.affine_weight_gradient(in, dy, Net::weights(parameter_gradient, l), Net::bias(parameter_gradient, l));
        });
  }

  /// Runs the backward pass, but passes each gradient to the step instead of storing it. The step may move the
  /// parameter, since each layer has already used its weights.
  /// @param exec        the executor
  /// @param parameters  the flat buffer
  /// @param x           input [inputs, n]
  /// @param step        step(i, g) gets the gradient g in parameter i
  template <class Step>
  void backward_to(Exec& exec, const Real* parameters, MatrixView<const Real> x, const Step& step) {
    through_layers(exec, parameters, x, {}, [&](int l, MatrixView<const Real> in, MatrixView<const Real> dy) {
      exec.affine_weight_gradient_to(in, dy, detail::From<Step>{step, Net::weight_offset(l)},
                                     detail::From<Step>{step, Net::bias_offset(l)});
    });
  }

 private:
  static MatrixView<Real> output(const Buffer<Real, typename Exec::Space>& buffer, int layer, Index samples) {
    Index row = 0;
    for (int l = 0; l < layer; ++l) row += Net::width[static_cast<std::size_t>(l) + 1];
    const Index rows = Net::width[static_cast<std::size_t>(layer) + 1];
    return {buffer.data() + row * (buffer.size() / Net::trace_rows), rows, samples};
  }
  /// Runs backward through the layers: computes the gradient in a layer's input, then calls visit(layer, input,
  /// gradient in its output).
  template <class Visit>
  void through_layers(Exec& exec, const Real* parameters, MatrixView<const Real> x, MatrixView<Real> input_gradient,
                      const Visit& visit) {
    for (int l = Net::layers - 1; l >= 0; --l) {
      const MatrixView<const Real> dy = output(gradients_, l, x.cols());
      const MatrixView<Real> dx = l > 0 ? output(gradients_, l - 1, x.cols()) : input_gradient;
      if (dx.size() > 0) exec.affine_input_gradient(Net::weights(parameters, l), dy, dx);
      visit(l, input(x, l), dy);
      if (l > 0) through_activation(exec, l - 1, x.cols());
    }
  }
  MatrixView<const Real> input(MatrixView<const Real> x, int layer) const {
    return layer == 0 ? x : MatrixView<const Real>(output(values_, layer - 1, x.cols()));
  }
  void through_activation(Exec& exec, int layer, Index samples) {
    const MatrixView<Real> y = output(values_, layer, samples), dy = output(gradients_, layer, samples);
    exec.for_each_element(
        y.size(), detail::ThroughActivation<Real>{y.data(), dy.data(), negative_slope<Real>(Net::activation(layer))});
  }

  Index capacity_;
  Buffer<Real, typename Exec::Space> values_, gradients_;
};

/// Scratch memory for the hidden layers of an Mlp: each layer reads one buffer and writes the other.
template <class Exec, class Net, class Real = float>
struct ChainRoom {
  /// Allocates the memory.
  /// @param exec     the executor
  /// @param columns  maximum number of samples
  ChainRoom(Exec& exec, Index columns)
      : even(exec.template allocate<Real>(Net::widest_hidden() * columns)),
        odd(exec.template allocate<Real>(Net::widest_hidden() * columns)) {}
  Buffer<Real, typename Exec::Space> even, odd;  ///< outputs of the even and odd layers
};

/// Layers of an Mlp packed for many forward passes with the same parameters: the weights are in the backend's own
/// layout.
template <class Exec, class Net, class Real = float>
class PackedLayers {
 public:
  /// Allocates the biases; assign() or freeze() sets the parameters.
  explicit PackedLayers(Exec& exec) : biases_(exec.template allocate<Real>(Net::trace_rows)) {}

  /// Packs new parameters.
  /// @param exec        the executor
  /// @param parameters  the flat buffer
  void assign(Exec& exec, const Real* parameters) {
    take_over(exec, parameters, [&](const auto& weights, auto& packed) { exec.pack(weights, packed); });
  }
  /// Packs parameters that will not change, for products in the executor's precision.
  /// @param exec        the executor
  /// @param parameters  the flat buffer
  void freeze(Exec& exec, const Real* parameters) {
    take_over(exec, parameters, [&](const auto& weights, auto& packed) { exec.freeze(weights, packed); });
  }

  /// Runs the forward pass.
  /// @param exec  the executor
  /// @param x     input [inputs, n]
  /// @param y     receives the output [outputs, n]
  /// @param room  scratch memory for n samples
  template <class Room>
  void forward(Exec& exec, MatrixView<const Real> x, MatrixView<Real> y, const Room& room) const {
    Index row = 0;
    for (int l = 0; l < Net::layers; ++l) {
      const Index rows = Net::width[static_cast<std::size_t>(l) + 1];
      const std::span<const Real> bias(biases_.data() + row, static_cast<std::size_t>(rows));
      const MatrixView<Real> out =
          l + 1 == Net::layers ? y : (l % 2 == 0 ? room.even : room.odd).matrix(rows, x.cols());
      exec.affine(weights_[static_cast<std::size_t>(l)], bias, x, out, Net::activation(l));
      x = out;
      row += rows;
    }
  }

 private:
  template <class Prepare>
  void take_over(Exec& exec, const Real* parameters, const Prepare& prepare) {
    Index row = 0;
    for (int l = 0; l < Net::layers; ++l) {
      prepare(Net::weights(parameters, l), weights_[static_cast<std::size_t>(l)]);
      const auto bias = Net::bias(parameters, l);
      exec.copy(bias, std::span<Real>(biases_.data() + row, bias.size()));
      row += static_cast<Index>(bias.size());
    }
  }

  std::array<typename Exec::template Packed<Real>, static_cast<std::size_t>(Net::layers)> weights_;
  Buffer<Real, typename Exec::Space> biases_;
};

/// Packed Mlp with its own scratch memory: it runs in blocks of samples that stay in the cache, with each layer on all
/// threads.
template <class Exec, class Net, class Real = float>
class PackedMlp {
 public:
  /// Allocates the memory; assign() or freeze() sets the parameters.
  explicit PackedMlp(Exec& exec) : block_(exec.column_block()), layers_(exec), room_(exec, block_) {}

  /// Packs new parameters; see PackedLayers::assign.
  void assign(Exec& exec, const Real* parameters) { layers_.assign(exec, parameters); }
  /// Packs parameters that will not change; see PackedLayers::freeze.
  void freeze(Exec& exec, const Real* parameters) { layers_.freeze(exec, parameters); }

  /// Runs the forward pass for any number of samples.
  /// @param exec  the executor
  /// @param x     input [inputs, n]
  /// @param y     receives the output [outputs, n]
  void forward(Exec& exec, MatrixView<const Real> x, MatrixView<Real> y) {
    for (Index first = 0; first < x.cols(); first += block_) {
      const Index count = std::min(block_, x.cols() - first);
      layers_.forward(exec, x.columns(first, count), y.columns(first, count), room_);
    }
  }

 private:
  Index block_;
  PackedLayers<Exec, Net, Real> layers_;
  ChainRoom<Exec, Net, Real> room_;
};

}  // namespace mace
