// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/cloud/cloud.hpp"

namespace mace {

namespace detail {

/// Block i cuts cloud i. Each thread takes a range of consecutive points and finds the place of its kept points by a
/// prefix sum.
template <int Points>
struct CutBlocks {
  static constexpr int threads = 256;
  CutPlane kept;
  const Cloud<Points>* clouds;
  PartialCloud<Points>* out;

  static std::size_t shared_bytes() { return 2 * threads * sizeof(std::int32_t); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index i, void* shared) const {
    const float* const xyz = clouds[i].xyz;
    const int share = (Points + block.threads() - 1) / block.threads(), first = share * block.thread();
    const int end = first + share < Points ? first + share : Points;
    std::int32_t mine = 0;
    for (int p = first; p < end; ++p) mine += kept.contains(xyz + 3 * p) ? 1 : 0;
    // Inclusive prefix sum of the counts: in each step a thread adds the entry 1, 2, 4, … places before its own.
    auto *from = static_cast<std::int32_t*>(shared), *to = from + block.threads();
    from[block.thread()] = mine;
    block.sync();
    for (int step = 1; step < block.threads(); step *= 2) {
      to[block.thread()] = from[block.thread()] + (block.thread() >= step ? from[block.thread() - step] : 0);
      block.sync();
      auto* const next = from;
      from = to, to = next;
    }
    std::int32_t place = from[block.thread()] - mine;
    for (int p = first; p < end; ++p)
      if (kept.contains(xyz + 3 * p)) {
        for (int axis = 0; axis < 3; ++axis) out[i].xyz[3 * place + axis] = xyz[3 * p + axis];
        ++place;
      }
    if (block.thread() == block.threads() - 1) out[i].count = from[block.thread()];
  }
};

}  // namespace detail

}  // namespace mace
