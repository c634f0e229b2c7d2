// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/core/atomic.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

/// The K largest of some thousand keys: each finds its own rank by looking at all others. That is n^2 comparisons, but
/// no thread waits for another, and the order of ties is plain to see.
namespace mace {

namespace detail {

/// Puts key i, if it is possible, in the place of its rank: larger keys go first, and of equal ones those before it.
struct RankKeys {
  const float* keys;
  Index count;
  std::int32_t first;
  Index wanted;
  std::int32_t* indices;
  std::int32_t* possible;  ///< [1]: counts the keys that are

  MACE_HD void operator()(Index i) const {
    const float key = keys[i];
    if (!(key > -numeric::infinity)) return;
    Index rank = 0;
    for (Index j = 0; j < count; ++j) rank += keys[j] > key || (keys[j] == key && j < i) ? 1 : 0;
    if (rank < wanted) indices[rank] = first + static_cast<std::int32_t>(i);
    add_atomically(possible, 1);
  }
};

/// Equal weights for the places that are taken; the others repeat `first` with weight zero.
struct WeighPlaces {
  const std::int32_t* possible;
  Index wanted;
  std::int32_t first;
  std::int32_t* indices;
  float* weights;
  std::int32_t* found;

  MACE_HD void operator()(Index i) const {
    const std::int32_t taken = *possible < wanted ? *possible : static_cast<std::int32_t>(wanted);
    if (i == 0) *found += taken;
    weights[i] = i < taken ? 1.0f / static_cast<float>(taken) : 0.0f;
    if (i >= taken) indices[i] = first;
  }
};

}  // namespace detail

}  // namespace mace
