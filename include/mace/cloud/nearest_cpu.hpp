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

/// Exact k nearest neighbors of every point of one sorted cloud in another, on the host: a vector of queries against
/// one target at a time, blocks of targets passed over when their box is farther than every query's k-th best.
///
/// Squared distances are not negative, so they order as their bits do when read as integers; integer minimum and
/// maximum are one instruction each. They would take a NaN for any of the numbers: who calls this asks
/// SortedCloud::finite first.
namespace mace::nearest {

template <int K>
struct Kernel {
  /// mean[i]: of query i's K smallest squared distances; index[i] (K = 1, may be null): the target's place in its cloud
  /// as it was before sorting, if there is a target at all. Queries in sorted order, padded to whole blocks. `bounds`
  /// has room for a float a target block.
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

  /// Squared distances between the box of query block q and the box of every target block; returns the least one's.
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
    float worst;  ///< the largest K-th best of the lanes
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
    // Outwards from there: neighbors in Morton order are near, and what is found early is less to visit later.
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

  /// Targets that are looked at together: most often none of them is among any query's K nearest. To put one in its
  /// place takes K steps, so with a small K it is not worth asking.
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
