// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/core/activation.hpp"
#include "mace/core/philox.hpp"
#include "mace/model/autoregressive_shape.hpp"

namespace mace {

/// Model, condition and random key of a draw.
template <class Shape, class Real>
struct AutoregressiveDraw {
  const Real *parameters, *condition;       ///< weights of all networks, condition c
  JointLimits<Shape::joints, Real> limits;  ///< limits of the joints
  RandomKey key;                            ///< random key of the draw
};

namespace detail {

/// Block b draws `Together` samples from index b * Together. It takes them through all networks, joint by joint, in
/// shared memory, and writes only the samples. Each group of lanes computes one neuron at a time.
template <class Shape, int Together, class Real>
struct AutoregressiveSampleBlocks {
  static constexpr int threads = 512;
  static constexpr int inputs = Shape::condition + Shape::joints;
  static constexpr int widest = Shape::template Net<Shape::joints - 1>::widest;
  AutoregressiveDraw<Shape, Real> from;
  Index count;
  Vec<Shape::joints, Real>* samples;

  static std::size_t shared_bytes() { return Together * (inputs + 2 * widest) * sizeof(Real); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void* shared) const {
    Real* const input = static_cast<Real*>(shared);
    const Rows rows{input, input + Together * inputs, input + Together * (inputs + widest)};
    for (int i = block.thread(); i < Together * Shape::condition; i += block.threads())
      input[i / Shape::condition * inputs + i % Shape::condition] = from.condition[i % Shape::condition];
    block.sync();
    joints_from<0>(block, b * Together, rows);
  }

 private:
  /// Shared memory: the networks' inputs, `inputs` numbers per sample, and two layers, `widest` numbers per sample.
  struct Rows {
    Real *input, *even, *odd;
  };

  template <int Joint, class Block>
  MACE_HD void joints_from(Block& block, Index first, const Rows& rows) const {
    constexpr Index offset = Shape::offset(Joint);
    layers_from<Joint, 0>(block, from.parameters + offset, rows.input, inputs, rows.even, rows.odd, first, rows);
    if constexpr (Joint + 1 < Shape::joints) joints_from<Joint + 1>(block, first, rows);
  }

  template <int Joint, int Layer, class Block>
  MACE_HD void layers_from(Block& block, const Real* theta, const Real* in, int stride, Real* out, Real* next,
                           Index first, const Rows& rows) const {
    using Net = typename Shape::template Net<Joint>;
    constexpr bool last = Layer + 1 == Net::layers;
    constexpr int width_in = Net::width[Layer], width_out = Net::width[Layer + 1];
    constexpr Index weights = Net::weight_offset(Layer), bias = Net::bias_offset(Layer);
    constexpr Real slope = negative_slope<Real>(Net::activation(Layer));
    const int lanes = block.lanes(), lane = block.thread() % lanes;
    for (int neuron = block.thread() / lanes; neuron < width_out; neuron += block.threads() / lanes) {
      Real sum[Together] = {};
      const Real* const weight = theta + weights + neuron * width_in;
      for (int k = lane; k < width_in; k += lanes)
        for (int s = 0; s < Together; ++s) sum[s] += weight[k] * in[s * stride + k];
      for (int s = 0; s < Together; ++s) {
        const Real y = block.sum_over_lanes(sum[s]) + theta[bias + neuron];
        if (lane == 0) out[s * widest + neuron] = activate(y, slope);
      }
    }
    block.sync();
    if constexpr (last)
      draw<Joint>(block, out, first, rows);
    else
      layers_from<Joint, Layer + 1>(block, theta, out, widest, next, out, first, rows);
  }

  /// Draws a joint as DrawJoint does; scaled to [-1, 1], it becomes an input of the later networks.
  template <int Joint, class Block>
  MACE_HD void draw(Block& block, const Real* raw, Index first, const Rows& rows) const {
    const auto range = from.limits.range(Joint);
    for (int s = block.thread(); s < Together; s += block.threads()) {
      Real& next = rows.input[s * inputs + Shape::condition + Joint];
      if (first + s >= count) {
        next = 0;
        continue;
      }
      const auto words = from.key.words(static_cast<std::uint32_t>(first + s), Joint);
      const MixtureHead<Shape::mixtures, Real> head{raw + s * widest};
      const Real which = static_cast<Real>(to_uniform(words[0])), where = static_cast<Real>(to_uniform(words[1]));
      const Real x = range.from_unit(head.draw(which, where));
      samples[first + s][Joint] = x;
      next = range.to_unit(x);
    }
    block.sync();
  }
};

}  // namespace detail

}  // namespace mace
