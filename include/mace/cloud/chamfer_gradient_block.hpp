// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/cloud/chamfer.hpp"

namespace mace {

namespace detail {

/// Block c computes CD_1 of the clouds x and y in column c, and its gradient in x. So that every sum has a fixed order,
/// each point of x searches all points of y for those whose nearest neighbor it is, instead of adding atomically.
template <class Real>
struct ChamferGradientBlocks {
  static constexpr int threads = 256;
  MatrixView<const Real> x, y;  ///< [3 points, clouds]
  MatrixView<Real> dx;
  Real* distances;
  std::int32_t* partners;  ///< [points of x + points of y, clouds]: index of the nearest point in the other cloud

  static std::size_t shared_bytes() { return threads * sizeof(Real); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index c, void* shared) const {
    const Real *const a = x.column(c), *const b = y.column(c);
    const Index a_points = x.rows() / 3, b_points = y.rows() / 3;
    std::int32_t *const of_a = partners + c * (a_points + b_points), *const of_b = of_a + a_points;
    Real sum = find(block, a, a_points, b, b_points, of_a) + find(block, b, b_points, a, a_points, of_b);
    block.sync();
    for (Index i = block.thread(); i < a_points; i += block.threads()) {
      const Real* const p = a + 3 * i;
      Real pull[3];
      for (int axis = 0; axis < 3; ++axis) pull[axis] = Real(2) * (p[axis] - b[3 * of_a[i] + axis]);
      for (Index j = 0; j < b_points; ++j)
        if (of_b[j] == i)
          for (int axis = 0; axis < 3; ++axis) pull[axis] += Real(2) * (p[axis] - b[3 * j + axis]);
      for (int axis = 0; axis < 3; ++axis) dx(3 * i + axis, c) = pull[axis];
    }
    auto* const sums = static_cast<Real*>(shared);
    sums[block.thread()] = sum;
    combine_block(block, sums, [](Real u, Real v) { return u + v; });
    if (block.thread() == 0) distances[c] = sums[0];
  }

 private:
  /// Finds the nearest point in `to` (the first on ties) of each point of `from` that this thread handles. Returns the
  /// sum of their squared distances.
  template <class Block>
  MACE_HD static Real find(Block& block, const Real* from, Index from_points, const Real* to, Index to_points,
                           std::int32_t* partner) {
    Real sum = 0;
    for (Index i = block.thread(); i < from_points; i += block.threads()) {
      const Real p[3] = {from[3 * i], from[3 * i + 1], from[3 * i + 2]};
      Index best = 0;
      Real least = squared_distance(p, to);
      for (Index j = 1; j < to_points; ++j) {
        const Real distance = squared_distance(p, to + 3 * j);
        best = distance < least ? j : best;
        least = distance < least ? distance : least;
      }
      partner[i] = static_cast<std::int32_t>(best);
      sum += least;
    }
    return sum;
  }
};

}  // namespace detail

}  // namespace mace
