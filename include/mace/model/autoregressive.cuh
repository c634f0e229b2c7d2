// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cuda/executor.cuh"
#include "mace/model/autoregressive.hpp"
#include "mace/model/autoregressive_block.hpp"

namespace mace {

/// Few samples get a block each, so that they reach more of the device; many share the weights that come by.
template <class Shape, class Real>
void sample_arms(Cuda& exec, const ArmDraw<Shape, Real>& from, std::span<Vec<Shape::joints, Real>> samples) {
  const auto count = static_cast<Index>(samples.size());
  constexpr int together = 8;
  if (count <= 256)
    exec.for_each_block(count, ArmSampleBlocks<Shape, 1, Real>{from, count, samples.data()});
  else
    exec.for_each_block((count + together - 1) / together,
                        ArmSampleBlocks<Shape, together, Real>{from, count, samples.data()});
}

}  // namespace mace
