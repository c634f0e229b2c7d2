// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/backend/block.hpp"

namespace mace {

namespace detail {

/// Block b sums row b of a matrix, always in the same order.
template <class Real>
struct RowSumBlocks {
  static constexpr int threads = 128;
  MatrixView<const Real> matrix;
  Real* sums;

  static std::size_t shared_bytes() { return threads * sizeof(Real); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void* shared) const {
    auto* const parts = static_cast<Real*>(shared);
    Real mine = 0;
    for (Index i = block.thread(); i < matrix.cols(); i += block.threads()) mine += matrix(b, i);
    parts[block.thread()] = mine;
    combine_block(block, parts, [](Real x, Real y) { return x + y; });
    if (block.thread() == 0) sums[b] = parts[0];
  }
};

}  // namespace detail

}  // namespace mace
