// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/cloud/chamfer.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/cloud_index.hpp"
#include "mace/cloud/nearest_cpu.hpp"
#include "mace/cloud/sorted_cloud.hpp"

namespace mace {

namespace detail {

/// Result and scratch memory of one thread's nearest-neighbor search; grows to the largest cloud so far.
struct NearestResult {
  std::vector<float> mean;          ///< mean of each query's k smallest squared distances; queries in Morton order
  std::vector<std::int32_t> index;  ///< index of each query's nearest target
  std::vector<float> bounds;        ///< squared distance to the bounding box of each target block

  void reserve(const SortedCloud& queries, const SortedCloud& targets) { reserve(queries.points(), targets.points()); }
  /// Reserves memory for `queries` queries in a cloud of `targets` points.
  void reserve(Index queries, Index targets) {
    const auto padded =
        static_cast<std::size_t>((queries + SortedCloud::block - 1) / SortedCloud::block * SortedCloud::block);
    if (mean.size() < padded) mean.resize(padded), index.resize(padded);
    const auto boxes =
        static_cast<std::size_t>((targets + 255) / 256 * 16);  // blocks of 16 points, in whole vectors of 16
    if (bounds.size() < boxes) bounds.resize(boxes);
  }
};

}  // namespace detail

/// Sum of m_K(point, to) over the points of `from`, like directed_chamfer_sum of plain clouds. NaN if a point of either
/// cloud is not finite; else infinity if `to` has fewer than K points.
/// @param isa instruction set of the kernel
/// @param from cloud whose points are the queries
/// @param to cloud that is searched
/// @param result scratch memory
template <int K>
float directed_chamfer_sum(Neighbors<K>, Isa isa, const SortedCloud& from, const SortedCloud& to,
                           detail::NearestResult& result) {
  if (!from.finite() || !to.finite()) return numeric::not_a_number;
  if (to.points() < K) return numeric::infinity;
  result.reserve(from, to);
  dispatch(isa, nearest::Kernel<K>{}, &from, &to, result.bounds.data(), result.mean.data(),
           static_cast<std::int32_t*>(nullptr));
  double sum = 0;
  for (Index i = 0; i < from.points(); ++i) sum += static_cast<double>(result.mean[static_cast<std::size_t>(i)]);
  return static_cast<float>(sum);
}
/// The same sum with scratch memory of the calling thread.
template <int K>
float directed_chamfer_sum(Neighbors<K> k, Isa isa, const SortedCloud& from, const SortedCloud& to) {
  static thread_local detail::NearestResult result;
  return directed_chamfer_sum(k, isa, from, to, result);
}

/// Computes CD_K of two sorted clouds.
template <int K>
float chamfer_sum(Neighbors<K> k, Isa isa, const SortedCloud& a, const SortedCloud& b) {
  return directed_chamfer_sum(k, isa, a, b) + directed_chamfer_sum(k, isa, b, a);
}

/// Host index: the cloud in Morton order.
template <>
class CloudIndex<HostSpace> {
 public:
  CloudIndex(Cpu&, std::span<const float> xyz) : sorted_(xyz) {}
  const SortedCloud& sorted() const { return sorted_; }

 private:
  SortedCloud sorted_;
};

namespace detail {

/// Scratch memory of one thread that compares clouds of a known capacity with a fixed cloud.
struct ChamferWorkspace {
  SortedCloud cloud;
  detail::NearestResult result;

