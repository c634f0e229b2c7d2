// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/core/atomic.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

/// Selects the K largest of a few thousand keys by computing the rank of each among all others. This takes n^2
/// comparisons, but no synchronization, and breaks ties in a defined order.
namespace mace {

namespace detail {

/// Writes the index of key i to the position of its rank, in descending order with ties by lower index. Keys of minus
/// infinity or NaN are infeasible and skipped.
struct RankKeys {
  const float* keys;
  Index count;
  std::int32_t first;
  Index wanted;
  std::int32_t* indices;
  std::int32_t* feasible;  ///< [1]: number of feasible keys

  MACE_HD void operator()(Index i) const {
    const float key = keys[i];
    if (!(key > -numeric::infinity)) return;
    Index rank = 0;
    for (Index j = 0; j < count; ++j) rank += keys[j] > key || (keys[j] == key && j < i) ? 1 : 0;
    if (rank < wanted) indices[rank] = first + static_cast<std::int32_t>(i);
    add_atomically(feasible, 1);
  }
};

/// Gives equal weights to the positions that were filled; the others repeat `first` with weight 0.
struct WeighPlaces {
  const std::int32_t* feasible;
  Index wanted;
  std::int32_t first;
  std::int32_t* indices;
  float* weights;
  std::int32_t* found;

  MACE_HD void operator()(Index i) const {
    const std::int32_t taken = *feasible < wanted ? *feasible : static_cast<std::int32_t>(wanted);
    if (i == 0) *found += taken;
    weights[i] = i < taken ? 1.0f / static_cast<float>(taken) : 0.0f;
    if (i >= taken) indices[i] = first;
  }
};

}  // namespace detail

}  // namespace mace
