// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/block.hpp"
#include "mace/core/view.hpp"

namespace mace {

namespace detail {

/// Device kernel of max_over_points. A block handles `width` rows of one cloud, with threads / width threads per row.
template <class Real>
struct MaxOverPointsBlocks {
  static constexpr int threads = 1024;
  static constexpr int width = 32;  ///< rows that are contiguous in memory
  MatrixView<const Real> values;
  Index first, points;
  MatrixView<Real> largest;
  MatrixView<std::int32_t> column;

  struct Best {
    Real value;
    std::int32_t column;  ///< -1: none
  };
  static std::size_t shared_bytes() { return threads * sizeof(Best); }
  MACE_HD Index groups() const { return (values.rows() + width - 1) / width; }
  Index blocks() const { return groups() * ((first + values.cols() + points - 1) / points - first / points); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void* shared) const {
    auto* const best = static_cast<Best*>(shared);
    const Index cloud = first / points + b / groups();
    const Index begin = first > cloud * points ? first : cloud * points;
    const Index end = first + values.cols() < (cloud + 1) * points ? first + values.cols() : (cloud + 1) * points;
    for (int t = block.thread(); t < threads; t += block.threads()) {  // on a device: once
      const Index row = b % groups() * width + t % width;
      Best mine{0, -1};
      if (row < values.rows())
        for (Index j = begin + t / width; j < end; j += threads / width)
          mine = better(mine, {values(row, j - first), static_cast<std::int32_t>(j)});
      best[t] = mine;
    }
    block.sync();
    for (int lane = block.thread(); lane < width; lane += block.threads()) {
      const Index row = b % groups() * width + lane;
      if (row >= values.rows()) continue;
      Best all{0, -1};
      if (begin > cloud * points) all = {largest(row, cloud), column(row, cloud)};
      for (int t = lane; t < threads; t += width) all = better(all, best[t]);
      largest(row, cloud) = all.value;
      column(row, cloud) = all.column;
    }
  }

 private:
  /// The larger of the two; the lower column on ties.
  MACE_HD static Best better(const Best& a, const Best& b) {
    if (b.column < 0 || a.value > b.value) return a.column < 0 ? b : a;
    if (a.column < 0 || b.value > a.value) return b;
    return a.column < b.column ? a : b;
  }
};

}  // namespace detail

}  // namespace mace
