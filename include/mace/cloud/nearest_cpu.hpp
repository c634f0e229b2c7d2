// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "mace/backend/cpu/isa.hpp"
#include "mace/backend/cpu/lanes.hpp"
#include "mace/cloud/chamfer.hpp"
#include "mace/cloud/sorted_cloud.hpp"

/// Exact k nearest neighbors of every point of one sorted cloud in another, on the host. A vector of queries is
/// compared with one target at a time; a block of targets is skipped if its bounding box is farther away than every
/// query's k-th best.
///
/// Squared distances are not negative, so they are compared as integers with the same bits, whose minimum and maximum
/// are one instruction each. This is wrong for NaN, so callers check SortedCloud::finite first.
namespace mace::nearest {

/// Search kernel for the K nearest neighbors.
template <int K>
struct Kernel {
  /// Searches the neighbors of all queries. Results are in the sorted order of the queries, padded to whole blocks.
  /// @param queries the query points
  /// @param targets the cloud that is searched
  /// @param bounds scratch memory: one float per target block
  /// @param mean receives the mean of each query's K smallest squared distances
  /// @param index null, or, for K = 1, receives the number of each query's nearest target in the cloud before sorting;
  /// undefined without targets
  template <int Bytes>
  MACE_INLINE void run(const SortedCloud* queries, const SortedCloud* targets, float* bounds, float* mean,
                       std::int32_t* index) const {
    constexpr int lanes = Bytes / 4;
    for (Index q = 0; q < queries->blocks(); ++q) {
      const Index closest = bound<Bytes>(*queries, q, *targets, bounds);
      for (Index first = q * SortedCloud::block; first < (q + 1) * SortedCloud::block; first += lanes)
        search<Bytes>(*queries, first, *targets, bounds, closest, mean, index);
    }
  }

 private:
  template <int Bytes>
  using Floats = typename Simd<float, Bytes>::type;
  template <int Bytes>
  using FloatMemory = typename Simd<float, Bytes>::unaligned;
  template <int Bytes>
  using Ints = typename Simd<std::int32_t, Bytes>::type;

  /// Computes the squared distances from the bounding box of query block q to that of every target block. Returns the
  /// closest block.
  template <int Bytes>
  MACE_INLINE static Index bound(const SortedCloud& queries, Index q, const SortedCloud& targets, float* bounds) {
    for (Index t = 0; t < targets.blocks(); t += Bytes / 4) {
      Floats<Bytes> squared = {};
      for (int axis = 0; axis < 3; ++axis) {
        const float low = queries.low(axis)[q], high = queries.high(axis)[q];
        const Floats<Bytes> before = *reinterpret_cast<const FloatMemory<Bytes>*>(targets.low(axis) + t) - high;
        const Floats<Bytes> after = low - *reinterpret_cast<const FloatMemory<Bytes>*>(targets.high(axis) + t);
        Floats<Bytes> gap = before > after ? before : after;
        gap = gap > 0.0f ? gap : Floats<Bytes>{};
        squared += gap * gap;
      }
      *reinterpret_cast<FloatMemory<Bytes>*>(bounds + t) = squared;
    }
    Index closest = 0;
    for (Index t = 1; t < targets.blocks(); ++t) closest = bounds[t] < bounds[closest] ? t : closest;
    return closest;
  }

  template <int Bytes>
  struct State {
    Floats<Bytes> x, y, z;
    Ints<Bytes> best[K];
    Ints<Bytes> where;
    float worst;  ///< the largest K-th best distance of all lanes
  };

