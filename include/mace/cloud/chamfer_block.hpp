// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/backend/block.hpp"
#include "mace/cloud/chamfer.hpp"
#include "mace/cloud/cloud.hpp"

namespace mace {

namespace detail {

/// A block of threads sums m_K over the points of one cloud by brute force. The other cloud is staged in shared memory
/// tile by tile; each thread keeps several query points in registers, so that one read serves several distances.
template <int K>
struct DirectedChamferBlock {
  static constexpr int threads = 256;
  static constexpr Index tile = 1024;
  static constexpr int held = K <= 8 ? 4 : 1;  ///< query points per thread, whose nearest distances fit in registers

  /// A point aligned to 16 bytes, which one instruction loads.
  struct alignas(16) Point {
    float v[3], unused;
  };
  static constexpr std::size_t shared_bytes = tile * sizeof(Point);
  static_assert(shared_bytes >= threads * sizeof(float));

  /// Returns the sum to all threads. It is infinite if `from` is not empty and `to` has fewer than K points.
  template <ThreadBlock Block>
  MACE_HD static float sum(Block& block, const float* from, Index from_points, const float* to, Index to_points,
                           void* shared) {
    auto* const target = static_cast<Point*>(shared);
    float mine = 0;
    for (Index first = 0; first < from_points; first += held * block.threads()) {
      // In the last pass the threads may have fewer than `held` points each.
      const Index left = (from_points - first + block.threads() - 1) / block.threads();
      float query[held][3];
      KSmallest<K> nearest[held];
      for (int h = 0; h < held; ++h) {
        const Index i = first + h * block.threads() + block.thread();
        for (int axis = 0; axis < 3; ++axis) query[h][axis] = from[3 * (i < from_points ? i : 0) + axis];
      }
      for (Index begin = 0; begin < to_points; begin += tile) {
        const Index count = to_points - begin < tile ? to_points - begin : tile;
        block.sync();  // all are done with the last tile
        for (Index j = block.thread(); j < count; j += block.threads())
          for (int axis = 0; axis < 3; ++axis) target[j].v[axis] = to[3 * (begin + j) + axis];
        block.sync();
        for (Index j = 0; j < count; ++j) {
          const Point point = target[j];
          for (int h = 0; h < held && h < left; ++h) {
            const float distance = squared_distance(query[h], point.v);
            if (distance < nearest[h].value[K - 1]) nearest[h].insert(distance);
          }
        }
      }
      for (int h = 0; h < held; ++h)
        if (first + h * block.threads() + block.thread() < from_points) mine += nearest[h].mean();
    }
    block.sync();
    auto* const sums = static_cast<float*>(shared);
    sums[block.thread()] = mine;
    combine_block(block, sums, [](float a, float b) { return a + b; });
    return sums[0];
  }
};

/// Blocks 2 i and 2 i + 1 compute the two sums of CD_K for cloud i and the observation; a sum that is not counted is 0.
template <int K, int Capacity>
struct ChamferBlocks {
  using Directed = detail::DirectedChamferBlock<K>;
  static constexpr int threads = Directed::threads;
  static std::size_t shared_bytes() { return Directed::shared_bytes; }
  const PartialCloud<Capacity>* clouds;
  const float* observed;
  Index observed_points;
  Direction direction;
  float* sums;  ///< [2, clouds]

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index b, void* shared) const {
    const PartialCloud<Capacity>& cloud = clouds[b / 2];
    const bool to_observation = b % 2 == 0;
    float sum = 0;
    if (cloud.count < K)
      sum = numeric::infinity;
    else if (to_observation && direction != Direction::from_observation)
      sum = Directed::sum(block, cloud.xyz, cloud.count, observed, observed_points, shared);
    else if (!to_observation && direction != Direction::to_observation)
      sum = Directed::sum(block, observed, observed_points, cloud.xyz, cloud.count, shared);
    if (block.thread() == 0) sums[b] = sum;
  }
};

}  // namespace detail

}  // namespace mace
