// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cuda/executor.cuh"
#include "mace/simulate/half_space_cut.hpp"
#include "mace/simulate/half_space_cut_block.hpp"

namespace mace {

/// Device version: one block per cloud.
/// @param exec    the executor
/// @param kept    the plane of the cut
/// @param clouds  clouds [N]
/// @param out     receives the partial clouds [N]
template <int Points>
void cut_clouds(Cuda& exec, const CutPlane& kept, std::span<const Cloud<Points>> clouds,
                std::span<PartialCloud<Points>> out) {
  exec.for_each_block(static_cast<Index>(clouds.size()), detail::CutBlocks<Points>{kept, clouds.data(), out.data()});
}

}  // namespace mace