  template <int Bytes>
  MACE_INLINE static void search(const SortedCloud& queries, Index first, const SortedCloud& targets,
                                 const float* bounds, Index closest, float* mean, std::int32_t* index) {
    State<Bytes> s;
    s.x = *reinterpret_cast<const FloatMemory<Bytes>*>(queries.coordinate(0) + first);
    s.y = *reinterpret_cast<const FloatMemory<Bytes>*>(queries.coordinate(1) + first);
    s.z = *reinterpret_cast<const FloatMemory<Bytes>*>(queries.coordinate(2) + first);
    for (int i = 0; i < K; ++i) s.best[i] = Ints<Bytes>{} + 0x7f7fffff;
    s.where = Ints<Bytes>{};
    s.worst = std::numeric_limits<float>::max();
    visit<Bytes>(s, targets, closest);
    // Proceed outward: blocks that are close in Morton order are near, and good early candidates prune more later.
    for (Index away = 1; away <= std::max(closest, targets.blocks() - 1 - closest); ++away)
      for (const Index t : {closest - away, closest + away})
        if (t >= 0 && t < targets.blocks() && bounds[t] < s.worst) visit<Bytes>(s, targets, t);

    Floats<Bytes> sum = {};
    for (int i = 0; i < K; ++i) sum += (Floats<Bytes>)s.best[i];
    *reinterpret_cast<FloatMemory<Bytes>*>(mean + first) = sum * (1.0f / K);
    if (index != nullptr)
      for (int lane = 0; lane < Bytes / 4 && first + lane < queries.points(); ++lane)
        index[first + lane] = static_cast<std::int32_t>(targets.original(s.where[lane]));
  }

  /// Number of targets that are tested together: usually none of them is among the K nearest of any query. An insertion
  /// takes K steps, so for small K the test does not pay off.
  static constexpr int group = K < 4 ? 1 : 4;

  template <int Bytes>
  MACE_INLINE static void square(const State<Bytes>& s, float x, float y, float z, Ints<Bytes>& to) {
    const Floats<Bytes> dx = s.x - x, dy = s.y - y, dz = s.z - z;
    to = (Ints<Bytes>)(dx * dx + dy * dy + dz * dz);
  }

  template <int Bytes>
  MACE_INLINE static void insert(State<Bytes>& s, const Ints<Bytes>& squared, Index j) {
    Ints<Bytes> candidate = squared;
    if constexpr (K == 1) {
      const Ints<Bytes> closer = candidate < s.best[0];
      s.where = closer ? Ints<Bytes>{} + static_cast<std::int32_t>(j) : s.where;
    }
    for (int i = 0; i < K; ++i) {
      const Ints<Bytes> low = candidate < s.best[i] ? candidate : s.best[i];
      if (i + 1 < K) candidate = candidate < s.best[i] ? s.best[i] : candidate;
      s.best[i] = low;
    }
  }

  template <int Bytes>
  MACE_INLINE static void visit(State<Bytes>& s, const SortedCloud& targets, Index t) {
    const float *x = targets.coordinate(0), *y = targets.coordinate(1), *z = targets.coordinate(2);
    const Index last = std::min(targets.points(), (t + 1) * SortedCloud::block);
    bool nearer = false;
    Index j = t * SortedCloud::block;
    for (; j + group <= last; j += group) {
      Ints<Bytes> candidate[group];
      for (int i = 0; i < group; ++i) square<Bytes>(s, x[j + i], y[j + i], z[j + i], candidate[i]);
      Ints<Bytes> least = candidate[0];
      for (int i = 1; i < group; ++i) least = candidate[i] < least ? candidate[i] : least;
      if (group > 1 && !any(LaneMask<Bytes>(least < s.best[K - 1]))) continue;
      nearer = true;
      for (int i = 0; i < group; ++i) insert<Bytes>(s, candidate[i], j + i);
    }
    for (; j < last; ++j) {
      Ints<Bytes> candidate;
      square<Bytes>(s, x[j], y[j], z[j], candidate);
      insert<Bytes>(s, candidate, j);
      nearer = true;
    }
    if (!nearer) return;
    Ints<Bytes> most = s.best[K - 1];
    s.worst = 0.0f;
    for (int lane = 0; lane < Bytes / 4; ++lane) {
      const float kth = ((Floats<Bytes>)most)[lane];
      s.worst = kth > s.worst ? kth : s.worst;
    }
  }
};

}  // namespace mace::nearest