  ChamferWorkspace(Index capacity, Index fixed) { reserve(capacity, fixed); }
  void reserve(Index capacity, Index fixed) {
    cloud.reserve(capacity);
    result.reserve(std::max(capacity, fixed), std::max(capacity, fixed));
  }
};

}  // namespace detail

/// Computes out[i] = CD_K of partial cloud i and the indexed cloud (paper, App. C). Infinity for fewer than K points,
/// else NaN if a point is not finite.
/// @param exec the executor
/// @param k number of neighbors K
/// @param clouds the partial clouds
/// @param index the observation
/// @param direction which of the two sums are counted
/// @param out receives one distance per cloud
template <int K, int Capacity>
void chamfer_sums(Cpu& exec, Neighbors<K> k, std::span<const PartialCloud<Capacity>> clouds,
                  const CloudIndex<HostSpace>& index, Direction direction, std::span<float> out) {
  // Owned by the calling thread: one workspace per worker, each at its maximum size, so that later calls allocate
  // nothing, whichever worker takes whichever cloud.
  static thread_local std::vector<detail::ChamferWorkspace> workspaces;
  const SortedCloud& fixed = index.sorted();
  for (detail::ChamferWorkspace& w : workspaces) w.reserve(Capacity, fixed.points());
  while (workspaces.size() < static_cast<std::size_t>(exec.threads()))
    workspaces.emplace_back(Capacity, fixed.points());
  std::atomic<Index> next{0};
  exec.for_each_sample(exec.threads(), [&, all = workspaces.data()](Index thread) {
    auto& [cloud, result] = all[thread];
    for (Index i; (i = next.fetch_add(1, std::memory_order_relaxed)) < static_cast<Index>(clouds.size());) {
      const auto& partial = clouds[static_cast<std::size_t>(i)];
      float sum = numeric::infinity;
      if (partial.count >= K) {
        cloud.assign(partial.xyz, partial.count);
        sum = 0.0f;
        if (direction != Direction::from_observation) sum += directed_chamfer_sum(k, exec.isa(), cloud, fixed, result);
        if (direction != Direction::to_observation) sum += directed_chamfer_sum(k, exec.isa(), fixed, cloud, result);
      }
      out[static_cast<std::size_t>(i)] = sum;
    }
  });
}

/// Computes CD_1(x, y) and its gradient in the points of x. Of equally near neighbors any one counts. The distance and
/// the gradient are NaN if a point is not finite.
/// @param isa instruction set of the kernel
/// @param x cloud x
/// @param x_points number of points of x
/// @param y cloud y
/// @param y_points number of points of y
/// @param dx receives the gradient, 3 x_points numbers
/// @return CD_1
/// @throws Error if a cloud is empty.
inline float chamfer_gradient(Isa isa, const float* x, Index x_points, const float* y, Index y_points, float* dx) {
  static thread_local SortedCloud sorted_x, sorted_y;
  static thread_local detail::NearestResult result;
  require(x_points > 0 && y_points > 0, "chamfer_gradient: wanted at least 1 point, got ", x_points, " and ", y_points);
  sorted_x.assign(x, x_points);
  sorted_y.assign(y, y_points);
  if (!sorted_x.finite() || !sorted_y.finite()) {
    std::fill_n(dx, 3 * x_points, numeric::not_a_number);
    return numeric::not_a_number;
  }
  std::fill_n(dx, 3 * x_points, 0.0f);
  double sum = 0;
  const auto pull = [&](Index xi, Index yi) {
    for (int axis = 0; axis < 3; ++axis) dx[3 * xi + axis] += 2.0f * (x[3 * xi + axis] - y[3 * yi + axis]);
  };
  const auto search = [&](const SortedCloud& from, const SortedCloud& to) {
    result.reserve(from, to);
    dispatch(isa, nearest::Kernel<1>{}, &from, &to, result.bounds.data(), result.mean.data(), result.index.data());
    for (Index i = 0; i < from.points(); ++i) sum += static_cast<double>(result.mean[static_cast<std::size_t>(i)]);
  };
  search(sorted_x, sorted_y);
  for (Index i = 0; i < x_points; ++i) pull(sorted_x.original(i), result.index[static_cast<std::size_t>(i)]);
  search(sorted_y, sorted_x);
  for (Index i = 0; i < y_points; ++i) pull(result.index[static_cast<std::size_t>(i)], sorted_y.original(i));
  return static_cast<float>(sum);
}

/// Computes CD_1 of the clouds in each column of x [3 n, clouds] and y [3 m, clouds], and its gradient in x.
inline void chamfer_gradients(Cpu& exec, MatrixView<const float> x, MatrixView<const float> y, MatrixView<float> dx,
                              std::span<float> distances) {
  exec.for_each_sample(x.cols(), [&](Index c) {
    distances[static_cast<std::size_t>(c)] =
        chamfer_gradient(exec.isa(), x.column(c), x.rows() / 3, y.column(c), y.rows() / 3, dx.column(c));
  });
}
inline void chamfer_gradients(Cpu& exec, MatrixView<const double> x, MatrixView<const double> y, MatrixView<double> dx,
                              std::span<double> distances) {
  exec.for_each_sample(x.cols(), [&](Index c) {
    distances[static_cast<std::size_t>(c)] =
        chamfer_gradient(x.column(c), x.rows() / 3, y.column(c), y.rows() / 3, dx.column(c));
  });
}

}  // namespace mace
