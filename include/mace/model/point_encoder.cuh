// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/backend/cuda/executor.cuh"
#include "mace/model/point_encoder.hpp"
#include "mace/model/point_encoder_block.hpp"

namespace mace {

/// Device version, see point_encoder.hpp.
template <class Real>
void max_over_points(Cuda& exec, MatrixView<const Real> values, Index first, Index points, MatrixView<Real> largest,
                     MatrixView<std::int32_t> column) {
  const detail::MaxOverPointsBlocks<Real> blocks{values, first, points, largest, column};
  exec.for_each_block(blocks.blocks(), blocks);
}

}  // namespace mace
